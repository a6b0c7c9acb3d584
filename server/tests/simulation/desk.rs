//! The desk: two officers at one list, who decide on what they saw a while ago, both on the same request, and press twice.

use precheck_server::service::{self, Act, ConfirmationAsEntered, Officer, Word as Said};
use precheck_server::state::AppState;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;

use crate::chance::Chance;
use crate::model::{Checked, broken};
use crate::server::Purpose;
use crate::settings::Fault;
use crate::trace::instant;
use crate::world::{DAY, Event, HOUR, MINUTE, World};

/// What an officer has decided.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) number: String,
    /// As the officer saw it.
    pub(crate) version: u32,
    pub(crate) officer: usize,
    pub(crate) what: What,
}

/// To do what.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// Arrange, or move: the start, and whether the officer names herself.
    Confirm {
        start: i64,
        is_named: bool,
        with_reason: bool,
    },
    Decline,
    Withdraw {
        word_at: i64,
    },
    Contact {
        joined: bool,
    },
    Hold,
    Cancel {
        by_mail: bool,
        word_at: i64,
        with_reason: bool,
    },
    CancelByOffice,
    Stop,
    CorrectToHeld,
}

/// What the officer reads: the new version, or the code of what is against it.
pub(crate) type Word = Result<u32, Code>;

/// What a person rings up for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    TakeBack,
    Cancel,
    Late,
}

const OFFICERS: [&str; 2] = ["o-1", "o-2"];

/// The real use case.
pub(crate) async fn carry_out(app: &AppState, order: &Order) -> Word {
    let number = ReceptionNumber::parse(&order.number).unwrap();
    let officer = Officer::parse(OFFICERS[order.officer]).unwrap();
    let act = Act { number, version: order.version, officer: officer.clone() };
    let reason = |given: bool| if given { "電話で調整" } else { "" };
    let channel = |by_mail: bool| if by_mail { CancelChannel::Mail } else { CancelChannel::Telephone };
    let done = match order.what {
        What::Confirm { start, is_named, with_reason } => {
            let entered = ConfirmationAsEntered {
                start: instant(start),
                meeting: "812 3456 7890".to_owned(),
                passcode: "1234".to_owned(),
                officer: is_named.then_some(officer),
                identity_checked: true,
                reason: reason(with_reason).to_owned(),
                // All of them meet under one ID.
                accepted: vec![Code::MeetingIdInUse],
            };
            service::confirm(app, &act, &entered).await
        }
        What::Decline => service::decline(app, &act, "希望の日時は満席です").await,
        What::Withdraw { word_at } => {
            let word = Said { channel: CancelChannel::Telephone, at: instant(word_at) };
            service::withdraw(app, &act, word).await
        }
        What::Contact { joined } => service::note_contact(app, &act, joined).await,
        What::Hold => service::hold(app, &act).await,
        What::Cancel { by_mail, word_at, with_reason } => {
            let word = Said { channel: channel(by_mail), at: instant(word_at) };
            service::cancel(app, &act, word, reason(with_reason)).await
        }
        What::CancelByOffice => service::cancel_by_office(app, &act, "担当者の急病").await,
        What::Stop => service::stop(app, &act, "目的外の利用").await,
        What::CorrectToHeld => service::correct_to_held(app, &act, "入室の記録あり").await,
    };
    done.map_err(|it| it.code())
}

impl World {
    /// An officer looks at the list, and decides one after the other.
    pub(crate) fn looks(&mut self, officer: usize) {
        if !self.server.is_up() {
            return;
        }
        let waiting: Vec<_> = self
            .model
            .open()
            .filter(|it| it.seen.state == "requested")
            .map(|it| (it.seen.id, it.seen.number.clone(), it.seen.version))
            .take(8)
            .collect();
        let mut later = 0;
        for (id, number, version) in waiting {
            later += self.desk.between(20_000, 4 * MINUTE);
            let what = match self.desk.between(0, 100) {
                0..4 => What::Decline,
                4..12 => continue,
                _ => {
                    let wishes = self.server.witness().standing_wishes(id);
                    let Some(start) = wishes.get(self.desk.index(wishes.len().max(1))) else { continue };
                    // Now and then another time than the one wished for, agreed on the telephone.
                    let (is_other, is_named) = (self.desk.hits(40), self.desk.hits(800));
                    let start = if is_other { *start + DAY } else { *start };
                    What::Confirm { start, is_named, with_reason: is_other }
                }
            };
            self.click_after(later, Order { number, version, officer, what });
        }
        self.rearranges(officer);
    }

    /// What is arranged already: moved, cancelled by the office, corrected.
    fn rearranges(&mut self, officer: usize) {
        let now = self.now;
        let arranged: Vec<_> = self.model.open().filter(|it| it.seen.state == "confirmed").collect();
        if arranged.is_empty() || !self.desk.hits(300) {
            return;
        }
        let known = arranged[self.desk.index(arranged.len())];
        let (number, version) = (known.seen.number.clone(), known.seen.version);
        let start = known.seen.start_at.unwrap_or(now);
        let what = match self.desk.between(0, 6) {
            0 => What::CancelByOffice,
            1 => What::Confirm { start: start + HOUR / 2, is_named: true, with_reason: true },
            2 => What::Confirm { start, is_named: false, with_reason: false },
            3 if start < now => What::Stop,
            4 => What::Hold,
            _ => What::Contact { joined: false },
        };
        let later = self.desk.between(5_000, 2 * MINUTE);
        self.click_after(later, Order { number, version, officer, what });
    }

    fn click_after(&mut self, later: i64, order: Order) {
        let is_stale = self.desk.hits(80) && self.may_fail(Fault::Stale);
        let later = if is_stale { later + self.desk.between(MINUTE, 4 * HOUR) } else { later };
        if self.desk.hits(60) && self.may_fail(Fault::Twice) {
            let again = later + self.desk.between(0, 40);
            self.after(again, Event::Click(order.clone()));
        }
        if self.desk.hits(30) && self.may_fail(Fault::Twice) {
            let other = Order { officer: 1 - order.officer, ..order.clone() };
            let soon = later + self.desk.between(0, 20);
            self.after(soon, Event::Click(other));
        }
        self.after(later, Event::Click(order));
    }

    /// An officer presses the button.
    pub(crate) fn clicks(&mut self, order: Order) {
        self.trace.count("clicks of officers");
        if let Some(call) = self.server.begin(Purpose::Click(order), None) {
            self.after(0, Event::Turn(call));
        }
    }

    /// What the officer reads.
    pub(crate) fn clicked(&mut self, order: &Order, word: Word) -> Checked {
        let version = match word {
            Ok(version) => version,
            Err(code) => {
                self.trace.count(match code {
                    Code::StaleVersion => "clicks too late: stale_version",
                    Code::SlotFull => "clicks: slot_full",
                    Code::TransitionNotAllowed => "clicks: transition_not_allowed",
                    Code::Unavailable => "clicks: unavailable",
                    _ => "clicks refused otherwise",
                });
                return Ok(());
            }
        };
        if version != order.version + 1 || !self.won.insert((order.number.clone(), order.version)) {
            let found = format!("{order:?} made version {version}");
            return broken("of two who decide on one version one wins", found);
        }
        match order.what {
            What::Confirm { start, .. } => {
                self.trace.count("confirmed or moved");
                self.expects(&order.number, start);
            }
            What::Contact { .. } => self.trace.count("contacts noted"),
            What::Cancel { .. } | What::Withdraw { .. } => {
                self.trace.count("cancelled or withdrawn by seekers");
            }
            What::CancelByOffice | What::Decline | What::Stop => {
                self.trace.count("declined, cancelled, stopped");
            }
            What::Hold => self.trace.count("held"),
            What::CorrectToHeld => self.trace.count("corrected to held"),
        }
        Ok(())
    }

    /// The day of a counselling: she joins, is late, sends word, or is silent.
    fn expects(&mut self, number: &str, start: i64) {
        let mut chance = Chance::of(self.settings.seed, number, start.unsigned_abs());
        let mut at = |moment: i64, what: What| {
            let event = Event::OnTheDay(number.to_owned(), what);
            self.at(moment, event);
        };
        match chance.between(0, 100) {
            0..75 => {
                at(start + chance.between(-2 * MINUTE, 9 * MINUTE), What::Contact { joined: true });
                at(start + 30 * MINUTE + chance.between(0, HOUR), What::Hold);
            }
            75..80 => {
                // At the very last moment, or just behind it.
                at(start + 10 * MINUTE + chance.between(-300, 300), What::Contact { joined: false });
                at(start + 30 * MINUTE, What::Hold);
            }
            80..85 => at(
                start + chance.between(0, 12 * MINUTE),
                What::Cancel { by_mail: false, word_at: 0, with_reason: false },
            ),
            85..90 => at(start + chance.between(HOUR, DAY), What::CorrectToHeld),
            _ => {}
        }
        // Time's own acts look just before, and at the very moment.
        if chance.hits(400) {
            self.at(start + 10 * MINUTE - 1, Event::Jobs);
            self.at(start + 10 * MINUTE, Event::Jobs);
        }
    }

    /// An officer notes what happens now, on a page that is fresh.
    pub(crate) fn on_the_day(&mut self, number: String, what: What) {
        let Some(known) = self.model.booking(&number) else { return };
        let version = known.seen.version;
        let what = match what {
            What::Cancel { by_mail, with_reason, .. } => {
                What::Cancel { by_mail, word_at: self.server.now(), with_reason }
            }
            other => other,
        };
        let officer = self.desk.index(OFFICERS.len());
        self.clicks(Order { number, version, officer, what });
    }

    /// A person rings up; an officer notes it while she speaks.
    pub(crate) fn rings(&mut self, person: usize, call: Call) {
        let receipt = self.persons[person].tabs.iter().rev().find_map(|it| self.tabs[*it].receipt.clone());
        let Some(receipt) = receipt.filter(|_| self.server.is_up()) else { return };
        let Some(known) = self.model.booking(&receipt.number) else { return };
        let now = self.server.now();
        let (version, is_open) = (known.seen.version, known.seen.state == "requested");
        let what = match call {
            Call::TakeBack | Call::Cancel if is_open => {
                What::Withdraw { word_at: now - self.desk.between(0, MINUTE) }
            }
            Call::Late => What::Contact { joined: false },
            _ => {
                let (by_mail, with_reason) = (self.desk.hits(400), self.desk.hits(400));
                What::Cancel { by_mail, word_at: now - self.desk.between(0, HOUR), with_reason }
            }
        };
        self.click_after(1_000, Order { number: receipt.number, version, officer: 0, what });
    }
}
