//! How often a receipt is asked for while somebody looks at it (DESIGN 5). Quicker where news is near, never where nothing can
//! change any more.
//!
//! Left to others: asking, the clock, chance, and stopping while the page is out of sight.
//!
//! All pauses are milliseconds.

use crate::api::RequestView;
use crate::policy::Policy;
use crate::time::{Instant, parse_instant};

/// Where nothing is near.
pub const STEADY: u32 = 60_000;
/// In the first two minutes: whoever has just sent it looks at the screen.
pub const FRESH: u32 = 5_000;
/// From a quarter of an hour before a counselling to its end.
pub const NEAR: u32 = 15_000;
/// A deemed cancellation, which people can correct.
pub const SLOW: u32 = 300_000;

/// The states that nothing follows.
const FINAL: [&str; 7] =
    ["declined", "withdrawn", "lapsed", "held", "cancelled", "cancelled_by_office", "stopped"];

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// Japan's clocks are ahead by so many seconds.
const AHEAD: i64 = 9 * 60 * MINUTE;

/// The pause before the next look at a receipt, without chance; `None` when nothing can change any more.
///
/// No pause lasts beyond a moment at which the open channels of article 4(3) change: the day's midnight, the start, and the
/// end of the silence.
pub fn pause(policy: &Policy, now: Instant, view: &RequestView) -> Option<u32> {
    // A state that this version does not know yet changes as well, for all it knows.
    if view.is_one_of(&FINAL) {
        return None;
    }
    if view.state == "deemed_cancelled" {
        return Some(SLOW);
    }
    // In whole seconds, not by chrono: half the size in the widget.
    let now = now.timestamp();
    let is_fresh = seconds(&view.received_at).is_some_and(|it| now < it + 2 * MINUTE);
    let mut pause = if is_fresh { FRESH } else { STEADY };
    let times = view.appointment.as_ref().and_then(|it| seconds(&it.start).zip(seconds(&it.end)));
    let Some((start, end)) = times else { return Some(pause) };
    if start - 15 * MINUTE <= now && now < end {
        pause = pause.min(NEAR);
    }
    let day = start - (start + AHEAD).rem_euclid(DAY);
    let grace = i64::from(policy.cancellation.grace_minutes);
    for moment in [day, start, start + grace * MINUTE] {
        if now < moment {
            // At least a moment later, so that the server's clock has passed it too.
            let left = u32::try_from((moment - now).saturating_mul(1_000) + 500);
            pause = pause.min(left.unwrap_or(u32::MAX));
        }
    }
    Some(pause)
}

fn seconds(rfc3339: &str) -> Option<i64> {
    parse_instant(rfc3339).map(|it| it.timestamp())
}

/// A pause with a fifth of chance on top, so that receipts do not all ask at once; `chance` lies between 0 and 1.
pub fn spread(pause: u32, chance: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
    let more = (f64::from(pause / 5) * chance) as u32;
    pause.saturating_add(more)
}

/// The pause after so many looks in a row without an answer, at least as long as the server asked for, in seconds; five minutes
/// at most.
pub fn pause_after_failures(failures: u32, retry_after: Option<u32>) -> u32 {
    let asked = retry_after.unwrap_or(0).saturating_mul(1_000);
    FRESH.saturating_mul(1 << failures.min(6)).max(asked).min(SLOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    use crate::api::{AppointmentView, TermsRefBody};
    use crate::policy::tests::otaru_policy;

    fn view(state: &str, appointment: Option<&str>) -> RequestView {
        let appointment = appointment.map(|start| AppointmentView {
            start: start.into(),
            end: crate::time::format_instant(parse_instant(start).unwrap() + TimeDelta::minutes(30)),
        });
        RequestView {
            reception_number: "7K3M-9QXD-2".into(),
            state: state.into(),
            version: 1,
            received_at: "2026-11-24T09:00:00+09:00".into(),
            wishes: Vec::new(),
            appointment,
            meeting: None,
            reason: None,
            cancel_channels: Vec::new(),
            preparations: Vec::new(),
            terms: TermsRefBody { id: "a".into(), sha256: "b".into() },
        }
    }

    #[track_caller]
    fn check(view: &RequestView, now: &str, expected: Option<u32>) {
        let now = parse_instant(now).unwrap();
        assert_eq!(pause(&otaru_policy(), now, view), expected, "{} at {now}", view.state);
    }

    #[test]
    fn a_request_just_sent_is_looked_at_quickly_for_two_minutes() {
        let sent = view("requested", None);
        check(&sent, "2026-11-24T09:00:00+09:00", Some(FRESH));
        check(&sent, "2026-11-24T09:01:59+09:00", Some(FRESH));
        check(&sent, "2026-11-24T09:02:00+09:00", Some(STEADY));
    }

    #[test]
    fn a_counselling_is_near_from_a_quarter_of_an_hour_before_its_start_to_its_end() {
        let confirmed = view("confirmed", Some("2026-11-26T10:00:00+09:00"));
        check(&confirmed, "2026-11-26T09:44:59+09:00", Some(STEADY));
        check(&confirmed, "2026-11-26T09:45:00+09:00", Some(NEAR));
        check(&confirmed, "2026-11-26T10:29:59+09:00", Some(NEAR));
        check(&confirmed, "2026-11-26T10:30:00+09:00", Some(STEADY));
    }

    #[test]
    fn article_4_3_no_pause_lasts_beyond_a_moment_at_which_the_channels_change() {
        let confirmed = view("confirmed", Some("2026-11-26T10:00:00+09:00"));
        check(&confirmed, "2026-11-25T23:58:00+09:00", Some(STEADY));
        check(&confirmed, "2026-11-25T23:59:30+09:00", Some(30_500));
        check(&confirmed, "2026-11-26T00:00:00+09:00", Some(STEADY));
        check(&confirmed, "2026-11-26T09:59:55+09:00", Some(5_500));
        check(&confirmed, "2026-11-26T10:09:58+09:00", Some(2_500));
        check(&confirmed, "2026-11-26T10:10:00+09:00", Some(NEAR));
        let far = view("confirmed", Some("2099-11-26T10:00:00+09:00"));
        check(&far, "2026-11-26T10:00:00+09:00", Some(STEADY));
    }

    #[test]
    fn what_cannot_change_any_more_is_left_alone_and_what_people_can_correct_is_looked_at_slowly() {
        for state in FINAL {
            check(&view(state, Some("2026-11-26T10:00:00+09:00")), "2026-11-26T09:59:00+09:00", None);
        }
        let deemed = view("deemed_cancelled", Some("2026-11-26T10:00:00+09:00"));
        check(&deemed, "2026-11-26T10:10:00+09:00", Some(SLOW));
        check(&view("a_later_version_s", None), "2026-11-26T10:10:00+09:00", Some(STEADY));
    }

    #[test]
    fn chance_adds_a_fifth_at_most_and_takes_nothing_away() {
        assert_eq!([0.0, 0.5, 1.0].map(|it| spread(STEADY, it)), [60_000, 66_000, 72_000]);
        assert_eq!(spread(u32::MAX, 1.0), u32::MAX);
    }

    #[test]
    fn without_an_answer_pauses_double_up_to_five_minutes_and_the_server_is_given_what_it_asks_for() {
        assert_eq!([1, 2, 3, 99].map(|it| pause_after_failures(it, None)), [10_000, 20_000, 40_000, 300_000]);
        assert_eq!(pause_after_failures(1, Some(30)), 30_000);
        assert_eq!(pause_after_failures(1, Some(3)), 10_000);
        assert_eq!(pause_after_failures(1, Some(u32::MAX)), 300_000);
    }
}
