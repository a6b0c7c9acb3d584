//! The main path in other engines than Chromium: in Firefox, and in WebKitGTK, which has the engine of Safari. On our own page, in
//! a frame on a page of another site, and in the element of such a page.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{
    self, BACK, BOOKING, CHECK, CONDITIONS, CONSENT, FRIDAY, NAME, NEXT, RECEIPT, REVIEW, SEND, THURSDAY,
    TO_REVIEW,
};
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::plain;
use crate::server::AFTER_THE_DEADLINE;
use crate::stage::{Outcome, Stage, play_on};

fn firefox() -> Device {
    Device::firefox("ja").bare()
}

/// A window as narrow as it can be had: most who come with this engine hold a telephone.
fn webkit() -> Device {
    Device::webkit("ja").narrow()
}

#[tokio::test]
async fn in_firefox_the_path_leads_through_reload_back_and_refusal_to_a_stored_request() -> Outcome {
    play_on(firefox(), async |stage| the_path(stage, "firefox").await).await
}

#[tokio::test]
async fn in_webkit_the_path_leads_through_reload_back_and_refusal_to_a_stored_request() -> Outcome {
    play_on(webkit(), async |stage| the_path(stage, "webkit").await).await
}

async fn the_path(stage: &mut Stage, engine: &str) -> Result<()> {
    let page = &stage.page;
    page.open(&stage.server.address("/")).await?;
    page.opens_with(CONDITIONS).await?;
    page.look(&format!("{engine}-1-conditions")).await?;
    page.press(NEXT).await?;
    ensure!(page.errors().await?.links.len() == 4, "every question without an answer is named");
    applicant::answer_conditions(page).await?;
    page.press(NEXT).await?;
    page.shows(CONSENT).await?;
    page.look(&format!("{engine}-2-consent")).await?;
    applicant::tick_consents(page).await?;
    page.press(NEXT).await?;
    page.shows(CHECK).await?;
    applicant::answer_check(page).await?;
    page.look(&format!("{engine}-3-check")).await?;
    page.press(NEXT).await?;
    page.shows(BOOKING).await?;
    applicant::fill_booking(page, &[THURSDAY]).await?;
    page.look(&format!("{engine}-4-booking")).await?;

    page.reload().await?;
    page.opens_with(BOOKING).await?;
    applicant::still_holds(page, &[THURSDAY]).await?;
    keeps_nothing_readable(page).await?;
    page.press(BACK).await?;
    page.shows(CHECK).await?;
    page.press(NEXT).await?;
    page.shows(BOOKING).await?;
    page.back().await?;
    page.shows(CHECK).await?;
    page.forward().await?;
    page.shows(BOOKING).await?;
    applicant::still_holds(page, &[THURSDAY]).await?;
    page.press(NEXT).await?;
    page.shows(REVIEW).await?;
    page.reads(NAME).await?;
    page.look(&format!("{engine}-5-review")).await?;

    stage.server.restart(AFTER_THE_DEADLINE, None)?;
    page.press(SEND).await?;
    page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
    page.look(&format!("{engine}-4-booking-refused")).await?;
    page.remove_wish(THURSDAY).await?;
    applicant::add_wish(page, FRIDAY).await?;
    page.press(TO_REVIEW).await?;
    page.shows(REVIEW).await?;
    page.press(SEND).await?;
    page.shows(RECEIPT).await?;
    page.look(&format!("{engine}-6-receipt")).await?;
    let receipt = applicant::receipt(page).await?;
    applicant::is_stored(&stage.server, &receipt, &[FRIDAY]).await?;
    page.reload().await?;
    page.opens_with(RECEIPT).await?;
    ensure!(applicant::receipt(page).await? == receipt, "a reload keeps the receipt");
    page.does_not_read(NAME).await?;
    let cookies = page.browser.window.get_all_cookies().await?;
    ensure!(cookies.is_empty(), "cookies: {cookies:?}");
    Ok(())
}

/// What outlived the reload is sealed: answers lie there as they are, what a person entered about herself does not.
async fn keeps_nothing_readable(page: &Page) -> Result<()> {
    let kept =
        page.ask("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])", &[]).await?.to_string();
    ensure!(kept.contains("not_sure"), "answers without a person are kept plainly: {kept}");
    for personal in [NAME, "花子", "５６７８９０１", "S60"] {
        ensure!(!kept.contains(personal), "{personal} lies readable in the tab's storage: {kept}");
    }
    Ok(())
}

#[tokio::test]
async fn in_firefox_the_element_on_another_sites_page_leads_in_its_frame_to_a_stored_request() -> Outcome {
    play_on(firefox(), async |stage| in_a_frame(stage, "firefox").await).await
}

#[tokio::test]
async fn in_webkit_the_element_on_another_sites_page_leads_in_its_frame_to_a_stored_request() -> Outcome {
    play_on(webkit(), async |stage| in_a_frame(stage, "webkit").await).await
}

async fn in_a_frame(stage: &mut Stage, engine: &str) -> Result<()> {
    let host = embedded(stage, "").await?;
    let page = &stage.page;
    page.enters("root?.querySelector('iframe')").await?;
    applicant::to_review_here(page, &[THURSDAY]).await?;
    // "Next" stood far below: wherever a step begins, it is seen.
    page.browser.window.enter_parent_frame().await?;
    let seen = "(({ y }) => y < innerHeight && -innerHeight < y)(root.querySelector('iframe').getBoundingClientRect())";
    page.until("the beginning of the frame in sight", seen, &[]).await?;
    page.shot(&format!("{engine}-frame-5-review")).await?;
    page.enters("root?.querySelector('iframe')").await?;
    let receipt = applicant::send(page).await?;
    ensure!(page.fragment().await?.starts_with("#/receipt"), "the frame has the address of its step");
    page.browser.window.enter_default_frame().await?;
    page.until("the frame as high as what is in it", "root.querySelector('iframe').clientHeight > 1000", &[])
        .await?;
    ensure!(page.ask("location.href", &[]).await? == host.1.as_str(), "the host's address is its own");
    applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
}

#[tokio::test]
async fn in_firefox_the_element_in_another_sites_own_page_leads_to_a_stored_request() -> Outcome {
    play_on(firefox(), async |stage| in_the_page(stage, "firefox").await).await
}

#[tokio::test]
async fn in_webkit_the_element_in_another_sites_own_page_leads_to_a_stored_request() -> Outcome {
    play_on(webkit(), async |stage| in_the_page(stage, "webkit").await).await
}

async fn in_the_page(stage: &mut Stage, engine: &str) -> Result<()> {
    let host = embedded(stage, "isolation=\"none\"").await?;
    let page = &stage.page;
    page.opens_with(CONDITIONS).await?;
    page.choose("f-eligibility-need", "yes").await?;
    // Neither engine had `moveBefore` when this was written: the loader has to notice a move by itself.
    let moved =
        "(document.querySelector('section').append(element), element.parentElement.localName === 'section')";
    ensure!(page.ask(moved, &[]).await? == true, "the element is moved");
    ensure!(
        page.is_checked("input[name=\"f-eligibility-need\"][value=yes]").await?,
        "a move keeps the answers"
    );
    applicant::to_review_here(page, &[THURSDAY]).await?;
    page.shot(&format!("{engine}-host-5-review")).await?;
    let receipt = applicant::send(page).await?;
    ensure!(page.ask("location.href", &[]).await? == host.1.as_str(), "the host's address is its own");
    applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
}

/// Opens a page of another site than ours, not merely of another port, with the element on it; gives the page and its address.
async fn embedded(stage: &mut Stage, attributes: &str) -> Result<(HostPage, String)> {
    let host = HostPage::start().await?;
    let origin = host.origin().replace("127.0.0.1", "localhost");
    stage.server.allow(&origin)?;
    let loader = stage.server.address("/embed/v1/precheck.js");
    host.holds(&format!(
        "<script type=\"module\" src=\"{loader}\"></script><main>\
        <online-counselling-precheck {attributes}></online-counselling-precheck><section></section></main>"
    ));
    let address = format!("{origin}/");
    stage.page.open(&address).await?;
    Ok((host, address))
}

#[tokio::test]
async fn in_firefox_plain_japanese_has_its_readings_above_the_words() -> Outcome {
    play_on(firefox(), async |stage| has_readings(stage, "firefox").await).await
}

#[tokio::test]
async fn in_webkit_plain_japanese_has_its_readings_above_the_words() -> Outcome {
    play_on(webkit(), async |stage| has_readings(stage, "webkit").await).await
}

async fn has_readings(stage: &mut Stage, engine: &str) -> Result<()> {
    let page = &stage.page;
    page.is_now_in("ja-easy");
    page.open(&stage.server.address("/?lang=ja-easy")).await?;
    page.opens_with(CONDITIONS).await?;
    page.look(&format!("{engine}-easy-1-conditions")).await?;
    let beside = "all('ruby').filter(shown).filter((it) => { \
        const [word, reading] = [it.firstChild, it.querySelector('rt')].map((part) => { \
            const range = document.createRange(); range.selectNodeContents(part); return range.getBoundingClientRect(); }); \
        return !(0 < reading.height && reading.height < word.height && reading.top < word.top); \
        }).map((it) => it.outerHTML)";
    let beside = page.ask(beside, &[]).await?;
    ensure!(beside == json!([]), "readings that are not above their words: {beside:#}");
    let readings = page.ask("all('ruby').filter(shown).length", &[]).await?;
    ensure!(readings.as_u64() > Some(10), "only {readings} readings");
    Ok(())
}

#[tokio::test]
async fn in_firefox_with_script_off_our_own_page_leads_to_a_stored_request() -> Outcome {
    play_on(firefox().without_script(), async |stage| with_script_off(stage).await).await
}

#[tokio::test]
async fn in_webkit_with_script_off_our_own_page_leads_to_a_stored_request() -> Outcome {
    play_on(webkit().without_script(), async |stage| with_script_off(stage).await).await
}

async fn with_script_off(stage: &mut Stage) -> Result<()> {
    let page = &stage.page;
    page.as_form.set(true);
    page.open(&stage.server.address("/")).await?;
    page.until("what is for whoever has no script", "shown(all('[data-plain]')[0])", &[]).await?;
    let receipt = plain::goes(page, async |_| Ok(())).await?;
    applicant::is_stored(&stage.server, &receipt, &[THURSDAY, FRIDAY]).await
}
