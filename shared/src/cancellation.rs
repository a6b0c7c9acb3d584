//! Article 4(3): how a counselling is cancelled, and what silence leads to.
//!
//! Before the day: telephone or mail. On the day, until start + 10 minutes: telephone only. From then on, with no
//! word received: deemed cancelled, at exactly 10:00 minutes after the start. Nothing here refuses later use: that
//! is for people to decide.

use chrono::TimeDelta;

use crate::booking::{Booking, BookingState, Confirmed, needed};
use crate::clause::paragraph;
use crate::policy::Policy;
use crate::time::{Instant, day_of};
use crate::violation::{Code, Violation};

/// How word of a cancellation comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelChannel {
    /// 電話
    Telephone,
    /// メール
    Mail,
}

impl CancelChannel {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Mail => "mail",
        }
    }
}

/// The channels open at a moment, for a counselling that starts at `start`.
pub fn open_channels(policy: &Policy, now: Instant, start: Instant) -> &'static [CancelChannel] {
    if silence_ends(policy, start) <= now {
        return &[];
    }
    if day_of(start) <= day_of(now) {
        &[CancelChannel::Telephone]
    } else {
        &[CancelChannel::Telephone, CancelChannel::Mail]
    }
}

/// The moment at which silence becomes a cancellation: start + 10 minutes at Otaru.
pub fn silence_ends(policy: &Policy, start: Instant) -> Instant {
    start + TimeDelta::minutes(i64::from(policy.cancellation.grace_minutes))
}

/// Whether a confirmed counselling is deemed cancelled at `now`.
pub fn is_deemed_cancelled(policy: &Policy, now: Instant, confirmed: &Confirmed) -> bool {
    !confirmed.joined && !confirmed.word_received && silence_ends(policy, confirmed.start) <= now
}

/// Silence: a confirmed counselling becomes `deemed_cancelled`, dated start + 10 minutes whenever it is noticed.
///
/// # Errors
/// `transition_not_allowed` before its time, after word came in, and from every other state.
pub fn deem_cancelled(policy: &Policy, now: Instant, booking: Booking) -> Result<Booking, Vec<Violation>> {
    match booking.state {
        BookingState::Confirmed(ref confirmed) if is_deemed_cancelled(policy, now, confirmed) => {
            let (missed, at) = (confirmed.clone(), silence_ends(policy, confirmed.start));
            Ok(booking.next(BookingState::DeemedCancelled { missed, at }))
        }
        _ => Err(vec![booking.forbidden("deemed_cancelled", paragraph(4, 3))]),
    }
}

/// The seeker cancels: the channel, and when word came in. `reason` is the staff's, for an exception or to correct a
/// deemed cancellation.
///
/// # Errors
/// `cancel_channel_closed` for mail on the day or any word after the silence, unless excepted with a reason;
/// `reason_missing` when a deemed cancellation is corrected without one; `transition_not_allowed`.
pub fn cancel(
    policy: &Policy,
    now: Instant,
    booking: Booking,
    channel: CancelChannel,
    word_at: Instant,
    reason: &str,
) -> Result<Booking, Vec<Violation>> {
    let (start, corrects) = match &booking.state {
        BookingState::Confirmed(confirmed) => (confirmed.start, false),
        BookingState::DeemedCancelled { missed, .. } => (missed.start, true),
        _ => return Err(vec![booking.forbidden("cancelled", paragraph(4, 3))]),
    };
    if now < word_at {
        return Err(vec![booking.forbidden("cancelled", paragraph(4, 3))]);
    }
    if corrects {
        needed(reason, paragraph(4, 3))?;
    }
    let open = open_channels(policy, word_at, start).contains(&channel);
    if !open && reason.trim().is_empty() {
        return Err(vec![Violation::of_clause(paragraph(4, 3), Code::CancelChannelClosed, "/channel")]);
    }
    Ok(booking.next(BookingState::Cancelled { word_at }))
}

/// The office cancels: closure, officer ill, outage. Also corrects a deemed cancellation.
///
/// # Errors
/// `reason_missing`, `transition_not_allowed`.
pub fn cancel_by_office(booking: Booking, reason: &str) -> Result<Booking, Vec<Violation>> {
    match booking.state {
        BookingState::Confirmed(_) | BookingState::DeemedCancelled { .. } => {
            let reason = needed(reason, paragraph(4, 3))?;
            Ok(booking.next(BookingState::CancelledByOffice { reason }))
        }
        _ => Err(vec![booking.forbidden("cancelled_by_office", paragraph(4, 3))]),
    }
}

/// A deemed cancellation was none: the counselling was held.
///
/// # Errors
/// `reason_missing`, `transition_not_allowed`.
pub fn correct_to_held(booking: Booking, reason: &str) -> Result<Booking, Vec<Violation>> {
    match booking.state {
        BookingState::DeemedCancelled { .. } => {
            needed(reason, paragraph(4, 3))?;
            Ok(booking.next(BookingState::Held))
        }
        _ => Err(vec![booking.forbidden("held", paragraph(4, 3))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::tests::confirmed;
    use crate::policy::tests::otaru_policy;
    use crate::time::parse_instant;

    fn jst(text: &str) -> Instant {
        parse_instant(&format!("{text}+09:00")).unwrap()
    }

    #[track_caller]
    fn channels(now: &str, expected: &str) {
        let open = open_channels(&otaru_policy(), jst(now), jst("2026-11-26T10:00:00"));
        assert_eq!(open.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(" "), expected, "{now}");
    }

    #[test]
    fn article_4_3_mail_before_the_day_telephone_only_on_it() {
        channels("2026-11-25T23:59:59", "telephone mail");
        channels("2026-11-26T00:00:00", "telephone");
        channels("2026-11-26T10:00:00", "telephone");
        channels("2026-11-26T10:09:59", "telephone");
        channels("2026-11-26T10:10:00", "");
    }

    #[test]
    fn article_4_3_silence_becomes_a_cancellation_at_exactly_ten_minutes() {
        let deemed = |now: &str, booking: Booking| deem_cancelled(&otaru_policy(), jst(now), booking);
        assert!(deemed("2026-11-26T10:09:59", confirmed()).is_err());
        let silent = deemed("2026-11-28T00:00:00", confirmed()).unwrap();
        let BookingState::DeemedCancelled { at, .. } = silent.state else { panic!("{:?}", silent.state) };
        assert_eq!(at, jst("2026-11-26T10:10:00"), "dated by the rule, not by when it was noticed");
        assert!(deemed("2026-11-26T10:10:00", confirmed()).is_ok());
        assert!(deemed("2026-11-26T10:10:00", confirmed().note_contact(true).unwrap()).is_err(), "joined");
        assert!(
            deemed("2026-11-26T10:10:00", confirmed().note_contact(false).unwrap()).is_err(),
            "word came in"
        );
        assert!(deemed("2026-11-26T10:10:00", Booking::requested()).is_err());
    }

    fn cancelled(word_at: &str, channel: CancelChannel, reason: &str) -> Result<Booking, Vec<Violation>> {
        cancel(&otaru_policy(), jst("2026-11-30T09:00:00"), confirmed(), channel, jst(word_at), reason)
    }

    #[test]
    fn article_4_3_mail_on_the_day_is_refused_unless_excepted_with_a_reason() {
        let code =
            |it: Result<Booking, Vec<Violation>>| it.map(|it| it.state.name()).map_err(|it| it[0].code);
        let day = "2026-11-26T08:00:00";
        assert_eq!(code(cancelled("2026-11-25T23:59:59", CancelChannel::Mail, "")), Ok("cancelled"));
        assert_eq!(code(cancelled(day, CancelChannel::Mail, "")), Err(Code::CancelChannelClosed));
        assert_eq!(code(cancelled(day, CancelChannel::Mail, "電話リレー不通のため")), Ok("cancelled"));
        assert_eq!(code(cancelled(day, CancelChannel::Telephone, "")), Ok("cancelled"));
        assert_eq!(
            code(cancelled("2026-11-26T10:10:00", CancelChannel::Telephone, "")),
            Err(Code::CancelChannelClosed)
        );
        assert_eq!(
            code(cancelled("2026-12-01T09:00:00", CancelChannel::Telephone, "")),
            Err(Code::TransitionNotAllowed)
        );
    }

    #[test]
    fn article_4_3_people_correct_a_deemed_cancellation_with_a_reason() {
        let silent = || deem_cancelled(&otaru_policy(), jst("2026-11-26T10:10:00"), confirmed()).unwrap();
        let now = jst("2026-11-26T11:00:00");
        let word = jst("2026-11-25T09:00:00");
        let policy = otaru_policy();
        assert_eq!(correct_to_held(silent(), "入室記録あり").unwrap().state.name(), "held");
        assert!(correct_to_held(silent(), "").is_err());
        assert_eq!(cancel_by_office(silent(), "障害").unwrap().state.name(), "cancelled_by_office");
        assert!(cancel_by_office(silent(), " ").is_err());
        assert!(cancel(&policy, now, silent(), CancelChannel::Telephone, word, "").is_err());
        assert!(cancel(&policy, now, silent(), CancelChannel::Telephone, word, "前日に電話あり").is_ok());
        assert!(correct_to_held(confirmed(), "x").is_err());
        assert!(cancel_by_office(Booking::requested(), "x").is_err());
    }
}
