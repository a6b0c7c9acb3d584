//! Whose rights come from whom. A second manager's approval is worth something only from somebody independent: not from one whom
//! the first invited, made a manager or gave a new link lately, nor the other way round, nor over others in between.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::desk::accounts::rights;
use crate::store::sql::Tx;

/// So long two people are bound by rights that one has from the other.
const BOUND: TimeDelta = TimeDelta::days(30);
/// Whoever has the server's shell could do all of it: rights from there bind nobody.
const SHELL: &str = "shell";

/// Somebody has rights from somebody.
///
/// # Errors
/// Those of the store, as of all below.
pub(super) async fn give(tx: &mut dyn Tx, staff: &str, by: &str, at: Instant) -> Result<(), StoreError> {
    if by == SHELL { Ok(()) } else { rights::give(tx, staff, by, at).await }
}

/// Whether two people are independent of each other.
pub async fn are_independent(
    tx: &mut dyn Tx,
    one: &str,
    other: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    let given = rights::since(tx, now - BOUND).await?;
    Ok(!bound_to(one, &given).contains(other))
}

/// Herself and everybody to whom a chain of rights leads, in whichever direction each was given.
fn bound_to<'a>(one: &'a str, given: &'a [(String, String)]) -> BTreeSet<&'a str> {
    let mut bound = BTreeSet::from([one]);
    let mut next = vec![one];
    while let Some(from) = next.pop() {
        let neighbours = given.iter().filter_map(|(staff, by)| match from {
            it if it == staff => Some(by.as_str()),
            it if it == by => Some(staff.as_str()),
            _ => None,
        });
        next.extend(neighbours.filter(|it| bound.insert(it)));
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::bound_to;

    #[test]
    fn rights_bind_in_both_directions_and_over_others_in_between() {
        let pair = |staff: &str, by: &str| (staff.to_owned(), by.to_owned());
        let given = [pair("b", "a"), pair("c", "a"), pair("d", "c"), pair("x", "y"), pair("s", "s")];
        for (one, other, bound) in [
            ("a", "b", true),
            ("b", "a", true),
            ("a", "d", true),
            ("b", "d", true),
            ("b", "b", true),
            ("s", "s", true),
            ("a", "x", false),
            ("z", "a", false),
        ] {
            assert_eq!(bound_to(one, &given).contains(other), bound, "{one} {other}");
        }
    }
}
