//! A person who wants a counselling: opens the page, confirms, waits, reloads, presses twice, goes away and comes back, mends
//! what was refused, looks at the receipt, rings up.

use precheck_shared::checklist::Item;
use precheck_shared::time::{format_instant, parse_instant};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::desk::Call;
use crate::device::Device;
use crate::model::Checked;
use crate::settings::Fault;
use crate::trace::instant;
use crate::world::{DAY, Event, HOUR, MINUTE, World};

/// A person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) device: usize,
    pub(crate) tabs: Vec<usize>,
    chance: Chance,
    /// Still wants to send something.
    pub(crate) wants: bool,
    refusals: u32,
    name: String,
    number: String,
    accepts_short: bool,
}

/// What a person does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    Open,
    Confirm(usize),
    Press(usize),
    Mend(usize),
    Reload(usize),
    Close(usize),
    Poll(usize),
    Line(bool),
    SetClock,
    Erase,
    Ring(Call),
}

impl World {
    /// Somebody new.
    pub(crate) fn arrives_person(&mut self) {
        let number = self.persons.len();
        let mut chance = Chance::of(self.settings.seed, "person", number as u64);
        let device = self.devices.len();
        self.devices.push(Device::new(&self.settings, &mut chance, self.now));
        let digits = if chance.hits(60) { 5 } else { 7 };
        let digits: String =
            (0..digits).map(|_| char::from(b'0' + chance.bits().to_le_bytes()[0] % 10)).collect();
        let name = if chance.hits(40) { "<小樽>" } else { "小樽　花子" }.to_owned();
        let number_of = format!("01234-{digits}");
        self.persons.push(Person {
            device,
            tabs: Vec::new(),
            chance,
            wants: true,
            refusals: 0,
            name,
            number: number_of,
            accepts_short: false,
        });
        self.trace.count("people");
        self.after(0, Event::Deed(number, Deed::Open));
    }

    fn draws(&mut self, person: usize, fault: Fault, of_a_thousand: u64) -> bool {
        let drawn = self.persons[person].chance.hits(of_a_thousand);
        drawn && self.may_fail(fault)
    }

    fn within(&mut self, person: usize, from: i64, to: i64) -> i64 {
        self.persons[person].chance.between(from, to)
    }

    /// Does it, if the person still can.
    pub(crate) fn deed(&mut self, person: usize, deed: Deed) -> Checked {
        let device = self.persons[person].device;
        match deed {
            Deed::Open => self.opens(person),
            Deed::Confirm(tab) if self.tabs[tab].is_open => return self.confirms(person, tab),
            Deed::Press(tab) if self.tabs[tab].is_open => return self.wake(tab),
            Deed::Mend(tab) => {
                if self.tabs[tab].is_open {
                    self.tabs[tab].page.is_loaded = false;
                    self.load(tab, 0);
                } else {
                    self.opens(person);
                }
            }
            Deed::Reload(tab) if self.tabs[tab].is_open => {
                self.close_tab(tab);
                self.open_tab(person);
            }
            Deed::Close(tab) if self.tabs[tab].is_open => {
                self.close_tab(tab);
                if self.persons[person].wants || self.is_unsettled(person) {
                    let longest = [30 * MINUTE, 6 * HOUR, 3 * DAY, 9 * DAY, 22 * DAY];
                    let longest = self.persons[person].chance.pick(&longest);
                    let later = self.within(person, MINUTE, longest);
                    self.comes_again(person, later);
                }
            }
            Deed::Poll(tab) => self.poll(tab),
            Deed::Line(is_online) => {
                self.devices[device].is_online = is_online;
                if is_online {
                    for tab in self.persons[person].tabs.clone() {
                        if self.tabs[tab].is_open {
                            self.wake(tab)?;
                        }
                    }
                }
            }
            Deed::SetClock => {
                let chance = &mut self.persons[person].chance;
                self.devices[device].set_clock(chance, self.now);
            }
            Deed::Erase => self.erases(person),
            Deed::Ring(call) => self.rings(person, call),
            _ => {}
        }
        Ok(())
    }

    fn opens(&mut self, person: usize) {
        let has_open = self.persons[person].tabs.iter().any(|it| self.tabs[*it].is_open);
        if has_open && !self.may_fail(Fault::Tabs) {
            return;
        }
        let tab = self.tabs.len();
        self.open_tab(person);
        if self.draws(person, Fault::Tabs, 120) {
            let later = self.within(person, MINUTE, 30 * MINUTE);
            self.comes_again(person, later);
        }
        if self.draws(person, Fault::Offline, 150) {
            let gone = self.within(person, 0, 20 * MINUTE);
            let longest =
                self.persons[person].chance.pick(&[10 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY, 22 * DAY]);
            let back = gone + self.within(person, MINUTE, longest);
            self.after(gone, Event::Deed(person, Deed::Line(false)));
            self.after(back, Event::Deed(person, Deed::Line(true)));
        }
        if self.draws(person, Fault::Closing, 250) {
            let later = self.within(person, 0, 30 * MINUTE);
            let reloads = self.persons[person].chance.hits(400);
            let deed = if reloads { Deed::Reload(tab) } else { Deed::Close(tab) };
            self.after(later, Event::Deed(person, deed));
        }
        if self.draws(person, Fault::DeviceClock, 60) {
            let later = self.within(person, 0, HOUR);
            self.after(later, Event::Deed(person, Deed::SetClock));
        }
        if self.draws(person, Fault::Closing, 10) {
            let later = self.within(person, 0, HOUR);
            self.after(later, Event::Deed(person, Deed::Erase));
        }
    }

    /// The page has everything that it needs.
    pub(crate) fn loaded(&mut self, tab: usize) -> Checked {
        let person = self.tabs[tab].person;
        self.take_up(tab)?;
        if self.is_calm || !self.persons[person].wants || !self.tabs[tab].outbox.can_be_edited() {
            return Ok(());
        }
        let longest = if self.persons[person].chance.hits(80) { 20 * HOUR } else { 15 * MINUTE };
        let later = self.within(person, MINUTE, longest);
        self.after(later, Event::Deed(person, Deed::Confirm(tab)));
        Ok(())
    }

    fn confirms(&mut self, person: usize, tab: usize) -> Checked {
        if !self.persons[person].wants || !self.tabs[tab].page.is_loaded {
            return Ok(());
        }
        let wishes = self.wishes(person, tab);
        let last_wish =
            wishes.iter().filter_map(|it| parse_instant(it)).map(|it| it.timestamp_millis()).max();
        let Some(last_wish) = last_wish else {
            // Nothing is free: another day.
            self.after(DAY, Event::Deed(person, Deed::Mend(tab)));
            return Ok(());
        };
        let key = self.new_key();
        let entered_at = self.entered_at(self.devices[self.persons[person].device].clock(self.now));
        let body = self.body(person, tab, &wishes, entered_at).to_string();
        self.confirm(tab, &key, &body, entered_at, last_wish)?;
        if self.draws(person, Fault::Twice, 100) {
            let key = self.new_key();
            let entered_at = self.entered_at(entered_at);
            self.confirm(tab, &key, &body, entered_at, last_wish)?;
        }
        if self.draws(person, Fault::Twice, 200) {
            for _ in 0..2 {
                let later = self.within(person, 0, 10 * MINUTE);
                self.after(later, Event::Deed(person, Deed::Press(tab)));
            }
        }
        Ok(())
    }

    fn wishes(&mut self, person: usize, tab: usize) -> Vec<String> {
        let chance = &mut self.persons[person].chance;
        let starts = &self.tabs[tab].page.starts;
        let mut wishes = Vec::new();
        if starts.is_empty() {
            return wishes;
        }
        // Most want it soon, and a good hour.
        let near = starts.len().min(chance.pick(&[10, 30, 60, 300]));
        for _ in 0..chance.between(1, 4) {
            let wish = &starts[chance.index(near)];
            if !wishes.contains(wish) || chance.hits(20) {
                wishes.push(wish.clone());
            }
        }
        wishes
    }

    fn body(&self, person: usize, tab: usize, wishes: &[String], entered_at: i64) -> Value {
        let Person { name, number, accepts_short, .. } = &self.persons[person];
        let terms = &self.tabs[tab].page.terms;
        let checks: Vec<_> =
            Item::ALL.iter().map(|it| json!({"id": it.as_str(), "outcome": "attested"})).collect();
        let accepted: &[&str] = if *accepts_short { &["job_seeker_number_short"] } else { &[] };
        json!({
            "terms": {"id": terms.id, "sha256": terms.sha256},
            "language": "ja",
            "eligibility": {"registered": "yes", "equipped": "yes", "ongoing": "yes", "need": "yes"},
            "consents": {
                "terms": true,
                "app_terms": true,
                "acknowledged": ["no_recording", "own_cost", "cancellation", "records", "disclaimers", "damages"]
            },
            "own_device": true,
            "checklist": checks,
            "person": {"name": name, "birth_date": "昭和60年4月1日", "job_seeker_number": number},
            "wishes": wishes,
            "accepted_findings": accepted,
            "entered_at": format_instant(instant(entered_at))
        })
    }

    /// Received: the receipt is there.
    pub(crate) fn has_receipt(&mut self, tab: usize) {
        let person = self.tabs[tab].person;
        self.persons[person].wants = false;
        for within in [MINUTE, HOUR, DAY, 4 * DAY, 30 * DAY] {
            let later = self.within(person, 2_000, within);
            self.after(later, Event::Deed(person, Deed::Poll(tab)));
        }
        if self.persons[person].chance.hits(150) {
            let call = self.persons[person].chance.pick(&[Call::TakeBack, Call::Cancel, Call::Late]);
            let later = self.within(person, HOUR, 6 * DAY);
            self.after(later, Event::Deed(person, Deed::Ring(call)));
        }
    }

    /// Refused, or expired: she mends it, or leaves it.
    pub(crate) fn has_no(&mut self, tab: usize, code: &str) {
        let person = self.tabs[tab].person;
        let who = &mut self.persons[person];
        who.refusals += 1;
        match code {
            "name_invalid" => "小樽　花子".clone_into(&mut who.name),
            "job_seeker_number_short" => who.accepts_short = true,
            _ => {}
        }
        who.wants = who.refusals < 5 && !who.chance.hits(100);
        let later = self.within(person, 10_000, 20 * MINUTE);
        self.after(later, Event::Deed(person, Deed::Mend(tab)));
    }

    /// "Erase everything here".
    fn erases(&mut self, person: usize) {
        self.trace.count("erased by their owners");
        let device = self.persons[person].device;
        let mut keys: Vec<_> = self.devices[device].kept.drain(..).map(|it| it.key().to_owned()).collect();
        for tab in self.persons[person].tabs.clone() {
            keys.extend(self.tabs[tab].outbox.entry().map(|it| it.key().to_owned()));
            self.tabs[tab].outbox.let_go();
        }
        self.devices[device].sender = None;
        self.devices[device].waiting.clear();
        for key in keys {
            self.devices[device].settled.push(key.clone());
            if let Some(confirmed) = self.confirmed.get_mut(&key) {
                confirmed.told.get_or_insert_with(|| "that it is erased".to_owned());
            }
        }
    }
}
