//! What does not stay before whoever comes next: after idleness, in a page that comes back, and between a tab and its duplicate.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::applicant::{self, BOOKING, CONDITIONS, CONSENT, NAME, NEXT, REVIEW, SEND, THURSDAY};
use crate::page::Page;
use crate::stage::{Outcome, play};

/// The question, and the button in it.
const ASKED: &str = "[role=alertdialog]";
const STAY: &str = "[role=alertdialog] button";
const NAME_FIELD: &str = "f-person-name";

#[tokio::test]
async fn article_6_after_an_hour_it_is_asked_put_off_as_often_as_it_takes_and_then_erased() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_booking(page, &stage.server).await?;
        page.type_into(NAME_FIELD, NAME).await?;
        passes(page, 59).await?;
        is_not_asked(page).await?;
        passes(page, 2).await?;
        page.has_focus(STAY).await?;
        page.reads("idle.words").await?;
        page.look("4-booking-idle").await?;
        page.press("idle.stay").await?;
        page.has_focus("#f-person-name").await?;
        is_not_asked(page).await?;
        // Ten times is what WCAG asks for; after a night too, the device being hers.
        for minutes in [61, 61, 61, 61, 61, 61, 61, 61, 61, 600] {
            passes(page, minutes).await?;
            page.has_focus(STAY).await?;
            // Keys are for reading the question, but for the one that closes it.
            page.key(Key::Shift).await?;
            page.inside(ASKED).await?;
            page.key(Key::Escape).await?;
            page.has_focus("#f-person-name").await?;
        }
        passes(page, 61).await?;
        page.has_focus(STAY).await?;
        // Whoever goes on at another place is not taken from there.
        page.press_on("#f-person-job_seeker_number").await?;
        is_not_asked(page).await?;
        page.has_focus("#f-person-job_seeker_number").await?;
        ensure!(page.value(NAME_FIELD).await? == NAME, "nothing is lost by being asked");

        passes(page, 61).await?;
        page.has_focus(STAY).await?;
        passes(page, 1).await?;
        is_erased(page, "idle.erased").await?;
        page.reload().await?;
        page.opens_with(CONDITIONS).await?;
        knows_nothing(page).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_6_on_a_shared_device_it_is_asked_sooner_and_not_of_whoever_wakes_it() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        on_a_shared_device(page, &stage.server.address("/")).await?;
        passes(page, 14).await?;
        is_not_asked(page).await?;
        passes(page, 1).await?;
        page.has_focus(STAY).await?;
        page.press("idle.stay").await?;
        page.has_focus("#f-person-name").await?;
        passes(page, 17).await?;
        is_erased(page, "idle.erased").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_6_nothing_is_asked_of_who_is_nobody_yet_or_waits_for_the_line() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        applicant::answer_conditions(page).await?;
        passes(page, 600).await?;
        is_not_asked(page).await?;

        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.waiting").await?;
        passes(page, 600).await?;
        is_not_asked(page).await?;
        page.reads("send.waiting").await
    })
    .await
}

#[tokio::test]
async fn article_6_a_page_that_comes_back_shows_nothing_on_a_shared_device_and_everything_on_ones_own()
-> Outcome {
    play(async |stage| {
        let page = &stage.page;
        on_a_shared_device(page, &stage.server.address("/")).await?;
        comes_back(page).await?;
        is_erased(page, "keep.erased").await?;

        page.takes_another_tab().await?;
        applicant::to_booking(page, &stage.server).await?;
        page.type_into(NAME_FIELD, NAME).await?;
        comes_back(page).await?;
        page.opens_with(BOOKING).await?;
        ensure!(page.value(NAME_FIELD).await? == NAME, "Back costs nobody a word");
        // Meanwhile everything was sent or erased in this tab: what is kept is that of a page that knows nothing.
        let emptied = "(() => {
            const kept = JSON.parse(sessionStorage['precheck-v1']);
            const none = (it) => Array.isArray(it) ? it.map(none) : typeof it === 'string' ? '' : it === null ? null : false;
            for (const name in kept.plain) kept.plain[name] = name === 'own_device' ? null : none(kept.plain[name]);
            sessionStorage['precheck-v1'] = JSON.stringify(kept);
            return true;
        })()";
        page.ask(emptied, &[]).await?;
        comes_back(page).await?;
        is_erased(page, "keep.erased").await
    })
    .await
}

#[tokio::test]
async fn article_6_a_duplicated_tab_goes_on_with_the_answers_and_keeps_them_for_itself() -> Outcome {
    play(async |stage| {
        let (page, window) = (&stage.page, &stage.page.browser.window);
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        let secret = "sessionStorage['precheck-tab-v1']";
        let own = page.until("a secret", secret, &[]).await?;
        page.until("what is sealed", "sessionStorage['precheck-sealed-v1']", &[]).await?;
        let first = window.window().await?;
        // What a tab keeps is copied into one that it opens, as into its duplicate.
        page.ask("(window.open(location.href), true)", &[]).await?;
        let other = window.windows().await?.into_iter().find(|it| *it != first).context("no other tab")?;
        window.switch_to_window(other).await?;
        page.until("the page is there", "location.href !== 'about:blank' && root", &[]).await?;
        page.opens_with(REVIEW).await?;
        page.reads(NAME).await?;
        page.until("another secret", &format!("{secret} && {secret} !== a[0]"), &[json!(own)]).await?;
        page.reload().await?;
        page.opens_with(REVIEW).await?;
        page.reads(NAME).await?;
        page.press("keep.erase").await?;
        page.shows(CONDITIONS).await?;

        window.close_window().await?;
        window.switch_to_window(first).await?;
        page.reload().await?;
        page.opens_with(REVIEW).await?;
        page.reads(NAME).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

/// Lets time pass for the device, which was asleep meanwhile and wakes.
async fn passes(page: &Page, minutes: u32) -> Result<()> {
    let later = "(() => {
        const now = Date.now;
        Date.now = () => now() + a[0] * 60000;
        document.dispatchEvent(new Event('visibilitychange'));
        return true;
    })()";
    page.ask(later, &[json!(minutes)]).await.map(drop)
}

/// The browser shows the page again as it was left, by Back.
async fn comes_back(page: &Page) -> Result<()> {
    let back = "window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";
    page.ask(back, &[]).await.map(drop)
}

/// Somebody has told who she is, on a device that others use too.
async fn on_a_shared_device(page: &Page, address: &str) -> Result<()> {
    page.open(address).await?;
    page.opens_with(CONDITIONS).await?;
    page.tick("f-shared_device").await?;
    applicant::answer_conditions(page).await?;
    page.press(NEXT).await?;
    page.shows(CONSENT).await?;
    applicant::consent(page).await?;
    applicant::check(page).await?;
    page.type_into(NAME_FIELD, NAME).await
}

async fn is_not_asked(page: &Page) -> Result<()> {
    let asked = page.ask("all(a[0]).length", &[json!(ASKED)]).await?;
    ensure!(asked == 0, "it is asked");
    Ok(())
}

/// Everything is gone, and it is said why.
async fn is_erased(page: &Page, why: &str) -> Result<()> {
    let summary = page.errors().await?;
    ensure!(summary.alert == page.word(why), "told {summary:?}");
    page.opens_with(CONDITIONS).await?;
    is_not_asked(page).await?;
    knows_nothing(page).await?;
    let kept = page.ask("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])", &[]).await?;
    ensure!(!kept.to_string().contains("not_sure"), "something is left: {kept}");
    Ok(())
}

async fn knows_nothing(page: &Page) -> Result<()> {
    let answered = page
        .ask("all('input').filter((it) => it.checked && it.id !== 'f-shared_device').length", &[])
        .await?;
    ensure!(answered == 0, "{answered} answers are left");
    page.does_not_read(NAME).await
}
