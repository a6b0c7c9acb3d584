//! The server as it is delivered, started as its own program. Started again on the same port with another clock or another
//! office it is how time and terms move on while a page stays open.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// Tuesday. The deadline for Thursday the 26th is Wednesday 17:15, the one for Friday the 27th Thursday 17:15.
pub(crate) const MORNING: &str = "2026-11-24T09:00:00+09:00";
/// Wednesday, a minute after the deadline for Thursday.
pub(crate) const AFTER_THE_DEADLINE: &str = "2026-11-25T17:16:00+09:00";

/// How the office of the tests is reached; nobody's number.
pub(crate) const TELEPHONE: &str = "0134-00-0000";
const MAIL: &str = "soudan@otaru.example.jp";

/// A running server with its own database.
pub(crate) struct Server {
    program: Option<Program>,
    port: u16,
    /// The pages that may embed the widget.
    hosts: String,
    /// The desk opens over plain http, whatever name it is called by.
    over_http: bool,
    /// The instant at which its clock was started.
    clock: String,
    home: TempDir,
}

impl Server {
    /// Starts a fresh one on a free port.
    pub(crate) fn start(clock: &str) -> Result<Self> {
        let home = tempfile::tempdir().context("no folder for temporary files")?;
        let mut server = Self {
            program: None,
            port: 0,
            hosts: String::new(),
            over_http: false,
            clock: String::new(),
            home,
        };
        server.restart(clock, None)?;
        Ok(server)
    }

    /// Ends it without warning, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.program = None;
    }

    /// Starts it again with an origin whose pages may embed the widget.
    pub(crate) fn allow(&mut self, origin: &str) -> Result<()> {
        origin.clone_into(&mut self.hosts);
        self.restart(MORNING, None)
    }

    /// Puts a file of an earlier release beside its data, where an update leaves it.
    pub(crate) fn keeps(&self, name: &str, content: &[u8]) -> Result<()> {
        let folder = self.home.path().join("data/widget");
        std::fs::create_dir_all(&folder).context("no folder for kept files")?;
        std::fs::write(folder.join(name), content).with_context(|| format!("cannot put {name} there"))
    }

    /// Starts it again with a desk that opens over plain http, also under a name that is not this machine's.
    pub(crate) fn opens_the_desk_over_http(&mut self) -> Result<()> {
        self.over_http = true;
        self.restart(MORNING, None)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it, and starts it again on the same port and database, with another clock and perhaps another office.
    pub(crate) fn restart(&mut self, clock: &str, office: Option<&Path>) -> Result<()> {
        self.kill();
        clock.clone_into(&mut self.clock);
        self.accept_the_clock(office)?;
        let log = File::options().create(true).append(true).open(self.log()).context("no server log")?;
        let mut command = self.command();
        command.args(["--bind", &format!("127.0.0.1:{}", self.port), "--limits", "off", "--clock", clock]);
        command.args(["--telephone", TELEPHONE, "--mail", MAIL]);
        if let Some(office) = office {
            command.arg("--office").arg(office);
        }
        if !self.hosts.is_empty() {
            command.args(["--allowed-origins", &self.hosts]);
        }
        if self.over_http {
            command.args(["--desk-over-http", "on"]);
        }
        command.stdout(Stdio::piped()).stderr(log);
        let (program, output) = Program::start(&mut command, |it| it.stdout.take())
            .context("no server: `cargo xtask e2e` builds it")?;
        let mut line = String::new();
        // It says one line when it is ready, or ends.
        BufReader::new(output).read_line(&mut line).context("the server's output cannot be read")?;
        self.program = Some(program);
        let port = line.trim_end().strip_prefix("Listening on http://127.0.0.1:");
        let port =
            port.with_context(|| format!("the server did not start: {line:?}\n{}", self.last_words()))?;
        self.port = port.parse().with_context(|| format!("not a port: {line:?}"))?;
        Ok(())
    }

    /// A person says that the clock is right, where it is another one than before.
    fn accept_the_clock(&self, office: Option<&Path>) -> Result<()> {
        if !self.home.path().join("data/precheck.db").exists() {
            return Ok(());
        }
        let mut command = self.command();
        command.args(["--clock", &self.clock]);
        if let Some(office) = office {
            command.arg("--office").arg(office);
        }
        let done = command.args(["clock", "accept"]).output().context("`clock accept` does not start")?;
        ensure!(done.status.success(), "`clock accept`: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    /// Adds a manager from a shell, at the server's own time, and gives the address of her one-time link.
    pub(crate) fn invites(&self, login: &str, name: &str) -> Result<String> {
        let mut command = self.command();
        command.args(["--bind", &format!("127.0.0.1:{}", self.port), "--clock", &self.clock]);
        command.args(["staff", "add", "--login", login, "--name", name, "--role", "manager"]);
        let done = command.output().context("`staff add` does not start")?;
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(
            done.status.success(),
            "`staff add` ended with {}: {said}\n{}",
            done.status,
            String::from_utf8_lossy(&done.stderr)
        );
        let link = said.split_whitespace().find(|it| it.starts_with("http"));
        Ok(link.with_context(|| format!("no link in {said:?}"))?.to_owned())
    }

    /// The program with this server's data folder, and no setting of the machine's.
    fn command(&self) -> Command {
        let mut command = Command::new(from_env("PRECHECK_SERVER", "target/release/precheck-server"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PRECHECK_") {
                command.env_remove(name);
            }
        }
        command.arg("--data").arg(self.home.path().join("data"));
        command
    }

    /// The address of a page.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A request as the API tells it to whoever has number and code.
    pub(crate) async fn request(&self, number: &str, code: &str) -> Result<Value> {
        let answer = client()?
            .get(self.address(&format!("/api/v1/requests/{number}")))
            .bearer_auth(code)
            .send()
            .await
            .context("the server does not answer")?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status == 200, "{status}: {body}");
        Ok(serde_json::from_str(&body)?)
    }

    /// What it logged.
    pub(crate) fn last_words(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("server.log")
    }
}

/// A client that asks 127.0.0.1 directly, whatever the machine's proxy is.
fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build().context("no HTTP client")
}

/// The office's folder with a revision of its terms that is in force from the day of the tests: one line of article 4 has
/// changed. Gives the folder, the line before and the line after.
pub(crate) fn revised_office() -> Result<(TempDir, String, String)> {
    let folder = same_office()?;
    let terms = std::fs::read_to_string(folder.path().join("terms-2023-10-01.txt"))?;
    let before = "平日10:00～12:00、13:00～16:00の間の30分間";
    let after = "平日10:00～12:00、13:00～16:00の間で、当ハローワークが指定する30分間";
    ensure!(terms.matches(before).count() == 1, "article 4 no longer has the line that the test revises");
    std::fs::write(folder.path().join("terms-2026-11-24.txt"), terms.replace(before, after))?;
    Ok((folder, before.to_owned(), after.to_owned()))
}

/// The office's folder with other words in one of its files.
pub(crate) fn changed_office(file: &str, before: &str, after: &str) -> Result<TempDir> {
    let folder = same_office()?;
    let path = folder.path().join(file);
    let content = std::fs::read_to_string(&path)?;
    ensure!(content.matches(before).count() == 1, "{file} no longer has {before:?} once");
    std::fs::write(path, content.replace(before, after))?;
    Ok(folder)
}

/// A copy of the office's folder.
fn same_office() -> Result<TempDir> {
    let folder = tempfile::tempdir().context("no folder for temporary files")?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/offices/otaru");
    for entry in std::fs::read_dir(source).context("no office to copy")? {
        let entry = entry?;
        std::fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
    }
    Ok(folder)
}

/// A path from the environment, or the place where `cargo xtask` leaves it.
pub(crate) fn from_env(name: &str, otherwise: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(otherwise),
    }
}
