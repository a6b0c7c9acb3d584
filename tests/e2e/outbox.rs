//! Article 4(1): a request that a person has confirmed arrives once, or she is told why not, whatever becomes of the tab.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, BOOKING, NAME, NUMBER_UNDERSTOOD, RECEIPT, SEND, THURSDAY, TO_REVIEW};
use crate::applicant::{FRIDAY, REVIEW};
use crate::page::Page;
use crate::server::{AFTER_THE_DEADLINE, MORNING};
use crate::stage::{Outcome, Stage, play};

/// What this device keeps beyond its tabs.
const KEPT: &str = "JSON.stringify({ ...localStorage })";

#[tokio::test]
async fn article_4_1_a_request_confirmed_while_the_server_is_away_outlives_its_tab_and_arrives_once()
-> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.look("5-review-kept").await?;
        let kept = page.ask(KEPT, &[]).await?.to_string();
        ensure!(kept.contains("precheck-sealed"), "the request lies on the device: {kept}");
        for it in [NAME, NUMBER_UNDERSTOOD, "1985-04-01", THURSDAY] {
            ensure!(!kept.contains(it), "{it} can be read on the device");
        }

        page.takes_another_tab().await?;
        stage.server.restart(MORNING, None)?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        is_empty(page).await?;

        page.takes_another_tab().await?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(applicant::CONDITIONS).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_two_tabs_that_send_the_same_request_make_one() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        stage.server.restart(MORNING, None)?;
        let window = &page.browser.window;
        let (first, second) = (window.window().await?, window.new_tab().await?);
        window.switch_to_window(second).await?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        window.close_window().await?;
        window.switch_to_window(first).await?;
        page.opens_with(RECEIPT).await?;
        ensure!(applicant::receipt(page).await? == receipt, "both tabs have the same receipt");
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_refused_after_its_tab_was_closed_is_mended_with_nothing_retyped() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.takes_another_tab().await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        page.open(&stage.server.address("/")).await?;
        page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        is_empty(page).await?;

        page.remove_wish(THURSDAY).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[FRIDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_6_on_a_shared_device_a_request_waits_in_its_tab_alone_and_the_page_says_so() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        page.open(&stage.server.address("/#/conditions")).await?;
        page.opens_with(applicant::CONDITIONS).await?;
        page.tick("f-shared_device").await?;
        for step in [applicant::CONSENT, applicant::CHECK, BOOKING, REVIEW] {
            page.press(applicant::NEXT).await?;
            page.shows(step).await?;
        }
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.keep_open").await?;
        page.does_not_read("send.kept").await?;
        is_empty(page).await?;
        stage.server.restart(MORNING, None)?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn a_request_whose_key_is_gone_is_told_of_and_forgotten() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.until(
            "the keys are gone",
            "window.gone ?? (indexedDB.open('precheck').onsuccess = (it) => { \
             const keys = it.target.result.transaction('keys', 'readwrite').objectStore('keys'); \
             keys.clear().onsuccess = () => { window.gone = true; }; }, false)",
            &[],
        )
        .await?;
        page.takes_another_tab().await?;
        stage.server.restart(MORNING, None)?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(applicant::CONDITIONS).await?;
        page.reads("send.expired").await?;
        is_empty(page).await
    })
    .await
}

/// Sends a request that nobody answers, and is told that it waits on this device.
async fn confirms_while_the_server_is_away(stage: &mut Stage) -> Result<()> {
    applicant::to_review(&stage.page, &stage.server, &[THURSDAY]).await?;
    stage.server.kill();
    stage.page.press(SEND).await?;
    stage.page.reads("send.kept").await
}

/// Nothing of a request is left beyond the tab.
async fn is_empty(page: &Page) -> Result<()> {
    page.until(
        "nothing is left on the device",
        "!JSON.stringify(Object.keys(localStorage)).includes(a[0])",
        &[json!("precheck-sealed")],
    )
    .await?;
    Ok(())
}
