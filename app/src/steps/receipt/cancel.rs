//! Article 4(3): how to cancel now. The widget cancels nothing by itself: it shows the ways that are open, and what silence
//! leads to.

use precheck_shared::api::RequestView;
use precheck_shared::texts::{japanese, ruby};
use precheck_shared::time::parse_instant;

use super::super::{contact, subheading};
use crate::browser;
use crate::state::App;
use crate::ui::{View, el, group, nothing, words};

/// What can be done now, by state and by the clock.
pub(super) fn cancelling(app: App, view: &RequestView) -> View {
    if !view.is_open() {
        return contact(app);
    }
    let by = |channel: &str| view.cancel_channels.iter().any(|it| it == channel);
    let key = match (by("telephone"), by("mail")) {
        (_, true) => "cancel.both",
        (true, false) => "cancel.telephone",
        (false, false) => "cancel.none",
    };
    let mail = app.office.get_now().map_or("", |it| &it.contact.mail);
    let mail = if by("mail") && !mail.is_empty() { mail_link(app, mail, view) } else { nothing() };
    group("oc-part")
        .with(subheading(app, "cancel.heading"))
        .with(app.para(key))
        .with(contact(app))
        .with(mail)
        .with(app.para("cancel.silence"))
}

/// A mail with number and time filled in; no personal data goes into an address. It is the office that reads it: the time is
/// in Japanese.
fn mail_link(app: App, mail: &str, view: &RequestView) -> View {
    let start = view.appointment.as_ref().and_then(|it| parse_instant(&it.start));
    let time =
        start.map_or_else(|| japanese().get("cancel.mail.no_time").to_owned(), |it| japanese().date_time(it));
    let values = [("number", view.reception_number.as_str()), ("time", &time)];
    let encoded = |key: &str| browser::encoded(&ruby::plain(&app.fill(key, &values)));
    let subject = encoded("cancel.mail.subject");
    let body = encoded("cancel.mail.body");
    let address = ["mailto:", mail, "?subject=", &subject, "&body=", &body].concat();
    let label = app.fill("cancel.mail", &[("mail", mail)]);
    el("p", "oc-text").with(words("a", "oc-link", &label).set("href", &address).set("data-act", "mail"))
}
