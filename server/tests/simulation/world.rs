//! The loop: one event after the other, in an order that comes out of the seed alone. After each, everything that it can have
//! touched is compared with what should be true.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::NaiveDate;
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
use crate::trace::{Trace, instant};
use crate::turns::Stage;

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
        self.server.start();
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

    async fn happens(&mut self, event: Event) -> Checked {
        match event {
            Event::Day => return self.day(),
            Event::Person => self.arrives_person(),
            Event::Deed(person, deed) => return self.deed(person, deed),
            Event::Tick(tab) => return self.tick(tab),
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
            Event::Rise => return self.rises(),
            Event::Freeze(millis) => self.frozen = Some((self.server.now(), self.now + millis)),
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
            Purpose::Exchange(_) => Vec::new(),
            Purpose::Click(order) => vec![order.number.clone()],
            Purpose::Look(at) => self.model.due(policy, *at),
        };
        if self.server.written() != written {
            let (kills, tears) = (self.fails(Fault::Kill, 2), self.fails(Fault::Torn, 2));
            if kills || tears {
                // What was acknowledged long ago is on the disk: only what was written just now can be torn.
                let tears = tears && self.model.has_news(self.server.witness(), &about);
                self.unseen = about;
                self.dies(tears).await;
                return Ok(());
            }
            let now = self.server.now();
            self.model.look(self.server.witness(), self.server.state().office.policy(), now, &about)?;
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
                self.model.nothing_is_due(self.server.state().office.policy(), *at)
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
            Asked::Submit { key, .. } => {
                match precheck_shared::outbox::refusal(reply.status, code.as_deref()) {
                    Some(code) => self.model.refused(key, code.as_str()),
                    None => Ok(()),
                }
            }
            Asked::Receipt { number, .. } => {
                let policy = self.server.state().office.policy();
                let shows = self.model.shows(policy, since, number);
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

    async fn dies(&mut self, of_power: bool) {
        if !self.server.is_up() {
            return;
        }
        let share = of_power.then(|| self.network.fraction());
        let torn = self.server.kill(share).await;
        self.trace.count(if torn { "commits torn" } else { "kills" });
        self.trace.tell(self.now, &format!("dies, torn: {torn}"));
        let longest = self.network.pick(&[10_000, MINUTE, 30 * MINUTE, 30 * HOUR]);
        let away = self.network.between(1_000, longest);
        self.after(away, Event::Rise);
    }

    fn rises(&mut self) -> Checked {
        if self.server.is_up() {
            return Ok(());
        }
        self.server.start();
        let (policy, now) = (self.server.state().office.policy(), self.server.now());
        let unseen = std::mem::take(&mut self.unseen);
        self.model.look(self.server.witness(), policy, now, &unseen)?;
        self.model.sums(self.server.witness())
    }

    /// Lets all calls come to their ends, in order.
    pub(crate) async fn finish_calls(&mut self) -> Checked {
        while let Some(call) = self.server.calls().first().copied() {
            self.turn(call).await?;
        }
        Ok(())
    }

    /// A day begins: who comes, what the office does, what goes wrong.
    fn day(&mut self) -> Checked {
        if self.server.is_up() {
            self.model.sums(self.server.witness())?;
        }
        self.at(self.now + DAY, Event::Day);
        let is_weekday = (self.now + 9 * HOUR).div_euclid(DAY).rem_euclid(7) != 2
            && (self.now + 9 * HOUR).div_euclid(DAY).rem_euclid(7) != 3;
        let people = self.settings.people * self.office.between(60, 140) / 100;
        for _ in 0..if is_weekday { people } else { people / 4 } {
            let when = self.now + self.office.between(0, DAY);
            self.at(when, Event::Person);
        }
        for _ in 0..12 {
            let when = self.now + self.office.between(0, DAY);
            self.at(when, Event::Jobs);
        }
        let opens = 8 * HOUR + HOUR / 2;
        for officer in 0..if is_weekday { 2 } else { 0 } {
            let mut when = self.now + opens;
            while when < self.now + 17 * HOUR {
                when += self.office.between(20 * MINUTE, 80 * MINUTE);
                self.at(when, Event::Look(officer));
            }
        }
        let (at, length) = (self.office.between(0, DAY), self.office.between(MINUTE, 5 * HOUR));
        for (fault, share, event) in [
            (Fault::Kill, 100, Event::Kill),
            (Fault::ServerClock, 50, Event::Freeze(length)),
            (Fault::Closures, 60, Event::Edition),
            (Fault::Terms, 15, Event::Edition),
        ] {
            let drawn = self.office.hits(share);
            if drawn && self.may_fail(fault) {
                self.at(self.now + at, event);
            }
        }
        let (drawn, length) = (self.office.hits(60), self.office.between(HOUR, 3 * DAY));
        if drawn {
            self.idle_until = self.now + length;
        }
        Ok(())
    }

    /// The office changes its closures, seats or terms: the server stops in good order, and starts with them.
    async fn changes_edition(&mut self) -> Checked {
        if !self.server.is_up() {
            return Ok(());
        }
        self.trace.count("changes of the office");
        let today = precheck_shared::time::day_of(instant(self.now));
        let day = today + chrono::TimeDelta::days(self.office.between(0, 24));
        let (what, seats) = (self.office.between(0, 3), self.office.between(0, 5));
        let edition = &mut self.server.edition;
        match what {
            0 if self.settings.has(Fault::Terms) && edition.revised.len() < 12 => {
                edition.revised.retain(|it| *it != day);
                edition.revised.push(day);
            }
            1 => {
                edition.closures.insert(day, "庁舎設備の点検");
            }
            _ => {
                edition.seats.insert(day, u16::try_from(seats).unwrap_or(2));
                // A closure may be taken back.
                edition.closures.pop_last();
            }
        }
        self.finish_calls().await?;
        if self.server.is_up() {
            self.server.stop().await;
            self.server.start();
        }
        Ok(())
    }

    /// Nothing goes wrong any more, everybody comes back: everything is settled, and everybody has been told.
    async fn quiesce(&mut self) -> Checked {
        self.is_calm = true;
        self.frozen = None;
        self.tell_time();
        self.rises()?;
        self.queue.retain(|_, it| {
            matches!(
                it,
                Event::Tick(_) | Event::Answer(..) | Event::GiveUp(_) | Event::Turn(_) | Event::Arrives(_)
            )
        });
        for device in &mut self.devices {
            device.is_online = true;
        }
        for person in 0..self.persons.len() {
            if !self.is_unsettled(person) {
                continue;
            }
            let open: Vec<_> =
                self.persons[person].tabs.iter().copied().filter(|it| self.tabs[*it].is_open).collect();
            if open.is_empty() {
                self.open_tab(person);
            }
            for tab in open {
                self.wake(tab)?;
                self.load(tab, 0);
            }
        }
        let end = self.now + 9 * DAY;
        self.until(end).await?;
        for (key, confirmed) in &self.confirmed {
            let has = self.model.of_key(key).is_some();
            match confirmed.told.as_deref() {
                None => return broken("everybody is told what became of her request", key.clone()),
                Some("received") if !has => return broken("what a tab was told is stored", key.clone()),
                Some(_) => {}
            }
        }
        self.tell_time();
        self.jobs();
        self.finish_calls().await?;
        let (policy, now) = (self.server.state().office.policy(), self.server.now());
        self.model.audit(self.server.witness(), policy, now)?;
        self.every_receipt_opens().await
    }

    /// Every receipt that a tab was ever shown, by its own code and over the real address.
    async fn every_receipt_opens(&mut self) -> Checked {
        let all: Vec<_> = self.confirmed.values().filter_map(|it| it.receipt.clone()).collect();
        for (number, code) in all {
            let is_erased = self.model.booking(&number).is_none_or(|it| it.seen.erased_at.is_some());
            let asked = Asked::Receipt { number: number.clone(), code, etag: None };
            let exchange = Rc::new(Exchange { number: 0, tab: 0, asked: asked.clone() });
            let purpose = Purpose::Exchange(exchange);
            let Some(call) = self.server.begin(purpose, Some(crate::network::request(&asked))) else {
                return broken("the server is there", number);
            };
            let reply = loop {
                match self.server.advance(call).await {
                    Some((_, _, Stage::Stopped)) => {}
                    Some((_, _, Stage::Done(Done::Reply(reply)))) => break reply,
                    other => return broken("the server answers", format!("{number}: {}", other.is_some())),
                }
            };
            if (reply.status == 404) != is_erased || !matches!(reply.status, 200 | 404) {
                return broken("an acknowledged receipt opens", format!("{number}: {}", reply.status));
            }
            self.trace.count(if is_erased {
                "receipts erased in time"
            } else {
                "receipts opened at the end"
            });
        }
        Ok(())
    }
}
