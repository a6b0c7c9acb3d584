//! A Chromium with an empty profile, steered through chromedriver. Both end with the value that holds them, also when a test
//! fails.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use crate::server::Program;

/// Where the device is, which no screen may show.
const ZONE: &str = "America/New_York";

/// One browser with one window. The order of the fields is the order in which they end.
pub(crate) struct Browser {
    pub(crate) window: WebDriver,
    _driver: Driver,
    _home: TempDir,
}

impl Browser {
    /// Starts a browser that prefers a language.
    pub(crate) async fn start(language: &str) -> Result<Self> {
        let home = tempfile::tempdir().context("no folder for temporary files")?;
        let driver = Driver::start(home.path())?;
        let mut wanted = Capabilities::new();
        wanted.set("browserName", "chrome")?;
        wanted.set(
            "goog:chromeOptions",
            json!({
                "args": [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                    "--window-size=1280,900",
                    format!("--lang={language}"),
                    format!("--user-data-dir={}", home.path().join("profile").display()),
                ],
                "prefs": {
                    "intl.accept_languages": language,
                    "session.restore_on_startup": 4,
                    "session.startup_urls": ["about:blank"],
                },
            }),
        )?;
        wanted.set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" }))?;
        let window = WebDriver::new(driver.address.clone(), wanted)
            .await
            .context("chromedriver cannot start Chromium: `cargo xtask tools` installs both")?;
        window.set_script_timeout(Duration::from_secs(30)).await?;
        window.set_page_load_timeout(Duration::from_secs(30)).await?;
        Ok(Self { window, _driver: driver, _home: home })
    }
}

/// A running chromedriver.
struct Driver {
    address: String,
    _program: Program,
    /// A driver whose output is closed would end at its next word.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    /// Whatever driver and browser leave behind stays in a folder that goes with them.
    fn start(home: &Path) -> Result<Self> {
        let file = match std::env::var_os("PRECHECK_CHROMEDRIVER") {
            Some(file) => file.into(),
            None => PathBuf::from("/usr/bin/chromedriver"),
        };
        let mut program = Command::new(&file)
            .arg("--port=0")
            .env("TZ", ZONE)
            .env("TMPDIR", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("no driver at {}: `cargo xtask tools` installs it", file.display()))?;
        let mut output = BufReader::new(program.stdout.take().context("chromedriver has no output")?);
        let program = Program(program);
        let mut line = String::new();
        while 0 < output.read_line(&mut line).context("chromedriver's output cannot be read")? {
            if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
                let address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                return Ok(Self { address, _program: program, _output: output });
            }
            line.clear();
        }
        bail!("chromedriver ended before it was ready");
    }
}
