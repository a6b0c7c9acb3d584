//! What every store holds, told once and run on each of them, with two handles on one database: on PostgreSQL these are two
//! processes. What only one of them can show stands in its own tests.

use std::sync::Arc;

use chrono::TimeDelta;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::consent::{ConsentBasis, TermsRef};
use precheck_shared::time::{Instant, parse_instant};
use precheck_shared::violation::Code;
use uuid::Uuid;

use super::{
    Arrangement, Cell, Change, Changed, KeptAnswer, NewAppointment, NewBooking, Store, StoreError,
    StoredWish, Submitted,
};
use crate::in_flight::KeysInFlight;
use crate::vault::Sealed;

mod arranged;
mod guarded;
mod portable;
mod requests;
mod time;

/// Two handles on one database, and what has to live as long.
pub(super) struct Two {
    pub(super) stores: [Arc<dyn Store>; 2],
    pub(super) _folder: Option<tempfile::TempDir>,
}

impl Two {
    pub(super) fn first(&self) -> &dyn Store {
        &*self.stores[0]
    }

    pub(super) fn second(&self) -> &dyn Store {
        &*self.stores[1]
    }
}

/// Names the tests of a module once for each database.
macro_rules! on_every_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::store::sqlite::tests::two()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::store::postgres::tests::two()).await;
            })*
        }
    };
}
use on_every_database;

pub(super) fn jst(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

pub(super) fn now() -> Instant {
    jst("2026-11-24T09:00:00+09:00")
}

/// Keys used earlier than this are forgotten.
pub(super) fn since() -> Instant {
    now() - TimeDelta::days(14)
}

/// Two wishes, on Thursday and Friday.
pub(super) const WISHES: [&str; 2] = ["2026-11-26T10:00:00+09:00", "2026-11-27T13:00:00+09:00"];

/// The n-th request, under the n-th key.
pub(super) fn request(n: u64) -> NewBooking {
    let byte = u8::try_from(n % 251).unwrap();
    let sealed = |what: u8| Sealed { key_id: "key".to_owned(), bytes: vec![what, byte] };
    NewBooking {
        number: ReceptionNumber::from_bits(n),
        receipt_hash: [byte; 32],
        received_at: now(),
        last_wish_at: jst(WISHES[1]),
        number_hash: [byte; 32],
        person: sealed(1),
        terms: TermsRef { id: "otaru-2023-10-01".to_owned(), sha256: "2d".to_owned() },
        basis: ConsentBasis::Explicit,
        language: "ja".to_owned(),
        entered_at: now(),
        own_device: true,
        checklist: vec![(Item::ALL[0], Outcome::Passed)],
        wishes: vec![
            StoredWish { start: jst(WISHES[0]), gone: Some((Code::SlotFull, None)) },
            StoredWish { start: jst(WISHES[1]), gone: None },
        ],
        kept: KeptAnswer { key: key(n), fingerprint: [byte; 32], answer: sealed(2) },
        name_tokens: Vec::new(),
        entered: None,
    }
}

pub(super) fn key(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

/// As a process of its own does it that has nothing else under this key.
pub(super) async fn submit(store: &dyn Store, new: NewBooking) -> Result<Submitted, StoreError> {
    let held = KeysInFlight::default().hold(new.kept.key).unwrap();
    store.submit(Box::new(new), since(), held).await
}

pub(super) async fn stored(store: &dyn Store, n: u64) {
    assert_eq!(submit(store, request(n)).await.unwrap(), Submitted::Stored);
}

/// A change of the n-th request that takes and frees nothing.
pub(super) fn change(n: u64, version: u32, state: &'static str) -> Change {
    Change {
        number: ReceptionNumber::from_bits(n),
        version,
        at: now() + TimeDelta::hours(i64::from(version)),
        actor: "officer-1".to_owned(),
        kind: state,
        words: Some(Sealed { key_id: "key".to_owned(), bytes: vec![3] }),
        state,
        told: None,
        kept_since: None,
        appointment: Arrangement::Kept,
        also: Vec::new(),
        guards: Vec::new(),
    }
}

/// Confirms the n-th request for an hour of two cells from `start`, with so many seats.
pub(super) fn confirm(n: u64, version: u32, start: &str, seats: u16, officer: Option<&str>) -> Change {
    let start = jst(start);
    let half = TimeDelta::minutes(30);
    let appointment = NewAppointment {
        start,
        end: start + half * 2,
        cells: [start, start + half].map(|start| Cell { start, seats }).to_vec(),
        officer: officer.map(str::to_owned),
        meeting: Sealed { key_id: "key".to_owned(), bytes: vec![4] },
    };
    Change { appointment: Arrangement::Made(appointment), ..change(n, version, "confirmed") }
}

pub(super) async fn done(store: &dyn Store, change: Change) -> Changed {
    store.change(Box::new(change)).await.unwrap()
}
