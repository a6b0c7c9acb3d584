//! The real server in process, with its real database in files: calls under way, the clock, and its deaths.
//!
//! A kill takes the files as they lie and starts anew from them. A power cut does the same and tears the last commit out of
//! the log, at any byte.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use precheck_server::clock::{Clock as _, ManualClock};
use precheck_server::config::Database;
use precheck_server::ids::Ids;
use precheck_server::in_flight::KeysInFlight;
use precheck_server::jobs;
use precheck_server::limits::{LimitSettings, Limits};
use precheck_server::readiness::Readiness;
use precheck_server::releases::Releases;
use precheck_server::service::clock;
use precheck_server::state::{AppState, open_store};
use precheck_server::store::opening::Opening;
use precheck_server::store::{Store, StoreError};
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::chance::Chance;
use crate::desk::{self, Order, Word};
use crate::edition::Edition;
use crate::gated::Gated;
use crate::network::Exchange;
use crate::settings::{Flaw, Settings};
use crate::trace::{instant, set};
use crate::turns::{Call, Stage, Turns};
use crate::witness::Witness;

/// What a call is for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// An exchange over the network.
    Exchange(Rc<Exchange>),
    /// An officer's click.
    Click(Order),
    /// Time's own acts, as of a moment of the server's clock.
    Look(i64),
    /// The same by a clock that has jumped.
    WrongLook,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Done {
    /// What the server answers.
    Reply(Reply),
    /// What the officer reads.
    Word(Word),
    /// What time did.
    Looked(Result<jobs::Done, StoreError>),
}

/// An answer, as far as anybody looks at it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) retry_after: Option<u32>,
    pub(crate) body: Vec<u8>,
}

/// Writes that may wait.
const QUEUE: usize = 64;

struct UnderWay {
    purpose: Purpose,
    call: Call<Done>,
    /// The server's clock when it began.
    since: i64,
}

struct Up {
    state: Arc<AppState>,
    inner: Arc<dyn Store>,
    router: Router,
    witness: Witness,
}

/// The server.
pub(crate) struct Server {
    home: TempDir,
    life: u32,
    settings: Settings,
    clock: Arc<ManualClock>,
    turns: Turns,
    ids: Arc<Mutex<Chance>>,
    pub(crate) edition: Edition,
    up: Option<Up>,
    calls: BTreeMap<u64, UnderWay>,
    begun: u64,
}

/// Numbers and codes by chance, and now and then a number that is taken.
struct ChanceIds(Arc<Mutex<Chance>>);

impl Ids for ChanceIds {
    fn reception_number(&self) -> Result<ReceptionNumber, getrandom::Error> {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A small space now and then: numbers collide.
        let bits = chance.bits();
        Ok(ReceptionNumber::from_bits(if chance.hits(20) { bits % 64 } else { bits }))
    }

    fn receipt_code(&self) -> Result<ReceiptCode, getrandom::Error> {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ReceiptCode::from_bytes(std::array::from_fn(|_| chance.bits().to_le_bytes()[0])))
    }
}

impl Server {
    /// A server that has never run.
    pub(crate) fn new(settings: &Settings) -> Self {
        let memory = Path::new("/dev/shm");
        let home = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Self {
            home: home.unwrap(),
            life: 0,
            settings: settings.clone(),
            clock: Arc::new(ManualClock::new(precheck_shared::time::midnight(chrono::NaiveDate::default()))),
            turns: Turns::default(),
            ids: Arc::new(Mutex::new(Chance::of(settings.seed, "ids", 0))),
            edition: Edition::default(),
            up: None,
            calls: BTreeMap::new(),
            begun: 0,
        }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(self.life.to_string())
    }

    /// Starts it, with the office as it is now.
    pub(crate) async fn start(&mut self) {
        self.open();
        clock::begin(self.state()).await.unwrap();
    }

    /// Where more time has passed than it believes, somebody looks at its clock and accepts it. True where that was so.
    pub(crate) async fn is_accepted_by_somebody(&self) -> bool {
        let is_held = self.is_up() && !self.state().conditions().is_empty();
        if is_held {
            clock::accept(self.state(), "shell").await.unwrap();
        }
        is_held
    }

    fn open(&mut self) {
        let office = self.edition.office(&self.home.path().join("office"));
        let folder = self.folder();
        fs::create_dir_all(&folder).unwrap();
        let database = Database::Sqlite(folder.join("precheck.db"));
        // The key lies beside the lives of the database.
        let (inner, vault) =
            open_store(self.home.path(), database, office.id(), Opening::serving(), QUEUE, &*self.clock)
                .unwrap();
        let gated = Gated::new(Arc::clone(&inner), self.turns.clone(), self.settings.flaw);
        let state = Arc::new(AppState {
            office,
            clock: self.clock.clone(),
            ids: Box::new(ChanceIds(Arc::clone(&self.ids))),
            store: Arc::new(gated),
            in_flight: KeysInFlight::default(),
            vault,
            log_watch: precheck_server::service::audit::watch::Watch::default(),
            readiness: Readiness::default(),
            limits: Limits::new(LimitSettings { on: false, exempt: Vec::new() }),
            public_origin: None,
            desk_over_http: false,
            allowed_origins: Vec::new(),
            body_deadline: Duration::from_mins(1),
            releases: Releases::beside(&folder),
        });
        let router = precheck_server::router(Arc::clone(&state));
        let witness = Witness::open(&folder.join("precheck.db"));
        self.up = Some(Up { state, inner, router, witness });
    }

    /// Whether it runs.
    pub(crate) fn is_up(&self) -> bool {
        self.up.is_some()
    }

    /// What it has at hand. Only while it runs.
    pub(crate) fn state(&self) -> &Arc<AppState> {
        &self.up.as_ref().unwrap().state
    }

    /// Its database, by a connection of our own. Only while it runs.
    pub(crate) fn witness(&self) -> &Witness {
        &self.up.as_ref().unwrap().witness
    }

    /// Sets its clock.
    pub(crate) fn set_clock(&self, millis: i64) {
        set(&self.clock, millis);
    }

    /// Somebody sets its clock, or something does: no time passes.
    pub(crate) fn set_clock_alone(&self, millis: i64) {
        self.clock.jump(instant(millis));
    }

    /// Its clock.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    /// How much was committed.
    pub(crate) fn written(&self) -> u64 {
        self.turns.written()
    }

    /// Begins a call; it does nothing before its first turn.
    pub(crate) fn begin(&mut self, purpose: Purpose, request: Option<Request<Body>>) -> Option<u64> {
        let up = self.up.as_ref()?;
        let state = Arc::clone(&up.state);
        let call: Call<Done> = match (&purpose, request) {
            (Purpose::Exchange(_), Some(request)) => {
                let answer = up.router.clone().oneshot(request);
                Box::pin(async move {
                    let (head, body) = answer.await.unwrap().into_parts();
                    let text = |name: &str| head.headers.get(name).and_then(|it| it.to_str().ok());
                    Done::Reply(Reply {
                        status: head.status.as_u16(),
                        etag: text("etag").map(str::to_owned),
                        retry_after: text("retry-after").and_then(|it| it.parse().ok()),
                        body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
                    })
                })
            }
            (Purpose::Click(order), _) => {
                let order = order.clone();
                Box::pin(async move { Done::Word(desk::carry_out(&state, &order).await) })
            }
            (Purpose::WrongLook, _) if self.settings.is(Flaw::TrustsClock) => Box::pin(async move {
                clock::accept(&state, "shell").await.unwrap();
                Done::Looked(jobs::once(&state).await)
            }),
            _ => Box::pin(async move { Done::Looked(jobs::once(&state).await) }),
        };
        self.begun += 1;
        let since = self.now();
        self.calls.insert(self.begun, UnderWay { purpose, call, since });
        Some(self.begun)
    }

    /// Lets a call go on to its next stop. `None` where it has died meanwhile.
    pub(crate) async fn advance(&mut self, call: u64) -> Option<(Purpose, i64, Stage<Done>)> {
        let mut under_way = self.calls.remove(&call)?;
        let stage = self.turns.advance(&mut under_way.call).await;
        let (purpose, since) = (under_way.purpose.clone(), under_way.since);
        if matches!(stage, Stage::Stopped) {
            self.calls.insert(call, under_way);
        }
        Some((purpose, since, stage))
    }

    /// Calls under way, the oldest first.
    pub(crate) fn calls(&self) -> Vec<u64> {
        self.calls.keys().copied().collect()
    }

    /// The connection of an exchange is gone: so is the call.
    pub(crate) fn hang_up(&mut self, exchange: u64) {
        self.calls.retain(|_, it| !matches!(it.purpose, Purpose::Exchange(ref of) if of.number == exchange));
    }

    /// Stops in good order. Its calls have ended.
    pub(crate) async fn stop(&mut self) {
        let Some(up) = self.up.take() else { return };
        up.inner.close().await.unwrap();
    }

    /// Kills it at this very moment; with a share between 0 and 1, the power goes while that much of the last commit is on
    /// the disk. True where something was torn.
    pub(crate) async fn kill(&mut self, torn_at: Option<f64>) -> bool {
        let Some(up) = self.up.take() else { return false };
        self.calls.clear();
        // Whatever was queued is behind the writer then.
        up.inner.erase_due(self.clock.now(), Vec::new()).await.unwrap();
        let old = self.folder();
        self.life += 1;
        let new = self.folder();
        fs::create_dir(&new).unwrap();
        // The database first: what is folded into it meanwhile still stands in the log.
        fs::copy(old.join("precheck.db"), new.join("precheck.db")).unwrap();
        let mut log = fs::read(old.join("precheck.db-wal")).unwrap_or_default();
        let torn = torn_at.and_then(|share| tear(&mut log, share)).is_some();
        fs::write(new.join("precheck.db-wal"), log).unwrap();
        drop(up.witness);
        up.inner.close().await.unwrap();
        fs::remove_dir_all(old).unwrap();
        torn
    }
}

/// From here on the log may have been folded into the database, which then holds what would be torn.
const FOLDED_FROM: usize = 900;

/// Cuts the last transaction out of a log, at some byte of it.
fn tear(log: &mut Vec<u8>, share: f64) -> Option<()> {
    let word = |at: usize| -> Option<u32> { Some(u32::from_be_bytes(log.get(at..at + 4)?.try_into().ok()?)) };
    let frame = usize::try_from(word(8)?).ok()? + 24;
    let salts = log.get(16..24)?;
    // Ends of transactions, in frames: each is marked in its last frame.
    let (mut ends, mut frames) = (vec![0], 0);
    while log.get(32 + frames * frame + 8..32 + frames * frame + 16) == Some(salts) {
        let is_last = word(32 + frames * frame + 4)? != 0;
        frames += 1;
        if is_last {
            ends.push(frames);
        }
    }
    let [.., before, last] = ends[..] else { return None };
    if FOLDED_FROM < last {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of some thousand bytes"
    )]
    let kept = (((last - before) * frame) as f64 * share) as usize;
    log.truncate(32 + before * frame + kept);
    Some(())
}
