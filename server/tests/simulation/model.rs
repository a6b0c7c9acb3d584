//! What is true at every step, whatever has happened: the rulebook's picture and the protocol's word, kept beside the database
//! and compared with it.
//!
//! Everything that a step can have touched is read anew after it; sums over all rows are compared after each death of the
//! server and each night, every row now and then and at the end.

use std::collections::{BTreeMap, BTreeSet};

use precheck_server::vault::Hash;
use precheck_shared::policy::Policy;

use self::picture::{arranged, erased_from, falls_due, state_name, transition};
use crate::trace::shown;
use crate::witness::{Event, Seen, Sums, Witness};

mod picture;

/// What should have been true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its name.
    pub(crate) invariant: &'static str,
    /// What was found instead.
    pub(crate) found: String,
}

/// Whether what should be true is.
pub(crate) type Checked<T = ()> = Result<T, Broken>;

/// Says what should be true, and what was found instead.
pub(crate) fn broken<T>(invariant: &'static str, found: impl Into<String>) -> Checked<T> {
    Err(Broken { invariant, found: found.into() })
}

/// A booking as it was last seen.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) seen: Seen,
    events: Vec<Event>,
    /// Word came in for what is arranged, or the talk has begun.
    contact: bool,
    /// From when on the person is no longer kept, once that is known.
    erased_from: i64,
    /// A tab has seen the receipt.
    acknowledged: Option<Hash>,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub(crate) struct Model {
    known: Vec<Known>,
    by_number: BTreeMap<String, usize>,
    by_key: BTreeMap<String, usize>,
    /// Requests as they were frozen: by the device's clock at the confirmation.
    frozen: BTreeMap<i64, String>,
    answers: BTreeMap<String, Vec<u8>>,
    /// Keys of which a person was told that they are refused, or that nobody has them.
    told_not: BTreeMap<String, String>,
    /// Requested or confirmed.
    open: BTreeSet<usize>,
    /// The others, by the end of their retention.
    ending: BTreeSet<(i64, usize)>,
    last_id: i64,
}

impl Model {
    /// A request is frozen: its key, and what tells it from all others.
    pub(crate) fn freeze(&mut self, key: &str, entered_at: i64) {
        self.frozen.insert(entered_at, key.to_owned());
    }

    /// The booking of a number.
    pub(crate) fn booking(&self, number: &str) -> Option<&Known> {
        self.by_number.get(number).map(|it| &self.known[*it])
    }

    /// The booking of a key.
    pub(crate) fn of_key(&self, key: &str) -> Option<&Known> {
        self.by_key.get(key).map(|it| &self.known[*it])
    }

    /// Those that are requested or confirmed, the oldest first.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Known> {
        self.open.iter().map(|it| &self.known[*it])
    }

    fn ended(&self, now: i64) -> impl Iterator<Item = &Known> {
        self.ending.range(..(now + 1, 0)).map(|it| &self.known[it.1])
    }

    /// Reads what is new, and what a step was about.
    pub(crate) fn look(&mut self, at: &Witness, policy: &Policy, now: i64, about: &[String]) -> Checked {
        for seen in at.after(self.last_id) {
            self.arrived(at, seen, now)?;
        }
        for number in about {
            let Some(index) = self.by_number.get(number).copied() else { continue };
            self.changed(at, policy, now, index)?;
        }
        Ok(())
    }

    /// Whether a step has stored anything that nobody has looked at.
    pub(crate) fn has_news(&self, at: &Witness, about: &[String]) -> bool {
        let is_new = |it: &String| at.booking(it).as_ref() != self.booking(it).map(|it| &it.seen);
        !at.after(self.last_id).is_empty() || about.iter().any(is_new)
    }

    fn arrived(&mut self, at: &Witness, seen: Seen, now: i64) -> Checked {
        self.last_id = seen.id;
        let Some(key) = self.frozen.get(&seen.entered_at).cloned() else {
            return broken("nothing is stored that nobody has sent", format!("booking {seen:?}"));
        };
        if let Some(other) = self.of_key(&key) {
            let found = format!("{key} is {} and {}", other.seen.number, seen.number);
            return broken("one booking for each key", found);
        }
        if let Some(told) = self.told_not.get(&key) {
            let found = format!("{key} is stored as {} at {}; told was: {told}", seen.number, shown(now));
            return broken("nobody was told no whose request is stored", found);
        }
        let events = at.events(seen.id);
        if !matches!(&events[..], [first] if first.version == 1 && first.kind == "received" && first.at == seen.received_at)
            || seen.state != "requested"
            || seen.version != 1
        {
            return broken("a request begins as the picture begins", format!("{seen:?}: {events:?}"));
        }
        let index = self.known.len();
        self.by_key.insert(key, index);
        self.by_number.insert(seen.number.clone(), index);
        self.open.insert(index);
        self.known.push(Known { seen, events, contact: false, erased_from: 0, acknowledged: None });
        Ok(())
    }

    fn changed(&mut self, at: &Witness, policy: &Policy, now: i64, index: usize) -> Checked {
        let before = &self.known[index];
        let Some(seen) = at.booking(&before.seen.number) else {
            return broken("what is stored stays", format!("{} is gone", before.seen.number));
        };
        if seen == before.seen {
            return Ok(());
        }
        let events = at.events(seen.id);
        let is_erased = seen.erased_at.is_some();
        let as_before = |(old, new): (&Event, &Event)| {
            *old == *new || (is_erased && Event { has_words: false, ..old.clone() } == *new)
        };
        let grown = before.events.len() <= events.len() && before.events.iter().zip(&events).all(as_before);
        let numbered = events.iter().zip(1..).all(|(event, version)| event.version == version);
        let ordered = events.is_sorted_by_key(|it| it.at);
        if !(grown && numbered && ordered) || seen.version as usize != events.len() {
            let found = format!("{}: {:?} became {events:?}", seen.number, before.events);
            return broken("events are appended, numbered from 1, in order of time, never rewritten", found);
        }
        let [event] = &events[before.events.len()..] else {
            let found = format!("{}: {:?} became {events:?}", seen.number, before.events);
            return broken("each change has its event, one at a time", found);
        };
        transition(policy, now, before, &seen, event)?;
        arranged(at, policy, before, &seen, event)?;
        let known = &mut self.known[index];
        match event.kind.as_str() {
            "moved" | "confirmed" => known.contact = false,
            "joined" | "word_received" => known.contact = true,
            _ => {}
        }
        known.seen = seen;
        known.events = events;
        self.file(index, policy);
        Ok(())
    }

    /// Where a booking is looked for from now on.
    fn file(&mut self, index: usize, policy: &Policy) {
        let known = &self.known[index];
        self.ending.remove(&(known.erased_from, index));
        self.open.remove(&index);
        if known.seen.erased_at.is_some() {
            return;
        }
        match erased_from(policy, known) {
            Some(at) => {
                self.ending.insert((at, index));
                self.known[index].erased_from = at;
            }
            None => {
                self.open.insert(index);
            }
        }
    }

    /// The server has accepted a key with these bytes.
    pub(crate) fn accepted(&mut self, key: &str, body: &[u8]) -> Checked {
        let first = self.answers.entry(key.to_owned()).or_insert_with(|| body.to_vec());
        if first != body {
            let found = [String::from_utf8_lossy(first), String::from_utf8_lossy(body)].join(" and ");
            return broken("the same key gets the same bytes", found);
        }
        if self.of_key(key).is_none() {
            return broken("what is acknowledged is stored", key);
        }
        Ok(())
    }

    /// The server has refused a key for good.
    pub(crate) fn refused(&self, key: &str, code: &str) -> Checked {
        match self.of_key(key) {
            Some(known) if known.seen.erased_at.is_none() => {
                let found = format!("{key} is {} and was refused: {code}", known.seen.number);
                broken("no refusal beside a stored booking", found)
            }
            _ => Ok(()),
        }
    }

    /// A person was told that her request is not there.
    pub(crate) fn told_not(&mut self, key: &str, why: String) -> Checked {
        self.refused(key, &why)?;
        self.told_not.insert(key.to_owned(), why);
        Ok(())
    }

    /// A tab shows a receipt.
    pub(crate) fn received(&mut self, key: &str, number: &str, hash: Hash) -> Checked {
        let index = self.by_key.get(key).copied();
        let Some(index) = index.filter(|it| self.known[*it].seen.number == number) else {
            return broken("what a tab was told is stored", format!("{key}: {number}"));
        };
        self.known[index].acknowledged = Some(hash);
        Self::kept(&self.known[index])
    }

    fn kept(known: &Known) -> Checked {
        let is_there = known.seen.erased_at.is_some()
            || known.acknowledged.is_none_or(|it| it == known.seen.receipt_hash);
        if is_there { Ok(()) } else { broken("an acknowledged receipt opens", known.seen.number.clone()) }
    }

    /// Those that time may have changed by `now`.
    pub(crate) fn due(&self, policy: &Policy, now: i64) -> Vec<String> {
        let due = self.open().filter(|it| falls_due(policy, now, it)).chain(self.ended(now));
        due.map(|it| it.seen.number.clone()).collect()
    }

    /// After time's own acts as of `now` nothing is left that was due then.
    pub(crate) fn nothing_is_due(&self, policy: &Policy, now: i64) -> Checked {
        match self.due(policy, now).first() {
            Some(left) => {
                let found = format!("at {}: {:?}", shown(now), self.booking(left));
                broken("what falls due is done at the next look", found)
            }
            None => Ok(()),
        }
    }

    /// What the receipt of a booking has to show at `now`: state and version.
    pub(crate) fn shows(&self, policy: &Policy, now: i64, number: &str) -> Option<(&'static str, u32)> {
        let known = self.booking(number).filter(|it| it.seen.erased_at.is_none())?;
        let Seen { version, .. } = known.seen;
        Some(match (state_name(&known.seen.state), falls_due(policy, now, known)) {
            ("requested", true) => ("lapsed", version + 1),
            ("confirmed", true) => ("deemed_cancelled", version + 1),
            (stored, _) => (stored, version),
        })
    }

    /// Nothing was lost and nothing was doubled, as far as sums tell.
    pub(crate) fn sums(&self, at: &Witness) -> Checked {
        let count = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        let events: usize = self.known.iter().map(|it| it.events.len()).sum();
        let expected =
            Sums { bookings: count(self.known.len()), versions: count(events), events: count(events) };
        let found = at.sums();
        if found == expected {
            Ok(())
        } else {
            broken("nothing is lost", format!("{found:?} for {expected:?}"))
        }
    }

    /// Every row.
    pub(crate) fn audit(&mut self, at: &Witness, policy: &Policy, now: i64) -> Checked {
        self.look(at, policy, now, &[])?;
        self.sums(at)?;
        for index in 0..self.known.len() {
            self.changed(at, policy, now, index)?;
            let known = &self.known[index];
            Self::kept(known)?;
            if at.events(known.seen.id) != known.events {
                return broken("events are never rewritten", known.seen.number.clone());
            }
        }
        Ok(())
    }
}
