//! Where a server of a trial lives: its folder, its database, how its program is started, and how its rows are counted from
//! outside.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::harness::NOW;
use crate::program::{Program, Running};

const DATABASE: &str = "precheck.db";

/// A reader waits for a lock so long.
const BUSY: Duration = Duration::from_secs(20);

/// The database of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A folder with a database, removed with everything in it.
pub(crate) struct Site {
    folder: TempDir,
    cluster: Option<Cluster>,
    through: Option<Through>,
}

/// What the program is started through, and where its data lies then.
pub(crate) struct Through {
    pub(crate) command: Vec<String>,
    /// As the program sees it.
    pub(crate) data: PathBuf,
    /// As this process sees it.
    pub(crate) seen_at: PathBuf,
}

/// Whatever keeps others from writing; dropping it lets them.
pub(crate) type Lock = Box<dyn std::any::Any>;

impl Site {
    pub(crate) fn new(engine: Engine) -> Self {
        let cluster = (engine == Engine::Postgres).then(Cluster::new);
        Self { folder: tempfile::tempdir().unwrap(), cluster, through: None }
    }

    pub(crate) fn through(mut self, through: Through) -> Self {
        self.through = Some(through);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn engine(&self) -> Engine {
        if self.cluster.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    /// The PostgreSQL of this site.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("only asked of PostgreSQL")
    }

    /// The address of the database, where it is not simply a file in the data folder.
    pub(crate) fn url(&self) -> Option<&str> {
        self.cluster.as_ref().map(Cluster::url)
    }

    /// The data folder; a second process on the same database has one of its own, with the same key.
    pub(crate) fn data(&self) -> PathBuf {
        self.through.as_ref().map_or_else(|| self.path().join("data"), |it| it.data.clone())
    }

    fn database(&self) -> PathBuf {
        self.data().join(DATABASE)
    }

    fn log(&self) -> PathBuf {
        self.path().join("server.log")
    }

    /// The server's command; what is given comes before it.
    fn command(&self, data: &Path, before: &[String]) -> Command {
        let server = env!("CARGO_BIN_EXE_precheck-server");
        let through = self.through.iter().flat_map(|it| &it.command);
        let mut words = before.iter().chain(through).map(String::as_str).chain([server]);
        let mut command = Command::new(words.next().unwrap_or(server));
        command.args(words);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PRECHECK_")) {
            command.env_remove(name);
        }
        command.args(["--bind", "127.0.0.1:0", "--clock", NOW, "--limits", "off", "--data"]).arg(data);
        command.args(self.url().iter().flat_map(|it| ["--database-url", it]));
        let log = OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        command
    }

    /// Starts the server and does not wait for it.
    pub(crate) fn begin(&self) -> Running {
        Running(self.command(&self.data(), &[]).spawn().unwrap())
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn start(&self) -> Program {
        self.start_through(&[])
    }

    /// The same under another program.
    pub(crate) fn start_through(&self, before: &[String]) -> Program {
        Program::wait_for(self.command(&self.data(), before), || self.last_words())
    }

    /// The same by a clock that shows another time.
    pub(crate) fn start_at(&self, clock: &str) -> Program {
        let mut command = self.command(&self.data(), &[]);
        command.args(["--clock", clock]);
        Program::wait_for(command, || self.last_words())
    }

    /// A person says that a clock which shows this is right; what the program says to that.
    pub(crate) fn accept_the_clock(&self, clock: &str) -> String {
        let mut command = self.command(&self.data(), &[]);
        let output =
            command.args(["--clock", clock, "clock", "accept"]).stderr(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr })
            .into_owned()
    }

    /// A second server on the same database, with a copy of the key.
    pub(crate) fn start_second(&self) -> Program {
        let data = self.second_data();
        Program::wait_for(self.command(&data, &[]), || self.last_words())
    }

    /// The second server's folder; the first one has made the key by then.
    pub(crate) fn second_data(&self) -> PathBuf {
        let data = self.path().join("second");
        let key = "keys/master.key";
        if !data.join(key).exists() {
            for folder in [data.clone(), data.join("keys")] {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
                    .unwrap();
            }
            // The copy has the rights of the original.
            std::fs::copy(self.data().join(key), data.join(key)).unwrap();
        }
        data
    }

    /// The end of the server's log, for whoever has to find out.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// The process that all of PostgreSQL descends from.
    pub(crate) fn postmaster(&self) -> Option<u32> {
        self.cluster.as_ref().map(Cluster::postmaster)
    }

    /// Locks the database, as a foreign program does, until this is dropped.
    pub(crate) fn lock(&self) -> Lock {
        if let Some(cluster) = &self.cluster {
            return Box::new(cluster.lock());
        }
        let other = Connection::open(self.database()).unwrap();
        other.busy_timeout(BUSY).unwrap();
        other.execute_batch("begin immediate").unwrap();
        Box::new(other)
    }

    /// How many rows a table has.
    pub(crate) fn rows(&self, table: &str) -> u64 {
        self.count(&format!("select count(*) from {table}")).try_into().unwrap()
    }

    /// A number from the database, by another reader than the server.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        if let Some(cluster) = &self.cluster {
            return cluster.ask(sql).parse().unwrap();
        }
        let database = match &self.through {
            None => self.database(),
            Some(through) => self.copy(&through.seen_at),
        };
        let database = Connection::open(database).unwrap();
        database.busy_timeout(BUSY).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// SQLite follows the link that leads to another file system in its own way, and ends in ours.
    fn copy(&self, seen_at: &Path) -> PathBuf {
        let folder = tempfile::tempdir_in(self.path()).unwrap().keep();
        for name in [DATABASE, "precheck.db-wal"] {
            std::fs::copy(seen_at.join(name), folder.join(name)).unwrap();
        }
        folder.join(DATABASE)
    }
}
