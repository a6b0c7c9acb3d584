//! Step 4, articles 4(1) and 10(3): who you are, when, and who else will be there.
//!
//! Exactly the four items of the clause. The purpose of use stands above the first of them. Values stay as typed.

use askama::Template;
use precheck_shared::clause::{item, paragraph};
use precheck_shared::person::{AttendantKind, BirthDate, Era, JobSeekerNumber};
use precheck_shared::time::{day_of, format_instant, parse_instant};

use super::calendar::{self, Calendar};
use super::entry::{Entry, MOST_ROWS};
use super::fields::{Below, Choice, Label, Line, Notice, Question, Select};
use super::page::{Frame, Framed, bare};
use super::words::{Html, Words};
use crate::service::JudgedBy;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "plain/booking.html")]
pub(super) struct BookingStep {
    page: Frame,
    purpose: Html,
    name: Line,
    birth: Birth,
    number: Line,
    calendar: Calendar,
    attendants: Question,
    rows: Vec<Row>,
    more: bool,
    returning: bool,
}

/// The date of birth in its four fields.
#[derive(Template)]
#[template(path = "plain/birth.html")]
struct Birth {
    label: Label,
    era: Select,
    parts: Vec<Line>,
    echo: Html,
}

/// A line for attendants.
struct Row {
    at: usize,
    name: Html,
    kind: Select,
    lines: Vec<Line>,
    below: Below,
}

impl Framed for BookingStep {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

pub(super) fn page(by: &JudgedBy<'_>, page: Frame, entry: &Entry) -> BookingStep {
    let (words, faults) = (page.words, &page.faults);
    let today = day_of(by.now);
    let name = {
        let label =
            Label::required(words, faults, "person-name", "booking.name").clause(words.clause(item(4, 1, 1)));
        Line { fill: "name", ..Line::new(label, entry.get("person-name")) }
    };
    let number = {
        let (id, typed) = ("person-job_seeker_number", entry.get("person-job_seeker_number"));
        let label = Label::required(words, faults, id, "booking.number").clause(words.clause(item(4, 1, 3)));
        let echo = JobSeekerNumber::parse(typed).map(|(it, _)| echo(words, it.as_str())).unwrap_or_default();
        Line { echo, ..Line::new(label, typed) }
    };
    let birth = birth(&page, entry, today);
    let attendants = Question {
        label: Label::optional(words, faults, "attendants", "attendants")
            .clause(words.clause(paragraph(10, 3))),
        choices: ["no", "yes"]
            .map(|value| Choice { value, label: words.t(&format!("attendants.{value}")) })
            .into(),
        chosen: entry.get("attendants").to_owned(),
        beside: Html::default(),
        after: Html::default(),
    };
    let rows = (0..entry.rows()).map(|at| row(&page, entry, at)).collect();
    BookingStep {
        purpose: Notice::html("info", words.t("booking.purpose.heading"), words.paras("booking.purpose")),
        name,
        birth,
        number,
        calendar: calendar::calendar(by, &page, entry),
        attendants,
        rows,
        more: entry.rows() < MOST_ROWS,
        returning: !entry.get("returning").is_empty(),
        page,
    }
}

/// What was understood.
fn echo(words: Words, value: &str) -> Html {
    words.fill("booking.echo", &[("value", value)])
}

fn birth(page: &Frame, entry: &Entry, today: chrono::NaiveDate) -> Birth {
    let (words, faults) = (page.words, &page.faults);
    let era = |(at, era): (usize, &Era)| {
        let name = match era {
            Era::Western => bare(words.texts.get("booking.western")),
            _ if words.reads_kanji() => era.name().to_owned(),
            _ => format!("{} ({})", era.latin(), era.name()),
        };
        (at.to_string(), name)
    };
    let line = |part: &str, key: &str, fill: &'static str| {
        let id = format!("person-birth_date{part}");
        let mut label = Label::part(words, faults, &id, key);
        if part.is_empty() {
            // Told below all four.
            label.faults = faults.at(&id);
        }
        Line { fill, ..Line::new(label, entry.get(&id)) }
    };
    let read = BirthDate::parse(today, today, &entry.birth_line());
    Birth {
        label: Label::required(words, faults, "person-birth_date", "booking.birth_date")
            .clause(words.clause(item(4, 1, 2))),
        era: Select {
            label: Label::part(words, faults, "person-birth_date-era", "booking.era"),
            options: Era::OFFERED.iter().enumerate().map(era).collect(),
            chosen: Era::OFFERED.iter().position(|it| *it == entry.era()).unwrap_or_default().to_string(),
        },
        parts: vec![
            line("", "booking.year", "bday-year"),
            line("-month", "booking.month", "bday-month"),
            line("-day", "booking.day", "bday-day"),
        ],
        echo: read.map(|(it, _)| echo(words, &words.birth_text(it.date()))).unwrap_or_default(),
    }
}

fn row(page: &Frame, entry: &Entry, at: usize) -> Row {
    let (words, faults) = (page.words, &page.faults);
    let id = |part: &str| format!("attendants-{at}-{part}");
    let mut kinds = vec![(String::new(), words.bare("attendants.choose"))];
    kinds.extend(
        AttendantKind::ALL
            .map(|it| (it.as_str().to_owned(), words.bare(&format!("attendants.{}", it.as_str())))),
    );
    let count = Some(entry.row(at, "count")).filter(|it| !it.is_empty()).unwrap_or("1");
    let language = Label::optional(words, faults, &id("language"), "attendants.language");
    let many = Label::required(words, faults, &id("count"), "attendants.count");
    let note = Label::optional(words, faults, &id("note"), "attendants.note");
    let whole = format!("attendants-{at}");
    Row {
        at,
        name: words.count("attendants.nth", at + 1),
        kind: Select {
            label: Label::required(words, faults, &id("kind"), "attendants.kind"),
            options: kinds,
            chosen: entry.row(at, "kind").to_owned(),
        },
        lines: vec![
            Line::new(language, entry.row(at, "language")),
            Line { keys: "numeric", ..Line::new(many, count) },
            Line { tall: true, ..Line::new(note, entry.row(at, "note")) },
        ],
        below: Below { faults: faults.at(&whole), id: whole },
    }
}

/// A button that changes something on the page: a day, a wish, a line for attendants. Whether it was one.
pub(super) fn act(app: &AppState, pressed: &str, entry: &mut Entry) -> bool {
    let Some((act, about)) = pressed.split_once(' ') else { return false };
    let place = about.parse::<usize>().unwrap_or(usize::MAX);
    let mut wishes = entry.wishes();
    match act {
        "day" => entry.set("day", about),
        "wish" => {
            let start = parse_instant(about).map_or_else(|| about.to_owned(), format_instant);
            let most = usize::from(app.office.policy().booking.wishes_max);
            match wishes.iter().position(|it| *it == start) {
                Some(at) => drop(wishes.remove(at)),
                None if wishes.len() < most => wishes.push(start),
                None => {}
            }
            entry.put("wishes", wishes);
        }
        "raise" if (1..wishes.len()).contains(&place) => {
            wishes.swap(place - 1, place);
            entry.put("wishes", wishes);
        }
        "remove" if place < wishes.len() => {
            wishes.remove(place);
            entry.put("wishes", wishes);
        }
        "row" => entry.set("rows", &(entry.rows() + 1).min(MOST_ROWS).to_string()),
        "drop" if place < MOST_ROWS => entry.remove_row(place),
        _ => {}
    }
    true
}
