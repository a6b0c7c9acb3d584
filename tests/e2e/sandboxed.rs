//! A receipt in a frame that a sandbox keeps from saving or printing: nothing is claimed, and the address that can do it is there.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, RECEIPT, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::receipt_desk::{Desk, confirmed};
use crate::stage::{Outcome, Stage, play_on};

const ENDS: &str = "2026-11-26T10:30:00+09:00";
/// No word of what a receipt needs for saving and printing.
const NOTHING_MORE: &str = "allow-scripts allow-same-origin allow-forms";
const ALL: &str = "allow-scripts allow-same-origin allow-forms allow-modals allow-downloads allow-popups";

/// Opens a confirmed receipt in a frame; `None` is one without a sandbox.
async fn opens(stage: &mut Stage, host: &HostPage, sandbox: Option<&str>) -> Result<Desk> {
    let desk = Desk::before(stage.server.port()).await?;
    desk.says(&confirmed(2, THURSDAY, ENDS, &["telephone", "mail"]));
    let sandbox = sandbox.map_or_else(String::new, |it| format!("sandbox=\"{it}\""));
    let link = desk.link();
    host.holds(&format!(
        "<iframe title=\"受付票\" width=\"1100\" height=\"700\" {sandbox} src=\"{link}\"></iframe>"
    ));
    let page = &stage.page;
    page.open(&host.origin()).await?;
    page.enters("document.querySelector('iframe')").await?;
    page.opens_with(RECEIPT).await?;
    page.reads("state.confirmed").await?;
    Ok(desk)
}

/// How often the way out is there: as a link that opens beside this page, as a text, and to be copied.
async fn ways_out(page: &Page, link: &str) -> Result<u64> {
    let ways = "(() => {
        const links = all('a[target=_blank]').filter((it) => shown(it) && it.href === a[0]).length;
        const texts = all('.oc-move__link').filter((it) => shown(it) && words(it) === a[0]).length;
        const copies = all('[data-act=move]').filter(shown).length;
        return links === texts && texts === copies ? links : -1;
    })()";
    let ways = page.ask(ways, &[json!(link)]).await?;
    ways.as_u64().ok_or_else(|| anyhow::anyhow!("link, address and copying do not agree"))
}

#[tokio::test]
async fn in_a_sandbox_nothing_is_said_to_be_saved_or_printed_and_the_way_out_is_there() -> Outcome {
    forbids(Device::chromium("ja")).await
}

#[tokio::test]
async fn in_firefox_nothing_is_said_to_be_saved_or_printed_in_a_sandbox_and_the_way_out_is_there() -> Outcome
{
    forbids(Device::firefox("ja").bare()).await
}

#[tokio::test]
async fn in_a_sandbox_that_takes_the_origin_away_it_is_said_as_well() -> Outcome {
    play_on(Device::chromium("ja"), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&(host.origin() + ",null"))?;
        let page = &stage.page;
        host.holds(&format!(
            "<iframe title=\"事前確認\" width=\"1100\" height=\"700\" sandbox=\"allow-scripts\" src=\"{}\"></iframe>",
            stage.server.address("/")
        ));
        page.open(&host.origin()).await?;
        page.enters("document.querySelector('iframe')").await?;
        applicant::to_review_here(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        ensure!(ways_out(page, &receipt.link).await? == 0, "nothing is said before it is tried");
        page.press("receipt.print").await?;
        page.reads("receipt.print.forbidden").await?;
        ensure!(ways_out(page, &receipt.link).await? == 1, "the way out beside printing");
        page.browser.window.enter_default_frame().await?;
        Ok(())
    })
    .await
}

async fn forbids(device: Device) -> Outcome {
    play_on(device, async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let desk = opens(stage, &host, Some(NOTHING_MORE)).await?;
        let (page, link) = (&stage.page, desk.link());
        ensure!(ways_out(page, &link).await? == 0, "nothing is said before it is tried");
        page.press("receipt.calendar").await?;
        page.reads("receipt.calendar.forbidden").await?;
        page.does_not_read("receipt.calendar.saved").await?;
        page.reads("receipt.outside.words").await?;
        ensure!(ways_out(page, &link).await? == 1, "the way out beside saving");
        page.press("receipt.print").await?;
        page.reads("receipt.print.forbidden").await?;
        ensure!(ways_out(page, &link).await? == 2, "the way out beside printing");
        page.browser.window.enter_default_frame().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn where_a_sandbox_allows_it_printing_prints_and_saving_is_not_claimed() -> Outcome {
    play_on(Device::chromium("ja"), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let desk = opens(stage, &host, Some(ALL)).await?;
        let page = &stage.page;
        page.ask("void addEventListener('beforeprint', () => { window.prints = true; })", &[]).await?;
        page.press("receipt.print").await?;
        page.until("printing", "window.prints", &[]).await?;
        page.does_not_read("receipt.print.forbidden").await?;
        ensure!(ways_out(page, &desk.link()).await? == 0, "printing is not forbidden");
        page.press("receipt.calendar").await?;
        page.reads("receipt.calendar.forbidden").await?;
        page.does_not_read("receipt.calendar.saved").await?;
        ensure!(ways_out(page, &desk.link()).await? == 1, "no browser tells whether it saves");
        page.browser.window.enter_default_frame().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn in_a_frame_without_a_sandbox_it_is_saved_and_printed_as_on_our_own_page() -> Outcome {
    play_on(Device::chromium("ja"), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let desk = opens(stage, &host, None).await?;
        let page = &stage.page;
        page.press("receipt.calendar").await?;
        page.reads("receipt.calendar.saved").await?;
        page.press("receipt.print").await?;
        page.does_not_read("receipt.print.forbidden").await?;
        ensure!(ways_out(page, &desk.link()).await? == 0, "nothing is forbidden");
        let own = "document.querySelectorAll('iframe').length + all('iframe').length";
        ensure!(page.ask(own, &[]).await? == 0, "what was tried is gone");
        page.browser.window.enter_default_frame().await?;
        Ok(())
    })
    .await
}
