//! DESIGN 5: a receipt follows its request while it is in sight, asks only for what is new, and stops when nothing can change
//! any more.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::applicant::{CONDITIONS, FRIDAY, RECEIPT, THURSDAY};
use crate::page::Page;
use crate::receipt_desk::{Desk, confirmed, request};
use crate::server::MORNING;
use crate::stage::{Outcome, Stage, play};

const ENDS: &str = "2026-11-26T10:30:00+09:00";
/// The pace of `shared::following` just after the sending.
const FRESH: Duration = Duration::from_secs(5);

/// A request that has come in this minute, and so is looked at every few seconds.
fn fresh(state: &str, version: u32) -> Value {
    let mut request = request(state, version);
    request["received_at"] = json!(MORNING);
    request
}

async fn opens(stage: &Stage) -> Result<Desk> {
    let desk = Desk::before(stage.server.port()).await?;
    desk.says(&fresh("requested", 1));
    stage.page.open(&desk.link()).await?;
    stage.page.opens_with(RECEIPT).await?;
    stage.page.reads("state.requested").await?;
    Ok(desk)
}

/// When the page has looked: the server's clock runs while a test does.
pub(crate) fn as_of(page: &Page) -> Vec<String> {
    let minutes =
        ["00", "01", "02"].map(|it| page.date_time(&MORNING.replace("09:00:", &format!("09:{it}:"))));
    minutes.iter().map(|it| page.filled("receipt.as_of", &[("time", it)])).collect()
}

/// Tells the page that the line is there again, as a browser does.
async fn line_comes_back(page: &Page) -> Result<()> {
    page.ask("window.dispatchEvent(new Event('online'))", &[]).await.map(drop)
}

#[tokio::test]
async fn a_change_is_shown_and_said_by_itself_and_an_answer_without_news_draws_nothing_anew() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = opens(stage).await?;
        page.until("the time", "a[0].some((it) => words(root).includes(it))", &[json!(as_of(page))]).await?;
        page.ask(
            "all('.oc-state')[0].seen = all('.oc-tick')[0].seen = all('.oc-qr > svg')[0].seen = true",
            &[],
        )
        .await?;
        page.tick("f-prepared-app_ready").await?;
        let looks = desk.is_looked_at(3).await?;
        let tag = looks[1].tag.clone();
        ensure!(looks[0].tag.is_none() && tag.is_some() && tag == looks[2].tag, "{looks:#?}");
        ensure!(looks.iter().map(|it| it.status).collect::<Vec<_>>() == [200, 304, 304], "{looks:#?}");
        ensure!(page.ask("all('.oc-state')[0].seen", &[]).await? == true, "nothing new was drawn anew");
        page.does_not_read("receipt.changed").await?;

        let mut said = confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]);
        said["received_at"] = json!(MORNING);
        desk.says(&said);
        page.reads("state.confirmed").await?;
        page.reads("receipt.changed").await?;
        let spoken = page.words("[role=status]").await?;
        ensure!(
            spoken == format!("{} {}", page.word("receipt.changed"), page.word("state.confirmed")),
            "{spoken}"
        );
        let kept = page.ask("all('.oc-tick')[0].seen && all('.oc-qr > svg')[0].seen", &[]).await?;
        ensure!(kept == true, "what has not changed stands as it stood");
        ensure!(page.is_checked("#f-prepared-app_ready").await?, "the tick stays");

        said["version"] = json!(3);
        said["appointment"] = json!({ "start": FRIDAY, "end": "2026-11-27T14:00:00+09:00" });
        desk.says(&said);
        page.reads(&page.filled("receipt.moved_from", &[("time", &page.date_time(THURSDAY))])).await?;
        let when = page.words(".oc-when").await?;
        ensure!(when.starts_with(&page.date_time(FRIDAY)), "{when}");
        let looks = desk.looks();
        for (one, next) in looks.iter().zip(&looks[1..]) {
            ensure!(FRESH <= next.at - one.at, "no faster than its pace: {looks:#?}");
        }
        page.look("7-changed").await?;
        page.was_quiet(&desk.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn the_focus_stays_on_what_is_drawn_anew() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = opens(stage).await?;
        let mut said = confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]);
        desk.says(&said);
        page.press("receipt.refresh").await?;
        page.reads("state.confirmed").await?;
        page.ask("all('[data-act=\"meeting.id\"]')[0].focus()", &[]).await?;
        said["version"] = json!(3);
        said["meeting"]["passcode"] = json!("other");
        desk.says(&said);
        line_comes_back(page).await?;
        page.reads("other").await?;
        page.has_focus("[data-act=\"meeting.id\"]").await?;

        // What is gone leaves it to the words that say why.
        desk.says(&request("cancelled", 4));
        line_comes_back(page).await?;
        page.reads("state.cancelled").await?;
        page.has_focus(".oc-state > *").await
    })
    .await
}

#[tokio::test]
async fn a_page_out_of_sight_asks_nothing_and_asks_at_once_when_it_is_seen_again() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = opens(stage).await?;
        desk.is_looked_at(2).await?;
        let window = &page.browser.window;
        let here = window.window().await.map_err(anyhow::Error::from)?;
        let other = window.new_tab().await.map_err(anyhow::Error::from)?;
        window.switch_to_window(other).await.map_err(anyhow::Error::from)?;
        // Another receipt that is in sight shows that the time for two looks has passed.
        let seen = opens(stage).await?;
        let before = desk.looks().len();
        seen.is_looked_at(3).await?;
        ensure!(desk.looks().len() == before, "out of sight, and it asked: {:#?}", desk.looks());
        desk.says(&fresh("withdrawn", 2));
        window.close_window().await.map_err(anyhow::Error::from)?;
        window.switch_to_window(here).await.map_err(anyhow::Error::from)?;
        page.reads("state.withdrawn").await?;
        let looks = desk.looks();
        ensure!(looks.len() == before + 1, "{looks:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_cannot_change_any_more_is_asked_for_on_request_alone() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = opens(stage).await?;
        desk.says(&fresh("declined", 2));
        line_comes_back(page).await?;
        page.reads("state.declined").await?;
        let before = desk.looks().len();
        line_comes_back(page).await?;
        page.leaves_and_comes_back().await?;
        page.press("receipt.refresh").await?;
        let looks = desk.is_looked_at(before + 1).await?;
        ensure!(looks.len() == before + 1 && looks[before].status == 304, "{looks:#?}");
        // Whoever pressed is told, whether or not there is any news.
        page.until("the time", "a[0].includes(words(all('[role=status]')[0]))", &[json!(as_of(page))])
            .await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_an_answer_the_page_says_so_shows_what_was_known_and_gives_the_server_its_pause() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = opens(stage).await?;
        desk.fails(503, 12);
        let failed = desk.looks().len();
        line_comes_back(page).await?;
        page.reads("receipt.silent").await?;
        page.reads("state.requested").await?;
        page.until("the time", "a[0].some((it) => words(root).includes(it))", &[json!(as_of(page))]).await?;
        let spoken = page.words("[role=status]").await?;
        ensure!(spoken == page.word("receipt.silent"), "{spoken}");
        page.look("7-silent").await?;
        desk.says(&fresh("withdrawn", 2));
        line_comes_back(page).await?;
        let looks = desk.is_looked_at(failed + 2).await?;
        let pause = looks[failed + 1].at - looks[failed].at;
        ensure!(Duration::from_secs(12) <= pause, "asked again after {pause:?}");
        page.reads("state.withdrawn").await?;
        page.does_not_read("receipt.silent").await?;
        page.was_quiet(&desk.address("/"), &[503]).await
    })
    .await
}

#[tokio::test]
async fn whoever_leaves_the_receipt_and_comes_back_follows_it_once() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        let desk = opens(stage).await?;
        for _ in 0..3 {
            page.ask("void (location.hash = '#/conditions')", &[]).await?;
            page.shows(CONDITIONS).await?;
            page.back().await?;
            page.shows(RECEIPT).await?;
        }
        // Taken out and put back, as a page does that builds itself anew.
        page.ask(
            "void (element.remove(), setTimeout(() => document.querySelector('main').append(element)))",
            &[],
        )
        .await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.requested").await?;
        let before = desk.looks().len();
        let looks = desk.is_looked_at(before + 3).await?;
        for (one, next) in looks[before..].iter().zip(&looks[before + 1..]) {
            ensure!(FRESH <= next.at - one.at, "an earlier showing still asks: {looks:#?}");
        }
        Ok(())
    })
    .await
}
