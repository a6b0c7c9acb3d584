//! The server of today behind the loader, the page and the tab of the last release: what caches keep and people have open when an
//! update comes. `tests/releases/` has that release's files; a relay answers with them, as a cache does, and passes on all else.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::applicant::{self, CONDITIONS, THURSDAY};
use crate::host::HostPage;
use crate::hosts::{NONE, enters};
use crate::page::Page;
use crate::relay::Relay;
use crate::server::MORNING;
use crate::stage::{Outcome, Stage, play};

/// The release that people have.
const RELEASE: &str = "releases/2026-11-30";

const LOADER: &str = "/embed/v1/precheck.js";
const ENGLISH: &str = "language.en";

/// A file as its release's bundle has it.
struct File {
    name: String,
    content: Vec<u8>,
}

impl File {
    /// All of the release.
    fn all() -> Result<Vec<Self>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(RELEASE);
        let found = std::fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))?;
        let files = found.map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok(Self { name, content: std::fs::read(entry.path())? })
        });
        files.collect()
    }

    fn is_hashed(&self) -> bool {
        !["precheck.js", "index.html", "README.md"].contains(&self.name.as_str())
    }

    /// Where a browser finds it.
    fn path(&self) -> String {
        match self.name.as_str() {
            "index.html" => "/".to_owned(),
            name => format!("/embed/v1/{}", name.trim_end_matches(".br")),
        }
    }

    /// A cache has it.
    fn is_had_by(&self, relay: &Relay) {
        let encoding = self.name.strip_suffix(".br").map(|_| "br");
        let kind = match self.path().rsplit_once('.').map_or("html", |it| it.1) {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "wasm" => "application/wasm",
            _ => "application/octet-stream",
        };
        relay.has(&self.path(), kind, encoding, &self.content);
    }
}

/// Between browser and server somebody who still has the loader of the last release, and nothing else of it.
async fn cached_loader(stage: &Stage) -> Result<Relay> {
    let relay = Relay::to(stage.server.port()).await?;
    File::all()?.iter().filter(|it| it.path() == LOADER).for_each(|it| it.is_had_by(&relay));
    Ok(relay)
}

/// What the last release's server left beside the data; started anew, as by an update.
fn is_updated(stage: &mut Stage) -> Result<()> {
    for file in File::all()?.iter().filter(|it| it.is_hashed()) {
        stage.server.keeps(&file.name, &file.content)?;
    }
    stage.server.restart(MORNING, None)
}

/// An office's page with the element.
async fn opens_a_host(stage: &mut Stage, relay: &Relay, attributes: &str) -> Result<HostPage> {
    let host = HostPage::start().await?;
    stage.server.allow(&host.origin())?;
    host.holds(&format!(
        "<script type=\"module\" src=\"{}\"></script>\
        <online-counselling-precheck {attributes}></online-counselling-precheck>",
        relay.address(LOADER)
    ));
    stage.page.open(&host.origin()).await?;
    Ok(host)
}

/// Everything from the language to the receipt.
async fn goes_all_the_way_in_english(stage: &Stage) -> Result<()> {
    let page = &stage.page;
    page.opens_with(CONDITIONS).await?;
    page.press(ENGLISH).await?;
    page.is_now_in("en");
    applicant::to_review_here(page, &[THURSDAY]).await?;
    let receipt = applicant::send(page).await?;
    applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
}

/// The server was asked for these files of the last release, whatever its own are called.
fn was_asked_for(asked: &[String], stems: &[&str]) -> Result<()> {
    for file in File::all()? {
        if stems.iter().any(|it| file.name.starts_with(&format!("{it}-"))) {
            ensure!(asked.iter().any(|it| *it == file.path()), "{} is not among {asked:#?}", file.path());
        }
    }
    Ok(())
}

/// The console has no error, such as a file that was not found.
async fn says_nothing(page: &Page) -> Result<()> {
    let entries = page.browser.window.browser_log().await?;
    let errors: Vec<_> = entries.into_iter().filter(|it| it.level == "SEVERE").map(|it| it.message).collect();
    ensure!(errors.is_empty(), "the console says {errors:#?}");
    Ok(())
}

#[tokio::test]
async fn behind_the_loader_of_the_last_release_the_frame_begins_and_leads_on() -> Outcome {
    play(async |stage| {
        let relay = cached_loader(stage).await?;
        is_updated(stage)?;
        let _host = opens_a_host(stage, &relay, "").await?;
        enters(&stage.page).await?;
        applicant::conditions(&stage.page).await?;
        was_asked_for(&relay.was_asked_for(), &["begin"])?;
        says_nothing(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn behind_the_loader_of_the_last_release_the_element_switches_its_language_and_sends() -> Outcome {
    play(async |stage| {
        let relay = cached_loader(stage).await?;
        is_updated(stage)?;
        let _host = opens_a_host(stage, &relay, NONE).await?;
        goes_all_the_way_in_english(stage).await?;
        was_asked_for(&relay.was_asked_for(), &["begin", "glue", "precheck", "widget", "en"])?;
        says_nothing(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn behind_the_loader_of_the_last_release_our_own_page_leads_to_a_stored_request() -> Outcome {
    play(async |stage| {
        let relay = cached_loader(stage).await?;
        is_updated(stage)?;
        stage.page.open(&relay.address("/")).await?;
        goes_all_the_way_in_english(stage).await?;
        says_nothing(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn where_nothing_of_the_last_release_was_kept_its_loader_begins_all_the_same() -> Outcome {
    play(async |stage| {
        let relay = cached_loader(stage).await?;
        for attributes in ["", NONE] {
            let _host = opens_a_host(stage, &relay, attributes).await?;
            let page = &stage.page;
            if attributes.is_empty() {
                enters(page).await?;
            }
            page.opens_with(CONDITIONS).await?;
            page.choose("f-eligibility-registered", "yes").await?;
            page.browser.window.enter_default_frame().await?;
            was_asked_for(&relay.was_asked_for(), &["begin"])?;
        }
        stage.page.open(&relay.address("/")).await?;
        goes_all_the_way_in_english(stage).await?;
        says_nothing(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn a_tab_of_yesterday_switches_its_language_and_sends_after_the_update() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        File::all()?.iter().for_each(|it| it.is_had_by(&relay));
        stage.page.open(&relay.address("/")).await?;
        stage.page.opens_with(CONDITIONS).await?;
        let asked = relay.was_asked_for();
        ensure!(asked.iter().all(|it| it.starts_with("/api/")), "of the release itself: {asked:#?}");
        relay.has_nothing();
        is_updated(stage)?;
        goes_all_the_way_in_english(stage).await?;
        was_asked_for(&relay.was_asked_for(), &["en"])?;
        says_nothing(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn a_loader_that_names_a_file_that_is_gone_asks_for_itself_anew_and_begins() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let answer = stage.page.browser.window.clone();
        let loader = stage.server.address(LOADER);
        answer.goto(&stage.server.address("/demo")).await?;
        // As a cache has it from a release of which nothing is left, not even by name.
        let text = "const done = arguments[1]; fetch(arguments[0]).then((it) => it.text()).then(done)";
        let text: String = answer.execute_async(text, vec![loader.into()]).await?.convert()?;
        let of_yesterday = text.replace("begin-", "gone-");
        ensure!(text != of_yesterday, "the loader names no second stage");
        relay.has(LOADER, "text/javascript; charset=utf-8", None, of_yesterday.as_bytes());
        let host = opens_a_host(stage, &relay, NONE).await?;
        stage.page.opens_with(CONDITIONS).await?;
        applicant::answer_conditions(&stage.page).await?;
        ensure!(relay.was_asked_for().iter().any(|it| it.starts_with(&format!("{LOADER}?"))), "asked anew");
        drop(host);
        Ok(())
    })
    .await
}
