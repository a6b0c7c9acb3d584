//! The desk in a real browser: what an officer sees without loading anew, confirms in three keystrokes, cancels by the channels
//! that are open, and what silence comes to while nobody looks.

use anyhow::{Result, ensure};
use thirtyfour::WindowHandle;
use thirtyfour::prelude::*;

use crate::applicant::{self, FRIDAY, RECEIPT, Receipt, THURSDAY};
use crate::officer::{self, INVITATION, MEETING, PASSCODE};
use crate::page::Page;
use crate::stage::{Outcome, Stage, play};

const DAY: &str = "2026-11-26";

/// Sends a request and gives its receipt; the page shows it.
async fn asks(stage: &Stage, wish: &str) -> Result<Receipt> {
    applicant::to_review(&stage.page, &stage.server, &[wish]).await?;
    applicant::send(&stage.page).await
}

/// Another window of the same browser, which is seen beside the first.
async fn beside(page: &Page) -> Result<(WindowHandle, WindowHandle)> {
    let window = &page.browser.window;
    let here = window.window().await?;
    let other = window.new_window().await?;
    window.switch_to_window(other.clone()).await?;
    Ok((here, other))
}

async fn reads_receipt(page: &Page, stage: &Stage, receipt: &Receipt, name: &str) -> Result<()> {
    page.open("about:blank").await?;
    page.open(&receipt.link).await?;
    page.opens_with(RECEIPT).await?;
    page.reads(&format!("state.{name}")).await?;
    let told = stage.server.request(&receipt.number, &receipt.code).await?;
    ensure!(told["state"] == name, "the server says {told}");
    Ok(())
}

#[tokio::test]
async fn articles_4_1_and_4_2_a_request_is_seen_without_reloading_confirmed_in_three_keystrokes_and_told()
-> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let window = &page.browser.window;
        officer::begins(page, &stage.server).await?;
        page.look("desk-today-empty").await?;

        let (desk, seeker) = beside(page).await?;
        let receipt = asks(stage, THURSDAY).await?;
        // Her receipt is put away: while it is open it follows, and whoever sees the new version has been told.
        page.open("about:blank").await?;
        window.switch_to_window(desk.clone()).await?;
        let shown = format!("{}-{}", &receipt.number[..4], &receipt.number[4..8]);
        page.comes_to_read("#waiting", &shown).await?;
        page.look("desk-today").await?;

        page.press_on(&format!("#waiting a[href='/desk/requests/{}']", receipt.number)).await?;
        page.has_focus("#identity").await?;
        page.look("desk-request").await?;
        officer::copies(page, INVITATION).await?;
        // The three.
        page.key(" ").await?;
        officer::pastes(page).await?;
        page.has_focus("#meeting").await?;
        page.key(Key::Enter).await?;
        officer::has_state(page, "confirmed").await?;
        let ready = page.words("#ready").await?;
        ensure!(ready.contains(MEETING) && ready.contains(PASSCODE), "to be read out: {ready}");
        page.open(&stage.server.address("/desk")).await?;
        page.comes_to_read("#duties", &shown).await?;
        page.back().await?;
        officer::has_state(page, "confirmed").await?;
        page.look("desk-request-confirmed").await?;

        window.switch_to_window(seeker).await?;
        page.open(&receipt.link).await?;
        page.comes_to_read("*", &page.word("state.confirmed")).await?;
        page.reads(&page.date_time(THURSDAY)).await?;
        page.reads(MEETING).await?;
        page.inside("a[href^='https://us02web.zoom.us/j/81234567890']").await?;

        // Whoever has opened her receipt has been told.
        window.switch_to_window(desk).await?;
        page.open(&stage.server.address("/desk")).await?;
        page.comes_to_read("#duties", &Page::desk_word("desk.day.duties.none")).await
    })
    .await
}

#[tokio::test]
async fn article_4_3_on_the_day_mail_is_refused_and_the_telephone_is_taken() -> Outcome {
    play(async |stage| {
        let receipt = asks(stage, THURSDAY).await?;
        officer::begins(&stage.page, &stage.server).await?;
        officer::confirms(&stage.page, &stage.server, &receipt.number, "812 3456 7890").await?;
        stage.server.restart("2026-11-26T08:00:00+09:00", None)?;
        let page = &stage.page;
        officer::signs_in(page, &stage.server).await?;
        page.look("desk-today-of-the-day").await?;

        officer::opens(page, &stage.server, &receipt.number).await?;
        page.unfolds("cancel").await?;
        page.picks("cancel-channel", "mail").await?;
        page.press_at_the_desk("desk.request.act.cancel").await?;
        page.until("what is wrong", "focused()?.matches('.d-faults')", &[]).await?;
        page.look("desk-request-refused").await?;
        ensure!(page.value("cancel-channel").await? == "mail", "what was entered stays");
        page.picks("cancel-channel", "telephone").await?;
        page.press_at_the_desk("desk.request.act.cancel").await?;
        officer::has_state(page, "cancelled").await?;
        reads_receipt(page, stage, &receipt, "cancelled").await
    })
    .await
}

#[tokio::test]
async fn article_4_3_ten_minutes_of_silence_are_a_cancellation_while_nobody_looks_and_whoever_joined_has_none()
-> Outcome {
    play(async |stage| {
        let silent = asks(stage, THURSDAY).await?;
        stage.page.takes_another_tab().await?;
        let joined = asks(stage, THURSDAY).await?;
        officer::begins(&stage.page, &stage.server).await?;
        officer::confirms(&stage.page, &stage.server, &silent.number, "812 3456 7890").await?;
        // She cannot sit in two at a time: who counsels is decided later.
        officer::opens(&stage.page, &stage.server, &joined.number).await?;
        stage.page.picks("officer", "").await?;
        officer::confirms_here(&stage.page, "823 4567 8901").await?;
        stage.server.restart("2026-11-26T10:04:00+09:00", None)?;
        officer::signs_in(&stage.page, &stage.server).await?;
        stage.page.look("desk-today-begun").await?;
        let act = format!("#next form[action='/desk/requests/{}/joined'] button", joined.number);
        stage.page.press_on(&act).await?;
        stage.page.is_at("desk.today.title").await?;

        // Nobody is signed in, and no page is open.
        stage.page.open("about:blank").await?;
        stage.server.restart("2026-11-26T10:10:01+09:00", None)?;
        let page = &stage.page;
        reads_receipt(page, stage, &silent, "deemed_cancelled").await?;
        reads_receipt(page, stage, &joined, "confirmed").await?;
        page.open(&stage.server.address("/desk")).await?;
        page.comes_to_read("#silences", &format!("{}-{}", &silent.number[..4], &silent.number[4..8])).await?;
        page.look("desk-today-silence").await?;

        officer::opens(page, &stage.server, &silent.number).await?;
        officer::has_state(page, "deemed_cancelled").await?;
        page.unfolds("correct-held").await?;
        page.press_at_the_desk("desk.request.act.correct-held").await?;
        page.until("a reason is missing", "focused()?.matches('.d-faults')", &[]).await?;
        page.type_into("correct-held-reason", "入室の記録がありました").await?;
        page.press_at_the_desk("desk.request.act.correct-held").await?;
        officer::has_state(page, "held").await?;
        reads_receipt(page, stage, &silent, "held").await
    })
    .await
}

#[tokio::test]
async fn articles_4_1_and_4_2_the_next_one_is_booked_and_a_whole_day_cancelled_with_nothing_retyped()
-> Outcome {
    play(async |stage| {
        let receipt = asks(stage, FRIDAY).await?;
        officer::begins(&stage.page, &stage.server).await?;
        officer::confirms(&stage.page, &stage.server, &receipt.number, "812 3456 7890").await?;
        stage.server.restart("2026-11-27T13:31:00+09:00", None)?;
        let page = &stage.page;
        officer::signs_in(page, &stage.server).await?;
        officer::opens(page, &stage.server, &receipt.number).await?;
        page.press_at_the_desk("desk.request.act.joined").await?;
        page.until("she is there", "!root.querySelector('form[action$=\"/joined\"]')", &[]).await?;

        page.open(&stage.server.address(&format!("/desk/requests/{}/next", receipt.number))).await?;
        page.reads(applicant::NAME).await?;
        page.look("desk-next").await?;
        page.has_focus("button[autofocus]").await?;
        // The two.
        page.key(Key::Enter).await?;
        page.inside("svg.d-qr").await?;
        page.look("desk-next-booked").await?;
        // The sheet is there once: whoever presses Enter twice does not leave it.
        page.has_focus("h2").await?;

        // The office closes on the day of another counselling.
        let other = asks(stage, "2026-12-03T10:00:00+09:00").await?;
        officer::confirms(page, &stage.server, &other.number, "823 4567 8901").await?;
        page.open(&stage.server.address("/desk/affected?day=2026-12-03")).await?;
        page.is_at("desk.affected.title").await?;
        page.look("desk-affected").await?;
        page.press_on("input[name=act][value=cancel]").await?;
        page.press_on("input[name=cause][value=closure]").await?;
        if page.ask("!root.querySelector('input[name=pick]').checked", &[]).await? == true {
            page.press_on("input[name=pick]").await?;
        }
        page.press_at_the_desk("desk.affected.go").await?;
        page.inside(".d-ready").await?;
        page.look("desk-affected-done").await?;
        reads_receipt(page, stage, &other, "cancelled_by_office").await
    })
    .await
}

#[tokio::test]
async fn every_page_of_the_desk_is_accessible_and_fits_a_telephone() -> Outcome {
    play(async |stage| {
        let receipt = asks(stage, THURSDAY).await?;
        let page = &stage.page;
        officer::begins(page, &stage.server).await?;
        officer::confirms(page, &stage.server, &receipt.number, "812 3456 7890").await?;
        let sheet = format!("/desk/day/{DAY}/print");
        for (name, path) in [
            ("calendar", "/desk/calendar?week=2026-11-23"),
            ("new", "/desk/new"),
            ("find", "/desk/find"),
            ("figures", "/desk/figures"),
            ("records", "/desk/records"),
            ("staff", "/desk/staff"),
            ("me", "/desk/me"),
            ("log", "/desk/log"),
            ("settings", "/desk/settings?day=2026-11-26"),
            ("list", "/desk/requests?list=waiting"),
            ("day-sheet", &sheet),
            ("nothing", "/desk/nothing-is-here"),
        ] {
            page.open(&stage.server.address(path)).await?;
            page.until(path, "document.querySelector('h1')", &[]).await?;
            page.look(&format!("desk-{name}")).await?;
        }
        // What was typed into the search stands in no address.
        page.open(&stage.server.address("/desk/find")).await?;
        page.type_into("q", applicant::NAME).await?;
        page.key(Key::Enter).await?;
        page.comes_to_read("main", &receipt.number[..4]).await?;
        page.look("desk-found").await?;
        let address = page.ask("location.href", &[]).await?;
        ensure!(!address.to_string().contains('%') && !address.to_string().contains('?'), "{address}");
        Ok(())
    })
    .await
}
