//! The programs beside a browser: its driver, and the sound card and the screen that a machine without people has not.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::program::Program;
use crate::server::from_env;

/// How often a driver is looked for, every 10 ms, until it counts as broken.
const LOOKS: u32 = 2_000;

/// Where the device is, which no screen may show.
const ZONE: &str = "America/New_York";

/// One of them; it ends with the value that holds it.
pub(super) struct Companion {
    pub(super) program: Program,
    /// A program whose output is closed would end at its next word.
    _output: Box<dyn BufRead>,
}

impl Companion {
    /// Takes a free port for IPv4 and wants the same one for IPv6: where another program has that, it ends, and is started again.
    pub(super) fn chromedriver(home: &Path) -> Result<(Self, String)> {
        let start = || {
            let mut command = command(&from_env("PRECHECK_CHROMEDRIVER", "/usr/bin/chromedriver"), home);
            command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
            Self::start(command, "started successfully on port ", |it| it.stdout.take())
        };
        let (driver, port) = start().or_else(|_| start()).or_else(|_| start())?;
        Ok((driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.'))))
    }

    pub(super) fn geckodriver(home: &Path) -> Result<(Self, String)> {
        let mut command = command(&from_env("PRECHECK_GECKODRIVER", "target/tools/bin/geckodriver"), home);
        command.arg("--port=0").arg("--profile-root").arg(home);
        command.env("HOME", home).env("PULSE_SERVER", format!("unix:{}", home.join("sound").display()));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let (driver, address) = Self::start(command, "Listening on ", |it| it.stdout.take())?;
        Ok((driver, format!("http://{address}")))
    }

    /// A sound card that nobody hears: a Firefox without any has no clock of sound, so that no microphone can be listened to.
    pub(super) fn sound_card(home: &Path) -> Result<Self> {
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

    /// A screen that nobody sees, as WebKitGTK has no way to do without; gives its name.
    pub(super) fn screen(home: &Path) -> Result<(Self, String)> {
        let mut command = command(Path::new("Xvfb"), home);
        // It looks for a free number itself: of two that are started at once each has its own.
        command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let (screen, number) = Self::start(command, "", |it| it.stdout.take())?;
        Ok((screen, format!(":{number}")))
    }

    /// WebKitGTK's driver, on a screen. It takes a free port and says nothing: the system is asked where it listens.
    pub(super) async fn webkitdriver(home: &Path, screen: &str, language: &str) -> Result<(Self, String)> {
        let mut command = command(&from_env("PRECHECK_WEBKITDRIVER", "/usr/bin/WebKitWebDriver"), home);
        for folder in ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(folder, home);
        }
        let locale = locale(home, language)?;
        command.env("LOCPATH", home.join("locales")).env("LC_ALL", locale).env_remove("LANGUAGE");
        command.env("DISPLAY", screen).env("GDK_BACKEND", "x11").env_remove("WAYLAND_DISPLAY");
        // Neither a bus, nor a store of settings, nor a graphics card is there. (Without compositing at all, which could be
        // chosen too, a page that is asked about at every frame can no longer be pictured.)
        command.env("DBUS_SESSION_BUS_ADDRESS", "disabled:").env("NO_AT_BRIDGE", "1");
        command.env("GSETTINGS_BACKEND", "memory");
        command.env("LIBGL_ALWAYS_SOFTWARE", "1");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let (program, output) = Program::start(&mut command, |it| it.stdout.take())
            .context("no WebKitWebDriver: `cargo xtask tools` installs it")?;
        let id = program.id();
        let driver = Self { program, _output: Box::new(BufReader::new(output)) };
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..LOOKS {
            beat.tick().await;
            if let Some(port) = port_of(id) {
                return Ok((driver, format!("http://127.0.0.1:{port}")));
            }
        }
        bail!("WebKitWebDriver does not listen");
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
                return Ok((Self { program, _output: Box::new(output) }, rest));
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

/// The port that a program listens on, on this machine alone, by what Linux tells of it.
fn port_of(program: u32) -> Option<u16> {
    let open = fs::read_dir(format!("/proc/{program}/fd")).ok()?.flatten();
    let open: HashSet<String> =
        open.filter_map(|it| Some(fs::read_link(it.path()).ok()?.to_str()?.to_owned())).collect();
    let sockets = fs::read_to_string(format!("/proc/{program}/net/tcp")).ok()?;
    sockets.lines().find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (address, state, number) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let port = address.strip_prefix("0100007F:")?;
        (*state == "0A" && open.contains(&format!("socket:[{number}]")))
            .then(|| u16::from_str_radix(port, 16).ok())?
    })
}

/// WebKitGTK has its language from the machine's locale, and a machine of tests has but the plain one: a folder that says it is
/// of a language, and is the plain one.
fn locale(home: &Path, language: &str) -> Result<String> {
    let name = match language {
        "ja" => "ja_JP.UTF-8",
        "en" => "en_US.UTF-8",
        other => bail!("no locale is known for {other}"),
    };
    let folder = home.join("locales");
    fs::create_dir_all(&folder).context("no folder for locales")?;
    std::os::unix::fs::symlink("/usr/lib/locale/C.utf8", folder.join(name)).context("no locale")?;
    Ok(name.to_owned())
}
