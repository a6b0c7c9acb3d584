//! Whoever guesses is slowed down, and nobody is locked out by that.
//!
//! Three kinds of counters, all of the same make: one for each login, whether somebody has it or not; one for each browser in which
//! she signed in before, which a stranger's tries do not touch; one for each session that gives its password once more. A try is
//! written down as failed before it is judged: many at once do not slip past the count.
//!
//! After five failures in a row the next try waits 1, 3, 5, then 10 seconds; what nobody tried for an hour is forgotten. One-time
//! passwords are guessed only by somebody who has the password: after 20 wrong ones since the last right one the next waits a
//! quarter of an hour, then an hour, then three hours, and somebody is told. A recovery code never waits: it cannot be guessed.

use chrono::TimeDelta;
use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::desk::accounts::counters::{self, StoredCounter};
use crate::store::sql::Tx;
use crate::vault::Hash;

/// What nobody tried for so long is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// The longest wait for a password.
const LONGEST: TimeDelta = TimeDelta::seconds(10);
/// The longest wait for a one-time password.
const LONGEST_FOR_CODES: TimeDelta = TimeDelta::hours(3);
/// Wrong one-time passwords after which they wait, and somebody is told.
pub(super) const MOST_CODES: u32 = 20;

/// How long the next try waits after so many failures in a row.
fn wait_after(failures: u32) -> Option<TimeDelta> {
    let seconds = match failures {
        0..5 => return None,
        5 => 1,
        6 => 3,
        7 => 5,
        _ => return Some(LONGEST),
    };
    Some(TimeDelta::seconds(seconds))
}

/// How long the next one-time password waits after so many wrong ones.
fn wait_after_codes(failures: u32) -> Option<TimeDelta> {
    match failures {
        ..MOST_CODES => None,
        MOST_CODES => Some(TimeDelta::minutes(15)),
        21 => Some(TimeDelta::hours(1)),
        _ => Some(LONGEST_FOR_CODES),
    }
}

/// Whole seconds until then, at least one; `None` where it is over. A clock that was set back makes no wait longer.
fn left(until: Option<Instant>, now: Instant, longest: TimeDelta) -> Option<u64> {
    let left = until.filter(|it| now < *it)?.signed_duration_since(now);
    let seconds = u64::try_from(left.num_milliseconds()).unwrap_or(0).div_ceil(1000);
    (left <= longest).then_some(seconds.max(1))
}

/// Counts a try; the error is how many seconds it has to wait, and then nothing is counted.
///
/// # Errors
/// Those of the store, as of all below.
pub(super) async fn begin(tx: &mut dyn Tx, key: Hash, now: Instant) -> Result<Result<(), u64>, StoreError> {
    counters::sweep(tx, now - FORGOTTEN).await?;
    let found = counters::one(tx, key).await?;
    if let Some(seconds) = found.and_then(|it| left(it.wait_until, now, LONGEST)) {
        return Ok(Err(seconds));
    }
    let fresh = found.filter(|it| now < it.tried_at + FORGOTTEN);
    let failures = fresh.map_or(0, |it| it.failures).saturating_add(1);
    let new = StoredCounter {
        failures,
        wait_until: wait_after(failures).map(|it| now + it),
        code_failures: found.map_or(0, |it| it.code_failures),
        code_wait_until: found.and_then(|it| it.code_wait_until),
        tried_at: now,
    };
    counters::keep(tx, key, new).await?;
    Ok(Ok(()))
}

/// Counts a one-time password, likewise; gives how many have been wrong when this one is.
pub(super) async fn begin_code(
    tx: &mut dyn Tx,
    key: Hash,
    now: Instant,
) -> Result<Result<u32, u64>, StoreError> {
    let none = StoredCounter {
        failures: 0,
        wait_until: None,
        code_failures: 0,
        code_wait_until: None,
        tried_at: now,
    };
    let found = counters::one(tx, key).await?.unwrap_or(none);
    if let Some(seconds) = left(found.code_wait_until, now, LONGEST_FOR_CODES) {
        return Ok(Err(seconds));
    }
    let code_failures = found.code_failures.saturating_add(1);
    let code_wait_until = wait_after_codes(code_failures).map(|it| now + it);
    counters::keep(tx, key, StoredCounter { code_failures, code_wait_until, ..found }).await?;
    Ok(Ok(code_failures))
}

/// Password and, where she has one, code were right.
pub(super) async fn clear(tx: &mut dyn Tx, key: Hash) -> Result<(), StoreError> {
    counters::clear(tx, key).await
}

/// The password was right, and no code was asked for.
pub(super) async fn clear_password(tx: &mut dyn Tx, key: Hash) -> Result<(), StoreError> {
    match counters::one(tx, key).await? {
        Some(found) if 0 < found.code_failures => {
            counters::keep(tx, key, StoredCounter { failures: 0, wait_until: None, ..found }).await
        }
        _ => counters::clear(tx, key).await,
    }
}

#[cfg(test)]
mod tests {
    use precheck_shared::time::parse_instant;

    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_told_in_whole_seconds() {
        let seconds = |wait: Option<TimeDelta>| wait.map(|it| it.num_seconds());
        let found: Vec<_> = [1, 4, 5, 6, 7, 8, 9, u32::MAX].map(|it| seconds(wait_after(it))).into();
        let expected = [None, None, Some(1), Some(3), Some(5), Some(10), Some(10), Some(10)];
        assert_eq!(found, expected);
        let found: Vec<_> = [1, 19, 20, 21, 22, u32::MAX].map(|it| seconds(wait_after_codes(it))).into();
        assert_eq!(found, [None, None, Some(900), Some(3600), Some(10_800), Some(10_800)]);

        let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
        for (milliseconds, told) in [
            (-1, None),
            (0, None),
            (1, Some(1)),
            (1000, Some(1)),
            (1001, Some(2)),
            (10_000, Some(10)),
            (10_001, None),
        ] {
            let until = Some(now + TimeDelta::milliseconds(milliseconds));
            assert_eq!(left(until, now, LONGEST), told, "{milliseconds}");
        }
        assert_eq!(left(None, now, LONGEST), None);
    }
}
