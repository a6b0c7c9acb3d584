//! Our own page in a browser that runs no script: from the first question to the stored request, in every language, as
//! narrow as a small telephone.

use anyhow::{Context as _, Result, ensure};
use precheck_shared::texts;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::applicant::{
    self, ASKED, BOOKING, BORN, CHECK, CONDITIONS, CONSENT, DUTIES, FRIDAY, NAME, NEXT, NUMBER, RECEIPT,
    REVIEW, Receipt, SEND, THURSDAY,
};
use crate::page::Page;
use crate::server::TELEPHONE;
use crate::stage::{Outcome, Stage, play_in};

/// Switches the page's scripts on or off; whoever looks through the driver still sees.
async fn scripts(page: &Page, on: bool) -> Result<()> {
    let wanted = json!({ "value": !on });
    page.browser.window.cdp().send_raw("Emulation.setScriptExecutionDisabled", wanted).await?;
    Ok(())
}

pub(crate) async fn is_as_wide_as(page: &Page, width: u32) -> Result<()> {
    let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    page.browser.window.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await?;
    Ok(())
}

/// Words that stand out of the screen or are cut off by what holds them.
const CUT: &str = "[...document.querySelectorAll('body *')].filter((it) => {
    if (it.closest('.oc-hidden, .plain-skip, option, [hidden]') || !it.getClientRects().length) return false;
    const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = it.getBoundingClientRect();
    const out = own && (box.left < 0 || box.right > innerWidth + 0.5);
    const style = getComputedStyle(it);
    // Hidden from sight on purpose, as the names of the other steps are where it is narrow.
    for (let at = it; at; at = at.parentElement) if (getComputedStyle(at).clipPath !== 'none') return false;
    const cut = style.overflowX !== 'visible' && it.tagName !== 'INPUT' && it.tagName !== 'SELECT' && it.scrollWidth > it.clientWidth + 1;
    return out || cut;
}).map((it) => it.outerHTML.slice(0, 160))";

/// Looks closely at a page: nothing scrolls sideways, no words are cut off, axe is clean. Axe is a script itself.
async fn look(page: &Page, name: &str) -> Result<()> {
    let cut = page.ask(CUT, &[]).await?;
    page.expects(cut.as_array().is_some_and(Vec::is_empty), format!("{name}: cut off: {cut:#}"));
    page.shot(name).await?;
    scripts(page, true).await?;
    page.is_accessible(name).await?;
    scripts(page, false).await
}

/// The whole way; every page is looked at.
async fn walks(stage: &Stage, language: &'static str) -> Result<Receipt> {
    let (page, server) = (&stage.page, &stage.server);
    is_as_wide_as(page, 320).await?;
    scripts(page, false).await?;
    let seen = async |step: &str| look(page, &format!("plain-{language}-{step}")).await;
    page.open(&server.address(&format!("/?lang={language}"))).await?;
    // The widget's own page stays without a widget.
    let ran = page.ask("Boolean(customElements.get('online-counselling-precheck'))", &[]).await?;
    ensure!(ran == false, "scripts run");
    page.is_now_in(language);
    goes(page, seen).await
}

/// From the first question of the page without script to the receipt; `seen` looks at every page.
pub(crate) async fn goes(page: &Page, seen: impl AsyncFn(&str) -> Result<()>) -> Result<Receipt> {
    page.opens_with(CONDITIONS).await?;
    seen("1-conditions").await?;
    page.press(NEXT).await?;
    page.inside(".oc-summary").await?;
    seen("1-conditions-refused").await?;
    for (condition, answer) in
        [("registered", "yes"), ("equipped", "yes"), ("ongoing", "yes"), ("need", "not_sure")]
    {
        page.choose(&format!("eligibility-{condition}"), answer).await?;
    }
    page.press(NEXT).await?;

    page.opens_with(CONSENT).await?;
    seen("2-consent").await?;
    for duty in DUTIES {
        page.tick(&format!("consents-acknowledged-{duty}")).await?;
    }
    page.tick("consents-terms").await?;
    page.tick("consents-app_terms").await?;
    page.press(NEXT).await?;

    page.opens_with(CHECK).await?;
    seen("3-check").await?;
    page.choose("own_device", "yes").await?;
    for item in ASKED {
        let answer = if item == "app_ready" { "by_the_day" } else { "attested" };
        page.choose(&format!("checklist-{item}"), answer).await?;
    }
    page.press(NEXT).await?;

    page.opens_with(BOOKING).await?;
    page.press(NEXT).await?;
    page.inside(".oc-summary").await?;
    seen("4-booking-refused").await?;
    page.type_into("person-name", NAME).await?;
    page.type_into("person-birth_date", BORN).await?;
    page.type_into("person-job_seeker_number", NUMBER).await?;
    for wish in [THURSDAY, FRIDAY] {
        page.press_on(&format!("button[value=\"day {}\"]", &wish[..10])).await?;
        page.press_on(&format!("button[value=\"wish {wish}\"]")).await?;
        page.inside(&format!("button[value=\"wish {wish}\"][aria-pressed=true]")).await?;
    }
    page.choose("attendants", "yes").await?;
    page.select("attendants-0-kind", "attendants.caregiver").await?;
    seen("4-booking").await?;
    page.press(NEXT).await?;

    page.opens_with(REVIEW).await?;
    page.reads(NAME).await?;
    page.reads(&page.date_time(FRIDAY)).await?;
    seen("5-review").await?;
    page.press(SEND).await?;
    page.opens_with(RECEIPT).await?;
    page.reads("state.requested.words").await?;
    page.reads("check.app_ready").await?;
    let telephone = page.inside("a[href^=\"tel:\"]").await?.text().await?;
    ensure!(telephone.contains(TELEPHONE), "the office's telephone: {telephone}");
    seen("6-receipt").await?;
    held(page).await
}

/// Number and code, as the receipt shows them.
async fn held(page: &Page) -> Result<Receipt> {
    let number = page.words(".oc-number__value").await?.replace('-', "");
    let code = page.words(".plain-code").await?;
    Ok(Receipt { number, code, link: String::new() })
}

/// The words of these pages alone.
fn word(language: &str, key: &str) -> Result<String> {
    let all = texts::plain().iter().find(|it| it.language() == language).context("no such language")?;
    Ok(texts::ruby::plain(all.get(key)))
}

async fn walks_in(language: &'static str) -> Outcome {
    play_in("ja", async |stage| {
        let receipt = walks(stage, language).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY, FRIDAY]).await?;
        stage.page.was_quiet_without_script(&stage.server.address("/"), &[422]).await
    })
    .await
}

#[tokio::test]
async fn articles_2_to_4_1_the_whole_way_with_script_off_in_japanese() -> Outcome {
    walks_in("ja").await
}

#[tokio::test]
async fn articles_2_to_4_1_the_whole_way_with_script_off_in_plain_japanese() -> Outcome {
    walks_in("ja-easy").await
}

#[tokio::test]
async fn articles_2_to_4_1_the_whole_way_with_script_off_in_english() -> Outcome {
    walks_in("en").await
}

#[tokio::test]
async fn articles_2_to_4_1_the_whole_way_with_script_off_in_vietnamese() -> Outcome {
    walks_in("vi").await
}

#[tokio::test]
async fn articles_2_to_4_1_the_whole_way_with_script_off_in_chinese() -> Outcome {
    walks_in("zh").await
}

#[tokio::test]
async fn article_4_2_a_receipt_is_opened_again_by_keyboard_alone_and_the_request_sent_twice_is_one() -> Outcome
{
    play_in("ja", async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        let receipt = walks(stage, "ja").await?;
        // Loaded anew, as the browser does it: the form is sent once more.
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        ensure!(held(page).await? == receipt, "another receipt");

        page.open(&server.address("/receipt?lang=ja")).await?;
        page.type_into("number", &receipt.number.to_lowercase()).await?;
        page.type_into("code", "1").await?;
        // Enter presses the form's own button, not the first one on the page, which changes the language.
        page.key(Key::Enter).await?;
        page.inside(".oc-summary").await?;
        ensure!(page.value("number").await? == receipt.number.to_lowercase(), "what was typed stays");
        look(page, "plain-receipt-unknown").await?;
        page.type_into("code", &receipt.code).await?;
        page.key(Key::Enter).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        ensure!(held(page).await? == receipt, "another receipt");
        let address = page.ask("location.href", &[]).await?;
        ensure!(address == server.address("/receipt"), "{address} tells something");
        page.reads(&word("ja", "plain.receipt.print")?).await?;
        stage.page.was_quiet_without_script(&stage.server.address("/"), &[404, 422]).await
    })
    .await
}
