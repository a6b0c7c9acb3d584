//! Several tabs, one request, one sender; and a request beside the answers of another tab.

use anyhow::{Context as _, Result, ensure};
use thirtyfour::WindowHandle;

use super::{goes_out_for_friday, is_empty, is_waiting, patient, waits_behind, waits_behind_a_relay};
use crate::applicant::{self, CONDITIONS, FRIDAY, NAME, RECEIPT, REVIEW, SEND, THURSDAY};
use crate::page::{Page, answer};
use crate::relay::{Manner, Relay};
use crate::server::AFTER_THE_DEADLINE;
use crate::stage::{Outcome, Stage, play_on};

#[tokio::test]
async fn article_4_1_two_tabs_that_wait_send_one_after_the_other_and_make_one_request() -> Outcome {
    play_on(patient(), async |stage| {
        let (relay, first, second) = waits_in_two_tabs(stage).await?;
        let (page, window) = (&stage.page, &stage.page.browser.window);
        let before = relay.seen().keys.len();
        relay.becomes(Manner::Holds);
        page.press("send.now").await?;
        relay.sees(before + 1).await?;
        window.switch_to_window(first.clone()).await?;
        page.press("send.now").await?;
        let sending = "all('.oc-notice__heading').filter(shown).some((it) => words(it) === a[0])";
        page.until("sending", sending, &[page.word("send.sending").into()]).await?;
        // Both are sending now, and one request is on the line.
        let seen = relay.seen();
        ensure!(seen.present == 1 && seen.most == 1, "one sender at a time: {seen:?}");

        relay.becomes(Manner::Honest);
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        window.switch_to_window(second).await?;
        page.opens_with(RECEIPT).await?;
        ensure!(applicant::receipt(page).await? == receipt, "both tabs have the same receipt");
        let seen = relay.seen();
        ensure!(seen.most == 1, "never two at a time: {seen:?}");
        ensure!(seen.keys.iter().all(|it| it.0 == seen.keys[0].0), "one key: {seen:?}");
        is_empty(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_tab_whose_request_was_refused_in_another_one_says_so_and_sends_nothing() -> Outcome {
    play_on(patient(), async |stage| {
        let (relay, first, second) = waits_in_two_tabs(stage).await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        let (page, window) = (&stage.page, &stage.page.browser.window);
        relay.becomes(Manner::Honest);
        page.press("send.now").await?;
        page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
        is_empty(page).await?;
        let sent = relay.seen().keys.len();

        window.switch_to_window(first).await?;
        page.reads("send.elsewhere").await?;
        page.look("5-review-elsewhere").await?;
        page.reads(NAME).await?;
        ensure!(page.offers(SEND).await?, "it can be mended here as well");
        window.switch_to_window(second).await?;
        ensure!(relay.seen().keys.len() == sent, "nobody sent it again: {:?}", relay.seen());

        goes_out_for_friday(stage).await?;
        let keys = relay.seen().keys;
        ensure!(keys.len() == sent + 1 && keys[sent].0 != keys[0].0, "mended, under a new key: {keys:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_6_what_is_erased_in_one_tab_is_not_sent_by_another() -> Outcome {
    play_on(patient(), async |stage| {
        let (relay, first, _) = waits_in_two_tabs(stage).await?;
        let page = &stage.page;
        page.press("keep.erase").await?;
        page.shows(CONDITIONS).await?;
        is_empty(page).await?;
        relay.becomes(Manner::Honest);
        let sent = relay.seen().keys.len();
        page.browser.window.switch_to_window(first).await?;
        page.opens_with(CONDITIONS).await?;
        page.does_not_read(NAME).await?;
        page.leaves_and_comes_back().await?;
        page.reload().await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(relay.seen().keys.len() == sent, "nothing was sent: {:?}", relay.seen());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_that_waits_is_sent_beside_the_answers_of_another_tab() -> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_beside_answers(stage).await?;
        let (page, window) = (&stage.page, &stage.page.browser.window);
        relay.becomes(Manner::Honest);
        page.leaves_and_comes_back().await?;
        page.reads("beside.received").await?;
        page.look("1-conditions-beside").await?;
        is_empty(page).await?;
        has_its_answers(page).await?;
        follows_the_link(page).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        ensure!(window.windows().await?.len() == 2, "beside the answers, not in their place");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_refused_beside_the_answers_of_another_tab_is_mended_in_a_new_one() -> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_beside_answers(stage).await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        let page = &stage.page;
        relay.becomes(Manner::Honest);
        page.leaves_and_comes_back().await?;
        page.reads("beside.refused").await?;
        page.look("1-conditions-beside-refused").await?;
        has_its_answers(page).await?;
        let sent = relay.seen().keys.len();
        page.leaves_and_comes_back().await?;
        ensure!(relay.seen().keys.len() == sent, "it is not sent over and over");

        follows_the_link(page).await?;
        page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        is_empty(page).await?;
        goes_out_for_friday(stage).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_whoever_opens_a_receipt_sends_what_waits_too() -> Outcome {
    play_on(patient(), async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[FRIDAY]).await?;
        let earlier = applicant::send(page).await?;
        page.takes_another_tab().await?;
        let relay = waits_behind_a_relay(stage).await?;
        page.takes_another_tab().await?;
        relay.becomes(Manner::Honest);
        page.open(&relay.address(&format!("/#/receipt/{}/{}", earlier.number, earlier.code))).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("beside.received").await?;
        page.reads(&page.date_time(FRIDAY)).await?;
        is_empty(page).await?;
        follows_the_link(page).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        ensure!(receipt != earlier, "two requests, two receipts");
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

/// The same request waits in two tabs, and no pause of theirs ever ends; the second one is in front.
async fn waits_in_two_tabs(stage: &Stage) -> Result<(Relay, WindowHandle, WindowHandle)> {
    let relay = waits_behind_a_relay(stage).await?;
    let (page, window) = (&stage.page, &stage.page.browser.window);
    let (first, second) = (window.window().await?, window.new_tab().await?);
    window.switch_to_window(second.clone()).await?;
    page.open(&relay.address("/")).await?;
    page.opens_with(REVIEW).await?;
    page.ask("window.still = true", &[]).await?;
    page.press("send.now").await?;
    is_waiting(page).await?;
    page.reads("send.kept").await?;
    Ok((relay, first, second))
}

/// A tab that has answers of its own, and a request that another tab, closed by now, has left.
async fn waits_beside_answers(stage: &Stage) -> Result<Relay> {
    let relay = Relay::to(stage.server.port()).await?;
    let (page, window) = (&stage.page, &stage.page.browser.window);
    page.open(&relay.address("/")).await?;
    page.opens_with(CONDITIONS).await?;
    applicant::answer_conditions(page).await?;
    page.ask("window.still = true", &[]).await?;
    let (first, second) = (window.window().await?, window.new_tab().await?);
    window.switch_to_window(second).await?;
    waits_behind(stage, &relay).await?;
    window.close_window().await?;
    window.switch_to_window(first).await?;
    page.reads("beside.waiting").await?;
    has_its_answers(page).await?;
    Ok(relay)
}

async fn has_its_answers(page: &Page) -> Result<()> {
    page.opens_with(CONDITIONS).await?;
    for (name, value) in [("registered", "yes"), ("need", "not_sure")] {
        let css = answer(&format!("f-eligibility-{name}"), value);
        ensure!(page.is_checked(&css).await?, "{css} is still chosen");
    }
    Ok(())
}

/// Goes where the link about the other request leads, in a tab of its own.
async fn follows_the_link(page: &Page) -> Result<()> {
    let window = &page.browser.window;
    let here = window.window().await?;
    page.press_on(".oc-notice a[target=_blank]").await?;
    let other = window.windows().await?.into_iter().find(|it| *it != here);
    window.switch_to_window(other.context("no other tab")?).await?;
    page.until("the page is there", "location.href !== 'about:blank' && root", &[]).await.map(drop)
}
