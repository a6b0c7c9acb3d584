//! What the office's page says to the element, and what it hears from it: attributes and events. And what becomes of the element
//! where WebAssembly or script is missing.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::By;

use super::{HURRIES, NONE, enters};
use crate::applicant::{self, CHECK, CONDITIONS, FRIDAY, RECEIPT, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::plain;
use crate::stage::{Outcome, Stage, play, play_on};

/// Writes down what the element tells the page around it: name and detail.
const LISTENS: &str = "
    window.told = [];
    for (const name of ['ready', 'step', 'sent']) {
        document.addEventListener(`precheck-${name}`, ({ type, detail, target }) =>
            told.push(target.localName === 'online-counselling-precheck' ? [type, detail] : [type, target.localName]));
    }
";

const NO_WASM: &str = "delete window.WebAssembly;";

/// A browser that writes down the element's events.
pub(super) fn listening() -> Device {
    Device::chromium("ja").with_script(LISTENS)
}

/// Waits until the page has heard exactly this.
pub(super) async fn hears(page: &Page, expected: &[Value]) -> Result<()> {
    page.until("the last event", "a[0] <= told.length", &[json!(expected.len())]).await?;
    // As text: a page may have given every object more properties.
    let told = page.ask("JSON.stringify(told)", &[]).await?;
    let told: Value = serde_json::from_str(told.as_str().unwrap_or_default())?;
    ensure!(told == json!(expected), "the page heard {told:#}");
    Ok(())
}

/// A page with the element, in a frame or not, as the attributes say.
async fn carries(stage: &Stage, host: &HostPage, attributes: &str) -> Result<()> {
    let loader = stage.server.address("/embed/v1/precheck.js");
    host.holds(&format!(
        "<script type=\"module\" src=\"{loader}\"></script>\
        <online-counselling-precheck {attributes}></online-counselling-precheck>"
    ));
    stage.page.open(&host.origin()).await?;
    if !attributes.contains(NONE) {
        enters(&stage.page).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_page_chooses_where_the_element_begins_and_in_which_language() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        for (attributes, address, language, heading) in [
            ("start=\"check\"", "/check?lang=ja", "ja", CHECK),
            ("only=\"check\"", "/check?lang=ja", "ja", CHECK),
            ("start=\"receipt\"", "/?lang=ja#/receipt", "ja", RECEIPT),
            ("start=\"booking\" language=\"en\"", "/?lang=en#/conditions", "en", CONDITIONS),
            ("start=\"toString\" language=\"constructor\"", "/?lang=ja#/conditions", "ja", CONDITIONS),
        ] {
            for isolation in ["", NONE] {
                carries(stage, &host, &format!("{isolation} {attributes}")).await?;
                page.is_now_in(language);
                page.opens_with(heading).await?;
                if isolation.is_empty() {
                    let here = page.ask("location.pathname + location.search", &[]).await?;
                    let asked = address.split('#').next();
                    ensure!(here.as_str() == asked, "{attributes}: {here}");
                    page.browser.window.enter_default_frame().await?;
                }
                if heading == RECEIPT && !isolation.is_empty() {
                    page.reads("receipt.lost").await?;
                    page.reads(crate::server::TELEPHONE).await?;
                }
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_page_may_change_the_colours_at_any_time() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        carries(stage, &host, "theme=\"dark\"").await?;
        page.opens_with(CONDITIONS).await?;
        let dark = "document.documentElement.dataset.theme === a[0] && element.getAttribute('theme') === a[0]";
        page.until("dark colours", dark, &[json!("dark")]).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        for (theme, told) in [("light", json!("light")), ("dark", json!("dark")), ("auto", Value::Null), ("none", Value::Null)] {
            page.browser.window.enter_default_frame().await?;
            page.ask("element.setAttribute('theme', a[0])", &[json!(theme)]).await?;
            enters(page).await?;
            let now = "(document.documentElement.dataset.theme ?? null) === a[0] && element.getAttribute('theme') === a[0]";
            page.until(theme, now, &[told]).await?;
        }
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "what was answered stays");
        // On our own page the address says it.
        page.browser.window.enter_default_frame().await?;
        page.open(&stage.server.address("/?theme=dark")).await?;
        page.until("dark colours", dark, &[json!("dark")]).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn the_page_hears_of_steps_back_and_forth_once_each_also_when_our_page_loads_again() -> Outcome {
    play_on(listening(), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let step = |it: &str| json!(["precheck-step", { "step": it }]);
        let ready = json!(["precheck-ready", { "language": "ja" }]);
        for isolation in ["", NONE] {
            carries(stage, &host, isolation).await?;
            page.opens_with(CONDITIONS).await?;
            page.choose("f-eligibility-registered", "no").await?;
            page.press("conditions.only_check").await?;
            page.shows(CHECK).await?;
            if isolation.is_empty() {
                // Our page alone.
                page.ask("location.reload()", &[]).await?;
                page.opens_with(CHECK).await?;
            }
            page.press(crate::applicant::BACK).await?;
            page.shows(crate::applicant::CONSENT).await?;
            page.browser.window.enter_default_frame().await?;
            hears(page, &[ready.clone(), step("conditions"), step("check"), step("consent")]).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_webassembly_the_element_shows_our_page_which_goes_on_as_a_form() -> Outcome {
    play_on(Device::chromium("en").with_script(NO_WASM).with_script(HURRIES), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        for isolation in ["", NONE] {
            carries(stage, &host, &format!("theme=\"dark\" {isolation}")).await?;
            page.browser.window.enter_default_frame().await?;
            is_asked_for(page, &stage.server.address("/?lang=en&theme=dark")).await?;
            // The element expects no answer from that page, for as long as it would wait for one.
            page.ask("void setTimeout(() => { window.waited = true; }, 9000)", &[]).await?;
            page.until(
                "the end of all patience",
                "window.waited && shown(root.querySelector('iframe'))",
                &[],
            )
            .await?;
        }
        // That page leads to the stored request where it is, too.
        page.enters("shown(root.querySelector('iframe')) && root.querySelector('iframe')").await?;
        page.is_now_in("en");
        page.as_form.set(true);
        let receipt = plain::goes(page, async |_| Ok(())).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY, FRIDAY]).await?;
        page.browser.window.enter_default_frame().await?;
        for own in ["/?lang=en", "/check?lang=en"] {
            page.open(&stage.server.address(own)).await?;
            let goes_on = "location.pathname === '/' && document.documentElement.matches('.no-widget') && shown(all('form .oc-question')[0])";
            page.until("the form", goes_on, &[]).await?;
        }
        Ok(())
    })
    .await
}

/// Waits until the page, or a frame in it, has asked for an address.
async fn is_asked_for(page: &Page, address: &str) -> Result<()> {
    let asked = async {
        while !page.sent().await?.iter().any(|it| it.address == address) {}
        page.sent.borrow_mut().clear();
        anyhow::Ok(())
    };
    let asked = tokio::time::timeout(Duration::from_secs(10), asked).await;
    asked.with_context(|| format!("{address} is not asked for"))?
}

#[tokio::test]
async fn without_script_our_own_pages_are_forms_that_go_on_where_they_are() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let cdp = page.browser.window.cdp();
        cdp.send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.open(&stage.server.address("/check")).await?;
        let without = By::Css("button[value=change-check]");
        page.browser.window.find(without).await?.click().await?;
        page.opens_with(CHECK).await?;
        let address = page.ask("location.href", &[]).await?;
        ensure!(address == stage.server.address("/"), "{address}");
        Ok(())
    })
    .await
}
