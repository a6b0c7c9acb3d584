//! A PostgreSQL of one's own, for tests, benches and fault trials: data and socket lie in a temporary folder, nobody else
//! reaches it, and it ends with the program that started it, however that ends.
//!
//! A shell keeps watch: it reads a pipe whose other end we hold, and stops the server and removes the folder when the pipe
//! closes. No destructor and no signal is needed for that, so that neither Ctrl-C nor `kill -9` leaves anything behind.
//! PostgreSQL refuses to run as root: then it runs as Debian's user `postgres`.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;
use std::{env, fs};

/// Starting takes a second or two; on a machine that does much else, more.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a start needs when the machine lacks it.
const MISSING: &str = "PostgreSQL's programs are missing: `cargo xtask tools` installs them";

/// The role as which a server of the pre-check connects: it owns its database and nothing else.
pub const ROLE: &str = "precheck";

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does, as where people rely on it.
    Disk,
    /// It does not. Right for tests that end the program and never the machine: no byte is lost by that, and a database is
    /// made in a tenth of the time.
    Memory,
}

/// A server that runs until this is dropped, or the program ends.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    orders: Mutex<Option<ChildStdin>>,
    watch: Mutex<Child>,
    ready: Mutex<mpsc::Receiver<()>>,
    databases: AtomicU32,
}

/// Keeps watch: starts the server, obeys a word a line, and clears everything away when there are no more lines.
const WATCH: &str = r#"
start() { "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c "fsync=$3" -c "full_page_writes=$3" \
    -c max_connections=300 -c logging_collector=off -c log_min_messages=log -c log_checkpoints=off -c lc_messages=C < /dev/null & server=$!; }
start "$@"
while read -r order; do
    case "$order" in
        crash) kill -QUIT "$server"; wait "$server" ;;
        stop) kill -INT "$server"; wait "$server" ;;
        start) start "$@" ;;
        freeze) kill -STOP "$server" $(cat "/proc/$server/task/$server/children") ;;
        thaw) kill -CONT $(cat "/proc/$server/task/$server/children") "$server" ;;
    esac
    echo "done: $order" >&2
done
kill -QUIT "$server" 2> /dev/null; wait "$server"; rm -rf "$2"
"#;

impl Postgres {
    /// The server of this program: the first to ask starts it, and all tests share it, with a database for each.
    ///
    /// # Panics
    /// With one line that says what is missing.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Self::start(Durability::Memory));
        started.as_ref().unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Starts one.
    ///
    /// # Errors
    /// A line that says what is missing, or what PostgreSQL says.
    pub fn start(durability: Durability) -> Result<Self, String> {
        let programs = programs().ok_or(MISSING)?;
        let account = Account::find()?;
        let folder = new_folder(account.as_ref())?;
        let data = folder.join("data");
        let made = account_of(account.as_ref(), &programs.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"])
            .arg("-D")
            .arg(&data)
            .output();
        let made = made.map_err(|error| format!("initdb does not start: {error}"))?;
        if !made.status.success() {
            let _ = fs::remove_dir_all(&folder);
            return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim()));
        }
        let fsync = if durability == Durability::Disk { "on" } else { "off" };
        let mut watch = account_of(account.as_ref(), Path::new("/bin/sh"));
        watch.args(["-c", WATCH, "sh"]).arg(&programs).arg(&folder).arg(fsync);
        // A group of its own: Ctrl-C is for us, and the watch learns of it by the pipe.
        watch.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut watch = watch.spawn().map_err(|error| format!("no shell: {error}"))?;
        let (told, ready) = mpsc::channel();
        let (orders, log) = (watch.stdin.take(), watch.stderr.take());
        std::thread::spawn(move || {
            let mut began = false;
            for line in BufReader::new(log?).lines() {
                let line = line.ok()?;
                if line.contains("ready to accept connections") || line.starts_with("done: ") {
                    began = true;
                    told.send(()).ok()?;
                } else if !began && line.contains("FATAL") {
                    // Later ones are the trials' own doing.
                    eprintln!("private PostgreSQL: {line}");
                }
            }
            Some(())
        });
        let server = Self {
            folder,
            programs,
            orders: Mutex::new(orders),
            watch: Mutex::new(watch),
            ready: Mutex::new(ready),
            databases: AtomicU32::new(0),
        };
        server.wait()?;
        server.run(&format!("create role {ROLE} login"))?;
        Ok(server)
    }

    /// A new, empty database that belongs to [`ROLE`], as an address for `--database-url`.
    ///
    /// # Panics
    /// With what PostgreSQL says.
    pub fn database(&self) -> String {
        let name = format!("precheck_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self.run(&format!("create database {name} owner {ROLE}"));
        made.unwrap_or_else(|fault| panic!("{fault}"));
        format!("postgres://{ROLE}@{}/{name}", percent_encoded(&self.folder))
    }

    /// What the administrator gets for a statement on the database at `url`: a line a row.
    ///
    /// # Panics
    /// With what PostgreSQL says.
    pub fn ask(&self, url: &str, sql: &str) -> String {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.psql(name, sql).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// The same database for the server's own administrator.
    pub fn as_administrator(url: &str) -> String {
        url.replacen(&format!("//{ROLE}@"), "//postgres@", 1)
    }

    /// Where data and socket lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where PostgreSQL's own programs lie.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Ends the server as a power cut ends it: no connection is told, nothing is written any more; then starts it again.
    ///
    /// # Errors
    /// It does not start within a minute.
    pub fn crash(&self) -> Result<(), String> {
        self.order("crash")?;
        self.start_again()
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// It does not stop within a minute.
    pub fn stop(&self) -> Result<(), String> {
        self.order("stop")
    }

    /// Starts it again.
    ///
    /// # Errors
    /// It does not start within a minute.
    pub fn start_again(&self) -> Result<(), String> {
        self.order("start")?;
        self.wait()
    }

    /// Every process of the server stands still until [`Self::thaw`]: connections stay and say nothing.
    ///
    /// # Errors
    /// The watch does not answer.
    pub fn freeze(&self) -> Result<(), String> {
        self.order("freeze")
    }

    /// Goes on.
    ///
    /// # Errors
    /// The watch does not answer.
    pub fn thaw(&self) -> Result<(), String> {
        self.order("thaw")
    }

    fn order(&self, word: &str) -> Result<(), String> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let pipe = orders.as_mut().ok_or("the watch has ended")?;
        writeln!(pipe, "{word}").map_err(|error| format!("the watch does not listen: {error}"))?;
        self.wait()
    }

    fn wait(&self) -> Result<(), String> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.recv_timeout(PATIENCE).map_err(|_| "PostgreSQL did not answer in time".to_owned())
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        self.psql("postgres", sql).map(drop)
    }

    /// Runs a statement as the administrator.
    fn psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]);
        psql.arg(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let fault = |error| format!("psql does not start: {error}");
        let mut psql = psql.spawn().map_err(fault)?;
        // It may be longer than an argument can be. Dropped, the pipe ends.
        psql.stdin.take().map_or(Ok(()), |mut pipe| pipe.write_all(sql.as_bytes())).map_err(fault)?;
        let psql = psql.wait_with_output().map_err(fault)?;
        if psql.status.success() {
            return Ok(String::from_utf8_lossy(&psql.stdout).trim_end().to_owned());
        }
        Err(format!("{sql}: {}", String::from_utf8_lossy(&psql.stderr).trim()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.watch.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}

/// The newest PostgreSQL that Debian's packages left, or the one on PATH.
fn programs() -> Option<PathBuf> {
    let number = |it: &PathBuf| it.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|it| it.path());
    let debian = versions.filter(|it| number(it).is_some()).max_by_key(number).map(|it| it.join("bin"));
    let on_path = env::var_os("PATH").unwrap_or_default();
    let mut folders = debian.into_iter().chain(env::split_paths(&on_path));
    folders.find(|it| ["initdb", "postgres", "psql"].iter().all(|program| it.join(program).is_file()))
}

/// The account that the server runs as, where it cannot be ours.
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn find() -> Result<Option<Self>, String> {
        let id = Command::new("id").arg("-u").output().map_err(|error| format!("no `id`: {error}"))?;
        if id.stdout.trim_ascii() != b"0" {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entry = accounts.lines().find_map(|it| it.strip_prefix("postgres:")).ok_or(MISSING)?;
        let mut numbers = entry.split(':').skip(1).map_while(|it| it.parse().ok());
        let account = numbers.next().zip(numbers.next()).map(|(user, group)| Self { user, group });
        account.map(Some).ok_or_else(|| "the account `postgres` cannot be read".to_owned())
    }
}

fn account_of(account: Option<&Account>, program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some(Account { user, group }) = account {
        command.uid(*user).gid(*group);
    }
    // Nobody else's settings, and a folder that the account can enter.
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")));
    command.env("LC_ALL", "C").current_dir("/");
    command
}

fn new_folder(account: Option<&Account>) -> Result<PathBuf, String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    // A socket's path has to be short.
    let folder = env::temp_dir().join(format!("private-postgres-{}-{number}", std::process::id()));
    let fault = |error| format!("cannot make {}: {error}", folder.display());
    // Left by a program of the same number that was ended together with its watch.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).map_err(fault)?;
    if let Some(Account { user, group }) = account {
        std::os::unix::fs::chown(&folder, Some(*user), Some(*group)).map_err(fault)?;
    }
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(fault)?;
    Ok(folder)
}

/// As the host of an address: every byte that is not a plain letter or digit.
fn percent_encoded(path: &Path) -> String {
    use std::fmt::Write as _;
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || *byte == b'-' {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_is_cut_short_and_comes_back_and_leaves_nothing() {
        let server = Postgres::start(Durability::Memory).unwrap();
        let folder = server.folder().to_owned();
        assert!(server.database().starts_with("postgres://precheck@%2F"));
        server.crash().unwrap();
        server.run("select 1").unwrap();
        server.stop().unwrap();
        assert!(server.run("select 1").is_err());
        server.start_again().unwrap();
        server.run("select 1").unwrap();
        drop(server);
        assert!(!folder.exists());
    }
}
