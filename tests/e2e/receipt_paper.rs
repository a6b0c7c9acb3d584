//! The receipt on paper: one clean sheet with the QR code of the link, by the page's button or the browser's own.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::applicant::{self, RECEIPT, THURSDAY};
use crate::page::Page;
use crate::receipt_desk::{Desk, MODULES, NUMBER, confirmed};
use crate::server::{TELEPHONE, from_env};
use crate::stage::{Outcome, play};

const ENDS: &str = "2026-11-26T10:30:00+09:00";

/// Prints the page as the browser does, keeps the sheet beside the pictures, and gives the number of its pages.
async fn prints(page: &Page, name: &str) -> Result<usize> {
    let wanted = json!({ "paperWidth": 8.27, "paperHeight": 11.69 });
    let printed = page.browser.window.cdp().send_raw("Page.printToPDF", wanted).await?;
    let printed = BASE64_STANDARD.decode(printed["data"].as_str().context("no sheet")?)?;
    let folder = from_env("PRECHECK_SCREENS", "target/screens");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("{name}.pdf")), &printed)?;
    Ok(printed.windows(12).filter(|it| *it == b"/Type /Page\n").count())
}

async fn is_seen_as(page: &Page, media: &str) -> Result<()> {
    page.browser.window.cdp().send_raw("Emulation.setEmulatedMedia", json!({ "media": media })).await?;
    Ok(())
}

#[tokio::test]
async fn a_confirmed_receipt_is_one_clean_sheet() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        desk.says(&confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]));
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        page.reads("state.confirmed").await?;
        page.until("the code", "all('.oc-qr > svg').length === 1", &[]).await?;
        is_seen_as(page, "print").await?;
        for (what, css) in [
            ("the number", ".oc-number__value"),
            ("the state", ".oc-state"),
            ("the time", ".oc-when"),
            ("ID and passcode", ".oc-code"),
            ("the office", ".oc-contact__name"),
            ("the telephone", "a[href^=\"tel:\"]"),
            ("the code", ".oc-qr > svg"),
            ("the link", ".oc-receipt__link"),
        ] {
            ensure!(page.ask("all(a[0]).some(shown)", &[json!(css)]).await? == true, "{what} is not on paper");
        }
        for words in [NUMBER, TELEPHONE, "cancel.both", "cancel.silence", "123 4567 8901", "aB3x9K"] {
            let words = json!(page.word(words));
            let printed = "element.shadowRoot.querySelector('.oc-widget').innerText.includes(a[0])";
            ensure!(page.ask(printed, std::slice::from_ref(&words)).await? == true, "{words} is not on paper");
        }
        let chrome = "[...all('button, input, [data-act=join]'), ...document.querySelectorAll('header, footer')].filter(shown).length";
        ensure!(page.ask(chrome, &[]).await? == 0, "buttons and the page's own are on paper");
        is_seen_as(page, "").await?;
        ensure!(prints(page, "7-sheet").await? == 1, "more than one sheet");
        page.was_quiet(&desk.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn the_code_is_drawn_once_with_a_name_and_pressing_print_prints() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        page.open(&desk.link()).await?;
        page.opens_with(RECEIPT).await?;
        let drawn = "all('.oc-qr > svg').map((it) => [it.namespaceURI, it.getAttribute('viewBox'), \
            it.firstChild.getAttribute('d'), it.parentNode.getAttribute('role'), it.parentNode.getAttribute('aria-label')])[0]";
        let drawn = page.until("the code", drawn, &[]).await?;
        let expected = json!(["http://www.w3.org/2000/svg", "0 0 10 10", MODULES, "img", page.word("receipt.qr")]);
        ensure!(drawn == expected, "{drawn}");
        page.ask("void (window.print = () => { window.sheets = (window.sheets ?? 0) + 1 })", &[]).await?;
        page.press("receipt.print").await?;
        page.until("a sheet", "window.sheets === 1", &[]).await?;
        page.press("receipt.refresh").await?;
        let asked = { desk.is_looked_at(2).await?; desk.asked() };
        ensure!(asked.iter().filter(|it| it.part.starts_with("/qr")).count() == 1, "{asked:#?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_reader_finds_the_receipts_link_in_the_servers_code() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        let drawn =
            "all('.oc-qr > svg').map((it) => [it.viewBox.baseVal.width, it.firstChild.getAttribute('d')])[0]";
        let drawn = page.until("the code", drawn, &[]).await?;
        ensure!(read(&drawn)? == receipt.link, "it leads to {}", read(&drawn)?);
        ensure!(prints(page, "7-sheet-requested").await? == 1, "more than one sheet");
        stage.was_quiet(&[]).await
    })
    .await
}

/// What a reader of QR codes finds in a drawing.
fn read(drawn: &Value) -> Result<String> {
    const SCALE: usize = 4;
    let size = usize::try_from(drawn[0].as_u64().context("no size")?)? * SCALE;
    let mut dark = HashSet::new();
    for piece in drawn[1].as_str().context("no path")?.split_terminator('z') {
        let numbers = piece.split(['M', ' ', 'h', 'v', '-']).filter(|it| !it.is_empty()).map(str::parse);
        let [x, y, wide, 1, back]: [usize; 5] =
            numbers.collect::<Result<Vec<_>, _>>()?.try_into().unwrap_or_default()
        else {
            anyhow::bail!("not a row of modules: {piece}");
        };
        ensure!(wide == back, "{piece} does not close");
        dark.extend((x..x + wide).map(|it| (it, y)));
    }
    let shade = |x: usize, y: usize| if dark.contains(&(x / SCALE, y / SCALE)) { 0 } else { 255 };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(size, size, shade);
    let grids = picture.detect_grids();
    Ok(grids.first().context("no code in the drawing")?.decode()?.1)
}
