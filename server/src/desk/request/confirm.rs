//! Article 4(2): the form that arranges a time in three keystrokes: the first free wish is chosen, the focus is on what is still to
//! be done, and Enter in the field of the meeting sends.

use precheck_shared::booking::{BookingState, Meeting};
use precheck_shared::calendar::{SlotState, day_plan, judge_start};
use precheck_shared::time::{HourMinute, Instant, day_of, format_instant, midnight, parse_instant};
use precheck_shared::violation::{Code, Violation};

use super::acts::{Kind, accepted};
use super::forms::{Choice, Entered};
use crate::desk::fields::Fields;
use crate::desk::words::{dates, fill1, of_violation, t, t2};
use crate::error::ApiError;
use crate::service::history::Whole;
use crate::service::staff::SignedIn;
use crate::service::{ConfirmationAsEntered, Officer};
use crate::state::AppState;

/// Another date than those that were wished for.
const OTHER: &str = "other";

/// A wish, as the desk sees it at a glance.
pub(super) struct WishView {
    /// RFC 3339.
    pub(super) value: String,
    /// In words.
    pub(super) label: String,
    /// `free`, `few`, `full`, `gone`: for the colour beside the words.
    pub(super) room: &'static str,
    /// Room in words.
    pub(super) seats: String,
    /// Until when it can be arranged without a reason, or why not.
    pub(super) until: String,
    /// It is the one proposed, or chosen.
    pub(super) chosen: bool,
    /// Nothing speaks against it, and there is a seat.
    stands: bool,
}

/// The form.
pub(super) struct ConfirmView {
    /// A time stands already: it is moved, or has other meeting data.
    pub(super) moves: bool,
    /// It stands open, not folded up.
    pub(super) open: bool,
    pub(super) other: bool,
    pub(super) date: String,
    pub(super) time: String,
    /// Whether the box of the identity is ticked; `None` where it was checked before.
    pub(super) identity: Option<bool>,
    pub(super) meeting: String,
    pub(super) passcode: String,
    pub(super) officers: Vec<Choice>,
    pub(super) reason: String,
    /// What the rules say against the time that was entered.
    pub(super) against: Vec<String>,
    /// The field that has the focus; none where something is wrong, which is read first.
    pub(super) focus: &'static str,
}

/// What was entered.
///
/// # Errors
/// `slot_off_grid`: no time can be read.
pub(super) fn entered(app: &AppState, fields: &Fields) -> Result<ConfirmationAsEntered, ApiError> {
    let start = start_of(fields).ok_or_else(|| {
        let unreadable = Violation::of_setting(Code::SlotOffGrid, "/start").variant("unreadable");
        let grid = app.office.policy().booking.grid_minutes.to_string();
        ApiError::Refused { violations: vec![unreadable.with("grid", grid)], terms: None }
    })?;
    Ok(ConfirmationAsEntered {
        start,
        meeting: fields.get("meeting").to_owned(),
        passcode: fields.get("passcode").to_owned(),
        officer: Officer::parse(fields.get("officer")),
        identity_checked: fields.has("identity"),
        reason: fields.get("reason").to_owned(),
        accepted: accepted(fields),
    })
}

fn start_of(fields: &Fields) -> Option<Instant> {
    match fields.get("wish") {
        OTHER => {
            parse_instant(&format!("{}T{}:00+09:00", fields.get("date").trim(), fields.get("time").trim()))
        }
        wish => parse_instant(wish),
    }
}

/// The wishes, in order, the first that can be had chosen.
pub(super) fn wishes(app: &AppState, whole: &Whole) -> Vec<WishView> {
    let policy = &*app.office.policy();
    let (now, booking) = (app.clock.now(), &whole.opened.booking);
    let starts: Vec<_> = booking.wishes.iter().map(|it| it.start).collect();
    let view = |(at, wish): (usize, &crate::store::StoredWish)| {
        let start = wish.start;
        let against = judge_start(policy, now, booking.received_at, &starts, start);
        let plan = day_plan(policy, &whole.taken, now, day_of(start));
        let slot = plan.slots.iter().find(|it| it.start == start).map(|it| it.state);
        let (room, seats) = match slot {
            _ if start <= now => ("gone", t("desk.request.wish.past").to_owned()),
            Some(state) => (state.as_str(), t2("slot.", state.as_str())),
            None => ("gone", plan.refusal.as_ref().map(of_violation).unwrap_or_default()),
        };
        let gone = wish.gone.as_ref().map(|(code, _)| {
            fill1("desk.request.wish.gone", "why", &code.title(precheck_shared::texts::desk()))
        });
        let until = match against.first() {
            _ if start <= now => String::new(),
            Some(fault) => fill1("desk.request.wish.against", "why", &of_violation(fault)),
            None => {
                let day = midnight(day_of(start)) - chrono::TimeDelta::days(1);
                fill1("desk.request.wish.until", "day", &dates().short_date(day_of(day)))
            }
        };
        WishView {
            value: format_instant(start),
            label: crate::desk::words::fill(
                "desk.request.wish",
                &[("n", &(at + 1).to_string()), ("when", &dates().date_time(start))],
            ),
            room,
            seats,
            until: [gone, Some(until)]
                .into_iter()
                .flatten()
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            chosen: false,
            stands: against.is_empty()
                && now < start
                && matches!(slot, Some(SlotState::Free | SlotState::Few)),
        }
    };
    let mut views: Vec<_> = booking.wishes.iter().enumerate().map(view).collect();
    if let Some(first) = views.iter_mut().find(|it| it.stands) {
        first.chosen = true;
    }
    views
}

/// The form, where the state has it.
pub(super) fn form(
    app: &AppState,
    who: &SignedIn,
    whole: &Whole,
    entered: &Entered,
    wishes: &mut [WishView],
) -> Option<ConfirmView> {
    let booking = &whole.opened.booking;
    let before = match &whole.state {
        Some(BookingState::Requested) => None,
        Some(BookingState::Confirmed(_)) => booking.appointment.as_ref(),
        _ => return None,
    };
    let tried = (entered.kind == Some(Kind::Confirm)).then_some(&entered.fields);
    let value = |name: &str, default: String| tried.map_or(default, |it| it.get(name).to_owned());
    let default = match before {
        Some(_) => OTHER.to_owned(),
        None => wishes.iter().find(|it| it.chosen).map_or(OTHER.to_owned(), |it| it.value.clone()),
    };
    let chosen = value("wish", default);
    for wish in wishes.iter_mut() {
        wish.chosen = wish.value == chosen;
    }
    let arranged = before.map(|it| it.start);
    let (id, passcode) = meeting_as_entered(whole.meeting.read());
    let officer = match before {
        Some(made) => made.officer.clone(),
        None => booking.proposed_officer.clone().or_else(|| Some(who.officer.as_str().to_owned())),
    };
    let identity_known = booking.identity_checked;
    let has_faults = !entered.faults.is_empty();
    Some(ConfirmView {
        moves: before.is_some(),
        open: before.is_none() || tried.is_some(),
        other: !wishes.iter().any(|it| it.chosen),
        date: value("date", arranged.map(|it| day_of(it).to_string()).unwrap_or_default()),
        time: value("time", arranged.map(|it| HourMinute::of(it).to_string()).unwrap_or_default()),
        identity: (!identity_known).then(|| tried.is_some_and(|it| it.has("identity"))),
        meeting: value("meeting", id),
        passcode: value("passcode", passcode),
        officers: officers(whole, &value("officer", officer.unwrap_or_default())),
        reason: value("reason", String::new()),
        against: against(app, whole, tried),
        focus: match (has_faults || before.is_some(), identity_known) {
            (true, _) => "",
            (false, true) => "meeting",
            (false, false) => "identity",
        },
    })
}

/// Who can counsel, and "later".
pub(super) fn officers(whole: &Whole, chosen: &str) -> Vec<Choice> {
    let later = Choice::new("", t("desk.request.officer.later"), chosen);
    let active = whole.staff.iter().filter(|it| it.ended_at.is_none() || it.id == chosen);
    let named = |it: &crate::store::desk::staff::StoredStaff| {
        let left = it.ended_at.is_some();
        let name = if left { fill1("desk.officer.left", "name", &it.name) } else { it.name.clone() };
        Choice::new(&it.id, &name, chosen)
    };
    std::iter::once(later).chain(active.map(named)).collect()
}

fn meeting_as_entered(meeting: Option<&Meeting>) -> (String, String) {
    let Some(Meeting { id, link, passcode }) = meeting else { return Default::default() };
    (link.clone().unwrap_or_else(|| id.to_string()), passcode.clone())
}

/// What the rules say against the time that was entered, which a reason can mend.
fn against(app: &AppState, whole: &Whole, tried: Option<&Fields>) -> Vec<String> {
    let Some(start) = tried.and_then(start_of) else { return Vec::new() };
    let booking = &whole.opened.booking;
    let wishes: Vec<_> = booking.wishes.iter().map(|it| it.start).collect();
    let all = judge_start(&app.office.policy(), app.clock.now(), booking.received_at, &wishes, start);
    all.iter().map(of_violation).collect()
}
