//! How many of something run at a time, in all and per peer: transfers of the line's probes, passwords that wait to be computed.
//!
//! A transfer takes seconds of a line that requests need too. The bound in all also keeps the measurement honest: people who
//! measure beside too many others would be told that their own line is bad. The bound per peer keeps one who transfers as
//! slowly as the deadline lets him from holding everybody's.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most at a time. With 100 Mbit/s each has three left, and a good line is one of 750 kbit/s.
const AT_A_TIME: usize = 32;

/// Most of one peer; a browser's check has one at a time.
const OF_ONE_PEER: usize = 8;

/// How many at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// In all.
    pub(super) at_a_time: usize,
    /// Of one peer.
    pub(super) of_one_peer: usize,
}

/// Those that run.
#[derive(Debug, Clone)]
pub(super) struct Transfers {
    bounds: Bounds,
    running: Arc<Mutex<Running>>,
}

#[derive(Debug, Default)]
struct Running {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

impl Default for Transfers {
    fn default() -> Self {
        Self::new(Bounds { at_a_time: AT_A_TIME, of_one_peer: OF_ONE_PEER })
    }
}

/// One that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Transfer {
    running: Transfers,
    peer: Option<IpAddr>,
}

/// Why none more can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowded {
    /// The peer has as many as it may.
    Peer,
    /// All together have.
    Everybody,
}

impl Transfers {
    /// None runs yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, running: Arc::default() }
    }

    /// Begins one; without a peer, only the bound in all holds.
    pub(super) fn begin(&self, peer: Option<IpAddr>) -> Result<Transfer, Crowded> {
        let mut running = self.running();
        if peer.and_then(|it| running.by_peer.get(&it)).is_some_and(|&it| self.bounds.of_one_peer <= it) {
            return Err(Crowded::Peer);
        }
        if self.bounds.at_a_time <= running.all {
            return Err(Crowded::Everybody);
        }
        running.all += 1;
        if let Some(peer) = peer {
            *running.by_peer.entry(peer).or_default() += 1;
        }
        Ok(Transfer { running: self.clone(), peer })
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let mut running = self.running.running();
        running.all -= 1;
        let Some(peer) = self.peer else { return };
        if let Some(of_peer) = running.by_peer.get_mut(&peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                running.by_peer.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(transfers: &Transfers, peer: usize) -> Result<Transfer, Crowded> {
        transfers.begin(Some([192, 0, 2, u8::try_from(peer).unwrap()].into()))
    }

    #[test]
    fn a_transfer_counts_until_it_ends_and_an_ended_peer_is_forgotten() {
        let transfers = Transfers::default();
        let mut first: Vec<_> = (0..OF_ONE_PEER).map(|_| begin(&transfers, 1).unwrap()).collect();
        assert_eq!(begin(&transfers, 1).err(), Some(Crowded::Peer));
        first.pop();
        first.push(begin(&transfers, 1).unwrap());
        assert_eq!(begin(&transfers, 1).err(), Some(Crowded::Peer));
        drop(first);
        let running = transfers.running();
        assert_eq!((running.all, running.by_peer.len()), (0, 0));
    }

    #[test]
    fn all_together_have_a_bound_that_no_single_peer_reaches() {
        let transfers = Transfers::default();
        let mut all: Vec<_> = (0..AT_A_TIME).map(|it| begin(&transfers, it / OF_ONE_PEER).unwrap()).collect();
        assert_eq!(begin(&transfers, 99).err(), Some(Crowded::Everybody));
        assert_eq!(transfers.begin(None).err(), Some(Crowded::Everybody));
        assert_eq!(begin(&transfers, 0).err(), Some(Crowded::Peer));
        all.truncate(AT_A_TIME - 1);
        assert!(transfers.begin(None).is_ok());
    }
}
