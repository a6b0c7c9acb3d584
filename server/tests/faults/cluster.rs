//! The private PostgreSQL of the trials, with a database for each: asked, locked, made read-only, crashed and frozen.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use private_postgres::{Durability, Postgres};

use crate::program::Running;

/// A database of the one server that all trials share; it syncs, as where people rely on it.
pub(crate) struct Cluster {
    server: &'static Postgres,
    url: String,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        static SERVER: OnceLock<Result<Postgres, String>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Postgres::start(Durability::Disk));
        let server = server.as_ref().unwrap_or_else(|fault| panic!("{fault}"));
        Self { server, url: server.database() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn postmaster(&self) -> u32 {
        let file = self.server.folder().join("data/postmaster.pid");
        std::fs::read_to_string(file).unwrap().lines().next().unwrap().parse().unwrap()
    }

    /// Ends it as a power cut does, and starts it again.
    pub(crate) fn crash(&self) {
        self.server.crash().unwrap();
    }

    /// The administrator's psql on this database.
    fn psql(&self) -> Command {
        let mut psql = Command::new(self.server.programs().join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]);
        psql.arg(Postgres::as_administrator(&self.url));
        psql.env("PGOPTIONS", "-c default_transaction_read_only=off");
        psql
    }

    /// What it answers, without the line's end.
    pub(crate) fn ask(&self, sql: &str) -> String {
        let output = self.psql().args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Nobody else reads or writes bookings until this is dropped: the session ends, and its lock with it.
    pub(crate) fn lock(&self) -> Running {
        let mut psql = self.psql();
        let mut holder = Running(psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let orders = "begin; lock table booking in access exclusive mode; select 'locked';\n";
        holder.0.stdin.as_mut().unwrap().write_all(orders.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(holder.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        holder
    }

    /// Every new transaction may only read until this is dropped.
    pub(crate) fn read_only(&self) -> ReadOnly<'_> {
        self.set_read_only(true);
        ReadOnly(self)
    }

    fn set_read_only(&self, on: bool) {
        self.ask(&format!("alter system set default_transaction_read_only = {on}"));
        self.ask("select pg_reload_conf()");
    }

    /// Every process of PostgreSQL stands still until this is dropped: connections stay and say nothing.
    pub(crate) fn freeze(&self) -> Frozen {
        self.server.freeze().unwrap();
        Frozen(self.server)
    }
}

/// See [`Cluster::read_only`].
pub(crate) struct ReadOnly<'a>(&'a Cluster);

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        self.0.set_read_only(false);
    }
}

/// See [`Cluster::freeze`].
pub(crate) struct Frozen(&'static Postgres);

impl Drop for Frozen {
    fn drop(&mut self) {
        self.0.thaw().unwrap();
    }
}
