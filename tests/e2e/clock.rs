//! A device whose clock is wrong: it is told so, and every day and time is Japan's by the server's clock all the same.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{self, CONDITIONS, RECEIPT, REVIEW, SEND, THURSDAY};
use crate::page::Page;
use crate::server::{AFTER_THE_DEADLINE, MORNING};
use crate::stage::{Outcome, play};

const TOLD: &str = "clock.off";

#[tokio::test]
async fn a_clock_that_is_wrong_by_more_than_five_minutes_is_told_of_and_no_other() -> Outcome {
    play(async |stage| {
        for (minutes, is_told) in [(0, false), (4, false), (-4, false), (6, true), (-6, true)] {
            let clock = device_time(&stage.page, minutes).await?;
            stage.server.restart(&clock, None)?;
            let page = &stage.page;
            page.open(&stage.server.address("/")).await?;
            page.opens_with(CONDITIONS).await?;
            page.inside("input[name=\"f-eligibility-need\"]").await?;
            if is_told {
                page.reads(TOLD).await?;
            } else {
                page.does_not_read(TOLD).await.with_context(|| format!("{minutes} minutes"))?;
            }
        }
        stage.page.look("1-conditions-clock").await
    })
    .await
}

/// The device's own time, so many minutes later.
async fn device_time(page: &Page, minutes: i32) -> Result<String> {
    let time = page.ask("new Date(Date.now() + a[0] * 60000).toISOString()", &[json!(minutes)]).await?;
    time.as_str().map(str::to_owned).context("no time")
}

#[tokio::test]
async fn article_4_1_days_and_deadlines_are_right_on_a_device_whose_clock_is_wrong() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.reads(TOLD).await?;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        page.does_not_read(TOLD).await?;
        page.reads(&page.date_time(THURSDAY)).await?;
        // Confirmed by the server's clock, also where the device waits: the deadline is the office's, not the device's.
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.waiting").await?;
        stage.server.restart("2026-11-25T17:14:00+09:00", None)?;
        page.shows(RECEIPT).await?;
        page.reads(TOLD).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;

        page.takes_another_tab().await?;
        stage.server.restart(MORNING, None)?;
        applicant::to_booking(page, &stage.server).await?;
        page.inside("[data-day=\"2026-11-26\"][data-open=true]").await?;
        page.inside("[data-day=\"2026-11-24\"][data-open=false]").await?;
        page.takes_another_tab().await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        applicant::to_booking(page, &stage.server).await?;
        page.inside("[data-day=\"2026-11-26\"][data-open=false]").await?;
        ensure!(!page.offers(REVIEW).await?, "nothing was skipped");
        Ok(())
    })
    .await
}
