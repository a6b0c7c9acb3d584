//! The end of a run: the network heals, everybody comes back, and then everything has to be settled.

use std::rc::Rc;

use super::{DAY, Event, World};
use crate::model::{Checked, broken};
use crate::network::{Asked, Exchange, request};
use crate::server::{Done, Purpose};
use crate::turns::Stage;

impl World {
    /// Nothing goes wrong any more, everybody comes back: everything is settled, and everybody has been told.
    pub(super) async fn quiesce(&mut self) -> Checked {
        self.is_calm = true;
        self.frozen = None;
        self.tell_time();
        self.rises().await?;
        self.queue.retain(|_, it| {
            matches!(
                it,
                Event::Tick(_)
                    | Event::Turns(_)
                    | Event::TurnOver(_)
                    | Event::Answer(..)
                    | Event::GiveUp(_)
                    | Event::Turn(_)
                    | Event::Arrives(_)
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
        self.believes().await;
        self.jobs();
        self.finish_calls().await?;
        let (policy, now) = (self.server.state().office.policy(), self.server.now());
        self.model.audit(self.server.witness(), &policy, now)?;
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
            let Some(call) = self.server.begin(purpose, Some(request(&asked))) else {
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
