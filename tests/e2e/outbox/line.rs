//! Answers that are lost, or that are none; a server that asks for a pause; a browser that keeps nothing, or whose database does
//! not answer.

use std::time::Duration;

use anyhow::ensure;

use super::{
    KEPT, confirms_while_the_server_is_away, goes_out_now, has_a_line, is_empty, is_waiting, patient,
    waits_behind_a_relay,
};
use crate::applicant::{self, CONDITIONS, RECEIPT, SEND, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::relay::{Manner, Relay, answer};
use crate::server::{MORNING, TELEPHONE};
use crate::stage::{Outcome, play, play_on};

/// A database that does not answer as long as the device says so.
const MUTE: &str = "
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = function (...rest) {
        return localStorage.getItem('mute') ? new EventTarget() : open.apply(this, rest);
    };
";

#[tokio::test]
async fn article_4_1_a_request_outlives_a_database_that_does_not_answer_and_nobody_waits_for_that() -> Outcome
{
    play_on(Device::chromium("ja").with_script(MUTE), async |stage| {
        confirms_while_the_server_is_away(stage).await?;
        let page = &stage.page;
        // As in a new tab, which would not have the script.
        page.ask("localStorage.setItem('mute', 'yes'), sessionStorage.clear()", &[]).await?;
        page.open("about:blank").await?;
        stage.server.restart(MORNING, None)?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        let kept = page.ask(KEPT, &[]).await?.to_string();
        ensure!(kept.contains("precheck-waits-"), "it still lies on the device: {kept}");

        page.ask("localStorage.removeItem('mute'), sessionStorage.clear()", &[]).await?;
        page.open("about:blank").await?;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        is_empty(page).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_request_whose_answer_is_lost_after_the_commit_is_one_request() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let page = &stage.page;
        applicant::to_review_at(page, &relay.address("/"), &[THURSDAY]).await?;
        relay.becomes(Manner::LosesAnswers);
        page.press(SEND).await?;
        relay.sees(3).await?;
        is_waiting(page).await?;
        relay.becomes(Manner::Honest);
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await?;
        let seen = relay.seen();
        ensure!(seen.keys.iter().all(|it| it.0 == seen.keys[0].0), "one key: {seen:?}");
        // What was lost was about the very same request each time.
        let number = &receipt.number;
        let is_same = seen.lost.iter().all(|it| it.replace('-', "").contains(number));
        ensure!(2 <= seen.lost.len() && is_same, "committed once: {seen:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_what_is_no_answer_of_ours_neither_delivers_nor_refuses() -> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_behind_a_relay(stage).await?;
        let page = &stage.page;
        let problem = |code: &str| {
            format!(
                "{{\"type\":\"about:blank\",\"title\":\"\",\"status\":0,\"detail\":\"\",\"code\":\"{code}\"}}"
            )
        };
        let accepted = "{\"reception_number\":\"0000-00000\",\"receipt_code\":\"0\",\"state\":\"requested\"}";
        for (status, body) in [
            ("200 OK", "<h1>Welcome to our Wi-Fi</h1>"),
            ("200 OK", accepted),
            ("201 Created", "<h1>Welcome to our Wi-Fi</h1>"),
            ("404 Not Found", "<h1>Not Found</h1>"),
            ("408 Request Timeout", &problem("malformed")),
            ("409 Conflict", &problem("key_in_progress")),
            ("429 Too Many Requests", &problem("rate_limited")),
            ("503 Service Unavailable", &problem("unavailable")),
            ("500 Internal Server Error", &problem("slot_full")),
        ] {
            relay.becomes(answer(status, "Content-Type: application/problem+json\r\n", body));
            let before = relay.seen().keys.len();
            page.press("send.now").await?;
            relay.sees(before + 1).await?;
            is_waiting(page).await?;
        }
        relay.becomes(Manner::Honest);
        goes_out_now(stage).await
    })
    .await
}

/// A filter of a workplace, say: it says the same for ever.
#[tokio::test]
async fn article_4_1_whoever_refuses_requests_on_the_way_is_named_with_the_telephone_and_it_goes_on_trying()
-> Outcome {
    play_on(patient(), async |stage| {
        let relay = waits_behind_a_relay(stage).await?;
        let page = &stage.page;
        let tries = async |manner: &Manner, times: usize| {
            relay.becomes(manner.clone());
            for _ in 0..times {
                let before = relay.seen().keys.len();
                page.press("send.now").await?;
                relay.sees(before + 1).await?;
                is_waiting(page).await?;
            }
            anyhow::Ok(())
        };
        // A gateway that fails may be well again soon.
        tries(&answer("502 Bad Gateway", "Content-Type: text/html\r\n", "<h1>Bad Gateway</h1>"), 4).await?;
        page.does_not_read("send.held_back").await?;
        let filter = answer("403 Forbidden", "Content-Type: text/html\r\n", "<h1>Blocked</h1>");
        tries(&filter, 2).await?;
        page.does_not_read("send.held_back").await?;
        tries(&filter, 1).await?;
        for words in ["send.held_back", "send.held_back.words", "send.held_back.say", TELEPHONE] {
            page.reads(words).await?;
        }
        let numbers = page.ask("all('a[href^=\"tel:\"]').filter(shown).length", &[]).await?;
        ensure!(numbers == 1, "the telephone stands there {numbers} times");
        page.has_focus("button").await?;
        page.look("5-review-held-back").await?;
        tries(&filter, 1).await?;
        page.reads("send.held_back").await?;
        // Our own server was heard: the way is open.
        let busy = "{\"type\":\"about:blank\",\"title\":\"\",\"status\":503,\"detail\":\"\",\"code\":\"unavailable\"}";
        tries(&answer("503 Service Unavailable", "Content-Type: application/problem+json\r\n", busy), 1).await?;
        page.does_not_read("send.held_back").await?;
        relay.becomes(Manner::Honest);
        goes_out_now(stage).await
    })
    .await
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_is_kept_also_by_whoever_presses_send_now() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let page = &stage.page;
        applicant::to_review_at(page, &relay.address("/"), &[THURSDAY]).await?;
        let busy = "{\"type\":\"about:blank\",\"title\":\"\",\"status\":503,\"detail\":\"\",\"code\":\"unavailable\"}";
        relay.becomes(answer("503 Service Unavailable", "Retry-After: 3\r\n", busy));
        page.press(SEND).await?;
        is_waiting(page).await?;
        relay.becomes(Manner::Honest);
        page.press("send.now").await?;
        has_a_line(page, false).await?;
        has_a_line(page, true).await?;
        page.shows(RECEIPT).await?;
        let keys = relay.seen().keys;
        ensure!(keys.len() == 2, "once more, and no more: {keys:?}");
        let pause = keys[1].1 - keys[0].1;
        // The browser counts from the answer on, in whole milliseconds.
        ensure!(Duration::from_millis(2_990) <= pause, "asked for 3 s, waited {pause:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_browser_that_keeps_nothing_says_so_and_delivers_while_the_page_is_open() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        // A page in a sandbox has no origin of its own, and every storage is refused to it.
        stage.server.allow(&(host.origin() + ",null"))?;
        let page = &stage.page;
        host.holds(&format!(
            "<iframe title=\"事前確認\" width=\"1100\" height=\"800\" sandbox=\"allow-scripts\" src=\"{}\"></iframe>",
            stage.server.address("/")
        ));
        page.open(&host.origin()).await?;
        page.enters("document.querySelector('iframe')").await?;
        page.opens_with(CONDITIONS).await?;
        let refused = "['localStorage', 'sessionStorage'].every((it) => { \
            try { return !window[it]; } catch (refusal) { return refusal.name === 'SecurityError'; } })";
        ensure!(page.ask(refused, &[]).await? == true, "storage is refused");
        applicant::to_review_here(page, &[THURSDAY]).await?;
        stage.server.kill();
        page.press(SEND).await?;
        is_waiting(page).await?;
        page.reads("send.keep_open").await?;
        page.does_not_read("send.kept").await?;
        stage.server.restart(MORNING, None)?;
        // By itself: nobody presses anything.
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_black_hole_holds_a_tab_no_longer_than_its_time() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let page = &stage.page;
        applicant::to_review_at(page, &relay.address("/"), &[THURSDAY]).await?;
        relay.becomes(Manner::Holds);
        page.press(SEND).await?;
        relay.sees(1).await?;
        // It gives up after 15 seconds, and tries again.
        page.until_within(
            20_000,
            "waiting",
            "words(root).includes(a[0])",
            &[page.word("send.waiting").into()],
        )
        .await?;
        relay.becomes(Manner::Honest);
        stage.server.restart(MORNING, None)?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}
