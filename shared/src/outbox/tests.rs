use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// When everything here begins.
const BEGIN: i64 = 1_795_392_000_000;
const LOST: Verdict = Verdict::NoAnswer(None);

fn entry(key: &str) -> Entry {
    Entry::new(key, "{}", BEGIN, BEGIN + 2 * DAY)
}

fn confirmed() -> Outbox {
    let mut outbox = Outbox::default();
    outbox.confirm(entry("first"), BEGIN).unwrap();
    outbox
}

/// Sent at `now`, with this verdict and the longest pause that chance can give.
#[track_caller]
fn send(outbox: &mut Outbox, now: i64, verdict: Verdict) {
    assert_eq!(outbox.act(now), Act::Send);
    outbox.answered(verdict, now, 1.0);
}

#[test]
fn only_a_201_that_can_be_read_delivers() {
    let refused = |code| Verdict::Refused(code);
    for (status, is_acceptance, code, expected) in [
        (201, true, None, Verdict::Delivered),
        (201, false, None, LOST),
        (200, true, None, LOST),
        (202, true, None, LOST),
        (204, false, None, LOST),
        (0, false, None, LOST),
        (302, true, Some("slot_full"), LOST),
        (200, false, Some("slot_full"), LOST),
        (422, true, Some("slot_full"), refused(Code::SlotFull)),
        (422, false, Some("terms_changed"), refused(Code::TermsChanged)),
        (400, false, Some("malformed"), refused(Code::Malformed)),
        (403, false, Some("not_allowed"), refused(Code::NotAllowed)),
        (404, false, Some("not_found"), refused(Code::NotFound)),
        (404, false, None, LOST),
        (404, false, Some("no_such_page"), LOST),
        (408, false, Some("malformed"), LOST),
        (409, false, Some("key_in_progress"), LOST),
        (429, false, Some("rate_limited"), LOST),
        (422, false, Some("unavailable"), LOST),
        (500, false, Some("malformed"), LOST),
        (502, false, None, LOST),
        (503, false, Some("unavailable"), LOST),
        (503, false, Some("slot_full"), LOST),
    ] {
        assert_eq!(classify(status, is_acceptance, code, None), expected, "{status} {code:?}");
    }
    assert_eq!(classify(503, false, Some("unavailable"), Some(7)), Verdict::NoAnswer(Some(7)));
}

#[test]
fn every_code_of_the_rulebook_refuses_but_those_that_are_for_now() {
    for code in Code::ALL {
        let for_now = ["key_in_progress", "rate_limited", "unavailable"].contains(&code.as_str());
        let expected = if for_now { LOST } else { Verdict::Refused(*code) };
        assert_eq!(classify(422, false, Some(code.as_str()), None), expected);
    }
}

#[test]
fn a_request_is_sent_at_once_and_only_one_try_is_under_way() {
    let mut outbox = confirmed();
    assert_eq!(outbox.standing(), Standing::Waiting);
    assert_eq!(outbox.act(BEGIN), Act::Send);
    assert_eq!((outbox.standing(), outbox.act(BEGIN + DAY)), (Standing::Sending, Act::Rest));
}

#[test]
fn pauses_double_up_to_a_minute_and_chance_may_shorten_them_to_half_a_second() {
    let mut outbox = confirmed();
    for limit in [2, 4, 8, 16, 32, 60, 60, 60] {
        for (fraction, expected) in
            [(0.0, 500), (0.5, limit * 500), (1.0, limit * 1_000), (7.0, limit * 1_000)]
        {
            let mut tried = outbox.clone();
            assert_eq!(tried.act(BEGIN), Act::Send);
            tried.answered(LOST, BEGIN, fraction);
            assert_eq!(tried.act(BEGIN), Act::Pause(expected), "{fraction} of {limit} s");
            assert_eq!(tried.act(BEGIN + i64::from(expected) - 1), Act::Pause(1));
            assert_eq!(tried.act(BEGIN + i64::from(expected)), Act::Send);
        }
        send(&mut outbox, BEGIN, LOST);
        outbox.wake(BEGIN);
    }
}

#[test]
fn a_pause_that_the_server_asks_for_comes_first_and_has_a_bound() {
    for (asked, held) in [(1, 1_000), (30, 30_000), (300, 300_000), (301, 300_000), (u32::MAX, 300_000)] {
        let mut outbox = confirmed();
        send(&mut outbox, BEGIN, Verdict::NoAnswer(Some(asked)));
        assert_eq!(outbox.act(BEGIN), Act::Pause(held + 2_000));
        // Neither the line's return nor a press shortens it; what chance has added falls away.
        outbox.wake(BEGIN + 10);
        assert_eq!(outbox.act(BEGIN + 10), Act::Pause(held - 10));
        assert_eq!(outbox.act(BEGIN + i64::from(held)), Act::Send);
    }
}

#[test]
fn a_pause_that_the_server_asked_for_is_over_for_good() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, Verdict::NoAnswer(Some(10)));
    send(&mut outbox, BEGIN + 12_000, LOST);
    outbox.wake(BEGIN + 12_001);
    assert_eq!(outbox.act(BEGIN + 12_001), Act::Send);
}

#[test]
fn what_the_server_asked_for_holds_for_the_request_that_follows() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, Verdict::NoAnswer(Some(10)));
    outbox.let_go();
    outbox.confirm(entry("second"), BEGIN + 1_000).unwrap();
    assert_eq!(outbox.act(BEGIN + 1_000), Act::Pause(9_000));
}

#[test]
fn a_waking_makes_the_next_try_due_at_once_also_while_one_is_under_way() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, LOST);
    assert_eq!(outbox.act(BEGIN + 1), Act::Pause(1_999));
    outbox.wake(BEGIN + 1);
    assert_eq!(outbox.act(BEGIN + 1), Act::Send);
    // The line comes back while a try is dying in a black hole.
    outbox.wake(BEGIN + 2);
    assert_eq!(outbox.act(BEGIN + 2), Act::Rest);
    outbox.answered(LOST, BEGIN + 15_000, 1.0);
    assert_eq!(outbox.act(BEGIN + 15_000), Act::Send);
    // Once, not for ever.
    outbox.answered(LOST, BEGIN + 30_000, 1.0);
    assert_eq!(outbox.act(BEGIN + 30_000), Act::Pause(8_000));
}

#[test]
fn a_clock_that_was_set_back_or_forth_holds_nothing_up() {
    for set_to in [BEGIN - DAY, BEGIN + DAY] {
        let mut outbox = confirmed();
        send(&mut outbox, BEGIN, Verdict::NoAnswer(Some(300)));
        assert_eq!(outbox.act(set_to), Act::Send);
        outbox.answered(LOST, set_to, 1.0);
        outbox.wake(set_to);
        assert_eq!(outbox.act(set_to), Act::Send);
    }
}

#[test]
fn a_frozen_request_cannot_be_edited_while_its_outcome_is_unknown() {
    let mut outbox = Outbox::default();
    assert!(outbox.can_be_edited());
    outbox.confirm(entry("first"), BEGIN).unwrap();
    for (verdict, at) in [(LOST, BEGIN), (Verdict::NoAnswer(Some(5)), BEGIN + DAY)] {
        assert!(!outbox.can_be_edited());
        assert_eq!(outbox.confirm(entry("second"), BEGIN), Err(NotTaken::OutcomeUnknown));
        assert_eq!(outbox.take_up(entry("second"), BEGIN), Err(NotTaken::OutcomeUnknown));
        send(&mut outbox, at, verdict);
        assert_eq!(outbox.entry(), Some(&entry("first")), "key and bytes are the same at every try");
    }
}

#[test]
fn after_a_refusal_what_is_edited_takes_a_new_key() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, Verdict::Refused(Code::SlotTooLate));
    assert_eq!(outbox.standing(), Standing::Refused(Code::SlotTooLate));
    assert_eq!((outbox.act(BEGIN), outbox.entry(), outbox.can_be_edited()), (Act::Rest, None, true));
    assert_eq!(outbox.confirm(entry("first"), BEGIN), Err(NotTaken::KeyUsed));
    outbox.confirm(entry("second"), BEGIN).unwrap();
    assert_eq!(outbox.act(BEGIN), Act::Send);
}

#[test]
fn received_is_true_for_ever_and_whenever_it_is_heard() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, LOST);
    // The answer to a try that was given up.
    outbox.answered(Verdict::Delivered, BEGIN + 1, 0.0);
    assert_eq!((outbox.standing(), outbox.act(BEGIN + DAY)), (Standing::Delivered, Act::Rest));
    for late in [LOST, Verdict::Refused(Code::SlotFull), Verdict::Delivered] {
        outbox.answered(late, BEGIN + 2, 0.0);
        outbox.wake(BEGIN + 2);
        assert_eq!((outbox.standing(), outbox.act(BEGIN + 2)), (Standing::Delivered, Act::Rest));
    }
}

#[test]
fn a_refusal_of_a_try_that_was_given_up_is_no_verdict_on_the_next_one() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, LOST);
    outbox.answered(Verdict::Refused(Code::SlotFull), BEGIN + 1, 0.0);
    assert_eq!(outbox.standing(), Standing::Waiting);
}

#[test]
fn a_request_that_was_never_sent_expires_with_its_last_wish_and_says_so() {
    let mut outbox = confirmed();
    let wish = BEGIN + 2 * DAY;
    assert_eq!(outbox.clone().act(wish - 1), Act::Send);
    assert_eq!(outbox.act(wish), Act::Rest);
    assert_eq!(outbox.standing(), Standing::Expired(Expiry::LastWish));
    assert!(outbox.can_be_edited());
}

#[test]
fn a_request_that_may_have_arrived_is_asked_for_also_when_its_last_wish_has_passed() {
    let wish = BEGIN + 2 * DAY;
    let mut sent = confirmed();
    send(&mut sent, BEGIN, LOST);
    let mut found = Outbox::default();
    found.take_up(entry("first"), wish).unwrap();
    for mut outbox in [sent, found] {
        // Until the server has answered, and not once only.
        for tries in 0..5 {
            send(&mut outbox, wish + tries * HOUR, LOST);
            assert_eq!(outbox.standing(), Standing::Waiting);
        }
        send(&mut outbox.clone(), wish + 6 * HOUR, Verdict::Delivered);
        send(&mut outbox, wish + 6 * HOUR, Verdict::Refused(Code::SlotTooLate));
        assert_eq!(outbox.standing(), Standing::Refused(Code::SlotTooLate));
    }
}

#[test]
fn after_seven_days_a_request_is_asked_for_once_more_and_then_given_up() {
    let over = BEGIN + 7 * DAY;
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, LOST);
    send(&mut outbox, over - 1, LOST);
    assert_eq!(outbox.act(over - 1), Act::Pause(4_000));
    let mut arrived = outbox.clone();
    send(&mut outbox, over + 4_000, LOST);
    assert_eq!(outbox.act(over + 4_000), Act::Rest);
    assert_eq!(outbox.standing(), Standing::Expired(Expiry::Days));
    assert_eq!((outbox.entry(), outbox.can_be_edited()), (None, true));

    send(&mut arrived, over + 4_000, Verdict::Delivered);
    assert_eq!(arrived.standing(), Standing::Delivered);
}

/// The server remembers a key for 14 days: asked after that, it would take the same request for another one.
#[test]
fn a_request_is_not_asked_for_when_the_server_may_have_forgotten_its_key() {
    for (days, expected) in [(12, Act::Send), (13, Act::Rest), (20, Act::Rest)] {
        let mut outbox = Outbox::default();
        outbox.take_up(Entry::new("first", "{}", BEGIN, BEGIN + 21 * DAY), BEGIN + days * DAY).unwrap();
        assert_eq!(outbox.act(BEGIN + days * DAY), expected, "{days}");
        let expired = outbox.standing() == Standing::Expired(Expiry::Days);
        assert_eq!(expired, expected == Act::Rest, "{days}");
    }
}

#[test]
fn a_request_found_after_seven_days_is_asked_for_once_more() {
    let over = BEGIN + 8 * DAY;
    let mut outbox = Outbox::default();
    outbox.take_up(entry("first"), over).unwrap();
    send(&mut outbox, over, LOST);
    assert_eq!((outbox.act(over), outbox.standing()), (Act::Rest, Standing::Expired(Expiry::Days)));
}

#[test]
fn what_was_erased_or_settled_in_another_tab_is_not_sent() {
    let mut outbox = confirmed();
    send(&mut outbox, BEGIN, LOST);
    outbox.let_go();
    outbox.wake(BEGIN + DAY);
    assert_eq!((outbox.standing(), outbox.act(BEGIN + DAY)), (Standing::Empty, Act::Rest));
    assert_eq!(outbox.confirm(entry("first"), BEGIN + DAY), Err(NotTaken::KeyUsed));
}

#[test]
fn who_was_heard_is_told_apart_from_what_was_said() {
    use Voice::{Nobody, Ours, Stranger};
    for (status, is_acceptance, code, expected) in [
        (201, true, None, Ours),
        (422, false, Some("slot_full"), Ours),
        (409, false, Some("key_in_progress"), Ours),
        (429, false, Some("rate_limited"), Ours),
        (503, false, Some("unavailable"), Ours),
        // A filter, a proxy, a portal.
        (400, false, None, Stranger),
        (401, false, None, Stranger),
        (403, false, None, Stranger),
        (403, false, Some("access_denied"), Stranger),
        (404, false, None, Stranger),
        (405, false, None, Stranger),
        (413, false, None, Stranger),
        (451, false, None, Stranger),
        (511, false, None, Stranger),
        (200, false, None, Stranger),
        (200, true, None, Stranger),
        (201, false, None, Stranger),
        (204, false, None, Stranger),
        (302, false, None, Stranger),
        (200, false, Some("slot_full"), Stranger),
        // What passes.
        (0, false, None, Nobody),
        (408, false, None, Nobody),
        (425, false, None, Nobody),
        (429, false, None, Nobody),
        (500, false, None, Nobody),
        (502, false, None, Nobody),
        (503, false, None, Nobody),
        (504, false, None, Nobody),
        (520, false, None, Nobody),
    ] {
        assert_eq!(voice(status, is_acceptance, code), expected, "{status} {code:?}");
    }
}

/// Sent at each of these moments, and this was heard.
fn heard(outbox: &mut Outbox, voices: &[Voice]) {
    for voice in voices {
        outbox.wake(BEGIN);
        assert_eq!(outbox.act(BEGIN), Act::Send, "it goes on trying");
        outbox.heard(*voice);
        outbox.answered(LOST, BEGIN, 1.0);
    }
}

#[test]
fn who_refuses_three_times_in_our_place_holds_a_request_back_and_it_goes_on_trying() {
    use Voice::{Nobody, Ours, Stranger};
    for (voices, expected) in [
        (&[Stranger, Stranger][..], false),
        (&[Stranger, Stranger, Stranger], true),
        (&[Stranger, Stranger, Stranger, Stranger], true),
        // A line that comes and goes under the same filter.
        (&[Stranger, Nobody, Stranger, Nobody, Stranger, Nobody], true),
        (&[Nobody, Nobody, Nobody, Nobody], false),
        // Our own server was heard: the way is open.
        (&[Stranger, Stranger, Ours, Stranger], false),
        (&[Stranger, Stranger, Stranger, Ours], false),
    ] {
        let mut outbox = confirmed();
        heard(&mut outbox, voices);
        assert_eq!(outbox.is_held_back(), expected, "{voices:?}");
        assert!(matches!(outbox.standing(), Standing::Waiting), "{voices:?}");
    }
}

#[test]
fn a_request_that_has_arrived_or_was_let_go_is_held_back_by_nobody_and_the_next_begins_anew() {
    let mut outbox = confirmed();
    heard(&mut outbox, &[Voice::Stranger; 3]);
    let mut arrived = outbox.clone();
    arrived.wake(BEGIN);
    send(&mut arrived, BEGIN, Verdict::Delivered);
    assert!(!arrived.is_held_back());
    outbox.let_go();
    assert!(!outbox.is_held_back());
    outbox.confirm(entry("second"), BEGIN).unwrap();
    assert!(!outbox.is_held_back());
}

#[test]
fn what_was_entered_is_not_in_what_a_developer_prints() {
    let entry = Entry::new("key", "{\"name\":\"小樽 花子\"}", BEGIN, BEGIN);
    assert!(!format!("{entry:?}").contains("花子"));
}
