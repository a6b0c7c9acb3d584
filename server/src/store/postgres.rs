//! The store on PostgreSQL: for an office group with several server processes on one database.
//!
//! A verb is one transaction, a request one statement. Whatever two processes must not both do is decided by a constraint or a
//! lock of the database; nothing is remembered between two calls. The connections live on a runtime of their own, so that a
//! write that has begun is finished also when nobody waits for it.

use std::sync::Arc;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use tokio::time::timeout;
use tokio_postgres::types::Type;
use uuid::Uuid;

use self::engine::{Background, COUNTERS, Engine, LONGEST_READ, READERS, WRITERS};
use self::fault::Fault;
use self::leader::Leader;
use self::lines::{Line, Lines};
use super::ground::Ground;
use super::opening::{self, Opening};
use super::set_aside::SetAside;
use super::sql::{Sql, Work};
use super::{
    Answer, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError, StoredBooking, Submitted,
};
use crate::in_flight::HeldKey;
use crate::vault::{KeyWatch, LogKey};

/// Work that borrows a connection and hands it back with the outcome.
macro_rules! with {
    ($line:ident, $work:expr) => {
        move |mut $line: Line| async move {
            let outcome = $work.await;
            ($line, outcome)
        }
    };
}

mod address;
mod arrange;
mod bookings;
mod due;
mod engine;
mod fault;
mod leader;
mod lines;
mod migrations;
mod portable;
mod promises;
mod seats;

#[cfg(test)]
pub(super) mod tests;

pub use address::Address;
pub use migrations::OpenFault;

const INT8: Type = Type::INT8;

/// Pieces of 32 bytes in a trial after a failure: what the largest request needs, and not the trifle for which there is always
/// room.
const TRIAL: i64 = 80 * 1024 / 32;

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database.
    pub address: Address,
    /// Whose rows are read and written.
    pub office: String,
    /// Most writes that wait.
    pub queue: usize,
    /// Who opens it.
    pub opening: Opening,
}

/// A database that is open and migrated, before anything is written under a key.
pub struct Opened {
    runtime: Background,
    first: Line,
    key_id: Option<String>,
    options: Options,
    key: Option<KeyWatch>,
}

/// The store.
pub struct PostgresStore {
    office: Arc<str>,
    /// Binds the rows of the staff's log.
    log_key: LogKey,
    /// Tells this process from the others on the same database.
    process: i64,
    address: Address,
    engine: Engine,
    leader: Leader,
    ground: Arc<Ground>,
    aside: SetAside,
}

impl Opened {
    /// Connects; where the server opens it, brings the schema up to date. Blocks the caller.
    pub fn open(options: Options, now: Instant) -> Result<Self, OpenFault> {
        let runtime =
            Background::start().map_err(|error| OpenFault::Engine(format!("no runtime: {error}")))?;
        let (address, opening, office) = (options.address.clone(), options.opening, options.office.clone());
        let connecting = async move {
            let mut first = Line::connect(&address.writing()).await?;
            promises::judge(&first.client, &address, opening.takes_lossy()).await?;
            migrations::run(&mut first.client, now, opening).await?;
            opening.admit(&office, &offices(&mut first).await?)?;
            let key_id = match bookings::meta(&mut first, "key_id").await.map_err(told)? {
                Some(named) => Some(named),
                None => first.row(opening::KEY_OF_ROWS, &[]).await?.map(|it| it.try_get(0)).transpose()?,
            };
            Ok::<_, OpenFault>((first, key_id))
        };
        let (first, key_id) = runtime.wait_for(connecting).unwrap_or_else(|| Err(stopped()))?;
        Ok(Self { runtime, first, key_id, options, key: None })
    }

    /// Watches the key as well.
    #[must_use]
    pub fn watching(self, key: KeyWatch) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Id of the key that this database's sealed data needs; `None` when nothing was ever sealed.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Starts the store; what is sealed from now on needs the key with this id, and the staff's log is bound with the other one.
    pub fn start(self, key_id: &str, log_key: LogKey) -> Result<PostgresStore, OpenFault> {
        let Self { runtime, mut first, options: Options { address, office, queue, opening }, key, .. } = self;
        let ground = Arc::new(Ground::new(None, key, migrations::newest()));
        let (wanted, ours) = (key_id.to_owned(), office.clone());
        let naming = async move {
            if !opening.serves() {
                return Ok(first);
            }
            let needed = bookings::set_first(&mut first, "key_id", &wanted).await.map_err(told)?;
            if needed != wanted {
                return Err(OpenFault::OtherKey { needed });
            }
            for known in offices(&mut first).await?.into_iter().chain([ours]) {
                let name = format!("{}{known}", opening::OFFICE);
                bookings::set_first(&mut first, &name, "1").await.map_err(told)?;
            }
            Ok(first)
        };
        let first = runtime.wait_for(naming).unwrap_or_else(|| Err(stopped()))?;
        let mut process = [0; 8];
        getrandom::fill(&mut process).map_err(|error| OpenFault::Engine(error.to_string()))?;
        let writers = Lines::new(address.writing(), WRITERS, Some(first));
        let readers = Lines::new(address.reading(), READERS, None);
        let counters = Lines::new(address.counting(), COUNTERS, None);
        Ok(PostgresStore {
            office: office.into(),
            log_key,
            process: i64::from_ne_bytes(process),
            address,
            engine: Engine::new(runtime, [writers, readers, counters], queue, Arc::clone(&ground)),
            leader: Leader::default(),
            ground,
            aside: SetAside::default(),
        })
    }
}

fn told(fault: Fault) -> OpenFault {
    OpenFault::Engine(StoreError::from(fault).to_string())
}

fn stopped() -> OpenFault {
    OpenFault::Engine("the start was broken off".to_owned())
}

/// The offices that the database knows: as it says, or else those of its rows.
async fn offices(line: &mut Line) -> Result<Vec<String>, OpenFault> {
    let known = "select substr(name, 8) from meta where name like 'office/%' order by name";
    for sql in [known, opening::OFFICES_OF_ROWS] {
        let found: Vec<String> =
            line.rows(sql, &[]).await?.iter().map(|it| it.try_get(0)).collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// Reads one state of the database.
const OF_ONE_STATE: &str = "begin isolation level repeatable read, read only";

impl Sql for PostgresStore {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(
            self.engine.read(with!(line, portable::perform(&mut line, &office, &key, OF_ONE_STATE, work))),
        )
    }

    fn counting(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(
            self.engine.count(with!(line, portable::perform(&mut line, &office, &key, OF_ONE_STATE, work))),
        )
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        let act = with!(line, portable::perform(&mut line, &office, &key, "begin", work));
        Box::pin(self.engine.write(None, act))
    }
}

impl Store for PostgresStore {
    fn submit(&self, booking: Box<NewBooking>, keys_since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        let (office, key, process) = (Arc::clone(&self.office), self.log_key.clone(), self.process);
        let act = with!(line, bookings::submit(&mut line, process, (&office, &key), &booking, keys_since));
        Box::pin(self.engine.write(Some(held), act))
    }

    fn refuse(&self, key: Uuid, keys_since: Instant) -> Answer<'_, Option<KeptAnswer>> {
        let (office, process) = (Arc::clone(&self.office), self.process);
        let act = with!(line, bookings::refuse(&mut line, process, &office, key, keys_since));
        Box::pin(self.engine.write(None, act))
    }

    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>> {
        let (office, number) = (Arc::clone(&self.office), number.to_owned());
        Box::pin(self.engine.read(with!(line, arrange::booking(&mut line, &office, &number))))
    }

    fn change(&self, change: Box<Change>) -> Answer<'_, Changed> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(self.engine.write(None, with!(line, arrange::change(&mut line, &office, &key, &change))))
    }

    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(self.engine.read(with!(line, arrange::silent(&mut line, &office, started_by, &aside))))
    }

    fn set_aside(&self, number: &ReceptionNumber, why: &'static str) {
        self.aside.add(number.as_str(), &why);
    }

    fn leads(&self) -> Answer<'_, bool> {
        let (leader, config, office) =
            (self.leader.clone(), self.address.writing(), Arc::clone(&self.office));
        Box::pin(self.engine.apart(async move { leader.leads(&config, &office).await }))
    }

    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>> {
        let office = Arc::clone(&self.office);
        let taken = self.engine.read(with!(line, seats::taken(&mut line, &office, from, to)));
        Box::pin(async { taken.await.map(Arc::new) })
    }

    fn lapse_due(&self, now: Instant) -> Answer<'_, u64> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(self.engine.write(None, with!(line, due::lapse(&mut line, &office, now, &aside))))
    }

    fn erase_due(&self, now: Instant, ended: Vec<Retention>) -> Answer<'_, u64> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(self.engine.write(None, with!(line, due::erase(&mut line, &office, now, &ended, &aside))))
    }

    fn forget_keys(&self, since: Instant) -> Answer<'_, u64> {
        let office = Arc::clone(&self.office);
        Box::pin(self.engine.write(None, with!(line, due::forget_keys(&mut line, &office, since))))
    }

    fn forget_erased(&self) -> Answer<'_, bool> {
        let config = self.address.writing();
        Box::pin(self.engine.apart(async move {
            let line = Line::connect(&config).await;
            let mut line = line.map_err(|error| StoreError::from(Fault::from(error)))?;
            Ok(due::forget(&mut line).await?)
        }))
    }

    fn check(&self) -> Answer<'_, ()> {
        let faults = self.engine.unproven();
        // The next check after one that went well makes the row small again.
        let pieces = if faults.is_some() { TRIAL } else { 0 };
        let written = self.engine.write(None, with!(line, bookings::try_out(&mut line, pieces)));
        Box::pin(async move {
            written.await?;
            if let Some(faults) = faults {
                self.engine.proven(faults);
            }
            Ok(())
        })
    }

    fn look_beneath(&self) -> Answer<'_, ()> {
        let look = self.engine.read(with!(line, migrations::number(&mut line)));
        Box::pin(async {
            self.ground.found_schema(look.await?);
            self.ground.stands()
        })
    }

    fn standing(&self) -> Result<(), StoreError> {
        self.ground.stands()?;
        self.engine.standing()
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async {
            let leader = self.leader.clone();
            // Its session is not waited for where that hangs: it ends with the process.
            let resigned = async move {
                let _ = timeout(LONGEST_READ, leader.resign()).await;
                Ok(())
            };
            self.engine.apart(resigned).await?;
            self.engine.close().await
        })
    }
}
