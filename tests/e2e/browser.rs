//! A Chromium with an empty profile, steered through chromedriver. Both end with the value that holds them, also when a test
//! fails.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use crate::server::from_env;

/// Where the device is, which no screen may show.
const ZONE: &str = "America/New_York";

/// One browser with one window. The order of the fields is the order in which they end.
pub(crate) struct Browser {
    pub(crate) window: WebDriver,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser that prefers a language.
    pub(crate) async fn start(language: &str) -> Result<Self> {
        let profile = tempfile::tempdir().context("no folder for temporary files")?;
        let driver = Driver::start()?;
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
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": { "intl.accept_languages": language },
            }),
        )?;
        wanted.set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" }))?;
        let window = WebDriver::new(driver.address.clone(), wanted)
            .await
            .context("chromedriver cannot start Chromium: `cargo xtask tools` installs both")?;
        window.set_script_timeout(Duration::from_secs(30)).await?;
        window.set_page_load_timeout(Duration::from_secs(30)).await?;
        Ok(Self { window, _driver: driver, _profile: profile })
    }
}

/// A running chromedriver.
struct Driver {
    program: Child,
    address: String,
    /// A driver whose output is closed would end at its next word.
    _output: Option<BufReader<ChildStdout>>,
}

impl Driver {
    fn start() -> Result<Self> {
        let file = match std::env::var_os("PRECHECK_CHROMEDRIVER") {
            Some(_) => from_env("PRECHECK_CHROMEDRIVER", ""),
            None => "/usr/bin/chromedriver".into(),
        };
        let mut program = Command::new(&file)
            .arg("--port=0")
            .env("TZ", ZONE)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("no driver at {}: `cargo xtask tools` installs it", file.display()))?;
        let output = program.stdout.take().context("chromedriver has no output")?;
        let mut driver = Self { program, address: String::new(), _output: None };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while 0 < output.read_line(&mut line).context("chromedriver's output cannot be read")? {
            if let Some((_, port)) = line.trim_end().split_once("started successfully on port ") {
                driver.address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                driver._output = Some(output);
                return Ok(driver);
            }
            line.clear();
        }
        bail!("chromedriver ended before it was ready");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Nothing is left to tell when it has ended already.
        drop((self.program.kill(), self.program.wait()));
    }
}
