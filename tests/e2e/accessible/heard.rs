//! What a screen reader is told in the main states of every step. The texts are kept, and read by a person before they are: a
//! screen that looks right can still say nothing, or everything twice.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::applicant::{self, BOOKING, CHECK, CONDITIONS, CONSENT, NEXT, RECEIPT, REVIEW, SEND, THURSDAY};
use crate::device::Permission;
use crate::page::Page;
use crate::receipt_desk::{Desk, confirmed};
use crate::server::Server;
use crate::stage::{Outcome, play, play_in, play_on};
use crate::trying::watched;

/// What differs from one run to the next.
async fn masked(page: &Page, name: &str, server: &Server) -> Result<()> {
    let (address, browser) = (server.address("/"), version(page).await?);
    // The page around the steps is always the same.
    let from = if name == "1-conditions" { "RootWebArea" } else { "main" };
    page.is_heard(name, from, &[(&address, OURS), (&browser, "Chrome 150")]).await
}

/// The browser as the page has found it out.
async fn version(page: &Page) -> Result<String> {
    let version = page.ask(r"navigator.userAgent.match(/Chrome\/(\d+)/)[1]", &[]).await?;
    Ok(format!("Chrome {}", version.as_str().context("a version")?))
}

/// Where the server is, as an office would have it.
const OURS: &str = "https://precheck.example.jp/";

#[tokio::test]
async fn what_is_heard_of_every_step_on_the_way_to_a_receipt() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        masked(page, "1-conditions", server).await?;
        page.press(NEXT).await?;
        page.errors().await?;
        masked(page, "1-conditions-unanswered", server).await?;
        applicant::answer_conditions(page).await?;
        page.choose("f-eligibility-ongoing", "no").await?;
        page.reads("conditions.other_ways").await?;
        masked(page, "1-conditions-no", server).await?;
        page.choose("f-eligibility-ongoing", "yes").await?;
        page.press(NEXT).await?;

        page.shows(CONSENT).await?;
        page.inside(".oc-terms__body").await?;
        masked(page, "2-consent", server).await?;
        applicant::tick_consents(page).await?;
        page.press(NEXT).await?;

        page.shows(CHECK).await?;
        masked(page, "3-check", server).await?;
        applicant::answer_check(page).await?;
        page.press(NEXT).await?;

        page.shows(BOOKING).await?;
        page.until("free times", "all('[data-open=true]').length > 0", &[]).await?;
        masked(page, "4-booking", server).await?;
        page.press(NEXT).await?;
        page.errors().await?;
        masked(page, "4-booking-unanswered", server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.choose("f-attendants", "yes").await?;
        page.inside("#f-attendants-0-kind").await?;
        masked(page, "4-booking-filled", server).await?;
        page.choose("f-attendants", "no").await?;
        page.type_into("f-person-job_seeker_number", "01234-567").await?;
        page.press(NEXT).await?;
        page.errors().await?;
        masked(page, "4-booking-asked", server).await?;
        page.press(NEXT).await?;

        page.shows(REVIEW).await?;
        masked(page, "5-review", server).await?;
        page.press(SEND).await?;
        page.shows(RECEIPT).await?;
        page.reads("state.requested").await?;
        page.until("the code", "all('.oc-qr > svg').length === 1", &[]).await?;
        let receipt = applicant::receipt(page).await?;
        let (address, shown) = (server.address("/"), page.words(".oc-number__value").await?);
        let masks = [
            (address.as_str(), OURS),
            (&receipt.code, "CODE"),
            (&receipt.number, "NUMBER"),
            (&shown, "NUMBER"),
        ];
        page.is_heard("6-receipt", "main", &masks).await
    })
    .await
}

#[tokio::test]
async fn what_is_heard_while_a_request_waits_for_the_line() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.waiting").await?;
        page.reads("send.now").await?;
        masked(page, "5-review-waiting", &stage.server).await
    })
    .await
}

#[tokio::test]
async fn what_is_heard_of_a_refused_camera_and_of_a_result() -> Outcome {
    play_on(watched().permits(Permission::Refused), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/check")).await?;
        page.opens_with(CHECK).await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", "refused_now").await?;
        page.has_focus("[data-start=camera]").await?;
        masked(page, "3-check-refused", server).await?;
        applicant::answer_check(page).await?;
        page.press("result.show").await?;
        page.has_focus("#oc-result").await?;
        masked(page, "3-check-result", server).await
    })
    .await
}

#[tokio::test]
async fn what_is_heard_of_an_appointment() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        let mut said = confirmed(2, THURSDAY, "2026-11-26T10:30:00+09:00", &["telephone", "mail"]);
        said["reason"] = json!("開始の5分前から入れます。");
        desk.says(&said);
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.confirmed").await?;
        page.until("the code", "all('.oc-qr > svg').length === 1", &[]).await?;
        page.is_heard("6-receipt-confirmed", "main", &[(&desk.address("/"), OURS)]).await
    })
    .await
}

#[tokio::test]
async fn what_is_heard_in_english() -> Outcome {
    play_in("en", async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        page.until("free times", "all('[data-open=true]').length > 0", &[]).await?;
        masked(page, "en-4-booking", server).await
    })
    .await
}
