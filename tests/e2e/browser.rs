//! A browser with an empty profile, steered through its driver: Chromium, Firefox or WebKitGTK, on the device that a test describes.
//! Everything ends with the value that holds it, also when a test fails.

mod beside;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{Capabilities, Key, WebDriver, WebElement};

use crate::device::{Device, Engine};
use crate::server::from_env;
use beside::Companion;

/// The longest that a driver may take to answer. Scripts and pages have half of that; what takes longer never comes.
const SILENCE: Duration = Duration::from_mins(1);

/// One browser with one window. The order of the fields is the order in which they end.
pub(crate) struct Browser {
    pub(crate) window: WebDriver,
    pub(crate) engine: Engine,
    driver: Companion,
    /// Sound card or screen, where the engine needs one.
    _around: Option<Companion>,
    _home: TempDir,
}

impl Browser {
    /// Starts a browser.
    pub(crate) async fn start(device: &Device) -> Result<Self> {
        let home = tempfile::tempdir().context("no folder for temporary files")?;
        let (driver, address, wanted, around) = match device.engine {
            Engine::Chromium => {
                let (driver, address) = Companion::chromedriver(home.path())?;
                (driver, address, chromium(device, home.path())?, None)
            }
            Engine::Firefox => {
                let sound_card =
                    if device.has_sound() { Some(Companion::sound_card(home.path())?) } else { None };
                let (driver, address) = Companion::geckodriver(home.path())?;
                (driver, address, firefox(device)?, sound_card)
            }
            Engine::WebKit => {
                let (screen, name) = Companion::screen(home.path())?;
                let (driver, address) = Companion::webkitdriver(home.path(), &name, device.language).await?;
                (driver, address, webkit(device)?, Some(screen))
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
        if device.engine == Engine::WebKit {
            let (left, width) = device.window();
            window.set_window_rect(left, 0, width, 900).await?;
        }
        Ok(Self { window, engine: device.engine, driver, _around: around, _home: home })
    }
}

impl Browser {
    /// A real click.
    ///
    /// WebKitGTK's driver takes what lies inside a text field for something over it, where the field is in a shadow root: there the
    /// pointer is led to the field, unless something else lies over it.
    pub(crate) async fn press(&self, element: &WebElement) -> Result<(), WebDriverError> {
        if self.engine == Engine::WebKit {
            self.scrolls_to(element).await?;
        }
        let outcome = element.click().await;
        let (Engine::WebKit, Err(error)) = (self.engine, &outcome) else { return outcome };
        if !matches!(**error, WebDriverErrorInner::ElementClickIntercepted(_)) {
            return outcome;
        }
        let lies_open = "const it = arguments[0], at = it.getBoundingClientRect(), root = it.getRootNode();
            const found = root.elementsFromPoint(at.x + at.width / 2, at.y + at.height / 2);
            return it.matches('input, textarea') && found.find((over) => over !== root.host) === it;";
        let lies_open = self.window.execute(lies_open, vec![element.to_json()?]).await?;
        if lies_open.json() != true {
            return outcome;
        }
        self.window.action_chain().move_to_element_center(element).click().perform().await
    }

    /// The browser goes, and its driver stays.
    pub(crate) fn is_gone(&self) -> Result<()> {
        self.driver.program.loses_its_own()
    }

    /// Scrolls the page around our frame, as a person would: WebKitGTK's driver scrolls only within the frame, and presses what is
    /// out of sight without a word.
    async fn scrolls_to(&self, element: &WebElement) -> Result<(), WebDriverError> {
        // What has just been drawn may make the frame another height.
        let middle = "const [it, done] = arguments, end = performance.now() + 1000;
            const look = () => {
                const at = it.getBoundingClientRect();
                const fits = Math.abs(document.body.getBoundingClientRect().height - innerHeight) < 2;
                if (parent === window) done(null);
                else if (fits || end < performance.now()) done(at.y + at.height / 2);
                else requestAnimationFrame(look);
            };
            look();";
        let middle = self.window.execute_async(middle, vec![element.to_json()?]).await?.json().clone();
        if middle.is_null() {
            return Ok(());
        }
        self.window.enter_parent_frame().await?;
        let scroll = "const element = document.querySelector('online-counselling-precheck');
            const frame = element.shadowRoot.querySelector('iframe');
            const top = frame.getBoundingClientRect().y + arguments[0];
            if (top < 40 || innerHeight - 40 < top) scrollBy(0, top - innerHeight / 2);
            return frame;";
        self.window.execute(scroll, vec![middle]).await?.element()?.enter_frame().await
    }

    /// Types where the focus is, over what stands there.
    ///
    /// WebKitGTK's driver presses the key of a capital letter and no more: there Shift is held as well.
    pub(crate) async fn types(&self, typed: &str) -> Result<(), WebDriverError> {
        let all = self.window.action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
        let typing = match (typed, self.engine) {
            ("", _) => all.send_keys(Key::Delete),
            (_, Engine::WebKit) => typed.chars().fold(all, |typing, letter| {
                if letter.is_ascii_uppercase() {
                    typing.key_down(Key::Shift).send_keys(letter.to_string()).key_up(Key::Shift)
                } else {
                    typing.send_keys(letter.to_string())
                }
            }),
            _ => all.send_keys(typed),
        };
        typing.perform().await
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
            // WebKitGTK's driver has no words at all for a browser that has just gone.
            let told = &told.value.message;
            told.is_empty() || LOST.iter().any(|words| told.contains(words))
        }
        _ => false,
    })
}

/// In the words of the drivers.
const LOST: [&str; 6] = [
    "tab crashed",
    "not connected to DevTools",
    "chrome not reachable",
    "Failed to decode response from marionette",
    "without establishing a connection",
    "Could not parse script result",
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

fn webkit(device: &Device) -> Result<Capabilities> {
    let mut wanted = Capabilities::new();
    wanted.set("browserName", "MiniBrowser")?;
    wanted.set("webkitgtk:browserOptions", json!({ "args": device.settings() }))?;
    Ok(wanted)
}
