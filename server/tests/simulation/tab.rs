//! A tab: the real outbox, driven as the widget drives it. What is ours here is the tab's own part (where the frozen request
//! lies, who sends, who is told); what counts as an answer, when to try again and when it is over is the outbox's.

use precheck_shared::outbox::{Act, Entry, NotTaken, Outbox, Standing};
use precheck_shared::time::parse_instant;
use serde::Deserialize;

use crate::model::{Checked, broken};
use crate::network::{Asked, Exchange};
use crate::person::Deed;
use crate::server::Reply;
use crate::settings::Flaw;
use crate::world::{Event, MINUTE, World};

mod told;

/// Another tab that sends is waited for so long.
const LONGEST_TURN: i64 = 20_000;

/// A tab.
#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) person: usize,
    pub(crate) device: usize,
    pub(crate) is_open: bool,
    pub(crate) outbox: Outbox,
    /// The server's clock minus the device's, once it is known.
    offset: i64,
    pub(crate) page: Page,
    pub(crate) receipt: Option<Receipt>,
}

/// What the server has told a tab.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) is_loaded: bool,
    tries: u32,
    pub(crate) terms: TermsSeen,
    /// Starts that can be wished for.
    pub(crate) starts: Vec<String>,
}

/// A receipt that a tab shows.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) code: String,
    pub(crate) etag: Option<String>,
    /// State and version.
    pub(crate) shows: (String, u32),
}

/// What has become of a confirmed request, as far as people know.
#[derive(Debug)]
pub(crate) struct Confirmed {
    body: String,
    pub(crate) is_kept: bool,
    /// What somebody was told in the end.
    pub(crate) told: Option<String>,
    /// Number and code, where it was received.
    pub(crate) receipt: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct OfficeSeen {
    terms: VersionsSeen,
    server_time: String,
}

#[derive(Debug, Deserialize)]
struct VersionsSeen {
    in_force: TermsSeen,
}

/// A version of the terms.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct TermsSeen {
    pub(crate) id: String,
    pub(crate) sha256: String,
}

#[derive(Debug, Deserialize)]
struct SlotsSeen {
    days: Vec<DaySeen>,
    server_time: String,
}

#[derive(Debug, Deserialize)]
struct DaySeen {
    bookable: bool,
    slots: Vec<SlotSeen>,
}

#[derive(Debug, Deserialize)]
struct SlotSeen {
    start: String,
    state: String,
}

#[derive(Debug, Deserialize)]
struct ProblemSeen {
    code: String,
}

/// What a receipt says.
#[derive(Debug, Deserialize)]
pub(crate) struct ReceiptSeen {
    pub(crate) state: String,
    pub(crate) version: u32,
}

/// The code of a problem document.
pub(crate) fn code_of(reply: &Reply) -> Option<String> {
    if reply.status < 400 {
        return None;
    }
    serde_json::from_slice::<ProblemSeen>(&reply.body).ok().map(|it| it.code)
}

impl World {
    /// Somebody opens the page.
    pub(crate) fn open_tab(&mut self, person: usize) {
        let device = self.persons[person].device;
        let tab = self.tabs.len();
        let outbox = Outbox::default();
        let page = Page::default();
        self.tabs.push(Tab { person, device, is_open: true, outbox, offset: 0, page, receipt: None });
        self.persons[person].tabs.push(tab);
        self.ask(tab, Asked::Office);
    }

    /// A tab is gone, with what only its memory held: the page had said to keep it open.
    pub(crate) fn close_tab(&mut self, tab: usize) {
        self.tabs[tab].is_open = false;
        if let Some(entry) = self.tabs[tab].outbox.entry() {
            let confirmed = self.confirmed.get_mut(entry.key()).filter(|it| !it.is_kept && it.told.is_none());
            if let Some(confirmed) = confirmed {
                confirmed.told = Some("to keep the page open, and closed it".to_owned());
            }
        }
        self.let_send(tab);
    }

    fn let_send(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        if let Some(next) = self.devices[device].unlock(tab) {
            self.after(1, Event::Turns(next));
        }
    }

    /// The server's time, as far as this tab knows.
    fn time_of(&self, tab: usize) -> i64 {
        self.devices[self.tabs[tab].device].clock(self.now) + self.tabs[tab].offset
    }

    fn learn_time(&mut self, tab: usize, told: &str) {
        let Some(told) = parse_instant(told) else { return };
        let clock = self.devices[self.tabs[tab].device].clock(self.now);
        self.tabs[tab].offset = told.timestamp_millis() - clock;
    }

    /// Freezes a request and sends it on its way.
    pub(crate) fn confirm(
        &mut self,
        tab: usize,
        key: &str,
        body: &str,
        entered_at: i64,
        last_wish: i64,
    ) -> Checked {
        let now = self.time_of(tab);
        let entry = Entry::new(key, body, now, last_wish);
        let could_edit = self.tabs[tab].outbox.can_be_edited();
        match self.tabs[tab].outbox.confirm(entry.clone(), now) {
            Ok(()) if could_edit => {}
            Err(NotTaken::OutcomeUnknown) if !could_edit => {
                self.trace.count("pressed twice");
                return Ok(());
            }
            other => return broken("nothing is edited while its outcome is unknown", format!("{other:?}")),
        }
        self.trace.count("requests confirmed");
        self.model.freeze(key, entered_at);
        let device = &mut self.devices[self.tabs[tab].device];
        let is_kept = device.keeps(&self.settings);
        if is_kept {
            device.keep(entry, &self.settings);
        }
        let confirmed = Confirmed { body: body.to_owned(), is_kept, told: None, receipt: None };
        self.confirmed.insert(key.to_owned(), confirmed);
        self.tick(tab)
    }

    /// Takes up what another tab, or this one before its reload, has left on the device.
    pub(crate) fn take_up(&mut self, tab: usize) -> Checked {
        let (now, device) = (self.time_of(tab), self.tabs[tab].device);
        let of_others = |it: &&Entry| !self.devices[device].settled.iter().any(|key| key == it.key());
        let Some(entry) = self.devices[device].kept.iter().find(of_others).cloned() else { return Ok(()) };
        if self.tabs[tab].outbox.take_up(entry, now).is_ok() {
            self.trace.count("taken up");
            self.tick(tab)?;
        }
        Ok(())
    }

    /// The line is back, the page is seen again, or somebody presses "send now".
    pub(crate) fn wake(&mut self, tab: usize) -> Checked {
        let now = self.time_of(tab);
        self.tabs[tab].outbox.wake(now);
        self.tick(tab)
    }

    /// Does what the outbox wants done.
    pub(crate) fn tick(&mut self, tab: usize) -> Checked {
        let (now, device) = (self.time_of(tab), self.tabs[tab].device);
        if self.devices[device].betrays() {
            return broken("nothing lies on a shared device", format!("{:?}", self.devices[device].kept));
        }
        let Some(key) = self.tabs[tab].outbox.entry().map(|it| it.key().to_owned()) else { return Ok(()) };
        if !self.tabs[tab].is_open || self.tabs[tab].outbox.standing() == Standing::Sending {
            return Ok(());
        }
        match self.tabs[tab].outbox.act(now) {
            Act::Send if self.devices[device].lock(tab) => self.try_once(tab)?,
            Act::Send => self.after(LONGEST_TURN, Event::TurnOver(tab)),
            Act::Pause(millis) => {
                // Behind other windows a tab's timers are slow, and a device sleeps.
                let asleep = if millis < 15_000 { 0 } else { self.network.between(0, 20 * MINUTE) };
                self.after(i64::from(millis) + asleep, Event::Tick(tab));
            }
            Act::Rest => {
                if let Standing::Expired(expiry) = self.tabs[tab].outbox.standing() {
                    self.expired(tab, &key, expiry)?;
                }
            }
        }
        Ok(())
    }

    /// Another tab has held the turn for too long: it sleeps. It is sent all the same.
    pub(crate) fn turn_is_over(&mut self, tab: usize) -> Checked {
        let device = self.tabs[tab].device;
        if self.devices[device].waits_no_longer(tab) { self.try_once(tab) } else { Ok(()) }
    }

    /// Sends once, unless another tab has brought it to its end meanwhile.
    pub(crate) fn try_once(&mut self, tab: usize) -> Checked {
        let device = self.tabs[tab].device;
        let entry = self.tabs[tab].outbox.entry().filter(|_| self.tabs[tab].is_open);
        let Some(key) = entry.map(|it| it.key().to_owned()) else {
            self.let_send(tab);
            return Ok(());
        };
        if self.devices[device].settled.contains(&key) {
            self.trace.count("settled by another tab");
            self.tabs[tab].outbox.let_go();
            self.let_send(tab);
            return self.take_up(tab);
        }
        self.send(tab)
    }

    fn send(&mut self, tab: usize) -> Checked {
        let Some(entry) = self.tabs[tab].outbox.entry() else { return Ok(()) };
        let (mut key, mut body) = (entry.key().to_owned(), entry.body().to_owned());
        if self.settings.is(Flaw::NewKeys) {
            key = self.new_key();
        }
        if self.settings.is(Flaw::Rewrites) {
            body.push(' ');
        }
        if self.confirmed.get(&key).is_none_or(|it| it.body != body) {
            return broken("key and bytes are frozen together", format!("{key}: {body}"));
        }
        self.trace.count("sendings");
        self.ask(tab, Asked::Submit { key, body });
        Ok(())
    }

    /// An answer, or that there is none.
    pub(crate) fn tab_hears(&mut self, exchange: &Exchange, reply: &Reply) -> Checked {
        let tab = exchange.tab;
        match &exchange.asked {
            Asked::Office => match serde_json::from_slice::<OfficeSeen>(&reply.body) {
                Ok(office) if reply.status == 200 => {
                    self.learn_time(tab, &office.server_time);
                    self.tabs[tab].page.terms = office.terms.in_force;
                    self.ask(tab, Asked::Slots);
                }
                _ => self.loads_again(tab),
            },
            Asked::Slots => match serde_json::from_slice::<SlotsSeen>(&reply.body) {
                Ok(slots) if reply.status == 200 => {
                    self.learn_time(tab, &slots.server_time);
                    let days = slots.days.into_iter().filter(|it| it.bookable).flat_map(|it| it.slots);
                    let starts = days.filter(|it| it.state != "full").map(|it| it.start).collect();
                    self.tabs[tab].page.starts = starts;
                    self.tabs[tab].page.is_loaded = true;
                    return self.loaded(tab);
                }
                _ => self.loads_again(tab),
            },
            Asked::Submit { key, .. } => return self.submitted(tab, key, reply),
            Asked::Receipt { number, .. } => {
                let seen = serde_json::from_slice::<ReceiptSeen>(&reply.body);
                if let (200, Ok(seen), Some(shown)) = (reply.status, seen, &mut self.tabs[tab].receipt)
                    && shown.number == *number
                {
                    shown.etag.clone_from(&reply.etag);
                    shown.shows = (seen.state, seen.version);
                }
            }
        }
        Ok(())
    }

    /// The page asks again for what it could not get; people press that button less and less often.
    pub(crate) fn load(&mut self, tab: usize, tries: u32) {
        if self.tabs[tab].is_open && !self.tabs[tab].page.is_loaded {
            self.tabs[tab].page.tries = tries + 1;
            self.ask(tab, Asked::Office);
        }
    }

    fn loads_again(&mut self, tab: usize) {
        let tries = self.tabs[tab].page.tries;
        self.after(5_000 << tries.min(8), Event::Load(tab, tries));
    }

    /// Looks at the receipt once more.
    pub(crate) fn poll(&mut self, tab: usize) {
        let receipt = self.tabs[tab].receipt.clone().filter(|_| self.tabs[tab].is_open);
        if let Some(Receipt { number, code, etag, .. }) = receipt {
            self.ask(tab, Asked::Receipt { number, code, etag });
        }
    }

    /// Whether a request of this person is neither settled nor given up.
    pub(crate) fn is_unsettled(&self, person: usize) -> bool {
        let of_tab = |tab: &usize| self.tabs[*tab].is_open && self.tabs[*tab].outbox.entry().is_some();
        let person = &self.persons[person];
        !self.devices[person.device].kept.is_empty() || person.tabs.iter().any(of_tab)
    }

    /// Later, somebody comes back.
    pub(crate) fn comes_again(&mut self, person: usize, after: i64) {
        self.after(after, Event::Deed(person, Deed::Open));
    }
}
