//! What has changed between the opening of the page and the sending: the deadline has passed (4(1)), or the office has
//! revised its terms (11). The page stays open; the server comes back with another clock or other terms.

use anyhow::{Result, ensure};

use crate::applicant::{self, BOOKING, CONSENT, FRIDAY, NEXT, RECEIPT, REVIEW, SEND, THURSDAY, TO_REVIEW};
use crate::page::Page;
use crate::server::{AFTER_THE_DEADLINE, MORNING, TELEPHONE, revised_office};
use crate::stage::{Outcome, play};

const REVISION: &str = "otaru-2026-11-24";
const TOO_LATE: &str = "refusal.slot_too_late";

#[tokio::test]
async fn article_4_1_a_wish_that_goes_too_late_while_the_page_is_open_leads_back_to_the_wishes() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        page.press(SEND).await?;

        let summary = page.is_told(&[TOO_LATE], "#f-wishes-0").await?;
        ensure!(!summary.alert.is_empty(), "why it was not accepted: {summary:#?}");
        ensure!(page.fragment().await? == "#/booking", "the step that can mend it");
        page.reads("refusal.slot_too_late.do").await?;
        page.inside("[data-day=\"2026-11-26\"][data-open=false]").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.look("refused-wish").await?;

        page.remove_wish(THURSDAY).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[FRIDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(
            sent.len() == 2 && sent[0].0 != sent[1].0,
            "what was edited after a refusal has a key of its own"
        );
        stage.was_quiet(&[422]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_wish_that_goes_too_late_beside_one_that_stands_is_named_on_the_receipt() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY, FRIDAY]).await?;
        // On a slow machine the seats are still asked for when the answers are on the screen.
        let seats = "performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/slots')).length === 2";
        page.until("the seats", seats, &[]).await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        let receipt = applicant::send(page).await?;
        let (state, wishes) = applicant::stored(&stage.server, &receipt).await?;
        let expected = [(THURSDAY, "slot_too_late"), (FRIDAY, "")];
        let expected = expected.map(|(start, code)| (start.to_owned(), code.to_owned()));
        ensure!(state == "requested" && wishes == expected, "{state}: {wishes:?}");
        page.reads(&page.date_time(FRIDAY)).await?;
        let rows = page.all_words(".oc-row").await?;
        let gone: Vec<_> = rows.iter().filter(|it| it.contains(&page.word(TOO_LATE))).collect();
        ensure!(gone.len() == 1 && gone[0].contains(&page.date_time(THURSDAY)), "{rows:#?}");
        page.look("6-receipt-gone-wish").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_page_that_learns_of_the_deadline_says_so_before_anything_is_sent() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_booking(page, &stage.server).await?;
        applicant::fill_booking(page, &[THURSDAY, FRIDAY]).await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.reads("review.gone").await?;
        page.reads(TOO_LATE).await?;

        page.change("review.wishes").await?;
        page.shows(BOOKING).await?;
        page.remove_wish(FRIDAY).await?;
        page.press(TO_REVIEW).await?;
        page.is_told(&[TOO_LATE], "#f-wishes-0").await?;
        ensure!(page.submissions().await?.is_empty(), "nothing was sent");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_11_terms_revised_before_sending_are_shown_line_by_line_and_asked_once() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let (office, before, after) = revised_office()?;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.restart(MORNING, Some(office.path()))?;
        page.press(SEND).await?;

        let summary = page.errors().await?;
        let told = page.filled("refusal.terms_changed", &[("id", REVISION)]);
        ensure!(summary.links == [told], "{summary:#?}");
        ensure!(page.fragment().await? == "#/consent", "the step that can mend it");
        shows_the_revision(page, &before, &after).await?;
        page.look("refused-terms").await?;
        page.press_on(".oc-summary__link").await?;
        let led = page.has_focus("#f-terms, #f-consents-terms, .oc-change *").await;
        page.expects(led.is_ok(), "the summary's link leads neither to what has changed nor to the box");

        page.press(TO_REVIEW).await?;
        page.is_told(&["refusal.consent_missing.terms"], "#f-consents-terms").await?;
        page.tick("f-consents-terms").await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;
        for kept in [
            applicant::NAME,
            applicant::BORN_UNDERSTOOD,
            applicant::NUMBER_UNDERSTOOD,
            &page.date_time(THURSDAY),
        ] {
            page.reads(kept).await?;
        }
        let receipt = applicant::send(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        let stored = stage.server.request(&receipt.number, &receipt.code).await?;
        ensure!(stored["terms"]["id"] == REVISION, "{stored:#}");
        ensure!(page.submissions().await?.len() == 2, "asked once");
        stage.was_quiet(&[422]).await
    })
    .await
}

#[tokio::test]
async fn article_11_terms_revised_before_a_reload_are_shown_and_asked_before_anything_is_sent() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let (office, before, after) = revised_office()?;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.restart(MORNING, Some(office.path()))?;
        page.reload().await?;
        page.opens_with(CONSENT).await?;
        shows_the_revision(page, &before, &after).await?;
        page.tick("f-consents-terms").await?;
        page.press(NEXT).await?;
        page.shows(applicant::CHECK).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

/// The old line and the new one, and nothing else; the box for the terms is open, the others stay ticked.
async fn shows_the_revision(page: &Page, before: &str, after: &str) -> Result<()> {
    page.reads(&page.filled("change.heading", &[("id", REVISION)])).await?;
    let (removed, added) = (page.all_words(".oc-change del").await?, page.all_words(".oc-change ins").await?);
    ensure!(removed.len() == 1 && removed[0].contains(before), "before: {removed:?}");
    ensure!(added.len() == 1 && added[0].contains(after), "after: {added:?}");
    let headings = page.all_words(".oc-change__heading").await?;
    ensure!(headings == ["第4条（利用申込み等）"], "{headings:?}");
    page.reads(&page.filled("consent.version", &[("id", REVISION)])).await?;
    ensure!(!page.is_checked("#f-consents-terms").await?, "what has changed is asked again");
    ensure!(page.is_checked("#f-consents-app_terms").await?, "the app's terms have not changed");
    for duty in applicant::DUTIES {
        ensure!(page.is_checked(&format!("#f-consents-acknowledged-{duty}")).await?, "{duty} stays ticked");
    }
    Ok(())
}

#[tokio::test]
async fn article_4_1_a_request_sent_while_the_server_is_away_arrives_once_when_it_is_back() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.waiting").await?;
        page.reads(TELEPHONE).await?;
        ensure!(
            page.all_words("[data-change]").await?.is_empty(),
            "nothing can be changed while the outcome is unknown"
        );
        page.look("5-review-waiting").await?;
        stage.server.restart(MORNING, None)?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(1 < sent.len(), "tried again: {sent:#?}");
        ensure!(sent.iter().all(|it| *it == sent[0]), "the same key and the same words each time: {sent:#?}");
        Ok(())
    })
    .await
}
