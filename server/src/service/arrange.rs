//! Article 4(2): an officer arranges a time, moves it, or gives other meeting data for it.

use chrono::TimeDelta;
use precheck_shared::booking::{Booking, BookingState, Confirmation, Meeting, read_invitation};
use precheck_shared::calendar::{cells, judge_start};
use precheck_shared::clause::paragraph;
use precheck_shared::policy::{ConferencingApp, Policy};
use precheck_shared::time::Instant;
use precheck_shared::violation::{Code, Grade, LINK_LEFT, Violation};

use super::desk::{Act, Decided, Officer, perform, refused, settled};
use super::piece::Piece;
use super::sealed::{self, Words, names};
use super::settings::MOST_SEATS;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Also, Arrangement, Cell, Change, NewAppointment, StoredBooking, desk, sql};

/// More seats than an office has had at any time.
const EVERY_SEAT: u16 = MOST_SEATS * 4;

/// What an officer enters to arrange a time. All of it holds afterwards: who moves a counselling names its officer again.
#[derive(Clone)]
pub struct ConfirmationAsEntered {
    /// Start of the counselling.
    pub start: Instant,
    /// Meeting ID or join link, as typed or pasted; also a whole invitation of the app.
    pub meeting: String,
    /// Passcode, if there is one.
    pub passcode: String,
    /// Who counsels; at once or later.
    pub officer: Option<Officer>,
    /// The officer's mark that name, date of birth and number match the registration.
    pub identity_checked: bool,
    /// Why, where the rules speak against the time.
    pub reason: String,
    /// Please-check findings that the officer saw and went on.
    pub accepted: Vec<Code>,
}

/// 4(2): arranges a time, moves it, or gives other meeting data for it; a seat and the officer are taken in the same act, those
/// of the time before given back. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `unavailable`; all at once `transition_not_allowed`, `reason_missing`, `slot_off_grid`,
/// `slot_too_late` (in the past), `meeting_invalid`, please-check findings that were not accepted; and, when nothing else is
/// in the way, `slot_full`: for the time, or for the officer.
pub async fn confirm(app: &AppState, act: &Act, entered: &ConfirmationAsEntered) -> Result<u32, ApiError> {
    let policy = &*app.office.policy();
    let in_use = is_in_use(app, act, entered).await?;
    let decide = |now: Instant, stored: &StoredBooking, booking: Booking| {
        let meeting = read_meeting(policy, entered, in_use);
        let kind = match &booking.state {
            BookingState::Confirmed(before) if before.start == entered.start => {
                // Who counsels is nothing that the seeker has to be told.
                if is_same(app, stored, &meeting) { "officer_changed" } else { "meeting_changed" }
            }
            BookingState::Confirmed(_) => "moved",
            _ => "confirmed",
        };
        let wishes: Vec<_> = stored.wishes.iter().map(|it| it.start).collect();
        let against = match kind {
            "meeting_changed" | "officer_changed" => Vec::new(),
            _ => judge_start(policy, now, stored.received_at, &wishes, entered.start),
        };
        let words = Words {
            excepted: names(against.iter().map(|it| it.code)),
            accepted: names(entered.accepted.iter().copied().filter(|it| it.grade() == Grade::PleaseCheck)),
            ..Words::because(&entered.reason)
        };
        let next = booking.confirm(Confirmation {
            now,
            start: entered.start,
            against,
            reason: entered.reason.clone(),
            identity_checked: entered.identity_checked,
            meeting,
        })?;
        Ok(Decided { next, kind, words, also: vec![Also::IdentityChecked] })
    };
    let complete = |change: Change, next: &Booking| {
        let BookingState::Confirmed(confirmed) = &next.state else { return Ok(change) };
        // It has its seats already: what was set since takes them from nobody.
        let stays = matches!(change.kind, "officer_changed" | "meeting_changed");
        let seats = |seats: u16| if stays { seats.max(EVERY_SEAT) } else { seats };
        let made = NewAppointment {
            start: confirmed.start,
            end: confirmed.start + TimeDelta::minutes(i64::from(policy.booking.length_minutes)),
            cells: cells(policy, confirmed.start)
                .map(|(start, it)| Cell { start, seats: seats(it) })
                .collect(),
            officer: entered.officer.as_ref().map(|it| it.as_str().to_owned()),
            meeting: sealed::seal_meeting(app, &change.number, next.version, &confirmed.meeting)?,
        };
        let mut also = change.also;
        also.push(Also::MeetingHash(app.vault.meeting_hash(&confirmed.meeting.id.to_string())));
        Ok(Change { appointment: Arrangement::Made(made), also, ..change })
    };
    perform(app, act, decide, complete).await
}

/// Names another officer, or none yet, for a counselling that stays as it is. Answers the booking's new version.
///
/// # Errors
/// As of [`confirm`].
pub async fn assign(app: &AppState, act: &Act, officer: Option<Officer>) -> Result<u32, ApiError> {
    let (stored, booking) = settled(app, app.clock.now(), &act.number).await?;
    let (BookingState::Confirmed(_), Some(made)) = (&booking.state, &stored.appointment) else {
        let forbidden = Violation::of_clause(paragraph(4, 2), Code::TransitionNotAllowed, "/officer");
        return Err(refused(vec![forbidden]));
    };
    let meeting = sealed::open_meeting(app, &stored.number, made.version, &made.meeting);
    let Meeting { id, link, passcode } = readable(meeting)?;
    let entered = ConfirmationAsEntered {
        start: made.start,
        meeting: link.unwrap_or_else(|| id.to_string()),
        passcode,
        officer,
        identity_checked: true,
        reason: String::new(),
        // Asked when the meeting was entered.
        accepted: vec![Code::MeetingIdPersonalRoom, Code::MeetingIdOldForm, Code::MeetingIdInUse],
    };
    confirm(app, act, &entered).await
}

/// How a counselling is joined, where somebody keeps it as it is.
///
/// # Errors
/// `meeting_invalid` where it cannot be read: somebody has to enter it anew.
pub(super) fn readable(meeting: Piece<Meeting>) -> Result<Meeting, ApiError> {
    let damaged =
        || Violation::of_clause(paragraph(4, 2), Code::MeetingInvalid, "/meeting").variant("unreadable");
    meeting.into_read().ok_or_else(|| refused(vec![damaged()]))
}

/// Whether that is how the counselling is joined already. A damaged piece is no meeting at all.
fn is_same(app: &AppState, stored: &StoredBooking, entered: &Result<Meeting, Vec<Violation>>) -> bool {
    let made = stored.appointment.as_ref();
    let before = made.map(|it| sealed::open_meeting(app, &stored.number, it.version, &it.meeting));
    before.is_some_and(|it| it.read().is_some() && it.read() == entered.as_ref().ok())
}

fn entered_meeting(
    policy: &Policy,
    entered: &ConfirmationAsEntered,
) -> Result<(Meeting, Vec<Violation>), Violation> {
    pasted_meeting(&policy.app, &entered.meeting, &entered.passcode)
}

/// Meeting data out of what was typed or pasted, with what is to be asked: the findings to check, and whether the counselling
/// shall be without a link though the invitation had one.
pub(super) fn pasted_meeting(
    app: &ConferencingApp,
    pasted: &str,
    passcode: &str,
) -> Result<(Meeting, Vec<Violation>), Violation> {
    let read = read_invitation(app, pasted);
    let typed = passcode.trim();
    let passcode = if typed.is_empty() { read.passcode.as_str() } else { typed };
    let (meeting, mut findings) = Meeting::parse(app, &read.meeting, passcode)?;
    if read.link_left {
        let left = Violation::of_clause(paragraph(4, 2), Code::MeetingInvalid, "/meeting").variant(LINK_LEFT);
        findings.push(left.with("id", meeting.id.to_string()));
    }
    Ok((meeting, findings))
}

/// The meeting data as typed, unless something speaks against it that the officer has not accepted.
fn read_meeting(
    policy: &Policy,
    entered: &ConfirmationAsEntered,
    in_use: bool,
) -> Result<Meeting, Vec<Violation>> {
    let (meeting, mut findings) = entered_meeting(policy, entered).map_err(|it| vec![it])?;
    if in_use {
        findings.push(Violation::of_setting(Code::MeetingIdInUse, "/meeting"));
    }
    let open: Vec<_> = findings.into_iter().filter(|it| !entered.accepted.contains(&it.code)).collect();
    if open.is_empty() { Ok(meeting) } else { Err(open) }
}

/// Whether another counselling that overlaps is held under the same meeting ID. Asked before the change: two officers at the
/// same moment may miss each other, which a question to check can bear.
async fn is_in_use(app: &AppState, act: &Act, entered: &ConfirmationAsEntered) -> Result<bool, ApiError> {
    let policy = &*app.office.policy();
    let Ok((meeting, _)) = entered_meeting(policy, entered) else { return Ok(false) };
    let hash = app.vault.meeting_hash(&meeting.id.to_string());
    let end = entered.start + TimeDelta::minutes(i64::from(policy.booking.length_minutes));
    let (number, start) = (act.number.as_str().to_owned(), entered.start);
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move { desk::meetings::is_in_use(tx, hash, start, end, &number).await })
    });
    Ok(found.await?)
}
