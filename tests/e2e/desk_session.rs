//! At the desk a session ends while somebody writes: she is warned, puts it off by one press, and when it has ended she gives her
//! password alone and is back at what she wrote. With script on the same page, without one by a form that waits for her.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::applicant::{self, THURSDAY};
use crate::officer::{self, PASSWORD};
use crate::page::Page;
use crate::server::{MORNING, changed_office};
use crate::stage::{Outcome, play};

/// An hour after the morning: nobody was there for longer than any session lasts, and the day's work goes on.
const LATER: &str = "2026-11-24T10:10:00+09:00";
const TYPED: &str = "折り返し電話します。午後の二時ごろ。";
/// Half a minute of a session that lasts a minute passes in two or three of these, in milliseconds.
const A_WHILE: u32 = 24_000;

/// Waits for what takes its time.
async fn in_a_while(page: &Page, what: &str, expression: &str) -> Result<()> {
    for _ in 0..2 {
        if page.until_within(A_WHILE, what, expression, &[]).await.is_ok() {
            return Ok(());
        }
    }
    page.until_within(A_WHILE, what, expression, &[]).await.map(drop)
}

async fn scripts(page: &Page, on: bool) -> Result<()> {
    let wanted = json!({ "value": !on });
    page.browser.window.cdp().send_raw("Emulation.setScriptExecutionDisabled", wanted).await?;
    Ok(())
}

async fn writes(page: &Page) -> Result<()> {
    page.unfolds("note").await?;
    page.type_into("note-reason", TYPED).await
}

async fn has_kept(page: &Page) -> Result<()> {
    let value = page.value("note-reason").await?;
    ensure!(value == TYPED, "what was typed became {value:?}");
    Ok(())
}

async fn is_noted(page: &Page) -> Result<()> {
    page.comes_to_read("main", TYPED).await?;
    let said = page.words("main").await?;
    ensure!(said.matches(TYPED).count() == 1, "noted once: {said}");
    Ok(())
}

#[tokio::test]
async fn who_writes_is_warned_puts_it_off_and_comes_back_to_what_she_wrote_by_her_password_alone() -> Outcome
{
    play(async |stage| {
        applicant::to_review(&stage.page, &stage.server, &[THURSDAY]).await?;
        let receipt = applicant::send(&stage.page).await?;
        let office = changed_office("policy.toml", "idle_minutes = 15", "idle_minutes = 1")?;
        stage.server.restart(MORNING, Some(office.path()))?;
        let page = &stage.page;
        officer::begins(page, &stage.server).await?;
        officer::opens(page, &stage.server, &receipt.number).await?;
        writes(page).await?;

        let warned = "root.querySelector('[data-session-notice] button')";
        in_a_while(page, "the warning", warned).await?;
        page.has_focus("#note-reason").await?;
        page.look("desk-session-warning").await?;
        page.press_at_the_desk("desk.session.go").await?;
        page.until("no warning any more", "!root.querySelector('[data-session-notice] *')", &[]).await?;
        has_kept(page).await?;
        // It comes again, and any key puts it off as well.
        in_a_while(page, "the warning", warned).await?;
        page.press_on("#note-reason").await?;
        page.until("no warning any more", "!root.querySelector('[data-session-notice] *')", &[]).await?;

        stage.server.restart(LATER, Some(office.path()))?;
        let page = &stage.page;
        in_a_while(page, "that it has ended", "root.querySelector('.d-lock')").await?;
        page.has_focus("#lock-password").await?;
        let hidden =
            "[...document.body.children].every((it) => it.matches('.d-lock, script, template') || it.hidden)";
        page.until("nothing else is shown", hidden, &[]).await?;
        page.does_not_read(TYPED).await?;
        page.look("desk-session-ended").await?;
        page.type_into("lock-password", "wrong password").await?;
        page.key(Key::Enter).await?;
        page.until("what is wrong", "words(root.querySelector('[data-fault]'))", &[]).await?;
        page.type_into("lock-password", PASSWORD).await?;
        page.key(Key::Enter).await?;
        page.until("she is back", "!root.querySelector('.d-lock')", &[]).await?;
        page.has_focus("#note-reason").await?;
        has_kept(page).await?;
        page.press_at_the_desk("desk.request.act.note").await?;
        is_noted(page).await
    })
    .await
}

#[tokio::test]
async fn without_script_a_form_that_is_sent_too_late_waits_for_the_password() -> Outcome {
    play(async |stage| {
        applicant::to_review(&stage.page, &stage.server, &[THURSDAY]).await?;
        let receipt = applicant::send(&stage.page).await?;
        officer::begins(&stage.page, &stage.server).await?;
        scripts(&stage.page, false).await?;
        officer::opens(&stage.page, &stage.server, &receipt.number).await?;
        writes(&stage.page).await?;
        stage.server.restart(LATER, None::<&Path>)?;
        let page = &stage.page;
        page.press_at_the_desk("desk.request.act.note").await?;
        page.is_at("desk.resume.title").await?;
        page.has_focus("#password").await?;
        page.type_into("password", "wrong password").await?;
        page.key(Key::Enter).await?;
        page.reads(&Page::desk_word("desk.resume.wrong")).await?;
        page.type_into("password", PASSWORD).await?;
        page.key(Key::Enter).await?;
        officer::has_state(page, "requested").await?;
        scripts(page, true).await.context("scripts")?;
        is_noted(page).await
    })
    .await
}
