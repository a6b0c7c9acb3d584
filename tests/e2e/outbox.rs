//! Article 4(1): a request that a person has confirmed arrives once, or she is told why not, whatever becomes of line and tab.
//!
//! Here: what waits, where it lies, and what makes it go out. `tabs` is about several tabs, `refused` about reasons that came up
//! meanwhile, `line` about answers that are lost or are none, and about browsers that keep nothing.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::applicant::{self, BOOKING, NAME, NUMBER_UNDERSTOOD, RECEIPT, SEND, THURSDAY};
use crate::applicant::{FRIDAY, REVIEW, TO_REVIEW};
use crate::device::Device;
use crate::page::Page;
use crate::relay::{Manner, Relay, answer};
use crate::server::{AFTER_THE_DEADLINE, MORNING};
use crate::stage::{Outcome, Stage, play, play_on};

mod line;
mod refused;
mod tabs;

/// What this device keeps beyond its tabs.
const KEPT: &str = "JSON.stringify({ ...localStorage })";
/// A clock for pauses that stands still as soon as `still` is set: what is sent from then on was not sent by waiting.
const STANDS_STILL: &str = "
    const later = window.setTimeout.bind(window);
    window.setTimeout = (act, millis, ...rest) =>
        later(act, window.still && millis >= 400 ? 2 ** 30 : millis, ...rest);
";

#[tokio::test]
async fn article_4_1_a_request_confirmed_while_the_server_is_away_outlives_its_tab_and_arrives_once()
-> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.look("5-review-kept").await?;
        let kept = page.ask(KEPT, &[]).await?.to_string();
        ensure!(kept.contains("precheck-waits-"), "the request lies on the device: {kept}");

        page.takes_another_tab().await?;
        stage.server.restart(MORNING, None)?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        is_empty(page).await?;

        page.takes_another_tab().await?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(applicant::CONDITIONS).await
    })
    .await
}

#[tokio::test]
async fn article_6_of_a_request_that_waits_nothing_can_be_read_on_the_device() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        let all = "window.found ?? (indexedDB.databases().then(async (all) => {
            const asked = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
            const found = { tab: { ...sessionStorage }, device: { ...localStorage }, databases: [] };
            for (const { name } of all) {
                const database = await asked(indexedDB.open(name));
                for (const store of database.objectStoreNames) {
                    const entries = await asked(database.transaction(store).objectStore(store).getAll());
                    for (const entry of entries) {
                        const read = await crypto.subtle.exportKey('raw', entry.key).then(() => 'read', (no) => no.name);
                        found.databases.push({ name, store, keys: Object.keys(entry), read,
                            extractable: entry.key.extractable, kind: entry.key.constructor.name });
                    }
                }
            }
            window.found = found;
        }), false)";
        let found = page.until("everything that lies on the device", all, &[]).await?;
        let text = found.to_string();
        for personal in [NAME, "花子", "小樽", NUMBER_UNDERSTOOD, "5678901", "1985-04-01", "S60", THURSDAY, "2026-11-26"]
        {
            ensure!(!text.contains(personal), "{personal} can be read on the device: {found:#}");
        }
        ensure!(found["device"].to_string().contains("precheck-waits-"), "the request lies there: {found:#}");
        let keys = found["databases"].as_array().cloned().unwrap_or_default();
        ensure!(!keys.is_empty(), "a key lies there: {found:#}");
        for key in keys {
            let shut = key["extractable"] == json!(false)
                && key["kind"] == "CryptoKey"
                && key["read"] == "NotSupportedError"
                && key["keys"] == json!(["key", "at"]);
            ensure!(shut, "a key that nobody can read, and nothing else: {key:#}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_the_line_that_comes_back_sends_at_once() -> Outcome {
    play_on(patient(), async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        page.ask("window.still = true", &[]).await?;
        has_a_line(page, false).await?;
        page.press(SEND).await?;
        is_waiting(page).await?;
        has_a_line(page, true).await?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_the_page_that_is_seen_again_sends_at_once() -> Outcome {
    play_on(patient(), async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        page.ask("window.still = true", &[]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        is_waiting(page).await?;
        stage.server.restart(MORNING, None)?;
        page.leaves_and_comes_back().await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_whoever_presses_send_now_does_not_wait_and_keeps_her_place() -> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_behind_a_relay(stage).await?;
        let page = &stage.page;
        for tries in 2..4 {
            page.press("send.now").await?;
            relay.sees(tries).await?;
            is_waiting(page).await?;
            page.has_focus("button").await?;
            let keys = relay.seen().keys;
            ensure!(keys.len() == tries && keys.iter().all(|it| it.0 == keys[0].0), "one a press: {keys:?}");
        }
        page.look("5-review-send-now").await?;
        relay.becomes(Manner::Honest);
        goes_out_now(stage).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_refused_after_its_tab_was_closed_is_mended_with_nothing_retyped() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.takes_another_tab().await?;
        stage.server.restart(AFTER_THE_DEADLINE, None)?;
        page.open(&stage.server.address("/")).await?;
        page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        is_empty(page).await?;

        goes_out_for_friday(stage).await
    })
    .await
}

#[tokio::test]
async fn article_6_on_a_shared_device_a_request_waits_in_its_tab_alone_and_the_page_says_so() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_review(page, &stage.server, &[THURSDAY]).await?;
        page.open(&stage.server.address("/#/conditions")).await?;
        page.opens_with(applicant::CONDITIONS).await?;
        page.tick("f-shared_device").await?;
        for step in [applicant::CONSENT, applicant::CHECK, BOOKING, REVIEW] {
            page.press(applicant::NEXT).await?;
            page.shows(step).await?;
        }
        stage.server.kill();
        page.press(SEND).await?;
        page.reads("send.keep_open").await?;
        page.does_not_read("send.kept").await?;
        is_empty(page).await?;
        stage.server.restart(MORNING, None)?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn a_request_whose_key_is_gone_is_told_of_and_forgotten() -> Outcome {
    play(async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        page.until(
            "the keys are gone",
            "window.gone ?? (indexedDB.open('precheck').onsuccess = (it) => { \
             const keys = it.target.result.transaction('keys', 'readwrite').objectStore('keys'); \
             keys.clear().onsuccess = () => { window.gone = true; }; }, false)",
            &[],
        )
        .await?;
        page.takes_another_tab().await?;
        stage.server.restart(MORNING, None)?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(applicant::CONDITIONS).await?;
        page.reads("send.expired").await?;
        is_empty(page).await
    })
    .await
}

#[tokio::test]
async fn a_request_that_has_waited_for_seven_days_is_asked_for_once_more_and_then_told_of() -> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_behind_a_relay(stage).await?;
        let page = &stage.page;
        page.takes_another_tab().await?;
        stage.server.restart("2026-12-02T09:00:00+09:00", None)?;
        let before = relay.seen().keys.len();
        page.open(&relay.address("/")).await?;
        page.reads("send.expired").await?;
        page.look("5-review-expired").await?;
        let keys = relay.seen().keys;
        ensure!(keys.len() == before + 1, "asked for once more: {keys:?}");
        is_empty(page).await?;
        // Nothing that was entered is lost.
        page.opens_with(REVIEW).await?;
        page.reads(NAME).await?;
        ensure!(page.offers(SEND).await?, "she can go on");
        Ok(())
    })
    .await
}

/// A device whose pauses can be made to last for ever.
fn patient() -> Device {
    Device::chromium("ja").with_script(STANDS_STILL)
}

/// What waits for Thursday is sent by a press, and is stored.
async fn goes_out_now(stage: &Stage) -> Result<()> {
    let page = &stage.page;
    page.press("send.now").await?;
    page.shows(RECEIPT).await?;
    let receipt = applicant::receipt(page).await?;
    applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
}

/// What was refused for Thursday is mended for Friday, and is stored.
async fn goes_out_for_friday(stage: &Stage) -> Result<()> {
    let page = &stage.page;
    page.remove_wish(THURSDAY).await?;
    applicant::add_wish(page, FRIDAY).await?;
    page.press(TO_REVIEW).await?;
    page.shows(REVIEW).await?;
    let receipt = applicant::send(page).await?;
    applicant::is_stored(&stage.server, &receipt, &[FRIDAY]).await
}

/// Sends a request that nobody answers, and is told that it waits on this device.
async fn confirms_while_the_server_is_away(stage: &mut Stage) -> Result<()> {
    applicant::to_review(&stage.page, &stage.server, &[THURSDAY]).await?;
    stage.server.kill();
    stage.page.press(SEND).await?;
    is_waiting(&stage.page).await?;
    stage.page.reads("send.kept").await
}

/// A request waits behind somebody who answers with a page of his own.
async fn waits_behind_a_relay(stage: &Stage) -> Result<Relay> {
    let relay = Relay::to(stage.server.port()).await?;
    waits_behind(stage, &relay).await?;
    Ok(relay)
}

async fn waits_behind(stage: &Stage, relay: &Relay) -> Result<()> {
    relay.becomes(Manner::Honest);
    applicant::to_review_at(&stage.page, &relay.address("/"), &[THURSDAY]).await?;
    relay.becomes(no_answer());
    stage.page.ask("window.still = true", &[]).await?;
    stage.page.press(SEND).await?;
    is_waiting(&stage.page).await?;
    stage.page.reads("send.kept").await
}

/// The last try has gone without an answer, and no other one is under way.
async fn is_waiting(page: &Page) -> Result<()> {
    let waiting = "all('.oc-notice__heading').filter(shown).some((it) => words(it) === a[0])";
    page.until("the words of a request that waits", waiting, &[page.word("send.waiting").into()])
        .await
        .map(drop)
}

/// What says nothing about a request.
fn no_answer() -> Manner {
    answer("502 Bad Gateway", "Content-Type: text/html\r\n", "<h1>Bad Gateway</h1>")
}

/// Takes the device off the line, or puts it on again.
async fn has_a_line(page: &Page, is_there: bool) -> Result<()> {
    let line: Value = json!({
        "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1
    });
    let window = &page.browser.window;
    window.cdp().send_raw("Network.emulateNetworkConditions", line).await?;
    Ok(())
}

/// Nothing of a request is left beyond the tab.
async fn is_empty(page: &Page) -> Result<()> {
    page.until(
        "nothing is left on the device",
        "!JSON.stringify(Object.keys(localStorage)).includes(a[0])",
        &[json!("precheck-waits-")],
    )
    .await?;
    Ok(())
}
