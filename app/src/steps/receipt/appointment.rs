//! Article 4(2): the arranged counselling. When it is, how it is joined, and a file for the calendar.

use precheck_shared::api::{AppointmentView, MeetingView, RequestView};
use precheck_shared::booking::is_join_link;
use precheck_shared::time::{HourMinute, parse_instant};

use super::super::{copying, telling};
use super::follow::ask;
use super::outside;
use crate::browser::{self, sandbox};
use crate::net::{Raw, content};
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, el, group, nothing, row_of, row_value, words};

/// The arranged counselling, as far as it is still to come.
pub(super) fn appointment(app: App, view: &RequestView, moved_from: Option<&str>) -> View {
    let Some(appointment) = &view.appointment else { return nothing() };
    let mut time = row_value().with(words("p", "oc-when", &from_to(app, appointment)));
    if let Some(before) = moved_from {
        let before = app.fill("receipt.moved_from", &[("time", &app.date_time(before))]);
        time.add(words("p", "oc-fault oc-fault--asks", &before));
    }
    let mut rows = el("dl", "oc-rows").with(row_of(app.t("receipt.appointment"), time));
    if view.state != "confirmed" {
        return rows;
    }
    let mut part = group("oc-part");
    if let Some(meeting) = &view.meeting {
        part.add(join(app, meeting));
        for (key, value) in [("meeting.id", &meeting.id), ("meeting.passcode", &meeting.passcode)] {
            if !value.is_empty() {
                rows.add(row_of(app.t(key), copied(app, key, value)));
            }
        }
    }
    part.with(rows).with(app.para("receipt.trouble")).with(calendar(app))
}

/// Day, start and end; whoever is in another zone is told that the times are Japan's.
fn from_to(app: App, appointment: &AppointmentView) -> String {
    let end = parse_instant(&appointment.end).map_or_else(String::new, |it| HourMinute::of(it).to_string());
    let time = [&app.date_time(&appointment.start), "～", &end].concat();
    if browser::is_on_japans_time() { time } else { app.fill("receipt.japans_time", &[("time", &time)]) }
}

/// The way in, where it leads to the app's own host. Judged once more here: what a button leads to is this page's word.
fn join(app: App, meeting: &MeetingView) -> View {
    let office = app.office.get_now();
    match meeting.link.as_ref().filter(|link| office.is_some_and(|it| is_join_link(&it.policy.app, link))) {
        None => nothing(),
        Some(link) => el("a", "oc-button")
            .set("href", link)
            .set("target", "_blank")
            .set("rel", "noreferrer noopener")
            .set("data-act", "join")
            .says(app.t("meeting.join"))
            .with(app.words("span", "oc-hidden", "link.outside")),
    }
}

/// A value to be typed or copied.
fn copied(app: App, key: &'static str, value: &str) -> View {
    let copied = value.to_owned();
    let copying = copying(app, key, move || copied.clone());
    row_value().with(words("span", "oc-code", value)).with(copying)
}

/// "Add to calendar". The file asks for the receipt's code, so it is fetched here and given to the browser to keep.
fn calendar(app: App) -> View {
    let may_fail = State::new(false);
    let saving = telling(app, "calendar", app.t("receipt.calendar"), move || {
        let asked = ask(app, "/appointment.ics");
        Box::pin(async move {
            let raw = asked.await;
            let said = match save(raw) {
                None => "load.failed.do",
                // No browser tells whether it has: it is not claimed.
                Some(()) if sandbox::is_sandboxed() => {
                    may_fail.set(true);
                    "receipt.calendar.forbidden"
                }
                Some(()) => "receipt.calendar.saved",
            };
            app.t(said).to_owned()
        })
    });
    group("").with(saving).with(outside(app, "", may_fail))
}

fn save(raw: Option<Raw>) -> Option<()> {
    browser::save("online-counselling.ics", "text/calendar;charset=utf-8", &content(raw)?)
}
