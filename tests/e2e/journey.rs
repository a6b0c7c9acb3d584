//! From "may I?" to the receipt, and back again to change something.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{
    self, BACK, BOOKING, BORN_UNDERSTOOD, CHECK, CONDITIONS, CONSENT, FRIDAY, NAME, NEXT, NUMBER_UNDERSTOOD,
    RECEIPT, REVIEW, THURSDAY, TO_REVIEW,
};
use crate::page::Page;
use crate::server::TELEPHONE;
use crate::stage::{Outcome, play};

/// Japan's time, whatever the device's is.
const THURSDAY_WORDS: &str = "2026年11月26日（木） 10:00";
const FRIDAY_WORDS: &str = "2026年11月27日（金） 13:30";

#[tokio::test]
async fn articles_2_3_10_and_4_1_lead_step_by_step_to_a_receipt_and_a_stored_request() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;

        page.opens_with(CONDITIONS).await?;
        let at_top =
            page.until("a quiet page", "document.readyState === 'complete' && { top: scrollY }", &[]).await?;
        page.expects(at_top["top"] == 0, "the page opens somewhere below its top");
        page.look("1-conditions").await?;
        applicant::answer_conditions(page).await?;
        page.press(NEXT).await?;

        page.shows(CONSENT).await?;
        ensure!(page.fragment().await? == "#/consent", "the step has an address");
        page.inside(".oc-terms__body").await?;
        page.look("2-consent").await?;
        page.press(&page.filled("consent.read", &[("clause", "第10条(2)")])).await?;
        page.has_focus("#article-10").await?;
        page.look("2-consent-terms-open").await?;
        applicant::tick_consents(page).await?;
        page.press(NEXT).await?;

        page.shows(CHECK).await?;
        applicant::answer_check(page).await?;
        page.reads("check.preparations").await?;
        page.look("3-check").await?;
        page.press(NEXT).await?;

        page.shows(BOOKING).await?;
        page.look("4-booking-empty").await?;
        page.type_into("f-person-name", NAME).await?;
        page.type_into("f-person-birth_date", applicant::BORN).await?;
        page.reads(&page.filled("booking.echo", &[("value", BORN_UNDERSTOOD)])).await?;
        page.type_into("f-person-job_seeker_number", applicant::NUMBER).await?;
        page.reads(&page.filled("booking.echo", &[("value", NUMBER_UNDERSTOOD)])).await?;
        applicant::add_wish(page, THURSDAY).await?;
        page.reads(&page.filled("calendar.until", &[("time", "2026年11月25日（水） 17:15")])).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.choose("f-attendants", "no").await?;
        page.look("4-booking").await?;
        page.press(NEXT).await?;

        page.shows(REVIEW).await?;
        for words in [NAME, BORN_UNDERSTOOD, NUMBER_UNDERSTOOD, THURSDAY_WORDS, FRIDAY_WORDS] {
            page.reads(words).await?;
        }
        page.look("5-review").await?;

        let receipt = applicant::send(page).await?;
        ensure!(page.fragment().await? == "#/receipt", "the address tells nothing of the receipt");
        reads_the_receipt(page).await?;
        page.look("6-receipt").await?;
        applicant::is_stored(server, &receipt, &[THURSDAY, FRIDAY]).await?;
        ensure!(page.submissions().await?.len() == 1, "sent once");
        stage.was_quiet(&[]).await?;

        let elsewhere = Page::japanese().await?;
        elsewhere.open(&receipt.link).await?;
        elsewhere.opens_with(RECEIPT).await?;
        reads_the_receipt(&elsewhere).await?;
        ensure!(applicant::receipt(&elsewhere).await? == receipt, "the link shows the same receipt");
        elsewhere.does_not_read(NAME).await?;
        elsewhere.was_quiet(&server.address("/"), &[]).await?;
        Ok(())
    })
    .await
}

/// Article 4(2) and 4(3): not yet a booking, what is left to prepare, how to cancel.
async fn reads_the_receipt(page: &Page) -> Result<()> {
    page.reads("state.requested.words").await?;
    for words in [
        THURSDAY_WORDS,
        FRIDAY_WORDS,
        "2026年11月24日（火） 09:0",
        "check.app_ready",
        "cancel.both",
        "cancel.silence",
        "第4条(3)",
    ] {
        page.reads(words).await?;
    }
    let telephone = page.inside("a[href^=\"tel:\"]").await?.text().await?;
    ensure!(telephone.contains(TELEPHONE), "the office's telephone: {telephone}");
    let number = page.words(".oc-number__value").await?;
    let mail = page.inside("a[href^=\"mailto:\"]").await?.attr("href").await?.context("a mail's address")?;
    ensure!(mail.contains(&number), "the mail names the reception number: {mail}");
    Ok(())
}

#[tokio::test]
async fn article_4_1_an_answer_is_changed_from_the_review_and_the_changed_one_is_sent() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_review(page, server, &[THURSDAY]).await?;

        page.change("review.person").await?;
        page.shows(BOOKING).await?;
        ensure!(
            page.value("f-person-birth_date").await? == applicant::BORN,
            "what was typed stands as typed"
        );
        page.type_into("f-person-name", "小樽 花").await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;
        page.reads("小樽 花").await?;
        page.does_not_read(NAME).await?;

        page.change("review.check").await?;
        page.shows(CHECK).await?;
        page.choose("f-checklist-app_ready", "attested").await?;
        page.choose("f-checklist-private_room", "by_the_day").await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;

        page.change("review.wishes").await?;
        page.shows(BOOKING).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.press(&format!("{} {FRIDAY_WORDS}", page.word("wishes.raise"))).await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;

        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[FRIDAY, THURSDAY]).await?;
        let stored = server.request(&receipt.number, &receipt.code).await?;
        ensure!(stored["preparations"] == json!(["private_room"]), "{stored:#}");
        let sent = page.submissions().await?;
        ensure!(sent.len() == 1 && sent[0].1["person"]["name"] == "小樽 花", "{sent:#?}");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_every_step_can_be_gone_back_to_by_the_pages_own_button_with_its_answers() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_review(page, server, &[THURSDAY]).await?;
        for step in [BOOKING, CHECK, CONSENT, CONDITIONS] {
            page.press(BACK).await?;
            page.shows(step).await?;
        }
        ensure!(!page.offers(BACK).await?, "nothing lies before the first step");
        ensure!(
            page.is_checked("input[name=\"f-eligibility-need\"][value=not_sure]").await?,
            "answers are kept"
        );
        page.choose("f-eligibility-need", "yes").await?;
        for step in [CONSENT, CHECK, BOOKING, REVIEW] {
            page.press(NEXT).await?;
            page.shows(step).await?;
        }
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(sent.len() == 1 && sent[0].1["eligibility"]["need"] == "yes", "{sent:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_10_3_an_interpreter_is_declared_checked_and_sent() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.choose("f-attendants", "yes").await?;
        page.type_into("f-attendants-0-count", "６").await?;
        page.press(NEXT).await?;
        let told = ["refusal.attendants_invalid.kind", "refusal.attendants_invalid.count"];
        page.is_told(&told, "#f-attendants-0-kind").await?;
        page.select("f-attendants-0-kind", "attendants.interpreter").await?;
        page.type_into("f-attendants-0-language", "英語").await?;
        page.type_into("f-attendants-0-count", "１").await?;
        page.look("4-booking-attendants").await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.reads("attendants.interpreter").await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        let attendants = sent[0].1["attendants"].as_array().context("attendants")?;
        let told = attendants.iter().map(|it| [&it["kind"], &it["language"], &it["count"]]);
        ensure!(told.eq([[&json!("interpreter"), &json!("英語"), &json!(1)]]), "{attendants:#?}");
        stage.was_quiet(&[]).await
    })
    .await
}
