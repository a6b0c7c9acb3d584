//! The widget's state: what is known, its words, and what is asked of the server. The way through the steps is in `way`.

use std::ops::Deref;

use chrono::{Datelike, NaiveDate, TimeDelta};
use precheck_shared::api::{DayView, OfficeView, RequestView, TermsView};
use precheck_shared::checklist::device;
use precheck_shared::journey::Step;
use precheck_shared::outbox::Outbox;
use precheck_shared::person::{in_both_calendars, japanese_year};
use precheck_shared::texts::{Texts, japanese, ruby};
use precheck_shared::time::{Instant, parse_instant};
use wasm_bindgen::JsValue;

use crate::browser::{self, Device, Root, Task, spawn};
use crate::form::Form;
use crate::idle::Idle;
use crate::js::call;
use crate::keep;
use crate::net::{Answer, Server};
use crate::signal::State;
use crate::ui::fields::Faults;
use crate::ui::{View, words};

mod way;

/// A step's heading takes the focus when the step is opened by a person.
pub(crate) const HEADING: &str = "[data-heading]";

/// How the page was opened.
pub(crate) struct Setup {
    pub(crate) server: Server,
    /// Our own page, whose address and history are ours too.
    pub(crate) standalone: bool,
    /// As the loader has handed them over; `tell` is asked for when it is needed.
    pub(crate) options: JsValue,
    /// Only the check of device and room, without a booking.
    pub(crate) alone: bool,
    /// Language code and file of the words that can be fetched.
    pub(crate) texts: Vec<(String, String)>,
}

impl Setup {
    /// Where everybody begins.
    pub(crate) fn first_step(&self) -> Step {
        if self.alone { Step::Check } else { Step::Conditions }
    }
}

/// Whether the office is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    Loading,
    Failed,
    Ready,
}

/// A receipt that is being shown.
#[derive(Clone)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) code: String,
    /// The server does not know it.
    pub(crate) unknown: bool,
}

/// How the request of the receipt stands, as far as the server has told.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) view: Option<RequestView>,
    /// The entity tag of that answer.
    pub(crate) tag: String,
    /// It has changed before the eyes of whoever looks at it.
    pub(crate) changed: bool,
    /// Its start before it was moved, likewise.
    pub(crate) moved_from: Option<String>,
}

/// Everything a screen needs; a pointer, since every listener holds one.
///
/// The few hundred bytes behind it stay for as long as the page does, also after the element has gone: a listener that
/// fires late finds them.
#[derive(Clone, Copy)]
pub(crate) struct App(&'static Parts);

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0
    }
}

/// The parts of the state.
pub(crate) struct Parts {
    pub(crate) form: State<Form>,
    /// What the browser says of itself.
    pub(crate) device: State<Device>,
    /// Tones played: an open microphone would hear them.
    pub(crate) tones: State<u32>,
    /// The answers came along from the browser inside an app.
    pub(crate) moved: State<bool>,
    pub(crate) step: State<Step>,
    pub(crate) load: State<Load>,
    /// The office; like the terms kept for as long as the page is there, since it is asked for once.
    pub(crate) office: State<Option<&'static OfficeView>>,
    /// The terms in force, articles and all.
    pub(crate) terms: State<Option<&'static TermsView>>,
    /// The version that was agreed to before a revision.
    pub(crate) superseded: State<Option<&'static TermsView>>,
    /// The words of the language chosen.
    pub(crate) texts: State<&'static Texts>,
    /// The language that somebody has switched to here: it goes before what the page asks for. Empty where nobody has.
    pub(crate) chosen: State<String>,
    /// The other languages that were fetched; each is kept for as long as the page is there.
    pub(crate) fetched: State<Vec<&'static Texts>>,
    pub(crate) faults: Faults,
    /// Something to say above the faults: why a sending was refused.
    pub(crate) alert: State<Option<String>>,
    /// "Change" leads back to the check of answers.
    pub(crate) returning: State<bool>,
    /// The request of this tab, once it is confirmed.
    pub(crate) outbox: State<Outbox>,
    /// It is on its way: nothing can be edited.
    pub(crate) frozen: State<bool>,
    /// A try is under way.
    pub(crate) sending: State<bool>,
    /// A try has gone without an answer.
    pub(crate) delayed: State<bool>,
    /// Somebody between this device and the office refuses it.
    pub(crate) held_back: State<bool>,
    /// It is sealed on this device too, and outlives the tab.
    pub(crate) waits_here: State<bool>,
    /// A request that another tab has left, and under which name it lies on the device.
    pub(crate) beside: State<Outbox>,
    pub(crate) beside_at: State<String>,
    /// The names of those that a new tab must mend.
    pub(crate) passed_by: State<String>,
    /// What is told of it: the key of the words, and an address to go to; empty where there is none.
    pub(crate) aside: State<String>,
    pub(crate) aside_link: State<String>,
    /// The device's clock is wrong by more than five minutes.
    pub(crate) clock_is_off: State<bool>,
    pub(crate) receipt: State<Option<Receipt>>,
    /// Number and code of each receipt that this tab has shown, `NUMBER/CODE`, a line each, in the order of their addresses.
    pub(crate) receipts: State<String>,
    pub(crate) known: State<Known>,
    /// What the request still asks of the seeker; `None` where nothing is to come any more.
    pub(crate) preparations: State<Option<Vec<String>>>,
    /// What the server says of seats.
    pub(crate) days: State<Vec<DayView>>,
    /// On a shared device nothing is kept.
    pub(crate) shared_device: State<bool>,
    /// 5(1): a random value of this page, in memory alone; empty before the first record.
    tab: State<String>,
    /// Changes that are not sealed on the device yet.
    pub(crate) unsealed: State<u32>,
    pub(crate) idle: State<Idle>,
    /// Whether somebody is still here.
    pub(crate) asks: State<bool>,
    /// Told once through a live region.
    pub(crate) spoken: State<String>,
    offset: State<TimeDelta>,
    pub(crate) root: Root,
    pub(crate) setup: Setup,
}

impl App {
    pub(crate) fn new(root: Root, setup: Setup) -> Self {
        Self(Box::leak(Box::new(Parts {
            form: State::new(Form::default()),
            device: State::new(Device::at_once()),
            tones: State::new(0),
            moved: State::new(false),
            step: State::new(setup.first_step()),
            load: State::new(Load::Loading),
            office: State::new(None),
            terms: State::new(None),
            superseded: State::new(None),
            texts: State::new(japanese()),
            chosen: State::new(String::new()),
            fetched: State::new(Vec::new()),
            faults: State::new(Vec::new()),
            alert: State::new(None),
            returning: State::new(false),
            outbox: State::new(Outbox::default()),
            frozen: State::new(false),
            sending: State::new(false),
            delayed: State::new(false),
            held_back: State::new(false),
            waits_here: State::new(false),
            beside: State::new(Outbox::default()),
            beside_at: State::new(String::new()),
            passed_by: State::new(String::new()),
            aside: State::new(String::new()),
            aside_link: State::new(String::new()),
            clock_is_off: State::new(false),
            receipt: State::new(None),
            receipts: State::new(keep::receipts()),
            known: State::new(Known::default()),
            preparations: State::new(None),
            days: State::new(Vec::new()),
            shared_device: State::new(false),
            tab: State::new(String::new()),
            unsealed: State::new(0),
            idle: State::new(Idle::default()),
            asks: State::new(false),
            spoken: State::new(String::new()),
            offset: State::new(TimeDelta::zero()),
            root,
            setup,
        })))
    }

    /// The language chosen.
    #[inline(never)]
    pub(crate) fn texts(self) -> &'static Texts {
        self.texts.get_now()
    }

    /// The words at a key, in the language chosen.
    #[inline(never)]
    pub(crate) fn t(self, key: &str) -> &str {
        self.texts().get(key)
    }

    /// The words at a key with values filled in.
    #[inline(never)]
    pub(crate) fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        self.texts().fill(key, values)
    }

    /// The words at a key with a number filled in.
    #[inline(never)]
    pub(crate) fn count(self, key: &str, count: usize) -> String {
        self.fill(key, &[("n", &count.to_string())])
    }

    /// The words at the first of two keys that has any.
    #[inline(never)]
    pub(crate) fn t_or(self, key: &str, other: &str) -> &'static str {
        let texts = self.texts();
        texts.find(key).or_else(|| texts.find(other)).unwrap_or_default()
    }

    /// A paragraph of the words at a key.
    #[inline(never)]
    pub(crate) fn para(self, key: &str) -> View {
        self.words("p", "oc-text", key)
    }

    /// An element around the words at a key.
    #[inline(never)]
    pub(crate) fn words(self, tag: &'static str, class: &str, key: &str) -> View {
        words(tag, class, self.t(key))
    }

    /// Japanese, plain Japanese too.
    pub(crate) fn is_japanese(self) -> bool {
        self.texts().is_japanese()
    }

    /// Whether dates and clauses are read as Japan writes them.
    pub(crate) fn reads_kanji(self) -> bool {
        self.is_japanese() || self.texts().language() == "zh"
    }

    /// A day and time of day on screen: Japan's.
    pub(crate) fn date_time(self, rfc3339: &str) -> String {
        parse_instant(rfc3339).map_or_else(String::new, |it| self.texts().date_time(it))
    }

    /// A date of birth in both calendars: 1985年(昭和60年)4月1日, "1 April 1985 (Showa 60)".
    pub(crate) fn birth_words(self, date: NaiveDate) -> String {
        if self.reads_kanji() {
            return self.texts().read(in_both_calendars(date), Some(date));
        }
        let month = format!("month.{}", date.month());
        let month = self.fill("date.month", &[("year", &date.year().to_string()), ("month", self.t(&month))]);
        let era =
            japanese_year(date).map_or_else(String::new, |(era, year)| format!(" ({} {year})", era.latin()));
        format!("{} {month}{era}", date.day())
    }

    /// The app whose built-in browser this is.
    pub(crate) fn in_app(self) -> Option<&'static str> {
        self.device.peek(|it| device::in_app(it.seen()))
    }

    /// The server's time.
    pub(crate) fn now(self) -> Instant {
        self.server_time(browser::device_now())
    }

    /// The server's time at a time of the device.
    pub(crate) fn server_time(self, device: Instant) -> Instant {
        device + self.offset.get_now()
    }

    /// The same in milliseconds since 1970.
    pub(crate) fn millis(self) -> i64 {
        self.now().timestamp_millis()
    }

    /// Asks for the office; everything else waits for it.
    pub(crate) fn load_office(self, started: Option<JsValue>) -> Task {
        Box::pin(async move {
            self.load.set(Load::Loading);
            match self.setup.server.office(started).await {
                Answer::Good(office) => {
                    self.take_time(&office.server_time);
                    self.office.set(Some(Box::leak(Box::new(office))));
                    self.load.set(Load::Ready);
                }
                _ => self.load.set(Load::Failed),
            }
        })
    }

    /// Forgets everything that was entered.
    #[inline(never)]
    pub(crate) fn clear_form(self) {
        self.form.set(Form::default());
    }

    /// Tells the page around the element what it may know: nothing about the person.
    #[inline(never)]
    pub(crate) fn tell(self, what: &str, value: &str) {
        call(&self.setup.options, "tell", &[what.into(), value.into()]);
    }

    /// Shows a receipt.
    #[inline(never)]
    pub(crate) fn show_receipt(self, number: String, code: String) {
        self.known.set(Known::default());
        self.preparations.set(None);
        self.receipt.set(Some(Receipt { number, code, unknown: false }));
    }

    /// Asks for the terms in force, once.
    pub(crate) fn load_terms(self) {
        let Some(office) = self.office.get_now() else { return };
        let id = &office.terms.in_force.id;
        if self.terms.get_now().is_some_and(|it| it.id == *id) {
            return;
        }
        spawn(async move {
            let Answer::Good(terms) = self.setup.server.terms(id).await else { return };
            let agreed_before = self.form.peek(|it| it.plain.terms.clone());
            if !agreed_before[0].is_empty() && agreed_before[1] != terms.sha256 {
                self.take_revision(&agreed_before[0]).await;
            }
            // What is ticked from now on is about this version.
            self.form.update(|it| it.plain.terms = [terms.id.clone(), terms.sha256.clone()]);
            self.terms.set(Some(Box::leak(Box::new(terms))));
        });
    }

    /// Article 11: the version that was agreed to has been revised. What else was ticked stays.
    async fn take_revision(self, agreed_before: &str) {
        self.form.update(|it| it.plain.agreed[0] = false);
        let held = self.terms.get_now().filter(|it| it.id == agreed_before);
        self.superseded.set(match (held, self.setup.server.terms(agreed_before).await) {
            (Some(terms), _) => Some(terms),
            (None, Answer::Good(terms)) => Some(Box::leak(Box::new(terms))),
            (None, _) => None,
        });
    }

    /// Asks for the seats; the calendar stands without them too, by the rules alone.
    pub(crate) fn load_slots(self) {
        spawn(async move {
            if let Answer::Good(slots) = self.setup.server.slots().await {
                self.take_time(&slots.server_time);
                // The calendar is drawn anew: whoever walks it by keyboard keeps her place.
                let here = self.root.focused("data-day").or_else(|| self.root.focused("data-slot"));
                self.days.set(slots.days);
                if let Some(here) = here {
                    self.root.focus_first(vec![here]);
                }
            }
        });
    }

    fn take_time(self, server_time: &str) {
        if let Some(time) = parse_instant(server_time) {
            let offset = time - browser::device_now();
            self.offset.set(offset);
            self.clock_is_off.set(TimeDelta::minutes(5) < offset.abs());
        }
    }

    /// Says something once to people who listen.
    #[inline(never)]
    pub(crate) fn say(self, words: &str) {
        let words = ruby::plain(words);
        // The same words twice would change nothing, and so not be said again.
        let same = self.spoken.peek(|it| *it == words);
        self.spoken.set([words.as_str(), if same { "\u{a0}" } else { "" }].concat());
    }
}
