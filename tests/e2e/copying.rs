//! Copying where the clipboard is forbidden or missing: by a selected field, without anybody noticing; and where a browser refuses
//! that too, the text stands there selected.

use anyhow::{Context as _, Result, ensure};
use thirtyfour::{By, Key};

use crate::applicant::{self, RECEIPT, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::receipt_desk::{Desk, confirmed};
use crate::stage::{Outcome, play, play_on};

const ENDS: &str = "2026-11-26T10:30:00+09:00";
/// Old browsers, pages without a secure connection, browsers inside apps.
const NO_CLIPBOARD: &str =
    "void Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })";
const FIELDS: &str = "all('textarea').length";

/// What comes of pasting into the one field of the page itself.
async fn pastes(page: &Page) -> Result<String> {
    let window = &page.browser.window;
    window.find(By::Css("body > textarea")).await?.click().await.context("the field cannot be pressed")?;
    window.action_chain().key_down(Key::Control).send_keys("v").key_up(Key::Control).perform().await?;
    let pasted = "document.querySelector('body > textarea').value";
    let pasted = page.until("something pasted", pasted, &[]).await?;
    page.ask("void (document.querySelector('body > textarea').value = '')", &[]).await?;
    Ok(pasted.as_str().unwrap_or_default().to_owned())
}

/// Nobody sees that a field was there: the focus is where it was.
async fn left_no_trace(page: &Page, act: &str) -> Result<()> {
    ensure!(page.ask(FIELDS, &[]).await? == 0, "the field is still there");
    if page.browser.engine != crate::device::Engine::WebKit {
        page.has_focus(&format!("[data-act=\"{act}\"]")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn in_the_elements_frame_the_receipts_link_is_copied_though_the_page_forbids_the_clipboard() -> Outcome
{
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let loader = stage.server.address("/embed/v1/precheck.js");
        host.holds_with(
            "Permissions-Policy: clipboard-write=(), clipboard-read=()",
            &format!(
                "<script type=\"module\" src=\"{loader}\"></script><textarea></textarea>\
                <online-counselling-precheck></online-counselling-precheck>"
            ),
        );
        page.open(&host.origin()).await?;
        page.enters("root?.querySelector('iframe')").await?;
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        let link = page.inside(".oc-receipt__link").await?;
        link.scroll_into_view().await?;
        page.browser.window.browser_log().await?;
        let before = page.ask("scrollY", &[]).await?;
        page.press("receipt.copy").await?;
        page.reads("receipt.copied").await?;
        left_no_trace(page, "receipt").await?;
        ensure!(page.ask("scrollY", &[]).await? == before, "the page in the frame has moved");
        page.does_not_read("receipt.not_copied").await?;
        let told = page.browser.window.browser_log().await?;
        ensure!(told.is_empty(), "the console speaks of a refusal: {:?}", told.first().map(|it| &it.message));
        page.browser.window.enter_default_frame().await?;
        let pasted = pastes(page).await?;
        ensure!(pasted == receipt.link, "copied was {pasted:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn in_chromium_all_is_copied_where_there_is_no_clipboard_to_write_to() -> Outcome {
    without_a_clipboard(Device::chromium("ja")).await
}

#[tokio::test]
async fn in_firefox_all_is_copied_where_there_is_no_clipboard_to_write_to() -> Outcome {
    without_a_clipboard(Device::firefox("ja").bare()).await
}

async fn without_a_clipboard(device: Device) -> Outcome {
    play_on(device, async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        desk.says(&confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]));
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.confirmed").await?;
        page.ask(NO_CLIPBOARD, &[]).await?;
        page.ask("void document.body.prepend(document.createElement('textarea'))", &[]).await?;
        for (act, copied) in [
            ("meeting.id", "123 4567 8901"),
            ("meeting.passcode", "aB3x9K"),
            ("receipt", desk.link().as_str()),
        ] {
            page.press_on(&format!("[data-act=\"{act}\"]")).await?;
            let said = match act {
                "receipt" => page.word("receipt.copied"),
                it => page.filled("copying.copied", &[("item", &page.word(it))]),
            };
            page.reads(&said).await?;
            left_no_trace(page, act).await?;
            let pasted = pastes(page).await?;
            ensure!(pasted == copied, "{act}: copied was {pasted:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_selected_before_is_selected_again() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.ask(NO_CLIPBOARD, &[]).await?;
        let selected = "getSelection().toString()";
        // By a key, which leaves what is selected as it is.
        page.ask("all('[data-act=receipt]')[0].focus()", &[]).await?;
        page.ask("getSelection().selectAllChildren(document.querySelector('header'))", &[]).await?;
        let before = page.ask(selected, &[]).await?;
        ensure!(before != "", "nothing is selected");
        page.key(Key::Enter).await?;
        page.reads("receipt.copied").await?;
        ensure!(page.ask(selected, &[]).await? == before, "the selection has gone");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_no_way_copies_is_shown_selected_with_words_that_say_how_to_copy_it() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.ask(NO_CLIPBOARD, &[]).await?;
        page.ask("void (document.execCommand = () => false)", &[]).await?;
        for _ in 0..2 {
            page.press("receipt.copy").await?;
            page.reads("receipt.not_copied").await?;
            page.has_focus("textarea[readonly]").await?;
            let chosen = "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(focused())";
            let chosen = page.ask(chosen, &[]).await?;
            ensure!(chosen == desk.link(), "selected is {chosen}");
            ensure!(page.ask(FIELDS, &[]).await? == 1, "one field, however often it is pressed");
        }
        page.inside("textarea[readonly]").await?;
        page.look("7-not-copied").await?;
        page.ask("delete document.execCommand", &[]).await?;
        page.press("receipt.copy").await?;
        page.reads("receipt.copied").await?;
        page.does_not_read("receipt.not_copied").await?;
        left_no_trace(page, "receipt").await
    })
    .await
}
