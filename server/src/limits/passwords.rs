//! Who may wait for a password to be computed. It takes a fifth of a second of a core and 64 MiB, so few are computed at a time,
//! and whoever fills the line would keep everybody else out of the desk.
//!
//! Strangers have a bound in all and one per peer; the staff, in a browser or a session that is known, have places of their own.

use std::net::IpAddr;

use super::transfers::{Bounds, Crowded, Transfer, Transfers};

/// Strangers who wait.
const STRANGERS: Bounds = Bounds { at_a_time: 32, of_one_peer: 4 };
/// Staff who wait.
const STAFF: Bounds = Bounds { at_a_time: 32, of_one_peer: 32 };

/// Those who wait.
#[derive(Debug)]
pub(super) struct Passwords {
    strangers: Transfers,
    staff: Transfers,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub struct PasswordPlace {
    _place: Transfer,
    staff: bool,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { strangers: Transfers::new(STRANGERS), staff: Transfers::new(STAFF) }
    }
}

impl Passwords {
    /// A place for a stranger; without a peer, only the bound in all holds.
    pub(super) fn for_stranger(&self, peer: Option<IpAddr>) -> Result<PasswordPlace, Crowded> {
        Ok(PasswordPlace { _place: self.strangers.begin(peer)?, staff: false })
    }

    /// A place for somebody who is known.
    pub(super) fn for_staff(&self) -> Result<PasswordPlace, Crowded> {
        Ok(PasswordPlace { _place: self.staff.begin(None)?, staff: true })
    }
}

impl PasswordPlace {
    /// Whether somebody waits there who is known.
    pub fn is_staffs(&self) -> bool {
        self.staff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peer_fills_the_line_and_no_strangers_fill_that_of_the_staff() {
        let passwords = Passwords::default();
        let peer = |it: usize| Some([192, 0, 2, u8::try_from(it).unwrap()].into());
        let one: Vec<_> = std::iter::from_fn(|| passwords.for_stranger(peer(1)).ok()).collect();
        assert_eq!(one.len(), 4);
        assert_eq!(passwords.for_stranger(peer(1)).err(), Some(Crowded::Peer));
        let others: Vec<_> = (4..200).map_while(|it| passwords.for_stranger(peer(it / 4 + 1)).ok()).collect();
        assert_eq!(others.len(), 28);
        assert_eq!(passwords.for_stranger(peer(250)).err(), Some(Crowded::Everybody));
        let staff = passwords.for_staff().unwrap();
        assert!(staff.is_staffs() && !one[0].is_staffs());
        drop(one);
        assert!(passwords.for_stranger(peer(1)).is_ok());
    }
}
