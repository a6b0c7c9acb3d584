//! Another process on a server's database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use precheck_server::clock::ManualClock;
use precheck_server::ids::SystemIds;
use precheck_server::in_flight::{HeldKey, KeysInFlight};
use precheck_server::limits::{LimitSettings, Limits};
use precheck_server::office::Office;
use precheck_server::readiness::Readiness;
use precheck_server::releases::Releases;
use precheck_server::state::AppState;
use precheck_server::store::sql::{Sql, Work};
use precheck_server::store::{
    Answer, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError, StoredBooking, Submitted,
};
use precheck_server::vault::{self, Vault};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use uuid::Uuid;

use crate::harness::Server;

/// The store of a server as another process sees it.
pub(crate) struct Wrapped {
    inner: Arc<dyn Store>,
    leads: bool,
    /// Whether lapsing panics.
    pub(crate) panics: Arc<AtomicBool>,
}

impl Wrapped {
    /// One that leads.
    pub(crate) fn leader(server: &Server) -> Self {
        Self { inner: Arc::clone(&server.state.store), leads: true, panics: Arc::default() }
    }

    /// One that does not.
    pub(crate) fn follower(server: &Server) -> Self {
        Self { leads: false, ..Self::leader(server) }
    }
}

impl Sql for Wrapped {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        self.inner.reading(work)
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        self.inner.writing(work)
    }
}

impl Store for Wrapped {
    fn submit(&self, booking: Box<NewBooking>, since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        self.inner.submit(booking, since, held)
    }
    fn refuse(&self, key: Uuid, since: Instant) -> Answer<'_, Option<KeptAnswer>> {
        self.inner.refuse(key, since)
    }
    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>> {
        self.inner.booking(number)
    }
    fn change(&self, change: Box<Change>) -> Answer<'_, Changed> {
        self.inner.change(change)
    }
    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>> {
        self.inner.silent(started_by)
    }
    fn leads(&self) -> Answer<'_, bool> {
        let leads = self.leads;
        Box::pin(async move { Ok(leads) })
    }
    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>> {
        self.inner.occupancy(from, to)
    }
    fn lapse_due(&self, now: Instant) -> Answer<'_, u64> {
        assert!(!self.panics.load(Ordering::Relaxed), "lapsing panics");
        self.inner.lapse_due(now)
    }
    fn erase_due(&self, now: Instant, ended: Vec<Retention>) -> Answer<'_, u64> {
        self.inner.erase_due(now, ended)
    }
    fn forget_keys(&self, since: Instant) -> Answer<'_, u64> {
        self.inner.forget_keys(since)
    }
    fn look_beneath(&self) -> Answer<'_, ()> {
        self.inner.look_beneath()
    }
    fn standing(&self) -> Result<(), StoreError> {
        self.inner.standing()
    }
    fn set_aside(&self, number: &ReceptionNumber, why: &'static str) {
        self.inner.set_aside(number, why);
    }
    fn forget_erased(&self) -> Answer<'_, bool> {
        self.inner.forget_erased()
    }
    fn check(&self) -> Answer<'_, ()> {
        self.inner.check()
    }
    fn close(&self) -> Answer<'_, ()> {
        self.inner.close()
    }
}

/// Another process on the same database, with a clock of its own.
pub(crate) fn beside(server: &Server, clock: Arc<ManualClock>, store: Wrapped) -> AppState {
    let master = vault::load_or_create(&server.folder.path().join("keys"), None).unwrap();
    AppState {
        office: Office::otaru().unwrap(),
        clock,
        ids: Box::new(SystemIds),
        store: Arc::new(store),
        in_flight: KeysInFlight::default(),
        vault: Vault::new(&master),
        readiness: Readiness::default(),
        log_watch: precheck_server::service::audit::watch::Watch::default(),
        limits: Limits::new(LimitSettings { on: false, exempt: Vec::new() }),
        public_origin: None,
        desk_over_http: false,
        allowed_origins: Vec::new(),
        body_deadline: Duration::from_mins(1),
        releases: Releases::beside(server.folder.path()),
    }
}
