//! What a running server has at hand: the office, the clock, the store, the keys, the limits.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::ids::{Ids, SystemIds};
use crate::in_flight::KeysInFlight;
use crate::limits::Limits;
use crate::office::Office;
use crate::readiness::Readiness;
use crate::releases::Releases;
use crate::service::audit::watch::Watch;
use crate::service::settings;
use crate::store::opening::{Allowed, Opening};
use crate::store::{Store, postgres, sqlite};
use crate::vault::{self, KeyWatch, Vault};

/// Shared by all handlers.
pub struct AppState {
    /// Policy and terms; [`settings::refresh`] brings in what the desk has set.
    pub office: Office,
    /// The only source of "now".
    pub clock: Arc<dyn Clock>,
    /// Reception numbers and receipt codes.
    pub ids: Box<dyn Ids>,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// Idempotency keys being worked on.
    pub in_flight: KeysInFlight,
    /// Seals and hashes.
    pub vault: Vault,
    /// What is known of the end of the staff's log.
    pub log_watch: Watch,
    /// Whether all this can be relied on.
    pub readiness: Readiness,
    /// Per peer.
    pub limits: Limits,
    /// Origin of the address under which people reach this server, where that is set.
    pub public_origin: Option<String>,
    /// The desk opens over plain http beyond this machine, too.
    pub desk_over_http: bool,
    /// Pages of these origins may call the API and frame the pages.
    pub allowed_origins: Vec<HeaderValue>,
    /// How long the body of a request may take to arrive, and a download of the probes to be taken.
    pub body_deadline: Duration,
    /// The widget's files of earlier releases.
    pub releases: Releases,
}

/// Most writes that wait for the disk before new ones are told to come back.
const QUEUE: usize = 1024;

const BODY_DEADLINE: Duration = Duration::from_secs(15);

impl AppState {
    /// Whether people reach this server over https: how they do is a setting, since nothing that arrives here says so.
    pub fn is_https(&self) -> bool {
        self.public_origin.as_ref().is_some_and(|it| it.starts_with("https:"))
    }

    /// Opens what the settings name: data folder, database, key.
    ///
    /// # Errors
    /// A line that says what is wrong and what to do.
    pub async fn open(config: Config) -> Result<Self, String> {
        let clock = Arc::new(config.clock);
        let Config { data, database, opening, .. } = config;
        let releases = Releases::beside(&data);
        let (store, vault) = open_store(&data, database, config.office.id(), opening, QUEUE, &*clock)?;
        let app = Self {
            office: config.office,
            clock,
            ids: Box::new(SystemIds),
            store,
            in_flight: KeysInFlight::default(),
            vault,
            log_watch: Watch::default(),
            readiness: Readiness::default(),
            limits: Limits::new(config.limits),
            public_origin: config.public_origin,
            desk_over_http: config.desk_over_http,
            allowed_origins: config.allowed_origins,
            body_deadline: BODY_DEADLINE,
            releases,
        };
        let read = settings::refresh(&app).await;
        read.map_err(|error| format!("cannot read what the desk has set: {error}"))?;
        Ok(app)
    }
}

/// Opens the database, then the key that it needs; the server makes a key only for a database that has none, and a database only
/// where there is no key yet. Of `queue` writes that wait, one more is told to come back.
///
/// # Errors
/// A line that says what is wrong and what to do.
pub fn open_store(
    data: &Path,
    database: Database,
    office: &str,
    opening: Opening,
    queue: usize,
    clock: &dyn Clock,
) -> Result<(Arc<dyn Store>, Vault), String> {
    let keys = data.join("keys");
    let key = vault::key_path(&keys);
    if opening.serves() {
        vault::private_folder(data)
            .map_err(|error| format!("cannot make the data folder {}: {error}", data.display()))?;
        vault::private::judge([data, &keys, &key]).map_err(|it| it.to_string())?;
    }
    let opening = with_regard_to(opening, key.exists());
    let vault_for = |needed: Option<&str>| {
        if needed.is_none() && !opening.serves() {
            return Err("the server has never been started on this database: start it first".to_owned());
        }
        vault::load_or_create(&keys, needed).map(|it| Vault::new(&it)).map_err(|it| it.to_string())
    };
    let (now, name, office) = (clock.now(), office.to_owned(), office.to_owned());
    match database {
        Database::Sqlite(path) => {
            if opening.serves() {
                let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
                vault::private::judge([folder, &path]).map_err(|it| it.to_string())?;
            }
            let file = path.display().to_string();
            let told = |error| cannot_use(&file, &error);
            let opened =
                sqlite::Opened::open(sqlite::Options { path, office, queue, opening }, now).map_err(told)?;
            let vault = vault_for(opened.key_id().map_err(told)?.as_deref())?.beside(&keys, &name, None);
            let opened = opened.watching(KeyWatch::new(&keys, vault.key_id()));
            let store = opened.start(vault.key_id(), vault.log_key()).map_err(told)?;
            Ok((Arc::new(store), vault))
        }
        Database::Postgres(address) => {
            let place = address.to_string();
            let told = |error| cannot_use(&place, &error);
            let opened = postgres::Opened::open(postgres::Options { address, office, queue, opening }, now)
                .map_err(told)?;
            let vault = vault_for(opened.key_id())?.beside(&keys, &name, Some(this_server(data)));
            let opened = opened.watching(KeyWatch::new(&keys, vault.key_id()));
            let store = opened.start(vault.key_id(), vault.log_key()).map_err(told)?;
            Ok((Arc::new(store), vault))
        }
    }
}

/// Tells this server from others on the same database: by the machine's name, and the data folder.
fn this_server(data: &Path) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
    let folder = data.canonicalize().unwrap_or_else(|_| data.to_owned());
    let whole = format!("{}|{}", host.unwrap_or_default().trim(), folder.display());
    vault::hex(&Sha256::digest(whole.as_bytes())[..6])
}

/// A database is made without asking where no key tells of an earlier one.
fn with_regard_to(opening: Opening, key_is_there: bool) -> Opening {
    match opening {
        Opening::Serve(allowed) => {
            Opening::Serve(Allowed { new_database: allowed.new_database || !key_is_there, ..allowed })
        }
        Opening::Beside => Opening::Beside,
    }
}

fn cannot_use(database: &str, error: &dyn std::error::Error) -> String {
    format!("cannot use the database {database}: {error}")
}
