//! What outlives a reload, Back, and a server that is started again; and what does not outlive the tab.

use anyhow::{Context as _, Result, ensure};

use crate::applicant::{
    self, BOOKING, CHECK, CONDITIONS, CONSENT, FRIDAY, NAME, NEXT, RECEIPT, REVIEW, SEND, THURSDAY,
};
use crate::page::Page;
use crate::server::MORNING;
use crate::stage::{Outcome, play};

#[tokio::test]
async fn article_4_1_nothing_that_was_entered_is_lost_by_a_reload_in_the_middle() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        applicant::conditions(page).await?;
        applicant::tick_consents(page).await?;
        page.reload().await?;
        page.opens_with(CONSENT).await?;
        ensure!(page.is_checked("#f-consents-acknowledged-damages").await?, "a tick outlives a reload");
        page.press(NEXT).await?;
        applicant::check(page).await?;

        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.reload().await?;
        page.opens_with(BOOKING).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.reload().await?;
        page.opens_with(REVIEW).await?;
        for kept in [
            NAME,
            applicant::BORN_UNDERSTOOD,
            applicant::NUMBER_UNDERSTOOD,
            &page.date_time(THURSDAY),
            &page.date_time(FRIDAY),
        ] {
            page.reads(kept).await?;
        }
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY, FRIDAY]).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_6_what_a_person_enters_is_unreadable_in_storage_and_unknown_to_another_tab() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_review(page, server, &[THURSDAY]).await?;
        let kept = page.ask("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])", &[]).await?;
        let kept = kept.as_str().context("no storage")?.to_owned();
        ensure!(kept.contains("not_sure"), "answers without a person are kept plainly: {kept}");
        for personal in [NAME, "花子", "5678901", "５６７８９０１", "S60"] {
            ensure!(!kept.contains(personal), "{personal} lies readable in the tab's storage: {kept}");
        }
        let address = server.address("/");
        let window = &page.browser.window;
        let tab = window.new_tab().await?;
        window.switch_to_window(tab).await?;
        page.open(&address).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(!page.is_checked("#f-eligibility-registered").await?, "another tab knows nothing");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_6_a_shared_device_keeps_nothing_and_erasing_leaves_nothing() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        let kept = "JSON.stringify([{ ...sessionStorage }, { ...localStorage }])";
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.tick("f-shared_device").await?;
        applicant::answer_conditions(page).await?;
        page.reads("keep.nothing").await?;
        ensure!(!page.ask(kept, &[]).await?.to_string().contains("not_sure"), "nothing is kept");
        page.reload().await?;
        page.opens_with(CONDITIONS).await?;
        knows_nothing(page).await?;

        applicant::to_review(page, server, &[THURSDAY]).await?;
        page.press("keep.erase").await?;
        page.shows(CONDITIONS).await?;
        knows_nothing(page).await?;
        page.reload().await?;
        page.opens_with(CONDITIONS).await?;
        knows_nothing(page).await?;
        ensure!(!page.ask(kept, &[]).await?.to_string().contains("not_sure"), "nothing is left");
        stage.was_quiet(&[]).await
    })
    .await
}

/// No answer is given, and no step behind the first can be reached.
async fn knows_nothing(page: &Page) -> Result<()> {
    let answered = page.ask("all('input').filter((it) => it.checked).length", &[]).await?;
    ensure!(answered == 0, "{answered} answers are left");
    page.does_not_read(NAME).await
}

#[tokio::test]
async fn article_4_1_the_browsers_back_button_walks_the_steps_with_their_answers() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_review(page, server, &[THURSDAY]).await?;
        page.back().await?;
        page.shows(BOOKING).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        for step in [CHECK, CONSENT, CONDITIONS] {
            page.back().await?;
            page.shows(step).await?;
        }
        ensure!(
            page.is_checked("input[name=\"f-eligibility-need\"][value=not_sure]").await?,
            "answers are kept"
        );
        for step in [CONSENT, CHECK, BOOKING, REVIEW] {
            page.forward().await?;
            page.shows(step).await?;
        }
        let receipt = applicant::send(page).await?;

        page.back().await?;
        page.shows(CONDITIONS).await?;
        knows_nothing(page).await?;
        page.forward().await?;
        page.shows(RECEIPT).await?;
        ensure!(applicant::receipt(page).await? == receipt, "the receipt is still there");
        ensure!(page.submissions().await?.len() == 1, "Back sends nothing");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_2_the_receipt_outlives_a_server_that_is_killed_after_the_sending() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        stage.server.kill();
        page.press("receipt.refresh").await?;
        page.reads(&page.date_time(THURSDAY)).await?;

        stage.server.restart("2026-11-24T15:00:00+09:00", None)?;
        page.press("receipt.refresh").await?;
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        page.reads(&page.date_time(THURSDAY)).await?;
        page.reads("2026年11月24日（火） 09:0").await?;
        ensure!(applicant::receipt(page).await? == receipt, "the same receipt");
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_on_its_way_outlives_a_reload_and_arrives_once() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.waiting").await?;
        stage.server.restart(MORNING, None)?;
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(sent.iter().all(|it| *it == sent[0]), "the same key and the same words each time: {sent:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_2_a_link_to_no_receipt_says_so_and_what_to_do() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/#/receipt/0123456A/00000000000000000000000000")).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("refusal.not_found").await?;
        page.reads(crate::server::TELEPHONE).await?;
        page.look("6-receipt-unknown").await?;
        let asked = page.sent().await?;
        ensure!(
            asked.iter().all(|it| !it.address.contains("00000000000000")),
            "the code stays out of addresses"
        );
        page.until("an address without the code", "location.hash === '#/receipt'", &[]).await?;
        stage.was_quiet(&[404]).await
    })
    .await
}
