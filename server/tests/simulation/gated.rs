//! The real store, with a turn before and after what it does, and with a flaw where a run wants one.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use precheck_server::in_flight::HeldKey;
use precheck_server::store::sql::{Sql, Work};
use precheck_server::store::{
    Answer, Arrangement, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError,
    StoredBooking, Submitted,
};
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use uuid::Uuid;

use crate::settings::Flaw;
use crate::turns::Turns;

/// A store whose calls stop for their turn.
pub(crate) struct Gated {
    inner: Arc<dyn Store>,
    turns: Turns,
    flaw: Option<Flaw>,
    /// Of [`Flaw::AnswersEarly`]: what was acknowledged and is not written.
    early: Mutex<Vec<NewBooking>>,
    asked_to_forget: AtomicU32,
}

/// The file is built anew at one look of so many.
const LOOKS_BETWEEN: u32 = 64;

impl Gated {
    /// Around a store.
    pub(crate) fn new(inner: Arc<dyn Store>, turns: Turns, flaw: Option<Flaw>) -> Self {
        Self { inner, turns, flaw, early: Mutex::default(), asked_to_forget: AtomicU32::new(0) }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// After a write: what was committed is told, and may be lost before anybody hears of it.
    async fn told<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if done.is_ok() {
            self.turns.wrote();
        }
        self.turns.turn().await;
        done
    }

    /// Writes the others that were acknowledged without.
    async fn catch_up(&self, keys_since: Instant) {
        let early = std::mem::take(&mut *self.early.lock().unwrap_or_else(PoisonError::into_inner));
        for booking in early {
            let keys = precheck_server::in_flight::KeysInFlight::default();
            if let Some(held) = keys.hold(booking.kept.key) {
                let _ = self.inner.submit(Box::new(booking), keys_since, held).await;
            }
        }
    }

    async fn change_whatever_version(&self, change: Box<Change>) -> Result<Changed, StoreError> {
        match self.inner.change(change.clone()).await? {
            Changed::Stale => match self.inner.booking(change.number.as_str()).await? {
                Some(found) => {
                    self.inner.change(Box::new(Change { version: found.version, ..*change })).await
                }
                None => Ok(Changed::Stale),
            },
            changed => Ok(changed),
        }
    }
}

impl Sql for Gated {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        self.inner.reading(work)
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        self.inner.writing(work)
    }
}

impl Store for Gated {
    fn submit(&self, booking: Box<NewBooking>, keys_since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        Box::pin(async move {
            self.turns.turn().await;
            self.catch_up(keys_since).await;
            if self.is(Flaw::AnswersEarly) {
                self.early.lock().unwrap_or_else(PoisonError::into_inner).push(*booking);
                return self.told(Ok(Submitted::Stored)).await;
            }
            // Every key counts as unknown.
            let far = if self.is(Flaw::ForgetsKeys) { TimeDelta::days(36_500) } else { TimeDelta::zero() };
            self.told(self.inner.submit(booking, keys_since + far, held).await).await
        })
    }

    fn refuse(&self, key: Uuid, keys_since: Instant) -> Answer<'_, Option<KeptAnswer>> {
        Box::pin(async move {
            self.turns.turn().await;
            if self.is(Flaw::RefusesBlind) {
                return Ok(None);
            }
            let kept = self.inner.refuse(key, keys_since).await;
            self.turns.turn().await;
            kept
        })
    }

    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>> {
        let number = number.to_owned();
        Box::pin(async move {
            self.turns.turn().await;
            self.inner.booking(&number).await
        })
    }

    fn change(&self, mut change: Box<Change>) -> Answer<'_, Changed> {
        match &mut change.appointment {
            Arrangement::Made(made) if self.is(Flaw::ExtraSeat) => {
                for cell in &mut made.cells {
                    cell.seats += 1;
                }
            }
            noted @ Arrangement::Contact { .. } if self.is(Flaw::ForgetsWord) => *noted = Arrangement::Kept,
            _ => {}
        }
        Box::pin(async move {
            self.turns.turn().await;
            let changed = if self.is(Flaw::AnyVersion) {
                self.change_whatever_version(change).await
            } else {
                self.inner.change(change).await
            };
            self.told(changed).await
        })
    }

    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>> {
        Box::pin(async move {
            self.turns.turn().await;
            if self.is(Flaw::DeafJobs) {
                return Ok(Vec::new());
            }
            if !self.is(Flaw::HastySilence) {
                return self.inner.silent(started_by).await;
            }
            let early = TimeDelta::minutes(5);
            let mut found = self.inner.silent(started_by + early).await?;
            for appointment in found.iter_mut().filter_map(|it| it.appointment.as_mut()) {
                appointment.start -= early;
            }
            Ok(found)
        })
    }

    fn leads(&self) -> Answer<'_, bool> {
        self.inner.leads()
    }

    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>> {
        Box::pin(async move {
            self.turns.turn().await;
            self.inner.occupancy(from, to).await
        })
    }

    fn lapse_due(&self, now: Instant) -> Answer<'_, u64> {
        Box::pin(async move {
            self.turns.turn().await;
            self.told(self.inner.lapse_due(now).await).await
        })
    }

    fn erase_due(&self, now: Instant, mut ended: Vec<Retention>) -> Answer<'_, u64> {
        if self.is(Flaw::ErasesEarly) {
            for retention in &mut ended {
                retention.before += TimeDelta::days(20);
            }
        }
        Box::pin(async move {
            self.turns.turn().await;
            self.told(self.inner.erase_due(now, ended).await).await
        })
    }

    fn forget_erased(&self) -> Answer<'_, bool> {
        // Building the file anew is what takes the time of a run: most looks find it busy, and it is done some days later.
        if !self.asked_to_forget.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOKS_BETWEEN) {
            return Box::pin(async { Ok(false) });
        }
        self.inner.forget_erased()
    }

    fn check(&self) -> Answer<'_, ()> {
        self.inner.check()
    }

    fn look_beneath(&self) -> Answer<'_, ()> {
        self.inner.look_beneath()
    }

    fn standing(&self) -> Result<(), StoreError> {
        self.inner.standing()
    }

    fn close(&self) -> Answer<'_, ()> {
        self.inner.close()
    }
}
