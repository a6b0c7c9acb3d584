//! Article 10(4) and (5): the line, measured through a line that is as bad as the test wants it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{BACK, CHECK};
use crate::bad_line::{BadLine, Line};
use crate::device::Device;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play, play_on};
use crate::trying::test;

/// The check behind a clear line, with all that it loads by itself loaded.
async fn behind_a_line(stage: &Stage) -> Result<BadLine> {
    let line = BadLine::to(stage.server.port()).await?;
    stage.page.open(&line.address("/#/check")).await?;
    stage.page.opens_with(CHECK).await?;
    line.falls_silent().await?;
    Ok(line)
}

/// A figure in kbit/s, ms or per cent, by its row's name.
async fn figure(page: &Page, name: &str) -> Result<u32> {
    let expression = "all('.oc-figures').find(shown) && { row: [...all('.oc-figures > *')].map(words)\
        .find((it, at, all) => it.includes(a[0]) || all[at - 1] === a[0]) }";
    let name = page.word(name);
    let found = page.until(&name, expression, &[json!(name)]).await?;
    let row = found["row"].as_str().context("no such figure")?.replace(&name, "");
    let digits: String = row.chars().filter(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("no figure of {name}: {row:?}"))
}

#[tokio::test]
async fn article_10_4_a_good_line_is_found_good_in_12_seconds_with_less_than_2_megabytes() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        page.listen_in().await?;
        let before = line.carried();
        let start = page.ask("performance.now()", &[]).await?.as_f64().unwrap_or_default();
        page.try_out("network").await?;
        page.inside(&format!("{} progress.oc-progress", test("network"))).await?;
        page.passes("network").await?;
        let end = page.ask("performance.now()", &[]).await?.as_f64().unwrap_or_default();
        ensure!(end - start < 12_000.0, "it took {:.0} ms", end - start);
        line.falls_silent().await?;
        let after = line.carried();
        let (up, down) = (after.up - before.up, after.down - before.down);
        ensure!(up + down < 2_000_000, "{up} bytes up and {down} down");
        ensure!(300_000 < down && 100_000 < up, "measured by what was really carried: {up} up, {down} down");
        ensure!(750 < figure(page, "line.down").await? && 750 < figure(page, "line.up").await?, "good");
        ensure!(figure(page, "line.loss").await? == 0, "nothing was lost");
        let said = page.said().await?;
        ensure!(said.len() <= 3, "progress is not read aloud step by step: {said:#?}");
        page.look("3-check-network").await?;
        page.was_quiet(&line.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_slow_line_is_told_with_its_figures_and_does_not_block() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        line.becomes(Line::Slow(300));
        page.try_out("network").await?;
        page.is_accessible("3-check-network-running").await?;
        page.has_trouble("network", "line_fair").await?;
        for name in ["line.down", "line.up"] {
            let kbps = figure(page, name).await?;
            ensure!((150..=400).contains(&kbps), "{name} of a line of 300 kbit/s: {kbps}");
        }
        page.look("3-check-network-fair").await?;

        line.becomes(Line::Slow(50));
        page.try_out("network").await?;
        page.comes_to("network", "running").await?;
        page.has_trouble("network", "line_poor").await?;
        page.look("3-check-network-poor").await?;
        page.choose("f-checklist-network", "by_the_day").await?;

        line.becomes(Line::Clear);
        page.try_out("network").await?;
        page.passes("network").await?;
        page.was_quiet(&line.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_line_that_answers_late_is_told_by_its_round_trip() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        line.becomes(Line::Late(Duration::from_millis(200)));
        page.try_out("network").await?;
        page.has_trouble("network", "line_fair").await?;
        let millis = figure(page, "line.round_trip").await?;
        ensure!((400..=600).contains(&millis), "200 ms each way are {millis} ms");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_measurement_that_is_cut_is_a_failed_test_and_not_a_poor_line() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        line.becomes(Line::Slow(2000));
        page.try_out("network").await?;
        line.carries_down(100_000).await?;
        line.becomes(Line::Refused);
        line.cut();
        let trouble = page.has_trouble("network", "line_failed").await?;
        ensure!(page.all_words(".oc-figures").await?.is_empty(), "half a measurement has no figures");
        page.look("3-check-network-failed").await?;
        page.can_be_mended_or_attested("network", &trouble).await?;

        line.becomes(Line::Clear);
        page.try_out("network").await?;
        page.passes("network").await
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_line_on_which_nothing_answers_is_a_failed_test() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        line.becomes(Line::BlackHole);
        page.try_out("network").await?;
        page.comes_to("network", "running").await?;
        page.has_trouble("network", "line_failed").await.map(drop)
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_measurement_stops_when_the_person_says_so_or_leaves() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        line.becomes(Line::Slow(500));
        page.try_out("network").await?;
        line.carries_down(60_000).await?;
        page.stop("network").await?;
        page.comes_to("network", "idle").await?;
        ends(&line).await?;
        ensure!(page.all_words(".oc-repair").await?.is_empty(), "whoever stops is not told of a failure");

        page.try_out("network").await?;
        line.carries_down(60_000).await?;
        page.press(BACK).await?;
        ends(&line).await
    })
    .await
}

/// What is on its way may still arrive, and then no more: far less than the measurement would have taken.
async fn ends(line: &BadLine) -> Result<()> {
    let before = line.carried();
    line.falls_silent().await?;
    let after = line.carried();
    let more = after.up + after.down - before.up - before.down;
    ensure!(more < 200_000, "{more} bytes more");
    Ok(())
}

/// A telephone on its own line.
const CELLULAR: &str = "
    const line = Object.assign(new EventTarget(), { type: 'cellular', effectiveType: '4g', saveData: false });
    Object.defineProperty(Navigator.prototype, 'connection', { get: () => line });
";

#[tokio::test]
async fn article_10_5_a_line_billed_by_volume_is_measured_only_after_a_question() -> Outcome {
    play_on(Device::chromium("ja").with_script(CELLULAR), async |stage| {
        let page = &stage.page;
        let line = behind_a_line(stage).await?;
        page.reads("check.metered.seen").await?;
        let before = line.carried();
        page.try_out("network").await?;
        page.inside("[data-confirm=\"network\"]").await?;
        page.look("3-check-network-metered").await?;
        line.falls_silent().await?;
        let asked = line.carried().down - before.down;
        ensure!(asked < 20_000, "{asked} bytes were taken before the answer");
        page.press_on("[data-confirm=\"network\"]").await?;
        page.passes("network").await?;
        ensure!(300_000 < line.carried().down - before.down, "measured after the answer");
        page.was_quiet(&line.address("/"), &[]).await
    })
    .await
}
