//! Rate limits per peer, on submitting and on looking up receipts.
//!
//! Nothing in the terms: they keep a stranger from filling the desk's list and from guessing receipts. The office's own
//! terminals share one address and can be exempt. A network of the new protocol counts as one peer by its first 64 bits.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

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
    /// `GET /requests/{reception_number}`: 60 a minute, 30 at once.
    Receipt,
}

/// The counters.
pub struct Limits {
    settings: LimitSettings,
    submit: DefaultKeyedRateLimiter<IpAddr>,
    receipt: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    checks: AtomicU32,
}

/// Peers that have been quiet for a minute are forgotten after this many checks.
const CHECKS_BETWEEN_SWEEPS: u32 = 4096;

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(settings: LimitSettings) -> Self {
        Self {
            settings,
            submit: RateLimiter::keyed(quota(30, 10)),
            receipt: RateLimiter::keyed(quota(60, 30)),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Counts one; the error is the number of whole seconds to wait, at least 1.
    pub fn count(&self, limited: Limited, peer: IpAddr) -> Result<(), u64> {
        let peer = peer.to_canonical();
        if !self.settings.on || self.settings.exempt.contains(&peer) {
            return Ok(());
        }
        let counter = match limited {
            Limited::Submit => &self.submit,
            Limited::Receipt => &self.receipt,
        };
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(CHECKS_BETWEEN_SWEEPS) {
            self.submit.retain_recent();
            self.receipt.retain_recent();
        }
        let checked = counter.check_key(&network(peer));
        checked.map_err(|until| whole_seconds(until.wait_time_from(self.clock.now())))
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
