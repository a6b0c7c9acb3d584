//! Number and code of a receipt are in no address and in no history for longer than it takes to read them; reload and Back lead to
//! the receipt all the same, since the tab knows it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, CONDITIONS, CONSENT, NEXT, RECEIPT, THURSDAY};
use crate::host::HostPage;
use crate::page::Page;
use crate::receipt_desk::{Desk, NUMBER, confirmed, request};
use crate::server::TELEPHONE;
use crate::stage::{Outcome, play};

const ENDS: &str = "2026-11-26T10:30:00+09:00";
/// A link to nothing.
const UNKNOWN: &str = "/#/receipt/0123456A/00000000000000000000000000";

/// The address has nothing of the receipt, nor has the place of the history.
async fn tells_nothing(page: &Page) -> Result<()> {
    page.until("an address without the code", "location.hash === '#/receipt'", &[]).await?;
    let told = page.ask("`${location.href} ${JSON.stringify(history.state)}`", &[]).await?;
    let told = told.as_str().unwrap_or_default();
    ensure!(!told.contains("0123456") && !told.contains(&NUMBER.replace('-', "")), "told: {told}");
    Ok(())
}

#[tokio::test]
async fn a_link_that_was_opened_leaves_nothing_in_the_address_and_a_reload_shows_the_receipt() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        tells_nothing(page).await?;
        ensure!(page.words(".oc-receipt__link").await? == desk.link(), "the link stays on the screen");
        let places = page.ask("history.length", &[]).await?;
        for _ in 0..2 {
            page.reload().await?;
            page.opens_with(RECEIPT).await?;
            page.reads("state.requested").await?;
            tells_nothing(page).await?;
            ensure!(page.words(".oc-receipt__link").await? == desk.link(), "the link after a reload");
        }
        ensure!(page.ask("history.length", &[]).await? == places, "no new place in the history");
        stage.page.was_quiet(&desk.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn back_and_forward_lead_to_the_receipt_that_was_there() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        desk.says(&request("lapsed", 2));
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.lapsed").await?;
        // Another link in the same tab: the address alone changes, nothing is loaded.
        page.open(&desk.address(UNKNOWN)).await?;
        page.reads("refusal.not_found").await?;
        tells_nothing(page).await?;
        page.back().await?;
        page.reads("state.lapsed").await?;
        tells_nothing(page).await?;
        page.forward().await?;
        page.reads("refusal.not_found").await?;
        page.back().await?;
        page.reads("state.lapsed").await?;
        // On to something else, and back.
        page.press("receipt.anew").await?;
        page.shows(CONDITIONS).await?;
        page.back().await?;
        page.shows(RECEIPT).await?;
        page.reads("state.lapsed").await?;
        tells_nothing(page).await?;
        page.reload().await?;
        page.reads("state.lapsed").await?;
        tells_nothing(page).await
    })
    .await
}

#[tokio::test]
async fn a_link_that_was_cut_off_shows_no_other_receipt() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.reads("state.requested").await?;
        page.open(&desk.address(&format!("/#/receipt/{}", NUMBER.replace('-', "")))).await?;
        page.reads("receipt.lost").await?;
        page.does_not_read("state.requested").await?;
        page.reads(TELEPHONE).await
    })
    .await
}

#[tokio::test]
async fn without_a_receipt_the_page_says_how_one_is_opened_and_another_tab_knows_of_none() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.reads("state.requested").await?;
        page.takes_another_tab().await?;
        page.open(&desk.address("/#/receipt")).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("receipt.lost").await?;
        page.reads(TELEPHONE).await?;
        let kept = page.ask("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])", &[]).await?;
        ensure!(!kept.to_string().contains(&NUMBER.replace('-', "")), "it lies on the device: {kept}");
        page.look("7-lost").await
    })
    .await
}

#[tokio::test]
async fn on_a_shared_device_a_receipt_is_in_memory_alone_and_a_reload_says_how_to_open_it_again() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.tick("f-shared_device").await?;
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        let told =
            "JSON.stringify([location.href, history.state, { ...sessionStorage }, { ...localStorage }])";
        let told = page.ask(told, &[]).await?.to_string();
        ensure!(!told.contains(&receipt.code) && !told.contains(&receipt.number), "kept: {told}");
        page.back().await?;
        page.shows(CONDITIONS).await?;
        page.forward().await?;
        page.shows(RECEIPT).await?;
        ensure!(applicant::receipt(page).await? == receipt, "Back and Forward lead to it");
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        page.reads("receipt.lost").await?;
        page.reads(TELEPHONE).await
    })
    .await
}

#[tokio::test]
async fn what_is_erased_takes_the_receipts_of_the_tab_along() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        desk.says(&request("lapsed", 2));
        page.open(&desk.link()).await?;
        page.reads("state.lapsed").await?;
        page.press("receipt.anew").await?;
        page.shows(CONDITIONS).await?;
        page.press("keep.erase").await?;
        page.reads("keep.erased").await?;
        let kept = page.ask("JSON.stringify({ ...sessionStorage })", &[]).await?;
        ensure!(!kept.to_string().contains(&NUMBER.replace('-', "")), "it lies in the tab: {kept}");
        page.ask("void (location.hash = '#/receipt')", &[]).await?;
        page.reads("receipt.lost").await
    })
    .await
}

#[tokio::test]
async fn in_the_elements_frame_the_address_tells_nothing_and_the_frame_shows_it_again() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let loader = stage.server.address("/embed/v1/precheck.js");
        host.holds(&format!(
            "<script type=\"module\" src=\"{loader}\"></script>\
            <online-counselling-precheck></online-counselling-precheck>"
        ));
        page.open(&host.origin()).await?;
        page.enters("root?.querySelector('iframe')").await?;
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        ensure!(page.fragment().await? == "#/receipt", "the frame has the address of its step");
        page.ask("void location.reload()", &[]).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        ensure!(applicant::receipt(page).await? == receipt, "the same receipt");
        ensure!(page.fragment().await? == "#/receipt", "the address after a reload");
        page.browser.window.enter_default_frame().await?;
        Ok(())
    })
    .await
}

/// A proxy in front of the server asks for a sign-in of its own, which stands where the code does.
#[tokio::test]
async fn behind_a_proxy_with_a_sign_in_of_its_own_the_receipt_and_what_belongs_to_it_load() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        desk.stands_behind_a_proxy();
        desk.says(&confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]));
        page.open(&desk.link()).await?;
        page.reads("state.confirmed").await?;
        page.until("the code", "all('.oc-qr > svg').length === 1", &[]).await?;
        page.press("receipt.calendar").await?;
        page.reads("receipt.calendar.saved").await?;
        page.does_not_read("receipt.silent").await?;
        // What is unknown stays unknown.
        page.open(&desk.address(UNKNOWN)).await?;
        page.reads("refusal.not_found").await
    })
    .await
}

#[tokio::test]
async fn the_step_before_a_sending_keeps_its_address_and_what_was_sent_has_one_without_a_code() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        applicant::answer_conditions(page).await?;
        page.press(NEXT).await?;
        page.shows(CONSENT).await?;
        ensure!(page.fragment().await? == "#/consent", "the step has an address");
        page.open(&stage.server.address("/#/conditions")).await?;
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        page.until("an address without the code", "location.hash === a[0]", &[json!("#/receipt")]).await?;
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        ensure!(applicant::receipt(page).await? == receipt, "the same receipt");
        stage.was_quiet(&[]).await
    })
    .await
}
