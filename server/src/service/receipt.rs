//! Articles 4(2), 4(3): what the job seeker sees of her request, and nobody else.

use precheck_shared::api::{
    AppointmentView, MeetingView, RequestView, TermsRefBody, WishView, office_setting,
};
use precheck_shared::booking::{BookingState, Meeting, ReceiptCode, ReceptionNumber};
use precheck_shared::cancellation::{CancelChannel, open_channels};
use precheck_shared::time::{Instant, format_instant};

use super::{clock, sealed, standing, told};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{StoredBooking, StoredWish};
use crate::vault;

/// What the receipt shows to whoever holds number and code; to everyone else the same refusal after the same work.
///
/// State, appointment and open channels are those of this moment: what has fallen due by itself is shown also before it is
/// written down. Whoever sees it has been told: the duty to notify her is closed.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn receipt(
    app: &AppState,
    number: Option<ReceptionNumber>,
    code: Option<ReceiptCode>,
) -> Result<RequestView, ApiError> {
    let now = app.clock.now();
    let stored = owned(app, number, code).await?;
    let view = view(app, (now, clock::due_at(app, now).await?), &stored)?;
    if stored.untold {
        told::opened(app, &stored).await;
    }
    Ok(view)
}

/// What follows the address of a page in the link that opens this receipt.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn receipt_fragment(
    app: &AppState,
    number: Option<ReceptionNumber>,
    code: Option<ReceiptCode>,
) -> Result<String, ApiError> {
    let stored = owned(app, number, code.clone()).await?;
    let code = code.ok_or(ApiError::NotFound)?;
    Ok(fragment(&stored.number, &code))
}

/// The same of a code that was just made.
pub(crate) fn fragment(number: &ReceptionNumber, code: &ReceiptCode) -> String {
    format!("#/receipt/{}/{}", number.as_str(), code.as_str())
}

/// The booking of whoever holds number and code.
pub(super) async fn owned(
    app: &AppState,
    number: Option<ReceptionNumber>,
    code: Option<ReceiptCode>,
) -> Result<StoredBooking, ApiError> {
    let found = app.store.booking(number.as_ref().map_or("", ReceptionNumber::as_str)).await?;
    let expected = found.as_ref().map_or([0; 32], |it| it.receipt_hash);
    let presented = code.as_ref().map_or([0xFF; 32], vault::receipt_hash);
    let fits = vault::same(&presented, &expected);
    match (number, code, found) {
        (Some(_), Some(_), Some(found)) if fits => Ok(found),
        _ => Err(ApiError::NotFound),
    }
}

/// At which moment, and up to which moment what fell due is believed.
fn view(
    app: &AppState,
    (now, due_at): (Instant, Instant),
    stored: &StoredBooking,
) -> Result<RequestView, ApiError> {
    let policy = &*app.office.policy();
    let booking = standing::as_stored(policy, stored)?;
    let fell_due = standing::fell_due(policy, due_at, stored, &booking);
    // A damaged piece is left out: the page says then that the office knows.
    let told = || sealed::open_told(app, &stored.number, stored.version, stored.told.as_ref());
    let reason = if fell_due.is_some() { None } else { told().into_read() };
    let booking = fell_due.map_or(booking, |it| it.next);
    let open: &[CancelChannel] = match &booking.state {
        // Not arranged yet: it can be taken back either way on any day.
        BookingState::Requested => &[CancelChannel::Telephone, CancelChannel::Mail],
        BookingState::Confirmed(confirmed) => open_channels(policy, now, confirmed.start),
        _ => &[],
    };
    let meeting = match (&booking.state, &stored.appointment) {
        (BookingState::Confirmed(_), Some(made)) => {
            sealed::open_meeting(app, &stored.number, made.version, &made.meeting).into_read()
        }
        _ => None,
    };
    let left = stored.checklist.iter().filter(|(_, outcome)| outcome.leaves_work());
    Ok(RequestView {
        reception_number: stored.number.to_string(),
        state: booking.state.name().to_owned(),
        version: booking.version,
        received_at: format_instant(stored.received_at),
        wishes: stored.wishes.iter().map(wish_view).collect(),
        appointment: stored
            .appointment
            .as_ref()
            .map(|it| AppointmentView { start: format_instant(it.start), end: format_instant(it.end) }),
        meeting: meeting.map(meeting_view),
        reason,
        cancel_channels: open.iter().map(|it| it.as_str().to_owned()).collect(),
        preparations: left.map(|(item, _)| item.as_str().to_owned()).collect(),
        terms: TermsRefBody { id: stored.terms.id.clone(), sha256: stored.terms.sha256.clone() },
    })
}

fn meeting_view(meeting: Meeting) -> MeetingView {
    let Meeting { id, link, passcode } = meeting;
    MeetingView { id: id.to_string(), link, passcode }
}

pub(super) fn wish_view(wish: &StoredWish) -> WishView {
    let (code, clause) = wish.gone.clone().unzip();
    let clause = clause.flatten();
    WishView {
        start: format_instant(wish.start),
        code: code.map(|it| it.as_str().to_owned()),
        basis: office_setting(code.is_some() && clause.is_none()),
        clause,
    }
}
