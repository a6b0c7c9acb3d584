//! A browser of some years ago, as it still comes: without what Safari learned after its version 15. Played in Chromium with all of
//! that taken away.

use anyhow::ensure;

use crate::applicant::{self, BACK, BOOKING, CONDITIONS, REVIEW, THURSDAY};
use crate::device::Device;
use crate::stage::{Outcome, play_on};

/// What a page could ask for in vain in the Safari of an iPhone of 2021; but for `Object.hasOwn`, which Chromium's driver asks for.
const LESS: &str = "
    for (const [of, names] of [
        [Document.prototype, ['adoptedStyleSheets']],
        [ShadowRoot.prototype, ['adoptedStyleSheets']],
        [CSSStyleSheet.prototype, ['replace', 'replaceSync']],
        [Navigator.prototype, ['locks', 'storage', 'userAgentData', 'connection']],
        [Crypto.prototype, ['randomUUID']],
        [AbortSignal, ['any', 'timeout']],
        [AbortSignal.prototype, ['throwIfAborted']],
        [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']],
        [String.prototype, ['at', 'isWellFormed', 'toWellFormed']],
        [Object, ['groupBy']],
        [Promise, ['withResolvers', 'try']],
        [Element.prototype, ['moveBefore', 'checkVisibility', 'setHTMLUnsafe']],
        [HTMLElement.prototype, ['inert', 'popover', 'showPopover']],
        [Intl, ['Segmenter']],
        [window, ['structuredClone', 'CompressionStream', 'scheduler', 'requestIdleCallback', 'trustedTypes', 'navigation']],
    ]) for (const name of names) delete of[name];
";

#[tokio::test]
async fn a_browser_of_2021_shows_and_keeps_everything_and_leads_to_a_stored_request() -> Outcome {
    play_on(Device::chromium("ja").with_script(LESS), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        let less = "!('adoptedStyleSheets' in Document.prototype) && !navigator.locks && !('at' in []) && !window.structuredClone";
        ensure!(page.ask(less, &[]).await? == true, "the browser is an old one");
        let dressed = "root.querySelector('link[rel=stylesheet]') && \
            getComputedStyle(all('.oc-widget')[0]).maxWidth === '848px'";
        page.until("the style sheet by its link", dressed, &[]).await?;
        // Pictures alone: axe would put a style of its own into such a page, and the console tell of it.
        page.shot("older-1-conditions").await?;
        applicant::to_booking(page, server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.reload().await?;
        page.opens_with(BOOKING).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.press(applicant::NEXT).await?;
        page.shows(REVIEW).await?;
        page.press(BACK).await?;
        page.shows(BOOKING).await?;
        page.press(applicant::NEXT).await?;
        page.shows(REVIEW).await?;
        page.shot("older-5-review").await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        ensure!(page.submissions().await?.len() == 1, "sent once");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn in_a_browser_of_2021_a_request_waits_for_the_line_and_arrives_once() -> Outcome {
    play_on(Device::chromium("ja").with_script(LESS), async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(applicant::SEND).await?;
        page.reads("send.waiting").await?;
        stage.server.restart(crate::server::MORNING, None)?;
        page.reload().await?;
        page.opens_with(applicant::RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(sent.iter().all(|it| *it == sent[0]), "the same key and the same words each time: {sent:#?}");
        Ok(())
    })
    .await
}
