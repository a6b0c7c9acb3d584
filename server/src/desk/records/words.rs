//! A disclosure, and what it hands out, in words.

use precheck_shared::booking::ReceptionNumber;

use crate::desk::words::{dates, fill, fill1, t, t2};
use crate::service::disclose::{Disclosure, Export, Ground, Part, Scope, Told};

/// A part of the print: its heading, and its lines.
pub(super) struct Sheet {
    pub(super) heading: String,
    pub(super) parts: Vec<(String, Vec<(String, String)>)>,
}

/// The name of somebody of the staff.
pub(super) fn name_of(names: &[(String, String)], id: &str) -> String {
    names.iter().find(|it| it.0 == id).map_or_else(|| t("desk.officer.unknown").to_owned(), |it| it.1.clone())
}

/// What is to be told of a disclosure.
pub(super) fn rows_of(disclosure: &Disclosure, names: &[(String, String)]) -> Vec<(String, String)> {
    let Disclosure { stored, ground, waits } = disclosure;
    let mut rows = vec![("kind", t2("desk.records.kind.", &stored.kind))];
    if let Some(ground) = ground.read().filter(|_| stored.kind == "lawful") {
        rows.extend([
            ("asked_by", ground.asked_by.clone()),
            ("ground", ground.ground.clone()),
            ("reason", ground.reason.clone()),
        ]);
    }
    let items = |it: &Ground| {
        let items: Vec<_> = it.items.iter().map(|it| t2("desk.records.item.", it)).collect();
        items.join("、")
    };
    let unreadable = || t("desk.unreadable").to_owned();
    let by = |who: &str, at| {
        let (at, name) = (dates().date_time(at), name_of(names, who));
        fill("desk.records.by", &[("at", &at), ("name", &name)])
    };
    rows.extend([
        ("scope", ground.read().map_or_else(unreadable, |it| scope(&it.scope))),
        ("items", ground.read().map_or_else(unreadable, items)),
        ("made", by(&stored.made_by, stored.made_at)),
    ]);
    match (&stored.approved, waits) {
        (Some((who, at)), _) => rows.push(("approved", by(who, *at))),
        (None, true) => rows.push(("approved", t("desk.records.state.waits").to_owned())),
        (None, false) => {}
    }
    if let Some((who, at)) = &stored.exported {
        rows.push(("exported", by(who, *at)));
    }
    rows.into_iter().map(|(key, words)| (t2("desk.records.row.", key), words)).collect()
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Numbers(numbers) => {
            let said =
                |it: &String| ReceptionNumber::parse(it).map_or_else(|| it.clone(), |it| it.to_string());
            let numbers: Vec<_> = numbers.iter().map(said).collect();
            fill1("desk.records.scope.numbers", "numbers", &numbers.join("、"))
        }
        Scope::JobSeeker(number) => fill1("desk.records.scope.job_seeker", "number", number),
        Scope::Period(from, to) => fill("desk.records.scope.period", &[("from", from), ("to", to)]),
        Scope::Person(number, birth_date) => {
            fill("desk.records.scope.person", &[("number", number), ("birth_date", birth_date)])
        }
    }
}

/// What is handed out, request by request.
pub(super) fn lines_of(export: &Export) -> Vec<Sheet> {
    let request = |it: &crate::service::disclose::Record| Sheet {
        heading: fill1("desk.records.print.request", "number", &it.reception_number),
        parts: it.parts.iter().map(part).collect(),
    };
    let mut sheets: Vec<_> = export.requests.iter().map(request).collect();
    if !export.suspensions.is_empty() {
        let parts = export.suspensions.iter().map(part).collect();
        sheets.push(Sheet { heading: t("desk.records.print.suspensions").to_owned(), parts });
    }
    sheets
}

fn part(part: &Part) -> (String, Vec<(String, String)>) {
    let line = |(key, told): &(&str, Told)| (t2("desk.records.field.", key), words(told));
    let mut lines: Vec<_> = part.lines.iter().map(line).collect();
    if lines.is_empty() {
        lines.push((t("desk.records.nothing").to_owned(), String::new()));
    }
    (t2("desk.records.item.", part.item), lines)
}

fn words(told: &Told) -> String {
    match told {
        Told::Text(text) => text.clone(),
        Told::At(at) => dates().date_time(*at),
        Told::Unreadable => t("desk.unreadable").to_owned(),
        Told::Name("state", name) => t2("desk.state.", name),
        Told::Name("check", pair) => {
            let (item, outcome) = pair.split_once('=').unwrap_or((pair, ""));
            let outcome = named(&["outcome.", "answer."], outcome);
            fill("desk.records.pair", &[("item", &t2("check.", item)), ("outcome", &outcome)])
        }
        Told::Name(family, name) => named(&[&format!("desk.records.{family}.")], name),
        Told::Event(at, kind, words) => {
            let kind = named(&["desk.log.act.", "desk.state.", "desk.records.event."], kind);
            let at = dates().date_time(*at);
            let words = words.as_deref().unwrap_or(t("desk.unreadable"));
            let key = if words.is_empty() { "desk.records.event" } else { "desk.records.event.with" };
            fill(key, &[("at", &at), ("kind", &kind), ("words", words)])
        }
    }
}

/// The first words that there are for a name, or the name.
fn named(families: &[&str], name: &str) -> String {
    let keys = families.iter().map(|it| format!("{it}{name}"));
    keys.map(|key| (t(&key) != key).then(|| t(&key).to_owned()))
        .find_map(|it| it)
        .unwrap_or_else(|| name.to_owned())
}
