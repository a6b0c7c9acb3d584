//! A request is confirmed while the server is away, and something has changed when it is back: for each reason it is refused, the
//! step that can mend it opens, everything is there as it was typed, and it is delivered under a new key.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{confirms_while_the_server_is_away, is_empty};
use crate::applicant::{self, FRIDAY, RECEIPT, REVIEW, SEND, THURSDAY, TO_REVIEW};
use crate::page::Page;
use crate::relay::{Manner, Relay, answer};
use crate::server::{MORNING, changed_office, revised_office};
use crate::stage::{Outcome, Stage, play};

/// Four weeks ahead, the last day that can be wished for on the day of the tests.
const LAST_DAY: &str = "2026-12-22T10:00:00+09:00";

#[tokio::test]
async fn article_4_1_a_day_that_the_office_has_closed_meanwhile_leads_back_to_the_wishes() -> Outcome {
    play(async |stage| {
        let closed = "\n[[closure]]\ndate = \"2026-11-26\"\nreason = \"庁舎設備の点検\"\n";
        let end = "# reason = \"庁舎設備の点検\"\n";
        let office = changed_office("closures.toml", end, &[end, closed].concat())?;
        let told = stage.page.filled("refusal.slot_not_business_day.office", &[("reason", "庁舎設備の点検")]);
        a_wish_is_refused(stage, THURSDAY, MORNING, Some(office.path()), &told).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_time_that_is_full_meanwhile_leads_back_to_the_wishes() -> Outcome {
    play(async |stage| {
        let seats = "default = 2\n";
        let none = "default = 2\nby_date = { \"2026-11-26\" = 0 }\n";
        let office = changed_office("policy.toml", seats, none)?;
        a_wish_is_refused(stage, THURSDAY, MORNING, Some(office.path()), "refusal.slot_full").await
    })
    .await
}

#[tokio::test]
async fn article_4_1_hours_that_the_office_has_changed_meanwhile_lead_back_to_the_wishes() -> Outcome {
    play(async |stage| {
        let office = changed_office("policy.toml", "from = \"10:00\"", "from = \"11:00\"")?;
        let told = stage.page.filled("refusal.slot_outside_hours", &[("minutes", "30")]);
        a_wish_is_refused(stage, THURSDAY, MORNING, Some(office.path()), &told).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_clock_that_was_set_back_leads_back_to_the_wishes() -> Outcome {
    play(async |stage| {
        a_wish_is_refused(stage, LAST_DAY, "2026-11-20T09:00:00+09:00", None, "refusal.slot_too_far").await
    })
    .await
}

/// Confirms a wish that is gone when the server is back, and wishes for Friday instead.
async fn a_wish_is_refused(
    stage: &mut Stage,
    wish: &str,
    clock: &str,
    office: Option<&Path>,
    told: &str,
) -> Result<()> {
    applicant::to_review(&stage.page, &stage.server, &[wish]).await?;
    stage.server.kill();
    stage.page.press(SEND).await?;
    stage.page.reads("send.kept").await?;
    stage.server.restart(clock, office)?;
    let page = &stage.page;
    let summary = page.is_told(&[told], "#f-wishes-0").await?;
    ensure!(summary.alert == page.word("send.refused"), "{summary:#?}");
    ensure!(page.fragment().await? == "#/booking", "the step that can mend it");
    applicant::still_holds(page, &[wish]).await?;
    is_empty(page).await?;
    page.remove_wish(wish).await?;
    // What the office has changed is known here by now: the same mistake is not offered again.
    let (day, _) = wish.split_once('T').unwrap_or_default();
    let day = format!("[data-day=\"{day}\"]");
    if !page.all_words(&day).await?.is_empty() {
        page.press_on(&day).await?;
        page.has_focus(".oc-times__heading").await?;
    }
    let offered = "all('[data-slot]').filter(shown).some((it) => it.dataset.slot === a[0])";
    ensure!(page.ask(offered, &[json!(wish)]).await? == false, "{wish} is not offered any more");
    applicant::add_wish(page, FRIDAY).await?;
    page.press(TO_REVIEW).await?;
    page.shows(REVIEW).await?;
    arrives_under_a_new_key(stage, FRIDAY).await
}

#[tokio::test]
async fn article_11_terms_that_are_revised_meanwhile_are_shown_and_asked_once() -> Outcome {
    play(async |stage| {
        let (office, before, after) = revised_office()?;
        confirms_while_the_server_is_away(stage).await?;
        // The tab has been closed as well: the one that takes it up knows nothing but what lies on the device.
        stage.page.takes_another_tab().await?;
        stage.server.restart(MORNING, Some(office.path()))?;
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        let summary = page.errors().await?;
        ensure!(summary.alert == page.word("send.refused"), "{summary:#?}");
        ensure!(page.fragment().await? == "#/consent", "the step that can mend it");
        page.reads(&before).await?;
        page.reads(&after).await?;
        is_empty(page).await?;
        page.tick("f-consents-terms").await?;
        page.press(TO_REVIEW).await?;
        page.shows(REVIEW).await?;
        arrives_under_a_new_key(stage, THURSDAY).await
    })
    .await
}

#[tokio::test]
async fn a_refusal_that_no_step_can_mend_leads_to_the_check_of_answers_with_its_reason() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let page = &stage.page;
        applicant::to_review_at(page, &relay.address("/"), &[THURSDAY]).await?;
        let refusal = "{\"type\":\"about:blank\",\"title\":\"形式\",\"status\":400,\"detail\":\"読み取れませんでした。\",\
            \"code\":\"malformed\"}";
        relay.becomes(answer("400 Bad Request", "Content-Type: application/problem+json\r\n", refusal));
        page.press(SEND).await?;
        let summary = page.errors().await?;
        ensure!(summary.alert == "読み取れませんでした。", "{summary:#?}");
        page.reads(applicant::NAME).await?;
        is_empty(page).await?;
        relay.becomes(Manner::Honest);
        arrives_under_a_new_key(stage, THURSDAY).await
    })
    .await
}

/// Sends what was mended.
async fn arrives_under_a_new_key(stage: &Stage, wish: &str) -> Result<()> {
    let page = &stage.page;
    shows_the_person(page).await?;
    page.press(SEND).await?;
    page.shows(RECEIPT).await?;
    let receipt = applicant::receipt(page).await?;
    applicant::is_stored(&stage.server, &receipt, &[wish]).await?;
    let sent = page.submissions().await?;
    let (last, earlier) = (&sent[sent.len() - 1], &sent[..sent.len() - 1]);
    ensure!(!earlier.is_empty() && earlier.iter().all(|it| it.0 != last.0), "a key of its own: {sent:#?}");
    ensure!(earlier.iter().all(|it| it.1["person"] == last.1["person"]), "nothing was retyped: {sent:#?}");
    Ok(())
}

async fn shows_the_person(page: &Page) -> Result<()> {
    for kept in [applicant::NAME, applicant::BORN_UNDERSTOOD, applicant::NUMBER_UNDERSTOOD] {
        page.reads(kept).await?;
    }
    Ok(())
}
