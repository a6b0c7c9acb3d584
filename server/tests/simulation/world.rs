//! The loop: one event after the other, in an order that comes out of the seed alone. After each, everything that it can have
//! touched is compared with what should be true.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::NaiveDate;
use precheck_shared::outbox::refusal;
use precheck_shared::time::midnight;

use crate::chance::Chance;
use crate::desk::{Order, What};
use crate::device::Device;
use crate::model::{Broken, Checked, Model, broken};
use crate::network::{Asked, Exchange};
use crate::person::{Deed, Person};
use crate::server::{Done, Purpose, Reply, Server};
use crate::settings::{Fault, Settings};
use crate::tab::{Confirmed, ReceiptSeen, Tab, code_of};
use crate::trace::Trace;
use crate::turns::Stage;

mod end;
mod fate;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What happens next.
#[derive(Debug)]
pub(crate) enum Event {
    /// A day begins.
    Day,
    /// Somebody new opens the page.
    Person,
    /// A person does something.
    Deed(usize, Deed),
    /// A tab asks its outbox what to do.
    Tick(usize),
    /// It is a tab's turn to send.
    Turns(usize),
    /// A tab has waited for its turn long enough.
    TurnOver(usize),
    /// A tab asks for the page's contents again, for the how-manieth time.
    Load(usize, u32),
    /// A sending arrives at the server.
    Arrives(Rc<Exchange>),
    /// Something comes back.
    Answer(u64, Reply),
    /// A browser has waited long enough.
    GiveUp(u64),
    /// A connection breaks.
    Reset(u64),
    /// A call in the server goes on.
    Turn(u64),
    /// An officer looks at the list.
    Look(usize),
    /// An officer presses a button.
    Click(Order),
    /// Something happens on the day of a counselling.
    OnTheDay(String, What),
    /// Time's own acts.
    Jobs,
    /// The server is killed.
    Kill,
    /// It is started.
    Rise,
    /// Its clock stands still for so long.
    Freeze(i64),
    /// Its clock jumps ahead by so much, and comes back.
    Jump(i64),
    /// The office changes something.
    Edition,
}

/// Everything.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) now: i64,
    pub(crate) steps: u64,
    pub(crate) trace: Trace,
    pub(crate) model: Model,
    pub(crate) server: Server,
    pub(crate) devices: Vec<Device>,
    pub(crate) persons: Vec<Person>,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) confirmed: BTreeMap<String, Confirmed>,
    pub(crate) exchanges: u64,
    pub(crate) awaited: BTreeMap<u64, Rc<Exchange>>,
    /// Versions of bookings that somebody has changed.
    pub(crate) won: BTreeSet<(String, u32)>,
    pub(crate) network: Chance,
    pub(crate) desk: Chance,
    office: Chance,
    keys: Chance,
    clock: Chance,
    entered: BTreeSet<i64>,
    queue: BTreeMap<(i64, u64), Event>,
    queued: u64,
    /// Nothing goes wrong any more.
    pub(crate) is_calm: bool,
    frozen: Option<(i64, i64)>,
    idle_until: i64,
    /// Touched when the server died, and not looked at since.
    unseen: Vec<String>,
    from: i64,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) steps: u64,
    pub(crate) trace: Trace,
    /// How long it lasted, in simulated milliseconds.
    pub(crate) lived: i64,
    /// What was broken at its last step.
    pub(crate) failed: Option<Broken>,
}

/// Runs it all.
pub(crate) async fn run(settings: &Settings) -> Outcome {
    let mut world = World::new(settings);
    let failed = world.live().await.err();
    world.server.stop().await;
    Outcome { steps: world.steps, lived: world.now - world.from, trace: world.trace, failed }
}

impl World {
    fn new(settings: &Settings) -> Self {
        let from = midnight(NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default()).timestamp_millis();
        let stream = |name| Chance::of(settings.seed, name, 0);
        Self {
            settings: settings.clone(),
            now: from,
            steps: 0,
            trace: Trace::default(),
            model: Model::default(),
            server: Server::new(settings),
            devices: Vec::new(),
            persons: Vec::new(),
            tabs: Vec::new(),
            confirmed: BTreeMap::new(),
            exchanges: 0,
            awaited: BTreeMap::new(),
            won: BTreeSet::new(),
            network: stream("network"),
            desk: stream("desk"),
            office: stream("office"),
            keys: stream("keys"),
            clock: stream("clock"),
            entered: BTreeSet::new(),
            queue: BTreeMap::new(),
            queued: 0,
            is_calm: false,
            frozen: None,
            idle_until: from,
            unseen: Vec::new(),
            from,
        }
    }

    /// Something happens in so many milliseconds.
    pub(crate) fn after(&mut self, millis: i64, event: Event) {
        self.at(self.now + millis.max(0), event);
    }

    /// Something happens at a moment; what lies behind happens now.
    pub(crate) fn at(&mut self, moment: i64, event: Event) {
        self.queued += 1;
        self.queue.insert((moment.max(self.now), self.queued), event);
    }

    /// Whether this may go wrong now.
    pub(crate) fn may_fail(&self, fault: Fault) -> bool {
        !self.is_calm && self.settings.has(fault)
    }

    /// A version 4 UUID.
    pub(crate) fn new_key(&mut self) -> String {
        let bytes = (u128::from(self.keys.bits()) << 64 | u128::from(self.keys.bits())).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// The device's clock at a confirmation, so that no two are the same.
    pub(crate) fn entered_at(&mut self, mut clock: i64) -> i64 {
        while !self.entered.insert(clock) {
            clock += 1;
        }
        clock
    }

    async fn live(&mut self) -> Checked {
        self.tell_time();
        self.server.start().await;
        self.at(self.from, Event::Day);
        self.until(self.from + self.settings.days * DAY).await?;
        self.quiesce().await
    }

    /// One event after the other, up to a moment.
    async fn until(&mut self, end: i64) -> Checked {
        while let Some(next) = self.queue.first_entry() {
            if end <= next.key().0 {
                break;
            }
            self.now = next.key().0;
            let event = next.remove();
            self.steps += 1;
            self.tell_time();
            self.believes().await;
            self.trace_event(&event);
            self.happens(event).await?;
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn trace_event(&mut self, event: &Event) {
        let told = match event {
            Event::Answer(number, reply) => format!("answer {number} {}", reply.status),
            Event::Arrives(exchange) => match &exchange.asked {
                Asked::Submit { key, .. } => format!("arrives {} submit {key}", exchange.number),
                Asked::Receipt { number, .. } => format!("arrives {} receipt {number}", exchange.number),
                asked => format!("arrives {} {asked:?}", exchange.number),
            },
            other => format!("{other:?}"),
        };
        self.trace.tell(self.now, &told);
    }

    fn tell_time(&mut self) {
        if self.frozen.is_some_and(|it| it.1 <= self.now) {
            self.frozen = None;
        }
        self.server.set_clock(self.frozen.map_or(self.now, |it| it.0));
    }

    /// After days without anything somebody accepts the clock, as the README says.
    async fn believes(&mut self) {
        if self.server.is_accepted_by_somebody().await {
            self.trace.count("clocks accepted");
        }
    }

    async fn happens(&mut self, event: Event) -> Checked {
        match event {
            Event::Day => return self.day(),
            Event::Person => self.arrives_person(),
            Event::Deed(person, deed) => return self.deed(person, deed),
            Event::Tick(tab) => return self.tick(tab),
            Event::Turns(tab) => return self.try_once(tab),
            Event::TurnOver(tab) => return self.turn_is_over(tab),
            Event::Load(tab, tries) => self.load(tab, tries),
            Event::Arrives(exchange) => self.arrives(&exchange),
            Event::Answer(number, reply) => return self.comes_back(number, &reply),
            Event::GiveUp(number) => return self.give_up(number),
            Event::Reset(number) => self.reset(number),
            Event::Turn(call) => return self.turn(call).await,
            Event::Look(officer) => self.looks(officer),
            Event::Click(order) => self.clicks(order),
            Event::OnTheDay(number, what) => self.on_the_day(number, what),
            Event::Jobs => self.jobs(),
            Event::Kill => self.dies(false).await,
            Event::Rise => return self.rises().await,
            Event::Freeze(millis) => self.frozen = Some((self.server.now(), self.now + millis)),
            Event::Jump(millis) => return self.jumps(millis).await,
            Event::Edition => return self.changes_edition().await,
        }
        Ok(())
    }

    fn jobs(&mut self) {
        if self.now < self.idle_until && self.may_fail(Fault::Idle) {
            return;
        }
        self.trace.count("looks of time");
        if let Some(call) = self.server.begin(Purpose::Look(self.server.now()), None) {
            self.after(0, Event::Turn(call));
        }
    }

    /// A call goes on to its next stop; what it wrote is looked at, unless the server dies of it.
    async fn turn(&mut self, call: u64) -> Checked {
        let written = self.server.written();
        let Some((purpose, since, stage)) = self.server.advance(call).await else { return Ok(()) };
        let policy = self.server.state().office.policy();
        let about = match &purpose {
            Purpose::Exchange(_) | Purpose::WrongLook => Vec::new(),
            Purpose::Click(order) => vec![order.number.clone()],
            Purpose::Look(at) => self.model.due(&policy, *at),
        };
        if self.server.written() != written {
            let (kills, tears) = (self.strikes(Fault::Kill, 2), self.strikes(Fault::Torn, 2));
            if kills || tears {
                // What was acknowledged long ago is on the disk: only what was written just now can be torn.
                let tears = tears && self.model.has_news(self.server.witness(), &about);
                self.unseen = about;
                self.dies(tears).await;
                return Ok(());
            }
            let now = self.server.now();
            self.model.look(self.server.witness(), &self.server.state().office.policy(), now, &about)?;
        }
        match stage {
            Stage::Stopped => {
                let pause = if self.network.hits(10) {
                    self.network.between(0, 4_000)
                } else {
                    self.network.between(0, 9)
                };
                self.after(pause, Event::Turn(call));
                Ok(())
            }
            Stage::Done(done) => self.done(&purpose, since, done),
        }
    }

    fn done(&mut self, purpose: &Purpose, since: i64, done: Done) -> Checked {
        match (purpose, done) {
            (Purpose::Exchange(exchange), Done::Reply(reply)) => {
                self.judge(exchange, since, &reply)?;
                self.answered(exchange, reply);
                Ok(())
            }
            (Purpose::Click(order), Done::Word(word)) => {
                self.trace.tell(self.now, &format!("{order:?}: {word:?}"));
                self.clicked(order, word)
            }
            (Purpose::Look(at), Done::Looked(Ok(looked))) => {
                self.trace.tell(self.now, &format!("{looked:?}"));
                for (count, what) in [
                    (looked.lapsed, "lapsed"),
                    (looked.deemed, "deemed cancelled"),
                    (looked.erased, "erased"),
                ] {
                    (0..count).for_each(|_| self.trace.count(what));
                }
                self.model.nothing_is_due(&self.server.state().office.policy(), *at)
            }
            (_, done) => broken("the store serves", format!("{done:?}")),
        }
    }

    /// What the server says, before anything can happen to it on its way.
    fn judge(&mut self, exchange: &Exchange, since: i64, reply: &Reply) -> Checked {
        let code = code_of(reply);
        self.trace.tell(self.now, &format!("answers {}: {} {code:?}", exchange.number, reply.status));
        match &exchange.asked {
            Asked::Submit { key, .. } if reply.status == 201 => self.model.accepted(key, &reply.body),
            Asked::Submit { key, .. } => match refusal(reply.status, code.as_deref()) {
                Some(code) => self.model.refused(key, code.as_str()),
                None => Ok(()),
            },
            Asked::Receipt { number, .. } => {
                let policy = self.server.state().office.policy();
                let shows = self.model.shows(&policy, since, number);
                let seen = match (reply.status, serde_json::from_slice::<ReceiptSeen>(&reply.body)) {
                    (200, Ok(seen)) => Some((seen.state, seen.version)),
                    (304, _) => self.tabs[exchange.tab].receipt.as_ref().map(|it| it.shows.clone()),
                    _ => None,
                };
                if seen.as_ref().map(|it| (it.0.as_str(), it.1)) == shows {
                    return Ok(());
                }
                broken("a receipt opens, and shows what is", format!("{number}: {seen:?} for {shows:?}"))
            }
            Asked::Office | Asked::Slots => Ok(()),
        }
    }
}
