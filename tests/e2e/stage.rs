//! One test: a server, a page, and what is kept when it fails. One at a time: two browsers would fight for the machine.

use std::fmt;
use std::io::{Write as _, stdout};

use anyhow::{Result, ensure};
use tokio::sync::Mutex;

use crate::browser;
use crate::device::Device;
use crate::page::Page;
use crate::server::{MORNING, Server};

/// What a test comes to.
pub(crate) type Outcome = Result<(), Failure>;

/// Why a test failed, told without the path through the machinery that led there.
pub(crate) struct Failure(anyhow::Error);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chain().try_for_each(|cause| writeln!(f, "{cause}"))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

static TURN: Mutex<()> = Mutex::const_new(());

/// What a test acts on. The page ends first.
pub(crate) struct Stage {
    pub(crate) page: Page,
    pub(crate) server: Server,
}

impl Stage {
    /// The console stayed quiet, nobody else was asked, no cookie was set; refusals have these statuses.
    pub(crate) async fn was_quiet(&self, expected: &[u16]) -> Result<()> {
        self.page.was_quiet(&self.server.address("/"), expected).await
    }
}

/// Plays a test on a Tuesday morning, in Japanese.
pub(crate) async fn play(act: impl AsyncFn(&mut Stage) -> Result<()>) -> Outcome {
    play_in("ja", act).await
}

/// Plays a test in a browser that prefers a language.
pub(crate) async fn play_in(language: &'static str, act: impl AsyncFn(&mut Stage) -> Result<()>) -> Outcome {
    play_on(Device::chromium(language), act).await
}

/// Plays a test on a device. Where the browser or its driver is lost on the way, which says nothing of the product, it is played
/// once more from the beginning, with everything fresh.
pub(crate) async fn play_on(device: Device, act: impl AsyncFn(&mut Stage) -> Result<()>) -> Outcome {
    let _turn = TURN.lock().await;
    let name = name_of(&act);
    let outcome = match attempt(&device, name, &act).await {
        Err(error) if browser::is_lost(&error) => {
            // Not by `println!`, which the test harness keeps to itself: whoever reads a green run is to know, and `xtask` reads it.
            let told = writeln!(stdout(), "\nBROWSER LOST in {name}, played again: {error:#}");
            drop(told);
            attempt(&device, name, &act).await
        }
        outcome => outcome,
    };
    Ok(outcome?)
}

async fn attempt(device: &Device, name: &str, act: &impl AsyncFn(&mut Stage) -> Result<()>) -> Result<()> {
    let server = Server::start(MORNING)?;
    let mut stage = Stage { page: Page::on(device).await?, server };
    match act(&mut stage).await {
        // Nobody is left to say anything, or to close a window.
        Err(error) if browser::is_lost(&error) => Err(error),
        Err(error) => Err(error.context(evidence(&stage, name).await)),
        Ok(()) => found_nothing(&stage.page),
    }
}

/// The name of the test that a closure stands in: `e2e::outbox::tabs::NAME::{{closure}}`.
fn name_of<T>(_: &T) -> &'static str {
    let within = std::any::type_name::<T>().split("::").filter(|it| !it.starts_with('{'));
    within.last().unwrap_or("a-test")
}

fn found_nothing(page: &Page) -> Result<()> {
    let findings = page.findings.borrow();
    ensure!(findings.is_empty(), "found on the screens:\n{}", findings.join("\n"));
    Ok(())
}

/// A picture of the moment of failure, and the end of the server's log.
async fn evidence(stage: &Stage, name: &str) -> String {
    let shot = stage.page.shot(&format!("failed-{name}")).await;
    let shot =
        shot.map_or_else(|error| format!("no picture: {error:#}"), |()| format!("picture: failed-{name}"));
    let log = stage.server.last_words();
    let lines: Vec<_> = log.lines().rev().take(5).collect();
    let found = found_nothing(&stage.page).map_or_else(|error| format!("\n{error}"), |()| String::new());
    format!("{shot}; the server said last: {lines:#?}\n{}{found}", stage.page.description().await)
}
