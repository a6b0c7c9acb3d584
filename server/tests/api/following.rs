//! Of several processes on one database one does time's own acts: the others leave them alone, and go on answering.

use std::sync::Arc;
use std::time::Duration;

use precheck_server::ids::SystemIds;
use precheck_server::in_flight::{HeldKey, KeysInFlight};
use precheck_server::jobs::{self, Done};
use precheck_server::limits::{LimitSettings, Limits};
use precheck_server::office::Office;
use precheck_server::service;
use precheck_server::state::AppState;
use precheck_server::store::sql::{Sql, Work};
use precheck_server::store::{
    Answer, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError, StoredBooking, Submitted,
};
use precheck_server::vault::{self, Vault};
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;
use uuid::Uuid;

use crate::desk::{Asked, REASON, code};
use crate::harness::Server;

/// A store as another process sees it that does not lead.
struct Follower(Arc<dyn Store>);

impl Sql for Follower {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        self.0.reading(work)
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        self.0.writing(work)
    }
}

impl Store for Follower {
    fn submit(&self, booking: Box<NewBooking>, since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        self.0.submit(booking, since, held)
    }
    fn refuse(&self, key: Uuid, since: Instant) -> Answer<'_, Option<KeptAnswer>> {
        self.0.refuse(key, since)
    }
    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>> {
        self.0.booking(number)
    }
    fn change(&self, change: Box<Change>) -> Answer<'_, Changed> {
        self.0.change(change)
    }
    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>> {
        self.0.silent(started_by)
    }
    fn leads(&self) -> Answer<'_, bool> {
        Box::pin(async { Ok(false) })
    }
    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>> {
        self.0.occupancy(from, to)
    }
    fn lapse_due(&self, now: Instant) -> Answer<'_, u64> {
        self.0.lapse_due(now)
    }
    fn erase_due(&self, now: Instant, ended: Vec<Retention>) -> Answer<'_, u64> {
        self.0.erase_due(now, ended)
    }
    fn forget_erased(&self) -> Answer<'_, bool> {
        self.0.forget_erased()
    }
    fn check(&self) -> Answer<'_, ()> {
        self.0.check()
    }
    fn look_beneath(&self) -> Answer<'_, ()> {
        self.0.look_beneath()
    }
    fn standing(&self) -> Result<(), StoreError> {
        self.0.standing()
    }
    fn close(&self) -> Answer<'_, ()> {
        self.0.close()
    }
}

/// Another process on the same database that does not lead.
fn beside(server: &Server) -> AppState {
    let master = vault::load_or_create(&server.folder.path().join("keys"), None).unwrap();
    AppState {
        office: Office::otaru().unwrap(),
        clock: server.clock.clone(),
        ids: Box::new(SystemIds),
        store: Arc::new(Follower(Arc::clone(&server.state.store))),
        in_flight: KeysInFlight::default(),
        vault: Vault::new(&master),
        limits: Limits::new(LimitSettings { on: false, exempt: Vec::new() }),
        public_origin: None,
        desk_over_http: false,
        allowed_origins: Vec::new(),
        body_deadline: Duration::from_mins(1),
    }
}

#[tokio::test]
async fn a_process_that_does_not_lead_leaves_times_own_acts_to_the_one_that_does() {
    let server = Server::start();
    let follower = beside(&server);
    let silent = Asked::confirmed(&server).await;
    Asked::send(&server).await;
    let declined = Asked::in_state(&server, "declined").await;
    server.at("2026-12-25T00:00:00+09:00");
    assert_eq!(jobs::once(&follower).await.unwrap(), Done { forgotten: true, ..Done::default() });
    assert_eq!((server.rows("event"), server.receipt(&declined.accepted).await.status.as_u16()), (5, 200));
    assert_eq!(silent.state(&server).await, "deemed_cancelled", "shown all the same");
    let done = jobs::once(&server.state).await.unwrap();
    assert_eq!(done, Done { lapsed: 1, deemed: 1, erased: 1, forgotten: true });
}

#[tokio::test]
async fn an_act_in_a_process_that_does_not_lead_finds_what_fell_due_and_writes_it_down() {
    let server = Server::start();
    let follower = beside(&server);
    let asked = Asked::confirmed(&server).await;
    server.at("2026-11-26T10:10:00+09:00");
    let held = service::hold(&follower, &asked.act_on(3)).await;
    assert_eq!(code(held), Some(Code::TransitionNotAllowed));
    assert_eq!(service::correct_to_held(&follower, &asked.act_on(3), REASON).await.ok(), Some(4));
    assert_eq!(jobs::once(&server.state).await.unwrap(), Done { forgotten: true, ..Done::default() });
    assert_eq!(server.rows("event"), 4);
}
