//! Rate limits per peer, on submitting, on looking up receipts, on signing in at the desk, on measuring the line and on reporting
//! visits.
//!
//! Nothing in the terms: they keep a stranger from filling the desk's list, from guessing receipts and from using up the line.
//! The office's own terminals share one address and can be exempt. A network of the new protocol counts as one peer by its
//! first 64 bits.
//!
//! One address can also be that of a carrier, with many people behind it. What is counted is therefore what people do once
//! in a while, and the figures leave room for several of them in the same minute.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

pub use self::passwords::PasswordPlace;
use self::passwords::Passwords;
use self::transfers::Transfers;
pub use self::transfers::{Crowded, Transfer};

mod passwords;
mod transfers;

/// Whether and for whom the limits hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSettings {
    /// Off for tests and benches only.
    pub on: bool,
    /// Addresses without a limit.
    pub exempt: Vec<IpAddr>,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// `POST /requests`: 30 a minute, 10 at once.
    Submit,
    /// `GET /requests/{reception_number}` and what lies below it: 60 a minute, 30 at once.
    Receipt,
    /// Sign-ins at the desk, and links to it that are tried: 20 a minute, 20 at once.
    SignIn,
    /// Each probe of the line. A check of the device has 17: seven checks at once, then two a minute.
    Probe,
    /// The bytes of the probes, both ways together. A check has 1,114,112: seven at once, then two a minute.
    ProbeBytes,
    /// `POST /visits`: 60 a minute, 60 at once. One person sends ten or so.
    Visit,
}

/// The counters.
pub struct Limits {
    settings: LimitSettings,
    submit: DefaultKeyedRateLimiter<IpAddr>,
    receipt: DefaultKeyedRateLimiter<IpAddr>,
    sign_in: DefaultKeyedRateLimiter<IpAddr>,
    probe: DefaultKeyedRateLimiter<IpAddr>,
    probe_bytes: DefaultKeyedRateLimiter<IpAddr>,
    visit: DefaultKeyedRateLimiter<IpAddr>,
    transfers: Transfers,
    passwords: Passwords,
    clock: DefaultClock,
    checks: AtomicU32,
}

/// Peers that have their full share again are forgotten after this many checks.
const CHECKS_BETWEEN_SWEEPS: u32 = 4096;

/// Seconds that are told to whoever asks for more than fits at once.
const NEVER_FITS: u64 = 60;

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(settings: LimitSettings) -> Self {
        Self {
            settings,
            submit: RateLimiter::keyed(quota(30, 10)),
            receipt: RateLimiter::keyed(quota(60, 30)),
            sign_in: RateLimiter::keyed(quota(20, 20)),
            probe: RateLimiter::keyed(quota(40, 120)),
            probe_bytes: RateLimiter::keyed(quota(2_400_000, 8_000_000)),
            visit: RateLimiter::keyed(quota(60, 60)),
            transfers: Transfers::default(),
            passwords: Passwords::default(),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Whether they hold.
    pub fn are_on(&self) -> bool {
        self.settings.on
    }

    /// Counts one; the error is the number of whole seconds to wait, at least 1.
    pub fn count(&self, limited: Limited, peer: IpAddr) -> Result<(), u64> {
        self.count_many(limited, peer, 1)
    }

    /// Counts so many, or none of them; the error as above. More than fit at once are never let through.
    pub fn count_many(&self, limited: Limited, peer: IpAddr, many: u32) -> Result<(), u64> {
        let (Some(peer), Some(many)) = (self.counted(peer), NonZeroU32::new(many)) else { return Ok(()) };
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(CHECKS_BETWEEN_SWEEPS) {
            let all =
                [&self.submit, &self.receipt, &self.sign_in, &self.probe, &self.probe_bytes, &self.visit];
            for counter in all {
                counter.retain_recent();
            }
        }
        let counter = match limited {
            Limited::Submit => &self.submit,
            Limited::Receipt => &self.receipt,
            Limited::SignIn => &self.sign_in,
            Limited::Probe => &self.probe,
            Limited::ProbeBytes => &self.probe_bytes,
            Limited::Visit => &self.visit,
        };
        match counter.check_key_n(&peer, many) {
            Ok(checked) => checked.map_err(|until| whole_seconds(until.wait_time_from(self.clock.now()))),
            Err(_) => Err(NEVER_FITS),
        }
    }

    /// Begins a transfer of a probe, which lasts until it is dropped. Everybody's have a bound; a peer's have one too, unless
    /// the peer is exempt.
    pub fn begin_transfer(&self, peer: IpAddr) -> Result<Transfer, Crowded> {
        self.transfers.begin(self.counted(peer))
    }

    /// A place where a stranger's password waits to be computed, until it is dropped; the peer's have a bound, as above.
    pub fn strangers_password(&self, peer: IpAddr) -> Result<PasswordPlace, Crowded> {
        self.passwords.for_stranger(self.counted(peer))
    }

    /// The same for somebody of the staff, in a browser or a session that is known.
    pub fn staffs_password(&self) -> Result<PasswordPlace, Crowded> {
        self.passwords.for_staff()
    }

    /// What the peer is counted as; `None` for one without limits.
    pub fn counted(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        (self.settings.on && !self.settings.exempt.contains(&peer)).then(|| network(peer))
    }
}

fn quota(per_minute: u32, at_once: u32) -> Quota {
    let number = |it| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(number(per_minute)).allow_burst(number(at_once))
}

/// The address itself, or the first 64 bits of one that has 128.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(long) => Ipv6Addr::from_bits(long.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(0 < wait.subsec_nanos()).max(u64::from(wait.as_secs() == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(on: bool, exempt: &[&str]) -> Limits {
        Limits::new(LimitSettings { on, exempt: exempt.iter().map(|it| it.parse().unwrap()).collect() })
    }

    /// How many of a thousand quick requests pass, and the first wait.
    fn passed(limits: &Limits, limited: Limited, peer: &str) -> (usize, Option<u64>) {
        let answers: Vec<_> = (0..1000).map(|_| limits.count(limited, peer.parse().unwrap())).collect();
        let first = answers.iter().find_map(|it| it.err());
        (answers.iter().filter(|it| it.is_ok()).count(), first)
    }

    #[test]
    fn a_burst_passes_then_the_wait_is_told_in_whole_seconds() {
        let limits = limits(true, &[]);
        let (submits, wait) = passed(&limits, Limited::Submit, "192.0.2.1");
        assert!((10..=12).contains(&submits), "{submits}");
        assert!((1..=2).contains(&wait.unwrap()));
        let (receipts, wait) = passed(&limits, Limited::Receipt, "192.0.2.1");
        assert!((30..=32).contains(&receipts), "{receipts}");
        assert_eq!(wait, Some(1));
    }

    #[test]
    fn several_checks_of_the_line_pass_at_once_then_the_wait_is_at_most_a_checks_share() {
        // Eleven short probes, three downloads and three uploads.
        let transfers = [32_768, 131_072, 524_288, 32_768, 131_072, 262_144];
        let limits = limits(true, &[]);
        let peer = "192.0.2.1".parse().unwrap();
        let check = || {
            for _ in 0..11 + transfers.len() {
                limits.count(Limited::Probe, peer)?;
            }
            transfers.iter().try_for_each(|&it| limits.count_many(Limited::ProbeBytes, peer, it))
        };
        let checks: Vec<Result<(), u64>> = (0..20).map(|_| check()).collect();
        let passed = checks.iter().take_while(|it| it.is_ok()).count();
        assert!((7..=8).contains(&passed), "{checks:?}");
        assert!((1..=30).contains(&checks[passed].unwrap_err()), "{checks:?}");
    }

    #[test]
    fn what_never_fits_never_passes_and_nothing_always_does() {
        let limits = limits(true, &[]);
        let peer = "192.0.2.1".parse().unwrap();
        assert_eq!(limits.count_many(Limited::ProbeBytes, peer, 8_000_001), Err(NEVER_FITS));
        assert_eq!(limits.count_many(Limited::ProbeBytes, peer, 8_000_000), Ok(()));
        assert_eq!(limits.count_many(Limited::ProbeBytes, peer, 0), Ok(()));
        assert!(limits.count_many(Limited::ProbeBytes, peer, 8_000_000).is_err());
    }

    #[test]
    fn a_peers_transfers_have_a_bound_of_their_own_unless_it_is_exempt() {
        let limits = limits(true, &["192.0.2.9"]);
        let begin = |peer: &str| limits.begin_transfer(peer.parse().unwrap());
        let first: Vec<_> = std::iter::from_fn(|| begin("2001:db8:0:1::1").ok()).collect();
        assert_eq!(begin("2001:db8:0:1::2").err(), Some(Crowded::Peer));
        let others: Vec<_> = std::iter::from_fn(|| begin("192.0.2.9").ok()).collect();
        assert!(first.len() < others.len(), "{} {}", first.len(), others.len());
        assert_eq!(begin("192.0.2.2").err(), Some(Crowded::Everybody));
    }

    #[test]
    fn one_peer_does_not_use_up_anothers_share_and_a_network_is_one_peer() {
        let limits = limits(true, &[]);
        passed(&limits, Limited::Submit, "2001:db8:0:1::1");
        assert!(limits.count(Limited::Submit, "2001:db8:0:1:ffff::2".parse().unwrap()).is_err());
        assert!(limits.count(Limited::Submit, "2001:db8:0:2::1".parse().unwrap()).is_ok());
        passed(&limits, Limited::Submit, "192.0.2.1");
        assert!(limits.count(Limited::Submit, "::ffff:192.0.2.1".parse().unwrap()).is_err());
        assert!(limits.count(Limited::Submit, "192.0.2.2".parse().unwrap()).is_ok());
    }

    #[test]
    fn the_offices_own_terminals_are_exempt_and_off_is_off() {
        assert_eq!(passed(&limits(true, &["192.0.2.1"]), Limited::Submit, "::ffff:192.0.2.1").0, 1000);
        assert_eq!(passed(&limits(false, &[]), Limited::Submit, "192.0.2.1").0, 1000);
    }

    #[test]
    fn a_wait_is_rounded_up() {
        for (milliseconds, seconds) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (2000, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), seconds, "{milliseconds} ms");
        }
    }
}
