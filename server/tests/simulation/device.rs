//! A device: its clock, which lies, its line, and what its browser keeps.

use std::collections::VecDeque;

use precheck_shared::outbox::Entry;

use crate::chance::Chance;
use crate::settings::{Fault, Flaw, Settings};

const DAY: i64 = 86_400_000;

/// What a device keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// What it is given.
    Keeps,
    /// Nothing: its browser refuses.
    Refuses,
    /// Nothing: many people use it.
    Shared,
}

/// A device with one browser.
#[derive(Debug)]
pub(crate) struct Device {
    /// What it keeps of a request.
    storage: Storage,
    /// Its browser has locks among tabs.
    pub(crate) has_locks: bool,
    /// It has a line.
    pub(crate) is_online: bool,
    /// Requests that wait, sealed, beyond their tabs.
    pub(crate) kept: Vec<Entry>,
    /// Keys of requests that no tab is to send any more.
    pub(crate) settled: Vec<String>,
    /// The tab that sends.
    pub(crate) sender: Option<usize>,
    /// Tabs that wait for that.
    pub(crate) waiting: VecDeque<usize>,
    /// The device's clock minus the true one.
    off_by: i64,
    /// Gained in a million.
    drift: i64,
    since: i64,
}

impl Device {
    /// A device of somebody.
    pub(crate) fn new(settings: &Settings, chance: &mut Chance, now: i64) -> Self {
        let hits = |chance: &mut Chance, fault, share| {
            let drawn = chance.hits(share);
            settings.has(fault) && drawn
        };
        let mut device = Self {
            storage: match (hits(chance, Fault::Shared, 60), hits(chance, Fault::NoStorage, 60)) {
                (true, _) => Storage::Shared,
                (_, true) => Storage::Refuses,
                _ => Storage::Keeps,
            },
            has_locks: !hits(chance, Fault::NoLocks, 100),
            is_online: true,
            kept: Vec::new(),
            settled: Vec::new(),
            sender: None,
            waiting: VecDeque::new(),
            off_by: 0,
            drift: 0,
            since: now,
        };
        if hits(chance, Fault::DeviceClock, 400) {
            device.drift = chance.between(-300, 300);
            device.set_clock(chance, now);
        }
        device
    }

    /// Somebody or something sets its clock: to nearly the right time, or years off.
    pub(crate) fn set_clock(&mut self, chance: &mut Chance, now: i64) {
        let most = chance.pick(&[2_000, 60_000, 600_000, DAY, 9 * DAY, 3_650 * DAY]);
        self.off_by = chance.between(-most, most);
        self.since = now;
    }

    /// What its clock shows.
    pub(crate) fn clock(&self, now: i64) -> i64 {
        now + self.off_by + (now - self.since) * self.drift / 1_000_000
    }

    /// Whether it keeps requests that wait.
    pub(crate) fn keeps(&self, settings: &Settings) -> bool {
        self.storage == Storage::Keeps || self.storage == Storage::Shared && settings.is(Flaw::KeepsShared)
    }

    /// Whether something lies where nothing may.
    pub(crate) fn betrays(&self) -> bool {
        self.storage != Storage::Keeps && !self.kept.is_empty()
    }

    /// Keeps a request until it is settled.
    pub(crate) fn keep(&mut self, entry: Entry, settings: &Settings) {
        if settings.is(Flaw::OnePlace) {
            self.kept.clear();
        }
        self.kept.push(entry);
    }

    /// It is settled.
    pub(crate) fn forget(&mut self, key: &str, settings: &Settings) {
        self.kept.retain(|it| it.key() != key && !settings.is(Flaw::OnePlace));
    }

    /// Whether a tab may send, now that it asks.
    pub(crate) fn lock(&mut self, tab: usize) -> bool {
        if !self.has_locks || self.sender == Some(tab) {
            return true;
        }
        if self.sender.is_some() {
            if !self.waiting.contains(&tab) {
                self.waiting.push_back(tab);
            }
            return false;
        }
        self.sender = Some(tab);
        true
    }

    /// A tab has waited long enough; false where it need not wait any more.
    pub(crate) fn waits_no_longer(&mut self, tab: usize) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|it| *it != tab);
        self.waiting.len() < before
    }

    /// A tab has sent, or is gone; the next one that waited.
    pub(crate) fn unlock(&mut self, tab: usize) -> Option<usize> {
        if self.sender != Some(tab) {
            return None;
        }
        self.sender = self.waiting.pop_front();
        self.sender
    }
}
