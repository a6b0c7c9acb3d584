//! What is known of a request, in words: the person, the checks, the consent, what else her number has, and the history.

use precheck_shared::booking::BookingState;
use precheck_shared::texts;
use precheck_shared::time::{HourMinute, Instant, day_of, parse_instant};
use precheck_shared::violation::Code;

use crate::desk::words::{dates, fill, fill1, t, t2};
use crate::service::Words;
use crate::service::history::{Entry, Whole};
use crate::service::piece::Piece;
use crate::service::reading::AttendantRecord;
use crate::state::AppState;
use crate::store::desk::bookings::DeskBooking;

/// What something is called, and what it says.
pub(super) type Row = (String, String);

/// A line of the history.
pub(super) struct Line {
    pub(super) at: String,
    pub(super) actor: String,
    pub(super) what: String,
    pub(super) details: Vec<String>,
}

/// Another request of the same number.
pub(super) struct Other {
    pub(super) number: String,
    pub(super) path: String,
    pub(super) state: String,
    pub(super) state_name: String,
    pub(super) when: String,
    pub(super) received: String,
}

/// A suspension of the number.
pub(super) struct SuspensionView {
    pub(super) in_force: bool,
    pub(super) rows: Vec<Row>,
}

/// Something that an officer must not overlook.
pub(super) struct Flag {
    pub(super) kind: &'static str,
    pub(super) words: String,
}

fn row(key: &str, value: impl Into<String>) -> Row {
    (t2("desk.request.row.", key), value.into())
}

/// The person, as she entered herself.
pub(super) fn person(whole: &Whole) -> Vec<Row> {
    let booking = &whole.opened.booking;
    let identity =
        if booking.identity_checked { "desk.request.identity.yes" } else { "desk.request.identity.no" };
    let person = match &whole.opened.person {
        Piece::Nothing => return Vec::new(),
        Piece::Damaged => return vec![row("name", t("desk.unreadable")), row("identity", t(identity))],
        Piece::Read(person) => person,
    };
    let mut rows = vec![
        row("name", person.name.clone()),
        row("birth_date", person.birth_date_in_words()),
        row("job_seeker_number", person.job_seeker_number.clone()),
        row("identity", t(identity)),
    ];
    let attendants: Vec<_> = person.attendants.iter().map(attendant).collect();
    if !attendants.is_empty() {
        rows.push(row("attendants", attendants.join("\n")));
    }
    let findings: Vec<_> = person.accepted_findings.iter().map(|it| title(it)).collect();
    if !findings.is_empty() {
        rows.push(row("findings", findings.join("、")));
    }
    rows
}

fn attendant(it: &AttendantRecord) -> String {
    let kind = t2("attendants.", &it.kind);
    let n = it.count.to_string();
    let mut words = vec![fill("desk.request.attendant.words", &[("kind", &kind), ("n", &n)])];
    words.extend([&it.language, &it.note].into_iter().filter(|it| !it.is_empty()).cloned());
    words.join("、")
}

/// What is called a finding or a rule; a code that no version of this program has stays as it is.
fn title(code: &str) -> String {
    Code::parse(code).map_or_else(|| code.to_owned(), |it| it.title(texts::desk()))
}

/// Where the request came from, and what was agreed to.
pub(super) fn origin(whole: &Whole) -> Vec<Row> {
    let booking = &whole.opened.booking;
    let mut rows = vec![
        row("received", dates().date_time(booking.received_at)),
        row("channel", t2("desk.request.came.", &booking.channel)),
    ];
    if let Some(by) = &booking.entered_by {
        rows.push(row("entered_by", actor(whole, by)));
    }
    let terms = [("id", booking.terms.id.as_str()), ("basis", &t2("desk.request.basis.", &booking.basis))];
    rows.push(row("consent", fill("desk.request.consent", &terms)));
    rows.push(row("consent_at", dates().date_time(booking.received_at)));
    rows.push(row("language", t2("desk.request.language.", &booking.language)));
    rows.push(row("terms_sha256", booking.terms.sha256.clone()));
    rows
}

/// What is still to be prepared, in words; then all checks.
pub(super) fn checks(whole: &Whole) -> (Vec<Row>, Vec<Row>) {
    let person = whole.person();
    let words =
        |(item, outcome): &(precheck_shared::checklist::Item, precheck_shared::checklist::Outcome)| {
            let found = person.found.iter().find(|it| it.0 == item.as_str()).map(|it| it.1.as_str());
            let outcome = t2("outcome.", outcome.as_str());
            let value = match found {
                Some(found) => fill("desk.request.check.found", &[("outcome", &outcome), ("found", found)]),
                None => outcome,
            };
            (t2("check.", item.as_str()), value)
        };
    let all = &whole.opened.booking.checklist;
    (all.iter().filter(|it| it.1.leaves_work()).map(words).collect(), all.iter().map(words).collect())
}

/// Other requests of the number.
pub(super) fn others(whole: &Whole) -> Vec<Other> {
    let view = |it: &DeskBooking| {
        let when = match &it.appointment {
            Some(made) => dates().date_time(made.start),
            None => it.wishes.iter().map(|it| dates().date_time(it.start)).collect::<Vec<_>>().join("、"),
        };
        Other {
            number: it.number.to_string(),
            path: super::address(&it.number),
            state: t2("desk.state.", &it.state),
            state_name: it.state.clone(),
            when,
            received: dates().date_time(it.received_at),
        }
    };
    whole.others.iter().map(view).collect()
}

/// What an officer must not overlook.
pub(super) fn flags(app: &AppState, whole: &Whole) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut flag = |kind, words: String| flags.push(Flag { kind, words });
    let today = day_of(app.clock.now());
    for it in whole.suspensions.iter().filter(|it| it.stored.is_in_force(today)) {
        flag("bad", t2("desk.request.flag.", &it.stored.kind));
    }
    if 0 < whole.missed {
        flag("bad", fill1("desk.request.flag.missed", "n", &whole.missed.to_string()));
    }
    let open =
        whole.others.iter().filter(|it| matches!(it.state.as_str(), "requested" | "confirmed")).count();
    if 0 < open {
        flag("todo", fill1("desk.request.flag.open", "n", &open.to_string()));
    }
    if let Some((kind, _)) = &whole.opened.booking.duty {
        flag("todo", fill1("desk.request.flag.untold", "what", &t2("desk.request.event.", kind)));
    }
    if whole.opened.booking.legal_hold {
        flag("todo", t("desk.request.flag.hold").to_owned());
    }
    flags
}

/// Everything about suspensions, those that are over as well.
pub(super) fn suspensions(app: &AppState, whole: &Whole) -> Vec<SuspensionView> {
    let today = day_of(app.clock.now());
    let view = |it: &crate::service::conduct::SuspensionInWords| {
        let stored = &it.stored;
        let ends = stored.ends.map_or_else(
            || t("desk.request.suspension.open").to_owned(),
            |it| fill1("desk.request.suspension.ends", "day", &dates().date(it)),
        );
        let mut rows = vec![
            row("suspension", t2("desk.request.suspension.", &stored.kind)),
            row("reason", piece(&it.reason)),
            row("made", by(whole, &stored.made_by, stored.made_at)),
            row("ends", ends),
            row("reviewed", dates().date(day_of(stored.reviewed_at))),
        ];
        if let Some((who, at, _)) = &stored.lifted {
            rows.push(row("lifted", by(whole, who, *at)));
            rows.push(row("lifted_because", piece(&it.lifted_because)));
        }
        SuspensionView { in_force: stored.is_in_force(today), rows }
    };
    whole.suspensions.iter().map(view).collect()
}

fn by(whole: &Whole, who: &str, at: Instant) -> String {
    fill("desk.request.by", &[("who", &actor(whole, who)), ("when", &dates().date_time(at))])
}

/// What was written, or that it cannot be read.
fn piece(piece: &Piece<String>) -> String {
    match piece {
        Piece::Nothing => String::new(),
        Piece::Read(text) => text.clone(),
        Piece::Damaged => t("desk.unreadable").to_owned(),
    }
}

/// What she reads with the state.
pub(super) fn told(whole: &Whole) -> Option<String> {
    (!whole.told.is_nothing()).then(|| piece(&whole.told))
}

/// Who did it.
pub(super) fn actor(whole: &Whole, id: &str) -> String {
    match id {
        "clock" | "job_seeker" => t2("desk.request.actor.", id),
        id => whole.name_of(id).unwrap_or(t("desk.officer.unknown")).to_owned(),
    }
}

/// What she was told, and how she came to know it.
pub(super) fn duties(whole: &Whole) -> Vec<String> {
    let words = |it: &crate::store::desk::duties::Duty| {
        let what = t2("desk.request.event.", &it.kind);
        match (it.closed_at, &it.closed_by, &it.channel) {
            (Some(at), Some(who), Some(channel)) => fill(
                "desk.request.duty.closed",
                &[
                    ("what", &what),
                    ("how", &t2("desk.request.channel.", channel)),
                    ("by", &by(whole, who, at)),
                ],
            ),
            _ => fill(
                "desk.request.duty.open",
                &[("what", &what), ("since", &dates().date_time(it.opened_at))],
            ),
        }
    };
    whole.duties.iter().map(words).collect()
}

/// Everything that happened after a version, the oldest first.
pub(super) fn history(whole: &Whole, after: u32) -> Vec<Line> {
    whole.history.iter().filter(|it| after < it.version).map(|it| line(whole, it)).collect()
}

fn line(whole: &Whole, entry: &Entry) -> Line {
    // A correction of what silence led to bears the name of the state.
    Line {
        at: dates().date_time(entry.at),
        actor: actor(whole, &entry.actor),
        what: t2("desk.request.event.", &entry.kind),
        details: match &entry.words {
            Piece::Nothing => Vec::new(),
            Piece::Read(words) => details(words),
            Piece::Damaged => vec![t("desk.unreadable").to_owned()],
        },
    }
}

fn details(words: &Words) -> Vec<String> {
    let mut details = Vec::new();
    let mut say = |key: &str, value: &str| details.push(fill1(key, "value", value));
    if !words.reason.is_empty() {
        say("desk.request.detail.reason", &words.reason);
    }
    if let Some(channel) = &words.channel {
        say("desk.request.detail.channel", &t2("desk.request.channel.", channel));
    }
    if let Some(at) = words.word_at.as_deref().and_then(parse_instant) {
        say("desk.request.detail.word_at", &dates().date_time(at));
    }
    let titles = |all: &[String]| all.iter().map(|it| title(it)).collect::<Vec<_>>().join("、");
    if !words.excepted.is_empty() {
        say("desk.request.detail.excepted", &titles(&words.excepted));
    }
    if !words.accepted.is_empty() {
        say("desk.request.detail.accepted", &titles(&words.accepted));
    }
    for (item, before, after) in &words.corrected {
        let item = t2("desk.request.row.", item);
        let values = [("item", item.as_str()), ("before", before), ("after", after)];
        details.push(fill("desk.request.detail.corrected", &values));
    }
    details
}

/// Who has a counselling, and whether she has left.
fn colleague(whole: &Whole, id: &str) -> String {
    let left = whole.staff.iter().any(|it| it.id == id && it.ended_at.is_some());
    let name = actor(whole, id);
    let stands = matches!(whole.state, Some(BookingState::Confirmed(_)));
    if left && stands { fill1("desk.officer.left", "name", &name) } else { name }
}

/// The counselling that is arranged, or was.
pub(super) fn appointment(whole: &Whole) -> Vec<Row> {
    let Some(made) = &whole.opened.booking.appointment else { return Vec::new() };
    let officer = made
        .officer
        .as_deref()
        .map_or_else(|| t("desk.request.officer.none").to_owned(), |it| colleague(whole, it));
    let to = HourMinute::of(made.end).to_string();
    let values = [("from", dates().date_time(made.start)), ("to", to)];
    let [from, to] = &values;
    let mut rows = vec![
        row("when", fill("desk.request.when", &[(from.0, &from.1), (to.0, &to.1)])),
        row("officer", officer),
    ];
    let stands = matches!(whole.state, Some(BookingState::Confirmed(_)));
    // How to join what is over would only mislead.
    if stands && whole.meeting.is_damaged() {
        rows.push(row("meeting", t("desk.unreadable")));
    }
    if let Some(meeting) = whole.meeting.read().filter(|_| stands) {
        rows.push(row("meeting", meeting.id.to_string()));
        rows.extend(meeting.link.iter().map(|it| row("link", it.clone())));
        if !meeting.passcode.is_empty() {
            rows.push(row("passcode", meeting.passcode.clone()));
        }
    }
    let contact = match (made.joined, made.word_received) {
        (true, _) => "desk.request.contact.joined",
        (false, true) => "desk.request.contact.word",
        (false, false) => "desk.request.contact.none",
    };
    rows.push(row("contact", t(contact)));
    rows
}
