//! Article 10: the check alone, without a booking, and its result: one verdict, each item, and a text for the telephone.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, BACK, CHECK, NEXT, RECEIPT, SEND, THURSDAY};
use crate::moving::copied;
use crate::page::Page;
use crate::server::TELEPHONE;
use crate::stage::{Outcome, play, play_in, play_on};
use crate::trying::watched;

#[tokio::test]
async fn article_10_the_check_alone_leads_to_a_result_with_a_text_to_copy_and_to_no_booking() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/check")).await?;
        page.opens_with(CHECK).await?;
        ensure!(page.all_words(".oc-result").await?.is_empty(), "no result before the answers");
        for button in [NEXT, BACK, SEND] {
            ensure!(!page.offers(button).await?, "{button} belongs to a booking");
        }
        page.try_out("camera").await?;
        page.passes("camera").await?;
        page.try_out("network").await?;
        page.passes("network").await?;
        applicant::answer_check_but(page, &["camera", "network"]).await?;
        verdict(page, "preparations").await?;
        for (item, outcome) in [
            ("secure_context", "passed"),
            ("camera", "passed"),
            ("network", "passed"),
            ("microphone", "attested"),
            ("app_ready", "by_the_day"),
        ] {
            let row = format!(".oc-result [data-result=\"{item}\"][data-outcome={outcome}]");
            let words = page.words(&row).await?;
            let mark = words.replace(&page.word(&format!("check.{item}")), "");
            ensure!(!mark.trim().is_empty(), "the outcome of {item} is a word, not a colour: {words}");
        }
        page.look("check-alone").await?;

        let text = page.ask("all('.oc-result__text')[0].textContent.trim()", &[]).await?;
        let text = text.as_str().unwrap_or_default();
        for item in applicant::ASKED {
            ensure!(text.contains(&page.word(&format!("check.{item}"))), "{item} is missing in {text}");
        }
        ensure!(text.contains(&page.word("check.preparations")), "the verdict stands first: {text}");
        page.press_on("[data-act]").await?;
        page.reads("result.copied").await?;
        let copied = copied(stage).await?;
        ensure!(copied.trim() == text, "copied {copied:?} instead of {text:?}");
        let sent = page.sent().await?;
        ensure!(sent.iter().all(|it| !it.address.contains("/requests")), "nothing is booked");
        stage.was_quiet(&[]).await
    })
    .await
}

async fn verdict(page: &Page, verdict: &str) -> Result<()> {
    page.inside(&format!(".oc-result[data-verdict={verdict}]")).await.map(drop)
}

#[tokio::test]
async fn article_10_the_verdict_follows_the_answers() -> Outcome {
    play_in("en", async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/check")).await?;
        page.opens_with(CHECK).await?;
        applicant::answer_check(page).await?;
        verdict(page, "preparations").await?;
        page.choose("f-checklist-app_ready", "attested").await?;
        verdict(page, "ready").await?;
        page.look("en-check-ready").await?;
        page.choose("f-checklist-microphone", "failed").await?;
        verdict(page, "preparations").await?;
        page.choose("f-checklist-camera", "failed").await?;
        verdict(page, "blocked").await?;
        page.reads(TELEPHONE).await?;
        page.look("en-check-blocked").await?;
        page.choose("f-own_device", "no").await?;
        page.until(
            "no answer about another device",
            "all('.oc-result[data-verdict=blocked]').length === 0",
            &[],
        )
        .await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_10_what_was_found_goes_with_the_request() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;
        applicant::answer_check_but(page, &["camera"]).await?;
        page.press(NEXT).await?;
        applicant::booking(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        page.lets_go(1).await?;
        let sent = page.submissions().await?;
        let checklist = sent[0].1["checklist"].as_array().cloned().unwrap_or_default();
        let outcome = |id: &str| checklist.iter().find(|it| it["id"] == id).map(|it| it["outcome"].clone());
        ensure!(outcome("camera") == Some(json!("passed")), "{checklist:#?}");
        ensure!(outcome("microphone") == Some(json!("attested")), "{checklist:#?}");
        ensure!(outcome("app_ready") == Some(json!("by_the_day")), "{checklist:#?}");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_10_the_result_of_a_test_outlives_a_reload_and_the_open_camera_does_not() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;
        page.reload().await?;
        page.opens_with(CHECK).await?;
        page.passes("camera").await?;
        let preview = page.ask("all('video').filter((it) => it.srcObject).length", &[]).await?;
        ensure!(preview == 0, "no camera is open after a reload");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_10_preparations_stay_on_the_receipt_until_they_are_ticked_off() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_review(page, server, &[THURSDAY]).await?;
        applicant::send(page).await?;
        page.reads("receipt.preparations.words").await?;
        ensure!(!page.is_checked("#f-prepared-app_ready").await?, "nothing is ticked off by itself");
        page.tick("f-prepared-app_ready").await?;
        page.reads("receipt.preparations.done").await?;
        page.look("6-receipt-prepared").await?;
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        page.reads("receipt.preparations.done").await?;
        ensure!(page.is_checked("#f-prepared-app_ready").await?, "a tick outlives a reload");

        let check = page
            .ask("all('a').find((it) => words(it).includes(a[0])).href", &[json!(page.word("receipt.check"))])
            .await?;
        page.open(check.as_str().unwrap_or_default()).await?;
        page.opens_with(CHECK).await?;
        ensure!(!page.offers(NEXT).await?, "the check on the day leads to no second booking");
        stage.was_quiet(&[]).await
    })
    .await
}
