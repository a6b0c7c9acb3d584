//! The page of a request: all that its template shows, ready to be written.

use askama::Template;
use precheck_shared::booking::BookingState;

use super::acts::Kind;
use super::confirm::{self, ConfirmView, WishView};
use super::facts::{self, Flag, Line, Other, Row, SuspensionView};
use super::forms::{self, Choice, Entered, Form, Forms};
use super::ready;
use crate::desk::page::Frame;
use crate::desk::words::{dates, fill1, t, t2};
use crate::service::history::Whole;
use crate::service::staff::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/request.html")]
pub(super) struct RequestPage {
    pub(super) page: Frame,
    path: String,
    number: String,
    version: u32,
    /// What others did since the officer looked.
    stale: bool,
    meanwhile: Vec<Line>,
    state: String,
    state_name: String,
    since: String,
    affirmed: String,
    told: Option<String>,
    flags: Vec<Flag>,
    appointment: Vec<Row>,
    ready: Option<String>,
    notify: Option<Form>,
    doubles: Option<Form>,
    confirm: Option<ConfirmView>,
    /// Please-check findings about the time and the meeting.
    checks: Vec<Choice>,
    wishes: Vec<WishView>,
    presses: Vec<Form>,
    /// The next one can be booked from it, article 4(1).
    leads_on: bool,
    acts: Vec<Form>,
    person: Vec<Row>,
    person_forms: Vec<Form>,
    own_device: bool,
    preparations: Vec<Row>,
    all_checks: Vec<Row>,
    origin: Vec<Row>,
    others: Vec<Other>,
    suspensions: Vec<SuspensionView>,
    managers: Vec<Form>,
    duties: Vec<String>,
    history: Vec<Line>,
}

impl RequestPage {
    /// Everything, with what was entered before where something was wrong with it.
    pub(super) fn new(app: &AppState, who: &SignedIn, whole: &Whole, entered: &Entered) -> Self {
        let booking = &whole.opened.booking;
        let mut wishes = confirm::wishes(app, whole);
        let confirm = confirm::form(app, who, whole, entered, &mut wishes);
        let forms = Forms { app, who, whole, entered };
        let seen = entered.fields.get("version").parse().unwrap_or(u32::MAX);
        let meanwhile = if entered.stale { facts::history(whole, seen) } else { Vec::new() };
        let (preparations, all_checks) = facts::checks(whole);
        let title = fill1("desk.request.title", "number", &booking.number.to_string());
        let since = booking.state_at.map(|it| fill1("desk.request.since", "when", &dates().date_time(it)));
        let affirmed = booking
            .affirmed
            .as_ref()
            .map(|(_, by)| fill1("desk.request.affirmed", "who", &facts::actor(whole, by)));
        Self {
            page: Frame { faults: entered.faults.clone(), ..Frame::new(app, who, title, "") },
            path: super::address(&booking.number),
            number: booking.number.as_str().to_owned(),
            version: booking.version,
            stale: entered.stale,
            meanwhile,
            state: t2("desk.state.", whole.state_name()),
            state_name: whole.state_name().to_owned(),
            since: since.unwrap_or_default(),
            affirmed: affirmed.unwrap_or_default(),
            told: facts::told(whole),
            flags: facts::flags(app, whole),
            appointment: facts::appointment(whole),
            ready: ready::text(app, whole),
            notify: forms.told(),
            doubles: forms.doubles(),
            checks: if entered.kind == Some(Kind::Confirm) { forms::checks(entered) } else { Vec::new() },
            confirm,
            wishes,
            presses: forms.presses(),
            leads_on: leads_on(whole),
            acts: forms.acts(),
            person: facts::person(whole),
            person_forms: forms.person(),
            own_device: booking.own_device,
            preparations,
            all_checks,
            origin: facts::origin(whole),
            others: facts::others(whole),
            suspensions: facts::suspensions(app, whole),
            managers: forms.managers(),
            duties: facts::duties(whole),
            history: facts::history(whole, 0),
        }
    }

    /// What is wrong with a field of the form that arranges a time.
    fn fault(&self, field: &str) -> Option<&str> {
        self.confirm.as_ref().filter(|it| it.open)?;
        self.page.faults.iter().find(|it| it.field == field).map(|it| it.words.as_str())
    }
}

/// 4(1) proviso: during a counselling, or after it.
fn leads_on(whole: &Whole) -> bool {
    match &whole.state {
        Some(BookingState::Confirmed(confirmed)) => confirmed.joined,
        Some(BookingState::Held) => true,
        _ => false,
    }
}
