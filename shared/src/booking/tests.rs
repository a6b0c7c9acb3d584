//! The transitions of the rulebook's picture, and what each of them needs.

use super::*;
use crate::policy::tests::otaru_policy;
use crate::time::parse_instant;

fn moment(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub(crate) fn confirmation(start: &str) -> Confirmation {
    Confirmation {
        now: moment("2026-11-24T09:00:00+09:00"),
        start: moment(start),
        against: Vec::new(),
        reason: String::new(),
        identity_checked: true,
        meeting: Ok(Meeting::parse(&otaru_policy().app, "123 4567 8901", "").unwrap().0),
    }
}

pub(crate) fn confirmed() -> Booking {
    Booking::requested().confirm(confirmation("2026-11-26T10:00:00+09:00")).unwrap()
}

type Act = fn(Booking) -> Result<Booking, Vec<Violation>>;

fn codes(result: Result<Booking, Vec<Violation>>) -> Vec<&'static str> {
    result.map_or_else(|it| it.iter().map(|it| it.code.as_str()).collect(), |_| Vec::new())
}

#[test]
fn article_4_2_a_request_is_confirmed_and_may_be_moved() {
    let booking = confirmed();
    assert_eq!((booking.state.name(), booking.version), ("confirmed", 2));
    let moved = booking.confirm(confirmation("2026-11-27T10:00:00+09:00")).unwrap();
    assert_eq!((moved.state.name(), moved.version), ("confirmed", 3));
}

#[test]
fn article_4_2_confirming_needs_the_mark_of_identity() {
    let unchecked = Confirmation { identity_checked: false, ..confirmation("2026-11-26T10:00:00+09:00") };
    assert_eq!(codes(Booking::requested().confirm(unchecked)), ["transition_not_allowed"]);
}

#[test]
fn article_4_1_in_principle_an_exception_needs_a_reason_and_stays_on_the_grid() {
    let late = Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, "/start");
    let off = Violation::of_setting(Code::SlotOffGrid, "/start");
    let with = |against: &[&Violation], reason: &str| {
        let against = against.iter().map(|it| (*it).clone()).collect();
        let reason = reason.to_owned();
        codes(Booking::requested().confirm(Confirmation {
            against,
            reason,
            ..confirmation("2026-11-26T10:00:00+09:00")
        }))
    };
    assert_eq!(with(&[&late], " "), ["reason_missing"]);
    assert_eq!(with(&[&late], "来所時に本人と調整"), [""; 0]);
    assert_eq!(with(&[&off], "理由"), ["slot_off_grid"]);
}

#[test]
fn article_4_2_the_picture_has_no_other_transitions() {
    let lapsed = |booking: Booking| booking.lapse(parse_instant("2026-11-30T10:00:00+09:00").unwrap(), &[]);
    let acts: [(&str, Act); 7] = [
        ("confirm", |it| it.confirm(confirmation("2026-11-26T10:00:00+09:00"))),
        ("decline", |it| it.decline("reason")),
        ("withdraw", |it| {
            it.withdraw(moment("2026-11-24T09:00:00+09:00"), moment("2026-11-24T09:00:00+09:00"))
        }),
        ("lapse", |it| it.lapse(parse_instant("2026-11-30T10:00:00+09:00").unwrap(), &[])),
        ("contact", |it| it.note_contact(true)),
        ("hold", Booking::hold),
        ("stop", |it| it.stop("reason")),
    ];
    let states: [(Booking, &str); 7] = [
        (Booking::requested(), "confirm decline withdraw lapse"),
        (confirmed(), "confirm contact hold stop"),
        (Booking::requested().decline("満席のため").unwrap(), ""),
        (
            Booking::requested()
                .withdraw(moment("2026-11-24T09:00:00+09:00"), moment("2026-11-24T08:00:00+09:00"))
                .unwrap(),
            "",
        ),
        (lapsed(Booking::requested()).unwrap(), ""),
        (confirmed().hold().unwrap(), ""),
        (confirmed().stop("暴言").unwrap(), ""),
    ];
    for (state, expected) in states {
        let allowed: Vec<_> =
            acts.iter().filter(|(_, act)| act(state.clone()).is_ok()).map(|it| it.0).collect();
        assert_eq!(allowed.join(" "), expected, "{}", state.state.name());
    }
}

#[test]
fn article_4_2_a_reason_is_needed_where_the_seeker_reads_it() {
    assert_eq!(codes(Booking::requested().decline(" ")), ["reason_missing"]);
    assert_eq!(codes(confirmed().stop("")), ["reason_missing"]);
}

#[test]
fn a_request_lapses_when_its_last_wish_has_passed_and_not_before() {
    let wish = |text: &str| parse_instant(text).unwrap();
    let wishes = [wish("2026-11-26T10:00:00+09:00"), wish("2026-11-27T15:30:00+09:00")];
    assert!(Booking::requested().lapse(wish("2026-11-27T15:29:59+09:00"), &wishes).is_err());
    assert!(Booking::requested().lapse(wish("2026-11-27T15:30:00+09:00"), &wishes).is_ok());
}

#[test]
fn article_4_2_a_time_in_the_past_is_arranged_with_no_reason_whatever() {
    let at = |now: &str| Confirmation {
        now: moment(now),
        reason: "来所時に本人と調整".to_owned(),
        ..confirmation("2026-11-26T10:00:00+09:00")
    };
    assert!(Booking::requested().confirm(at("2026-11-26T09:59:59+09:00")).is_ok());
    assert_eq!(codes(Booking::requested().confirm(at("2026-11-26T10:00:00+09:00"))), ["slot_too_late"]);
}

#[test]
fn article_4_2_other_meeting_data_for_the_same_time_is_no_new_time_and_keeps_word_that_came_in() {
    let told = confirmed().note_contact(false).unwrap();
    let late = Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, "/start");
    let again = |start: &str| Confirmation {
        now: moment("2026-11-26T10:05:00+09:00"),
        against: vec![late.clone()],
        ..confirmation(start)
    };
    let same = told.clone().confirm(again("2026-11-26T10:00:00+09:00")).unwrap();
    let word = |it: &Booking| match &it.state {
        BookingState::Confirmed(it) => it.word_received,
        other => panic!("{other:?}"),
    };
    assert!(word(&same));
    assert_eq!(codes(told.clone().confirm(again("2026-11-27T10:00:00+09:00"))), ["reason_missing"]);
    let moved = Confirmation { reason: "本人の希望".to_owned(), ..again("2026-11-27T10:00:00+09:00") };
    assert!(!word(&told.confirm(moved).unwrap()));
}

#[test]
fn article_4_2_everything_against_a_confirmation_is_told_at_once() {
    let invalid = Meeting::parse(&otaru_policy().app, "x", "").unwrap_err();
    let all = Confirmation {
        against: vec![
            Violation::of_setting(Code::SlotOffGrid, "/start"),
            Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, "/start"),
        ],
        identity_checked: false,
        meeting: Err(vec![invalid]),
        ..confirmation("2026-11-26T10:10:00+09:00")
    };
    let expected = ["slot_off_grid", "reason_missing", "transition_not_allowed", "meeting_invalid"];
    assert_eq!(codes(Booking::requested().confirm(all)), expected);
}

#[test]
fn article_4_2_word_of_a_withdrawal_has_come_in_already() {
    let now = moment("2026-11-24T09:00:00+09:00");
    let later = moment("2026-11-24T09:00:01+09:00");
    assert_eq!(codes(Booking::requested().withdraw(now, later)), ["transition_not_allowed"]);
    assert!(Booking::requested().withdraw(now, now).is_ok());
}
