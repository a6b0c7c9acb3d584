//! 4(1)④ 希望日時: one to three wishes, in order, all different.

use chrono::NaiveDate;

use crate::calendar::{Occupancy, WishVerdict, judge_wish};
use crate::clause::paragraph;
use crate::policy::Policy;
use crate::time::{Instant, day_of, parse_instant};
use crate::violation::{Code, Violation};

/// A wish that was accepted, in order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Start of the counselling.
    pub start: Instant,
    /// Why it has gone meanwhile, if it has.
    pub gone: Option<Violation>,
}

/// Reads the wishes of a request and judges each at `now`.
///
/// Gone wishes do not refuse the request as long as another one stands; nothing is silently dropped or moved.
///
/// # Errors
/// `wishes_count`, `slot_duplicate`, what makes single wishes impossible, and, where none stands, why each has gone.
pub fn read_wishes(
    policy: &Policy,
    taken: &Occupancy,
    now: Instant,
    entered: &[String],
) -> Result<Vec<Wish>, Vec<Violation>> {
    let most = usize::from(policy.booking.wishes_max);
    let mut faults = Vec::new();
    if entered.is_empty() || most < entered.len() {
        let variant = if entered.is_empty() { "none" } else { "many" };
        faults.push(
            Violation::of_clause(paragraph(4, 1), Code::WishesCount, "/wishes")
                .variant(variant)
                .with("most", most.to_string()),
        );
    }
    // One more than the limit is judged, so that the answer to an endless list stays short.
    let mut starts = Vec::new();
    let mut verdicts = Vec::new();
    for (at, text) in entered.iter().take(most + 1).enumerate() {
        let pointer = format!("/wishes/{at}");
        let start = parse_instant(text);
        let impossible = |code, pointer| Violation::of_clause(paragraph(4, 1), code, pointer);
        verdicts.push(match start {
            None => {
                WishVerdict::Impossible(vec![impossible(Code::SlotOffGrid, pointer).variant("unreadable")])
            }
            Some(start) if starts.contains(&start) => {
                WishVerdict::Impossible(vec![impossible(Code::SlotDuplicate, pointer)])
            }
            Some(start) => judge_wish(policy, taken, now, start, &pointer),
        });
        starts.extend(start);
    }
    let one_stands = verdicts.iter().any(|it| matches!(it, WishVerdict::Stands(_)));
    let mut wishes = Vec::new();
    for verdict in verdicts {
        match verdict {
            WishVerdict::Stands(start) => wishes.push(Wish { start, gone: None }),
            WishVerdict::Gone(start, why) if one_stands => wishes.push(Wish { start, gone: Some(why) }),
            WishVerdict::Gone(_, why) => faults.push(why),
            WishVerdict::Impossible(all) => faults.extend(all),
        }
    }
    if faults.is_empty() { Ok(wishes) } else { Err(faults) }
}

/// The first wished day, on which a person's age is judged.
pub(crate) fn first_day(entered: &[String]) -> Option<NaiveDate> {
    entered.iter().filter_map(|it| parse_instant(it)).map(day_of).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    fn read(now: &str, wishes: &[&str]) -> Result<Vec<Wish>, Vec<Violation>> {
        let entered: Vec<_> = wishes.iter().map(|it| format!("{it}:00+09:00")).collect();
        read_wishes(
            &otaru_policy(),
            &Occupancy::new(),
            parse_instant(&format!("{now}:00+09:00")).unwrap(),
            &entered,
        )
    }

    #[track_caller]
    fn check(now: &str, wishes: &[&str], expected: &str) {
        let told = match read(now, wishes) {
            Ok(wishes) => {
                wishes.iter().map(|it| if it.gone.is_some() { "gone" } else { "stands" }).collect::<Vec<_>>()
            }
            Err(faults) => faults.iter().map(|it| it.code.as_str()).collect(),
        };
        assert_eq!(told.join(" "), expected);
    }

    const NOW: &str = "2026-11-24T09:00";

    #[test]
    fn article_4_1_one_to_three_wishes_all_different() {
        check(NOW, &[], "wishes_count");
        check(NOW, &["2026-11-26T10:00"], "stands");
        check(NOW, &["2026-11-26T10:00", "2026-11-26T10:30", "2026-11-27T10:00"], "stands stands stands");
        check(
            NOW,
            &["2026-11-26T10:00", "2026-11-26T10:30", "2026-11-27T10:00", "2026-11-27T10:30"],
            "wishes_count",
        );
        check(NOW, &["2026-11-26T10:00", "2026-11-26T10:00"], "slot_duplicate");
        check(NOW, &["2026-11-28T10:00", "2026-11-28T10:00"], "slot_not_business_day slot_duplicate");
    }

    #[test]
    fn the_same_moment_in_another_offset_is_a_duplicate() {
        let entered = ["2026-11-26T10:00:00+09:00".to_owned(), "2026-11-26T01:00:00Z".to_owned()];
        let found = read_wishes(
            &otaru_policy(),
            &Occupancy::new(),
            parse_instant("2026-11-24T00:00:00Z").unwrap(),
            &entered,
        );
        assert_eq!(found.unwrap_err()[0].code, Code::SlotDuplicate);
    }

    #[test]
    fn article_4_1_a_wish_gone_meanwhile_does_not_refuse_a_request_that_another_one_carries() {
        check(NOW, &["2026-11-24T10:00", "2026-11-26T10:00"], "gone stands");
        check(NOW, &["2026-11-24T10:00", "2026-11-24T11:00"], "slot_too_late slot_too_late");
        check(NOW, &["2026-11-22T10:00", "2026-11-26T10:00"], "slot_not_business_day");
        check(NOW, &["2026-11-24T10:00", "2026-11-26T12:00"], "slot_too_late slot_outside_hours");
        check(NOW, &["2026-11-26T12:00", "2026-11-24T10:00"], "slot_outside_hours slot_too_late");
        check(NOW, &["2026-11-24T10:00", "2026-11-26T12:00", "2026-11-26T10:00"], "slot_outside_hours");
    }

    #[test]
    fn what_is_no_time_at_all_is_named_and_stops() {
        let entered = ["tomorrow".to_owned()];
        let found = read_wishes(
            &otaru_policy(),
            &Occupancy::new(),
            parse_instant("2026-11-24T00:00:00Z").unwrap(),
            &entered,
        );
        assert_eq!(found.unwrap_err()[0].pointer, "/wishes/0");
    }
}
