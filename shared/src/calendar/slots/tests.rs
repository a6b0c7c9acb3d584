//! Slots and starts at their boundaries.

use super::*;
use crate::policy::tests::otaru_policy;
use crate::time::{parse_date, parse_instant};

fn jst(text: &str) -> Instant {
    let seconds = if text.len() == 16 { ":00" } else { "" };
    parse_instant(&format!("{text}{seconds}+09:00")).unwrap()
}

fn codes(verdict: &WishVerdict) -> String {
    match verdict {
        WishVerdict::Stands(_) => "stands".into(),
        WishVerdict::Gone(_, why) => format!("gone: {}", why.code.as_str()),
        WishVerdict::Impossible(all) => all.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(" "),
    }
}

#[track_caller]
fn check(now: &str, wish: &str, expected: &str) {
    let verdict = judge_wish(&otaru_policy(), &Occupancy::new(), jst(now), jst(wish), "/wishes/0");
    assert_eq!(codes(&verdict), expected, "now {now}, wish {wish}");
}

#[test]
fn article_4_1_4_a_counselling_lies_wholly_inside_one_window() {
    let now = "2026-11-24T09:00";
    for (time, expected) in [
        ("09:30", "slot_outside_hours"),
        ("09:59", "slot_outside_hours"),
        ("10:00", "stands"),
        ("11:30", "stands"),
        ("11:30:01", "slot_outside_hours"),
        ("11:31", "slot_outside_hours"),
        ("12:00", "slot_outside_hours"),
        ("12:30", "slot_outside_hours"),
        ("13:00", "stands"),
        ("15:30", "stands"),
        ("15:31", "slot_outside_hours"),
        ("16:00", "slot_outside_hours"),
        ("10:15", "slot_off_grid"),
        ("10:00:01", "slot_off_grid"),
    ] {
        check(now, &format!("2026-11-26T{time}"), expected);
    }
}

#[test]
fn article_4_1_completed_by_the_day_before_means_by_close_of_reception() {
    check("2026-11-27T17:14:59", "2026-11-30T10:00", "stands");
    check("2026-11-27T17:15:00", "2026-11-30T10:00", "gone: slot_too_late");
    check("2026-11-28T10:00", "2026-11-30T10:00", "gone: slot_too_late");
    check("2026-11-29T23:59:59", "2026-12-01T10:00", "stands");
    check("2026-11-30T09:00", "2026-11-30T10:00", "gone: slot_too_late");
    check("2026-11-30T09:00", "2026-11-20T10:00", "gone: slot_too_late");
}

#[test]
fn article_4_1_4_weekdays_only() {
    check("2026-11-20T09:00", "2026-11-21T10:00", "slot_not_business_day");
    check("2026-11-20T09:00", "2026-11-23T10:00", "slot_not_business_day");
    check("2026-12-20T09:00", "2026-12-29T10:00", "slot_not_business_day");
    check("2026-12-20T09:00", "2027-01-01T12:00", "slot_not_business_day slot_outside_hours");
    check("2026-12-20T09:00", "2026-12-28T10:00", "stands");
}

#[test]
fn an_office_setting_28_days_ahead_inclusive() {
    check("2026-11-24T23:59:59", "2026-12-22T10:00", "stands");
    check("2026-11-24T23:59:59", "2026-12-23T10:00", "slot_too_far");
    check("2026-11-25T00:00", "2026-12-23T10:00", "stands");
    check("2026-11-24T09:00", "9999-11-30T10:00", "slot_too_far");
}

#[test]
fn a_slot_shows_free_few_or_full_by_its_seats() {
    let policy = otaru_policy();
    let start = jst("2026-11-26T10:00");
    for (taken, seats, expected) in [
        (0, 2, SlotState::Free),
        (1, 2, SlotState::Few),
        (2, 2, SlotState::Full),
        (3, 2, SlotState::Full),
        (0, 1, SlotState::Free),
        (0, 0, SlotState::Full),
    ] {
        let mut policy = policy.clone();
        policy.seats.by_date.insert(Day(day_of(start)), seats);
        assert_eq!(
            state_of(&policy, &[(start, taken)].into_iter().collect(), start),
            expected,
            "{taken} of {seats}"
        );
    }
}

#[test]
fn on_a_fine_grid_the_fullest_cell_decides() {
    let mut policy = otaru_policy();
    policy.booking.grid_minutes = 10;
    let taken = [(jst("2026-11-26T10:20"), 2)].into_iter().collect();
    let state = |time: &str| state_of(&policy, &taken, jst(&format!("2026-11-26T{time}")));
    assert_eq!(state("10:00"), SlotState::Full);
    assert_eq!(state("10:20"), SlotState::Full);
    assert_eq!(state("10:30"), SlotState::Free);
}

#[test]
fn article_4_1_a_timely_wish_can_be_arranged_until_24_00_of_the_day_before_and_any_other_start_while_it_could_be_wished()
 {
    let policy = otaru_policy();
    // Thursday; a wish for it has to arrive by 17:15 on Wednesday.
    let start = jst("2026-11-26T10:00");
    let codes = |now: &str, received: &str, wishes: &[Instant], start: Instant| {
        let against = judge_start(&policy, jst(now), jst(received), wishes, start);
        against.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(" ")
    };
    for (now, received, wished, expected) in [
        ("2026-11-25T23:59:59", "2026-11-25T17:14:59", true, ""),
        ("2026-11-26T00:00:00", "2026-11-25T17:14:59", true, "slot_too_late"),
        ("2026-11-25T17:15:00", "2026-11-25T17:15:00", true, "slot_too_late"),
        ("2026-11-25T17:14:59", "2026-11-24T09:00:00", false, ""),
        ("2026-11-25T17:15:00", "2026-11-24T09:00:00", false, "slot_too_late"),
    ] {
        let wishes: &[Instant] = if wished { &[start] } else { &[] };
        assert_eq!(codes(now, received, wishes, start), expected, "now {now}, received {received}");
    }
    let far = jst("2026-12-23T10:00");
    assert_eq!(codes("2026-11-24T09:00", "2026-11-24T09:00", &[], far), "slot_too_far");
    let off = jst("2026-11-28T10:10");
    assert_eq!(
        codes("2026-11-24T09:00", "2026-11-24T09:00", &[off], off),
        "slot_not_business_day slot_off_grid"
    );
}

#[test]
fn a_counselling_covers_the_cells_of_its_length() {
    let mut policy = otaru_policy();
    let start = jst("2026-11-26T10:00");
    assert_eq!(cells(&policy, start).collect::<Vec<_>>(), [(start, 2)]);
    policy.booking.grid_minutes = 10;
    policy.seats.by_date.insert(Day(day_of(start)), 3);
    let expected = ["10:00", "10:10", "10:20"].map(|it| (jst(&format!("2026-11-26T{it}")), 3));
    assert_eq!(cells(&policy, start).collect::<Vec<_>>(), expected);
}

#[test]
fn a_day_plan_says_why_not_and_until_when() {
    let policy = otaru_policy();
    let plan =
        |now: &str, date: &str| day_plan(&policy, &Occupancy::new(), jst(now), parse_date(date).unwrap());
    let code = |it: &DayPlan| it.refusal.as_ref().map(|why| why.code);
    let open = plan("2026-11-24T09:00", "2026-11-26");
    assert_eq!((code(&open), open.slots.len()), (None, 10));
    assert_eq!(format_instant(open.deadline), "2026-11-25T17:15:00+09:00");
    assert_eq!(code(&plan("2026-11-24T09:00", "2026-11-23")), Some(Code::SlotNotBusinessDay));
    assert_eq!(code(&plan("2026-11-24T17:15", "2026-11-25")), Some(Code::SlotTooLate));
    assert_eq!(code(&plan("2026-11-24T17:15", "2026-12-24")), Some(Code::SlotTooFar));
    let mut nobody = policy.clone();
    nobody.seats.default = 0;
    let full =
        day_plan(&nobody, &Occupancy::new(), jst("2026-11-24T09:00"), parse_date("2026-11-26").unwrap());
    assert_eq!(code(&full), Some(Code::SlotFull));
}
