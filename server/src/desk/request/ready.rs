//! Article 4(2): what is read to the seeker on the telephone, or mailed to her: ready-made.

use precheck_shared::booking::BookingState;
use precheck_shared::time::HourMinute;

use crate::desk::words::{dates, fill, fill1, t, t2};
use crate::service::history::Whole;
use crate::service::piece::Piece;
use crate::state::AppState;

/// The text; `None` where there is nothing to say.
pub(super) fn text(app: &AppState, whole: &Whole) -> Option<String> {
    let policy = &*app.office.policy();
    let booking = &whole.opened.booking;
    // What she has to be told now, or what she was told last.
    let what = match whole.state.as_ref()? {
        BookingState::Confirmed(_) => {
            let open = booking.duty.as_ref().map(|it| it.0.as_str());
            open.filter(|it| matches!(*it, "moved" | "meeting_changed")).unwrap_or("confirmed")
        }
        BookingState::Declined { .. } => "declined",
        BookingState::CancelledByOffice { .. } => "cancelled_by_office",
        _ => return None,
    };
    let name = whole.person().name;
    let mut lines = vec![
        fill1("desk.request.ready.to", "name", &name),
        String::new(),
        fill1("desk.request.ready.office", "office", &policy.office.short_name),
        t2("desk.request.ready.what.", what),
        String::new(),
        fill1("desk.request.ready.number", "number", &booking.number.to_string()),
    ];
    if let Some(made) = &booking.appointment {
        let key =
            if what == "cancelled_by_office" { "desk.request.ready.was" } else { "desk.request.ready.when" };
        let to = HourMinute::of(made.end).to_string();
        lines.push(fill(key, &[("from", &dates().date_time(made.start)), ("to", &to)]));
    }
    match (what, &whole.meeting, &whole.told) {
        ("declined" | "cancelled_by_office", _, told) => {
            lines.extend(told.read().map(|it| fill1("desk.request.ready.reason", "reason", it)));
            lines.extend([String::new(), t("desk.request.ready.again").to_owned()]);
        }
        (_, Piece::Read(meeting), _) => {
            lines.extend(meeting.link.iter().map(|it| fill1("desk.request.ready.link", "link", it)));
            lines.push(fill1("desk.request.ready.meeting", "id", &meeting.id.to_string()));
            if !meeting.passcode.is_empty() {
                lines.push(fill1("desk.request.ready.passcode", "passcode", &meeting.passcode));
            }
            let minutes = policy.cancellation.grace_minutes.to_string();
            lines.push(String::new());
            lines.push(fill1("desk.request.ready.join", "app", &policy.app.name));
            lines.push(fill1("desk.request.ready.cancel", "minutes", &minutes));
        }
        _ => {}
    }
    lines.push(String::new());
    lines.push(fill1("desk.request.ready.from", "office", &policy.office.name));
    let contact = &policy.contact;
    for (key, value) in
        [("desk.request.ready.telephone", &contact.telephone), ("desk.request.ready.mail", &contact.mail)]
    {
        if !value.is_empty() {
            lines.push(fill1(key, "value", value));
        }
    }
    Some(lines.join("\n"))
}
