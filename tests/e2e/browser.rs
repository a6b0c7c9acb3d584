//! A browser with an empty profile, steered through its driver: Chromium or Firefox, on the device that a test describes.
//! Everything ends with the value that holds it, also when a test fails.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{Capabilities, WebDriver};

use crate::device::{Device, Engine};
use crate::program::Program;
use crate::server::from_env;

/// Where the device is, which no screen may show.
const ZONE: &str = "America/New_York";

/// The longest that a driver may take to answer. Scripts and pages have half of that; what takes longer never comes.
const SILENCE: Duration = Duration::from_mins(1);

/// One browser with one window. The order of the fields is the order in which they end.
pub(crate) struct Browser {
    pub(crate) window: WebDriver,
    pub(crate) engine: Engine,
    _driver: Helper,
    _sound_card: Option<Helper>,
    _home: TempDir,
}

impl Browser {
    /// Starts a browser.
    pub(crate) async fn start(device: &Device) -> Result<Self> {
        let home = tempfile::tempdir().context("no folder for temporary files")?;
        let (driver, address, wanted, sound_card) = match device.engine {
            Engine::Chromium => {
                let (driver, address) = Helper::chromedriver(home.path())?;
                (driver, address, chromium(device, home.path())?, None)
            }
            Engine::Firefox => {
                let sound_card =
                    if device.has_sound() { Some(Helper::sound_card(home.path())?) } else { None };
                let (driver, address) = Helper::geckodriver(home.path())?;
                (driver, address, firefox(device)?, sound_card)
            }
        };
        let window = WebDriver::builder(address, wanted)
            .request_timeout(SILENCE)
            .await
            .with_context(|| format!("no {:?}: `cargo xtask tools` installs it", device.engine))?;
        window.set_script_timeout(Duration::from_secs(30)).await?;
        window.set_page_load_timeout(Duration::from_secs(30)).await?;
        if device.engine == Engine::Chromium {
            for script in device.scripts() {
                let script = json!({ "source": format!("{{ {script} }}") });
                window.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
            }
        }
        Ok(Self { window, engine: device.engine, _driver: driver, _sound_card: sound_card, _home: home })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It need not be asked to close its window: it ends with its driver, and its profile goes with the folder.
        drop(self.window.clone().leak());
    }
}

/// Whether a test failed since the browser or its driver is gone, or does not answer its driver: nothing that a page could say.
///
/// A page that hangs is none of that: the driver tells of it when the time for its script is over.
pub(crate) fn is_lost(error: &anyhow::Error) -> bool {
    let mut told = error.chain().filter_map(|it| it.downcast_ref::<WebDriverError>());
    told.any(|it| match &**it {
        // Nothing came back over the line to the driver.
        WebDriverErrorInner::HttpError(_)
        | WebDriverErrorInner::SessionNotCreated(_)
        | WebDriverErrorInner::InvalidSessionId(_) => true,
        WebDriverErrorInner::UnknownError(told) | WebDriverErrorInner::NotInSpec(told) => {
            LOST.iter().any(|words| told.value.message.contains(words))
        }
        _ => false,
    })
}

/// In the words of both drivers.
const LOST: [&str; 5] = [
    "tab crashed",
    "not connected to DevTools",
    "chrome not reachable",
    "Failed to decode response from marionette",
    "without establishing a connection",
];

fn chromium(device: &Device, home: &Path) -> Result<Capabilities> {
    let mut switches: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ]
    .map(str::to_owned)
    .into();
    switches.push(format!("--user-data-dir={}", home.join("profile").display()));
    switches.extend(device.switches(home)?);
    let mut wanted = Capabilities::new();
    wanted.set("browserName", "chrome")?;
    wanted.set("goog:chromeOptions", json!({ "args": switches, "prefs": device.preferences() }))?;
    wanted.set("goog:loggingPrefs", json!({ "browser": "ALL", "performance": "ALL" }))?;
    Ok(wanted)
}

fn firefox(device: &Device) -> Result<Capabilities> {
    let mut wanted = Capabilities::new();
    wanted.set("browserName", "firefox")?;
    wanted.set(
        "moz:firefoxOptions",
        json!({
            "binary": from_env("PRECHECK_FIREFOX", "/usr/bin/firefox-esr"),
            "args": ["-headless", "--width=1280", "--height=900"],
            "prefs": device.preferences(),
        }),
    )?;
    Ok(wanted)
}

/// A program beside the browser.
struct Helper {
    _program: Program,
    /// A program whose output is closed would end at its next word.
    _output: Box<dyn BufRead>,
}

impl Helper {
    /// Takes a free port for IPv4 and wants the same one for IPv6: where another program has that, it ends, and is started again.
    fn chromedriver(home: &Path) -> Result<(Self, String)> {
        let start = || {
            let mut command = command(&from_env("PRECHECK_CHROMEDRIVER", "/usr/bin/chromedriver"), home);
            command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
            Self::start(command, "started successfully on port ", |it| it.stdout.take())
        };
        let (driver, port) = start().or_else(|_| start()).or_else(|_| start())?;
        Ok((driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.'))))
    }

    fn geckodriver(home: &Path) -> Result<(Self, String)> {
        let mut command = command(&from_env("PRECHECK_GECKODRIVER", "target/tools/bin/geckodriver"), home);
        command.arg("--port=0").arg("--profile-root").arg(home);
        command.env("HOME", home).env("PULSE_SERVER", format!("unix:{}", home.join("sound").display()));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let (driver, address) = Self::start(command, "Listening on ", |it| it.stdout.take())?;
        Ok((driver, format!("http://{address}")))
    }

    /// A sound card that nobody hears: a Firefox without any has no clock of sound, so that no microphone can be listened to.
    fn sound_card(home: &Path) -> Result<Self> {
        let mut command = command(Path::new("pulseaudio"), home);
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home);
        command.args([
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disable-shm=yes",
        ]);
        command.args(["--log-target=stderr", "--log-level=info", "-L", "module-null-sink", "-L"]);
        let socket = home.join("sound");
        command.arg(format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        Self::start(command, "Daemon startup complete", |it| it.stderr.take()).map(|it| it.0)
    }

    /// Starts a program and waits until it says that it is ready; gives the rest of that line.
    fn start<Output: std::io::Read + 'static>(
        mut command: Command,
        ready: &str,
        output: impl FnOnce(&mut Child) -> Option<Output>,
    ) -> Result<(Self, String)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let (program, output) = Program::start(&mut command, output)
            .with_context(|| format!("no {name}: `cargo xtask tools` installs it"))?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while 0 < output.read_line(&mut line).with_context(|| format!("{name} cannot be read"))? {
            if let Some((_, rest)) = line.trim_end().split_once(ready) {
                let rest = rest.to_owned();
                return Ok((Self { _program: program, _output: Box::new(output) }, rest));
            }
            line.clear();
        }
        bail!("{name} ended before it was ready");
    }
}

/// Whatever a program leaves behind stays in a folder that goes with it.
fn command(file: &Path, home: &Path) -> Command {
    let mut command = Command::new(file);
    command.env("TZ", ZONE).env("TMPDIR", home);
    command
}
