//! The element on pages that are hard to live on: each page of the gallery, once as the element is by itself (our page in a frame) and
//! once with `isolation="none"`. It is seen, legible, and answers the first tap; where nothing can run it says so in words.
//!
//! `element` is about what the office's page says to the element and hears from it, `places` about where the element stands.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::applicant::{self, CONDITIONS, THURSDAY};
use crate::device::Device;
use crate::host::{HostPage, gallery};
use crate::page::Page;
use crate::server::{TELEPHONE, from_env};
use crate::stage::{Outcome, Stage, play_on};

mod element;
mod places;

/// The attribute that keeps our page's frame away.
pub(crate) const NONE: &str = "isolation=\"none\"";

/// What a page of the gallery comes to.
#[derive(Clone, Copy, PartialEq)]
enum Shows {
    /// The widget, in a frame of our own page.
    Frame,
    /// The widget, in the element itself.
    Here,
    /// Why there is no widget, and what to do now.
    Words,
}
use Shows::{Frame, Here, Words};

type Played = (&'static str, Shows, Shows, &'static [&'static str]);

/// Page, what it shows by itself and with `isolation="none"`, and what may then stand in the console.
const GALLERY: [Played; 22] = [
    ("base.html", Frame, Here, &[]),
    ("dark.html", Frame, Here, &[]),
    ("globals.html", Frame, Here, &[]),
    ("loud.html", Frame, Here, &[]),
    ("no-box.html", Frame, Here, &[]),
    ("no-camera.html", Frame, Here, &[]),
    ("no-connections.html", Frame, Frame, &["connect-src 'none'", "Failed to fetch", "Refused to connect"]),
    ("no-frames.html", Words, Here, &["frame-src 'none'", "frames are", "does not match the recipient"]),
    ("no-wasm.html", Frame, Frame, &["CompileError", "'wasm-eval'", "WebAssembly"]),
    (
        "no-way.html",
        Words,
        Words,
        &[
            "frame-src 'none'",
            "the frame",
            "frames are",
            "does not match the recipient",
            "CompileError",
            "WebAssembly",
        ],
    ),
    (
        "policy-own.html",
        Words,
        Here,
        &["default-src 'none'", "the frame", "frames are", "does not match the recipient"],
    ),
    (
        "policy.html",
        Frame,
        Frame,
        &["default-src 'none'", "script-src", "CompileError", "Failed to fetch", "Refused to connect"],
    ),
    ("quirks.html", Frame, Here, &[]),
    ("reset.html", Frame, Here, &[]),
    ("right-to-left.html", Frame, Here, &[]),
    (
        "sandbox.html",
        Words,
        Words,
        &["frame-ancestors", "the frame", "frames are", "does not match the recipient", "CORS", "ERR_FAILED"],
    ),
    ("small-frames.html", Frame, Here, &[]),
    ("small-root.html", Frame, Here, &[]),
    ("trusted-types.html", Frame, Here, &[]),
    ("twice.html", Frame, Here, &[]),
    ("unset-important.html", Frame, Here, &[]),
    ("unset.html", Frame, Here, &[]),
];

/// Whoever waits for something that will not come waits a tenth of the time, on the page itself, not in frames.
const HURRIES: &str = "
    const later = setTimeout;
    if (window === top) window.setTimeout = (act, millis, ...more) => later(act, millis < 5000 ? millis : millis / 10, ...more);
";

#[test]
fn every_page_of_the_gallery_is_played() -> Result<()> {
    let files = std::fs::read_dir(gallery())?.map(|it| Ok(it?.file_name().to_string_lossy().into_owned()));
    let files = files.collect::<Result<BTreeSet<_>>>()?;
    let played = GALLERY.map(|it| it.0.to_owned()).into();
    ensure!(files == played, "the folder has {files:?}");
    Ok(())
}

#[tokio::test]
async fn on_every_hostile_page_the_element_shows_our_page_in_a_frame_or_says_in_words_why_not() -> Outcome {
    all_pages("", |it| it.1).await
}

#[tokio::test]
async fn on_every_hostile_page_the_element_without_isolation_lives_by_itself_or_falls_back_to_the_frame()
-> Outcome {
    all_pages(NONE, |it| it.2).await
}

async fn all_pages(attributes: &str, shows: fn(&Played) -> Shows) -> Outcome {
    play_on(Device::chromium("ja").with_script(HURRIES), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        for case in &GALLERY {
            let outcome = plays(stage, &host, case.0, attributes, shows(case), case.3).await;
            // One run tells of every page.
            stage.page.expects(
                outcome.is_ok(),
                outcome.err().map_or_else(String::new, |it| format!("{}: {it:#}", case.0)),
            );
            stage.page.browser.window.enter_default_frame().await?;
        }
        Ok(())
    })
    .await
}

async fn plays(
    stage: &Stage,
    host: &HostPage,
    name: &str,
    attributes: &str,
    shows: Shows,
    told: &[&str],
) -> Result<()> {
    let page = &stage.page;
    let mut told = told.to_vec();
    host.plays(name, &stage.server.address(""), attributes)?;
    page.open(&host.origin()).await?;
    if shows == Words {
        says_so(stage).await?;
        is_accessible(page).await?;
        told.push("online-counselling-precheck:");
    } else {
        if shows == Frame {
            enters(page).await?;
        }
        page.opens_with(CONDITIONS).await?;
        is_legible(page).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        is_accessible(page).await?;
    }
    let entries = page.browser.window.browser_log().await?;
    let unexpected: Vec<_> = entries
        .into_iter()
        .map(|it| it.message)
        .filter(|it| !told.iter().any(|told| it.contains(told)))
        .collect();
    ensure!(unexpected.is_empty(), "the console says {unexpected:#?}");
    Ok(())
}

/// Goes into the element's frame, once it is there in its full size.
pub(crate) async fn enters(page: &Page) -> Result<()> {
    let frame = "(() => {
        const frame = root?.querySelector('iframe'), box = frame?.getBoundingClientRect();
        return box && innerWidth < box.width * 2 && 480 <= box.height && shown(frame) && !root.querySelector('.wait') && frame;
    })()";
    page.enters(frame).await
}

/// Nothing of the page around it reaches the words; the contrast is axe's business.
async fn is_legible(page: &Page) -> Result<()> {
    let seen = "(() => {
        const of = all('input')[0].closest('label'), it = getComputedStyle(of);
        return {
            size: it.fontSize, line: it.lineHeight, direction: it.direction, align: it.textAlign, letters: it.letterSpacing,
            words: it.wordSpacing, capitals: it.textTransform, style: it.fontStyle, indent: it.textIndent, shadow: it.textShadow,
            wraps: it.whiteSpace, selects: it.userSelect, wide: 250 < of.getBoundingClientRect().width, shown: shown(of),
            colour: it.color === it.webkitTextFillColor, ours: /^\"Noto Sans JP\"/.test(it.fontFamily),
        };
    })()";
    let seen = page.until("the first answer", &format!("JSON.stringify({seen})"), &[]).await?;
    // As text: a page may have given every object more properties.
    let seen: Value = serde_json::from_str(seen.as_str().unwrap_or_default())?;
    let expected = json!({
        "size": "16px", "line": "27.2px", "direction": "ltr", "align": "start", "letters": "0.32px",
        "words": "0px", "capitals": "none", "style": "normal", "indent": "0px", "shadow": "none",
        "wraps": "normal", "selects": "text", "wide": true, "shown": true, "colour": true, "ours": true,
    });
    ensure!(seen == expected, "the page shows through: {seen:#}");
    Ok(())
}

/// Words, the office's own words, a telephone number where one can be had, and a link that leads to our page.
async fn says_so(stage: &Stage) -> Result<()> {
    let page = &stage.page;
    let said = "shown(root.querySelector('[role=alert]')) && {
        alert: words(root.querySelector('[role=alert]')),
        link: root.querySelector('a[target=_blank]').href,
        own: shown(element.querySelector('p')),
        frames: root.querySelectorAll('iframe').length,
        buttons: all('button').filter(shown).length,
    }";
    let said = page.until("words instead of the widget", said, &[]).await?;
    let alert = said["alert"].as_str().unwrap_or_default();
    ensure!(alert.contains("表示できませんでした") && alert.contains("電話"), "{said:#}");
    ensure!(said["link"] == stage.server.address("/?lang=ja"), "{said:#}");
    ensure!(said["own"] == true && said["frames"] == 0 && said["buttons"] == 1, "{said:#}");
    Ok(())
}

/// What axe finds inside the element; the page around it is not ours.
async fn is_accessible(page: &Page) -> Result<()> {
    let file = from_env("PRECHECK_AXE", "target/npm/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&file).with_context(|| format!("no axe at {}", file.display()))?;
    // It is of no use where a page has given every object more properties.
    page.ask("delete Object.prototype.foo && delete Object.prototype.extend", &[]).await?;
    page.browser.window.execute(axe, Vec::new()).await.context("axe does not start")?;
    let run = "const [tags, done] = arguments;
        const told = (it) => `${it.id}: ${it.help}` + it.nodes.map((at) => `\\n    ${at.target.flat()}: ${at.html.slice(0, 200)}`).join('');
        axe.run('online-counselling-precheck', { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
            .then((result) => done(result.violations.map(told)), (error) => done([`${error}`]));";
    let tags = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
    let found: Vec<String> = page.browser.window.execute_async(run, vec![tags]).await?.convert()?;
    ensure!(found.is_empty(), "axe finds {found:#?}");
    Ok(())
}

#[tokio::test]
async fn a_page_of_an_origin_that_is_not_named_is_told_so_in_words_with_telephone_and_link() -> Outcome {
    play_on(Device::chromium("ja").with_script(HURRIES), async |stage| {
        let host = HostPage::start().await?;
        for attributes in ["", NONE] {
            host.plays("reset.html", &stage.server.address(""), attributes)?;
            stage.page.open(&host.origin()).await?;
            says_so(stage).await?;
            is_accessible(&stage.page).await?;
        }
        // Whoever tries again when it is named gets the widget.
        stage.server.allow(&host.origin())?;
        stage.page.press("もう一度試す").await?;
        stage.page.opens_with(CONDITIONS).await?;
        is_legible(&stage.page).await
    })
    .await
}

#[tokio::test]
async fn words_in_place_of_the_widget_have_the_offices_telephone_where_it_can_be_asked_for() -> Outcome {
    play_on(Device::chromium("ja").with_script(HURRIES), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        host.plays("no-frames.html", &stage.server.address(""), "")?;
        stage.page.open(&host.origin()).await?;
        says_so(stage).await?;
        let number = stage
            .page
            .until("a telephone number", "root.querySelector('a[href^=\"tel:\"]')?.textContent", &[])
            .await?;
        ensure!(number == TELEPHONE, "{number}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn on_a_page_with_a_strict_policy_the_frame_leads_to_a_stored_request_and_the_page_hears_of_it()
-> Outcome {
    the_whole_path("policy.html", "").await
}

#[tokio::test]
async fn on_a_page_whose_policy_refuses_wasm_the_element_leads_to_a_stored_request_all_the_same() -> Outcome {
    the_whole_path("no-wasm.html", NONE).await
}

#[tokio::test]
async fn on_a_page_that_has_changed_the_browsers_own_functions_the_element_leads_to_a_stored_request()
-> Outcome {
    the_whole_path("globals.html", NONE).await
}

async fn the_whole_path(name: &str, attributes: &str) -> Outcome {
    play_on(element::listening(), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        host.plays(name, &stage.server.address(""), attributes)?;
        let page = &stage.page;
        page.open(&host.origin()).await?;
        if attributes.is_empty() || name == "no-wasm.html" {
            enters(page).await?;
        }
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        page.browser.window.enter_default_frame().await?;
        let step = |it: &str| json!(["precheck-step", { "step": it }]);
        let expected: Vec<Value> = [json!(["precheck-ready", { "language": "ja" }])]
            .into_iter()
            .chain(["conditions", "consent", "check", "booking", "review"].map(step))
            .chain([json!(["precheck-sent", {}]), step("receipt")])
            .collect();
        element::hears(page, &expected).await
    })
    .await
}
