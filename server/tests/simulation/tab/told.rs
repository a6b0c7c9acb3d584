//! What a tab tells its person: received, refused, or no longer sent. What was told is held against what is stored.

use precheck_server::vault::receipt_hash;
use precheck_shared::api::Accepted;
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use precheck_shared::outbox::{Expiry, Standing, Verdict, classify};

use super::{Receipt, code_of};
use crate::model::{Checked, broken};
use crate::server::Reply;
use crate::settings::Flaw;
use crate::world::World;

impl World {
    /// What came of a sending.
    pub(super) fn submitted(&mut self, tab: usize, key: &str, reply: &Reply) -> Checked {
        let code = code_of(reply);
        let accepted = serde_json::from_slice::<Accepted>(&reply.body).ok();
        let mut verdict = classify(reply.status, accepted.is_some(), code.as_deref(), reply.retry_after);
        if self.settings.is(Flaw::TrustsAll) && reply.status == 200 {
            verdict = Verdict::Delivered;
        }
        let (now, fraction) = (self.time_of(tab), self.network.fraction());
        let is_ours = self.tabs[tab].outbox.entry().is_some_and(|it| it.key() == key);
        if !is_ours {
            // It was settled, or let go, while this was under way.
            return Ok(());
        }
        self.tabs[tab].outbox.answered(verdict, now, fraction);
        self.let_send(tab);
        match self.tabs[tab].outbox.standing() {
            Standing::Delivered => self.delivered(tab, key, accepted),
            Standing::Refused(code) => self.refused(tab, key, code.as_str()),
            _ => self.tick(tab),
        }
    }

    fn settle(&mut self, tab: usize, key: &str, told: &str) {
        let device = self.tabs[tab].device;
        self.devices[device].forget(key, &self.settings);
        if let Some(confirmed) = self.confirmed.get_mut(key) {
            confirmed.told = Some(told.to_owned());
        }
    }

    fn delivered(&mut self, tab: usize, key: &str, accepted: Option<Accepted>) -> Checked {
        self.trace.count("delivered");
        self.settle(tab, key, "received");
        let accepted = accepted.unwrap_or_else(|| Accepted {
            reception_number: String::new(),
            receipt_code: String::new(),
            state: String::new(),
            wishes: Vec::new(),
        });
        let number = ReceptionNumber::parse(&accepted.reception_number);
        let code = ReceiptCode::parse(&accepted.receipt_code);
        let Some((number, code)) = number.zip(code) else {
            return broken("what a tab was told is stored", format!("{key}: {accepted:?}"));
        };
        self.model.received(key, number.as_str(), receipt_hash(&code))?;
        let held = (number.as_str().to_owned(), code.as_str().to_owned());
        if let Some(confirmed) = self.confirmed.get_mut(key) {
            if confirmed.receipt.as_ref().is_some_and(|it| *it != held) {
                return broken("the same key gets the same number and code", key);
            }
            confirmed.receipt = Some(held.clone());
        }
        let (number, code) = held;
        let shows = (accepted.state, 1);
        self.tabs[tab].receipt = Some(Receipt { number, code, etag: None, shows });
        self.has_receipt(tab);
        self.take_up(tab)
    }

    fn refused(&mut self, tab: usize, key: &str, code: &str) -> Checked {
        self.trace.count(refused_by(code));
        if self.settings.is(Flaw::MuteRefusal) {
            let device = self.tabs[tab].device;
            self.devices[device].forget(key, &self.settings);
            return Ok(());
        }
        self.settle(tab, key, code);
        let device = self.tabs[tab].device;
        self.devices[device].settled.push(key.to_owned());
        self.model.told_not(key, code.to_owned())?;
        self.has_no(tab, code);
        self.take_up(tab)
    }

    /// It is not sent any more.
    pub(super) fn expired(&mut self, tab: usize, key: &str, expiry: Expiry) -> Checked {
        self.settle(tab, key, "expired");
        match expiry {
            Expiry::Days => self.trace.count("expired: seven days"),
            Expiry::LastWish => {
                self.trace.count("expired: last wish");
                // "Nobody has it."
                self.model.told_not(key, "expired".to_owned())?;
            }
        }
        self.has_no(tab, "expired");
        self.take_up(tab)
    }
}

/// Counted by code.
fn refused_by(code: &str) -> &'static str {
    match code {
        "slot_full" => "refused: slot_full",
        "slot_too_late" => "refused: slot_too_late",
        "slot_too_far" => "refused: slot_too_far",
        "slot_not_business_day" => "refused: slot_not_business_day",
        "slot_duplicate" => "refused: slot_duplicate",
        "terms_changed" => "refused: terms_changed",
        "name_invalid" => "refused: name_invalid",
        "job_seeker_number_short" => "refused: job_seeker_number_short",
        _ => "refused: another code",
    }
}
