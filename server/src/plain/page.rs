//! What surrounds every page: title, languages, steps, what is wrong, how the office is reached; and the headers.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use precheck_shared::checklist::CheckEntry;
use precheck_shared::journey::Step;
use precheck_shared::policy::{Policy, Telephone};
use precheck_shared::texts::{self, Texts, ruby};
use precheck_shared::violation::Violation;

use super::document;
use super::entry::Entry;
use super::faults::{Faults, Shown};
use super::fields::paragraph;
use super::words::{Html, Words};
use crate::desk::Fields;
use crate::error::ApiError;
use crate::language::{self, Liked};
use crate::state::AppState;

/// The frame of a page, which its template finds as `page`.
pub(crate) struct Frame {
    pub(super) words: Words,
    pub(super) reader: Reader,
    pub(super) office: String,
    /// Key of the heading.
    pub(super) key: &'static str,
    /// Where the form goes.
    pub(super) action: &'static str,
    pub(super) step: Option<Step>,
    pub(super) faults: Faults,
    /// Why a sending came to nothing.
    pub(super) alert: Html,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) contact: Html,
    /// Whether it ends with how the office is reached: not where that stands on it already.
    pub(super) helps: bool,
    /// What stands there for a browser inside another app.
    pub(super) offer: Html,
    /// It answers a form: what that holds is newer than what a tab may have kept.
    pub(super) posted: bool,
    /// A part of another page, which has no title of ours.
    pub(super) embedded: bool,
}

/// What a template shows in the frame of a page.
pub(super) trait Framed: Template {
    fn frame(&self) -> &Frame;
}

/// A step in the list of steps.
pub(super) struct Place {
    pub(super) state: &'static str,
    pub(super) mark: String,
    pub(super) ordinal: Html,
    pub(super) name: Html,
    pub(super) told: Html,
}

/// In what a person reads, and on what.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) words: Words,
    /// `light` or `dark`, where the page around this one says so.
    pub(super) theme: &'static str,
    /// No widget is wanted, from here on: it was refused, or the page is to be translated.
    pub(super) is_plain: bool,
    /// Her browser asks for languages that we do not have, and for no other.
    pub(super) is_foreign: bool,
    /// In a frame, which the page around it has a header for. Browsers that do not say so do it by a script.
    pub(super) is_framed: bool,
}

impl Reader {
    /// As a form carries it; a button with a language's name counts first.
    pub(super) fn of_form(fields: &Fields, headers: &HeaderMap) -> Self {
        Self::new(fields, &[fields.get("language"), fields.get("lang")], headers)
    }

    /// As an address has it, else as the browser likes it.
    pub(super) fn of_address(query: Option<&str>, headers: &HeaderMap) -> Self {
        let fields = Fields::of_query(query);
        Self::new(&fields, &[fields.get("lang")], headers)
    }

    fn new(fields: &Fields, named: &[&str], headers: &HeaderMap) -> Self {
        let named = named.iter().find_map(|it| language::of_tag(it));
        let texts = named.unwrap_or_else(|| language::of_reader(headers));
        let theme = ["light", "dark"].into_iter().find(|it| *it == fields.get("theme")).unwrap_or_default();
        Self {
            words: Words::of(texts.language()),
            theme,
            is_plain: fields.all("plain").any(|it| it == "yes"),
            is_foreign: matches!(language::liked(headers), Liked::Others),
            is_framed: headers.get("sec-fetch-dest").is_some_and(|it| it.as_bytes().ends_with(b"frame")),
        }
    }

    /// What follows the address of another page of these, so that it is read in the same way.
    pub(super) fn query(self) -> String {
        let theme = if self.theme.is_empty() { String::new() } else { format!("&theme={}", self.theme) };
        let plain = if self.is_plain { "&plain=yes" } else { "" };
        format!("?lang={}{theme}{plain}", self.words.language())
    }
}

impl Frame {
    /// The frame of a page with a heading at a key.
    pub(super) fn new(app: &AppState, reader: Reader, key: &'static str) -> Self {
        let policy = app.office.policy();
        let words = reader.words;
        let mut hidden = vec![("lang".to_owned(), words.language().to_owned())];
        if !reader.theme.is_empty() {
            hidden.push(("theme".to_owned(), reader.theme.to_owned()));
        }
        // Filled in by a script where the widget cannot run.
        hidden.push(("plain".to_owned(), if reader.is_plain { "yes" } else { "" }.to_owned()));
        Self {
            words,
            reader,
            office: office_name(words, &policy).to_owned(),
            key,
            action: "/",
            step: None,
            faults: Faults::default(),
            alert: Html::default(),
            hidden,
            contact: contact(words, &policy),
            helps: true,
            offer: Html::default(),
            posted: false,
            embedded: false,
        }
    }

    /// The frame of a step, which carries on what was entered.
    pub(super) fn of_step(app: &AppState, reader: Reader, step: Step, entry: &Entry) -> Self {
        let key = match step {
            Step::Conditions => "conditions.heading",
            Step::Consent => "consent.heading",
            Step::Check => "check.heading",
            Step::Booking => "booking.heading",
            Step::Review => "review.heading",
            Step::Receipt => "receipt.heading",
        };
        let mut frame = Self { step: Some(step), ..Self::new(app, reader, key) };
        frame.hidden.push(("at".to_owned(), step.as_str().to_owned()));
        frame.hidden.extend(entry.hidden(Some(step)));
        frame
    }

    /// The same with what is wrong.
    #[must_use]
    pub(super) fn with_faults(mut self, violations: &[Violation], checklist: &[CheckEntry]) -> Self {
        self.faults = Faults::of(self.words, violations, checklist);
        if self.faults.only_ask() {
            let asked = self.faults.0.iter().map(|it| ("asked".to_owned(), it.code.to_owned()));
            self.hidden.extend(asked.collect::<Vec<_>>());
        }
        self
    }

    /// The same with why a sending came to nothing, which is no fault of what was entered.
    #[must_use]
    pub(super) fn with_alert(mut self, error: &ApiError) -> Self {
        let (code, words) = (error.code(), self.words);
        let key = |end: &str| format!("refusal.{}{end}", code.as_str());
        // A receipt that is asked for has lost nothing that could be sent again.
        let cure = match self.step {
            Some(_) => words.t_or(&format!("plain.{}.do", code.as_str()), &key(".do")),
            None => words.t(&key(".do")),
        };
        self.alert(words.t(&key(".title")), Html::join([words.paras(&key("")), paragraph(cure)]));
        self
    }

    /// Says on top why nothing came of it.
    pub(super) fn alert(&mut self, heading: Html, body: Html) {
        #[derive(Template)]
        #[template(ext = "html", source = "<h2 class=\"oc-summary__heading\">{{ heading }}</h2>{{ body }}")]
        struct Alert {
            heading: Html,
            body: Html,
        }
        self.alert = Html::made(&Alert { heading, body });
    }

    /// What follows the address of another page of these, so that it is read in the same way.
    pub(super) fn query(&self) -> String {
        self.reader.query()
    }

    /// Whether the widget takes this page over where it can run. A receipt is shown as it is, and so is what has failed.
    pub(super) fn has_widget(&self) -> bool {
        self.carries() && !self.reader.is_plain
    }

    /// What style sheet and scripts know of the page.
    pub(super) fn classes(&self) -> &'static str {
        match (self.has_widget(), self.reader.is_framed) {
            (true, false) => "",
            (true, true) => "framed",
            (false, false) => "no-widget",
            (false, true) => "no-widget framed",
        }
    }

    /// The step that its form is of.
    pub(super) fn at(&self) -> Option<&'static str> {
        self.at_step().map(Step::as_str)
    }

    pub(super) fn at_step(&self) -> Option<Step> {
        self.step.filter(|it| *it < Step::Receipt)
    }

    /// The page that everybody gets first.
    pub(super) fn is_first(&self) -> bool {
        !self.posted && self.step == Some(Step::Conditions)
    }

    pub(super) fn tells_faults(&self) -> bool {
        !self.faults.is_empty() || !self.alert.is_empty()
    }

    /// The languages that can be chosen instead.
    pub(super) fn other_languages(&self) -> impl Iterator<Item = &'static Texts> {
        let present = self.words.language();
        texts::plain().iter().filter(move |it| it.language() != present)
    }

    /// A language as its own speakers name it.
    pub(super) fn language_name(&self, other: &Texts) -> Html {
        self.words.t(&format!("language.{}", other.language()))
    }

    pub(super) fn heading(&self) -> Html {
        self.words.t(self.key)
    }

    pub(super) fn title(&self) -> String {
        self.words.bare(self.key)
    }

    pub(super) fn summary(&self) -> Html {
        if self.faults.only_ask() {
            self.words.t("summary.asks")
        } else {
            self.words.count("summary.fix", self.faults.0.len())
        }
    }

    /// Whether it carries what was entered and is not sent yet.
    pub(super) fn carries(&self) -> bool {
        self.step.is_some_and(|it| it < Step::Receipt)
    }

    /// Whether a fault has its field on this page.
    pub(super) fn is_here(&self, fault: &Shown) -> bool {
        let step = Step::of_pointer(&format!("/{}", fault.id.replace('-', "/")));
        !fault.id.is_empty() && self.step.is_none_or(|it| it == step)
    }

    /// Id of a fault's field. The first step has the widget's own.
    pub(super) fn place_of(&self, fault: &Shown) -> String {
        let widgets = if self.step == Some(Step::Conditions) { "f-" } else { "" };
        format!("{widgets}{}", fault.id)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template hands over what it has matched")]
    pub(super) fn steps(&self, now: &Step) -> Vec<Place> {
        let asked = Step::ALL.into_iter().take_while(|it| *it < Step::Receipt);
        let all = asked.clone().count().to_string();
        let place = |it: Step| {
            let (state, told) = match it.cmp(now) {
                std::cmp::Ordering::Less => ("done", "steps.done"),
                std::cmp::Ordering::Equal => ("now", "steps.now"),
                std::cmp::Ordering::Greater => ("next", "steps.next"),
            };
            let n = (it as usize + 1).to_string();
            Place {
                state,
                mark: if state == "done" { "✓".to_owned() } else { n.clone() },
                ordinal: self.words.fill("steps.place", &[("of", &all), ("n", &n)]),
                name: self.words.t(&format!("step.{}", it.as_str())),
                told: self.words.t(told),
            }
        };
        asked.map(place).collect()
    }
}

/// The office's name, in letters that the language reads.
pub(super) fn office_name(words: Words, policy: &Policy) -> &str {
    if words.is_japanese() { &policy.office.name } else { &policy.office.name_en }
}

#[derive(Template)]
#[template(path = "plain/contact.html")]
struct Contact<'a> {
    words: Words,
    policy: &'a Policy,
    /// The number to dial, apart from what comes after it.
    telephone: Option<Telephone<'a>>,
}

impl Contact<'_> {
    fn hours(&self) -> Html {
        let contact = &self.policy.contact;
        self.words.fill(
            "contact.hours",
            &[("from", &contact.opens.to_string()), ("to", &contact.closes.to_string())],
        )
    }
}

/// How the office is reached.
pub(super) fn contact(words: Words, policy: &Policy) -> Html {
    Html::made(&Contact { words, policy, telephone: Telephone::read(&policy.contact.telephone) })
}

/// A page as an answer: nobody keeps it.
pub(super) fn html(status: StatusCode, shown: &impl Framed) -> Response {
    match document::draw(shown) {
        Ok(body) => {
            let mut response = (status, body).into_response();
            document::describe(&mut response, shown.frame());
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => unwritten(&error),
    }
}

/// A page that holds nothing of anybody: asked for again, it is not sent again.
pub(super) fn known(asked: &HeaderMap, shown: &impl Framed) -> Response {
    match document::draw(shown) {
        Ok(body) => {
            let mut response = document::tagged(asked, body);
            document::describe(&mut response, shown.frame());
            response
        }
        Err(error) => unwritten(&error),
    }
}

pub(super) fn unwritten(error: &askama::Error) -> Response {
    ApiError::Unavailable(format!("a page cannot be written: {error}")).into_response()
}

/// A page with the status of an error, and the time to wait where there is one.
pub(super) fn html_of(error: &ApiError, shown: &impl Framed) -> Response {
    error.log_once();
    let status = match error {
        ApiError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        error => error.kind().0,
    };
    let mut response = html(status, shown);
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "plain/message.html")]
pub(super) struct Message {
    page: Frame,
    body: Html,
}

impl Framed for Message {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

/// What cannot be served, or is not there.
pub(super) fn failed(app: &AppState, reader: Reader, error: &ApiError) -> Response {
    let words = reader.words;
    let (key, body) = match error {
        ApiError::NotFound => ("refusal.not_found.title", words.paras("plain.nothing")),
        ApiError::TooLong { .. } => ("refusal.malformed.title", words.paras("plain.too_long")),
        ApiError::Malformed(_) | ApiError::TooSlow => {
            ("refusal.malformed.title", words.paras("plain.malformed"))
        }
        _ => ("refusal.unavailable.title", words.paras("plain.down")),
    };
    html_of(error, &Message { page: Frame::new(app, reader, key), body })
}

/// Words without readings, for what is copied, sent or listed.
pub(super) fn bare(text: &str) -> String {
    ruby::plain(text)
}
