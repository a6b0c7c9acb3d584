//! The whole way by keys alone (WCAG 2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11): every stop of the Tab key is seen, shows that it has the
//! focus, lies under nothing, and comes in the order of the page; and one gets out again at the end.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::applicant::{self, BOOKING, CHECK, CONDITIONS, CONSENT, NEXT, RECEIPT, REVIEW, SEND, THURSDAY};
use crate::page::Page;
use crate::stage::{Outcome, play};

/// More stops than any step has.
const STOPS: usize = 120;

/// The stop that the Tab key has come to: its words, whether it is what was looked for, and what is wrong with it.
const STOP: &str = "(() => {
    const it = focused();
    if (!it) return null;
    const box = it.getBoundingClientRect(), style = getComputedStyle(it), wrong = [];
    if (box.width < 1 || box.height < 1) wrong.push('has no size');
    if (box.bottom <= 0 || innerHeight <= box.top) wrong.push('is out of sight');
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) wrong.push('does not show the focus');
    const [x, y] = [box.left + Math.min(box.width / 2, 20), Math.min(Math.max(box.top, 0) + Math.min(box.height / 2, 10), innerHeight - 1)];
    const over = root.elementFromPoint(x, y);
    if (over && !it.contains(over) && !over.contains(it)) wrong.push(`lies under ${over.outerHTML.slice(0, 80)}`);
    if (window.before?.isConnected && !(window.before.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push('comes before the stop before it');
    window.before = it;
    return { name: words(it) || it.id, found: a[0] ? it.matches(a[0]) : words(it) === a[1], wrong };
})()";

/// Walks on with the Tab key to the first stop that a selector, or else its words, describes.
async fn walks_to(page: &Page, selector: &str, name: &str) -> Result<()> {
    let name = page.word(name);
    for _ in 0..STOPS {
        page.key(Key::Tab).await?;
        let stop = page.ask(STOP, &[json!(selector), json!(name)]).await?;
        let wrong: Vec<_> =
            stop["wrong"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        page.expects(wrong.is_empty(), format!("the stop {} {}", stop["name"], wrong.join(", ")));
        if stop["found"] == true {
            return Ok(());
        }
    }
    bail!("no stop {selector}{name}");
}

/// Goes to a button and presses it.
async fn presses(page: &Page, name: &str) -> Result<()> {
    walks_to(page, "", name).await?;
    // What comes now is another screen.
    page.ask("delete window.before", &[]).await?;
    page.key(Key::Enter).await
}

/// Goes to a question and chooses an answer, as keys do: the space bar takes the first, the arrows the next.
async fn chooses(page: &Page, name: &str, value: &str) -> Result<()> {
    walks_to(page, &format!("[name=\"{name}\"]"), "").await?;
    let chosen = format!("input[name=\"{name}\"][value=\"{value}\"]");
    page.key(" ").await?;
    for _ in 0..5 {
        if page.is_checked(&chosen).await? {
            return page.ask("window.before = focused(), true", &[]).await.map(drop);
        }
        page.key(Key::Down).await?;
    }
    bail!("the keys do not come to {chosen}");
}

#[tokio::test]
async fn the_whole_way_is_gone_by_keys_alone() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        for (name, value) in applicant::ANSWERS {
            chooses(page, name, value).await?;
        }
        presses(page, NEXT).await?;

        page.shows(CONSENT).await?;
        page.inside(".oc-terms__body").await?;
        for id in applicant::boxes() {
            walks_to(page, &format!("#{id}"), "").await?;
            page.key(" ").await?;
        }
        presses(page, NEXT).await?;

        page.shows(CHECK).await?;
        for (name, value) in applicant::checks() {
            chooses(page, &name, value).await?;
        }
        presses(page, NEXT).await?;

        page.shows(BOOKING).await?;
        page.until("free times", "all('[data-open=true]').length > 0", &[]).await?;
        for (id, typed) in [
            ("#f-person-name", applicant::NAME),
            ("#f-person-birth_date", applicant::BORN),
            ("#f-person-job_seeker_number", applicant::NUMBER),
        ] {
            walks_to(page, id, "").await?;
            page.key(typed).await?;
        }
        walks_to(page, "[data-day]", "").await?;
        page.key(Key::Right).await?;
        page.has_focus("[data-day='2026-11-26']").await?;
        page.key(Key::Enter).await?;
        page.has_focus(".oc-times__heading").await?;
        walks_to(page, &format!("[data-slot='{THURSDAY}']"), "").await?;
        page.key(" ").await?;
        page.has_focus(&format!("[data-slot='{THURSDAY}'][aria-pressed=true]")).await?;
        chooses(page, "f-attendants", "no").await?;
        presses(page, NEXT).await?;

        page.shows(REVIEW).await?;
        presses(page, SEND).await?;
        page.shows(RECEIPT).await?;
        page.reads("state.requested").await?;
        let receipt = applicant::receipt(page).await.context("a receipt")?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        for _ in 0..STOPS {
            page.key(Key::Tab).await?;
            let stop = page.ask(STOP, &[json!(""), json!("nothing")]).await?;
            if stop.is_null() {
                return Ok(());
            }
            page.expects(stop["wrong"] == json!([]), format!("the stop {stop}"));
        }
        bail!("one does not get out of the receipt");
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn the_skip_link_of_the_desk_and_its_first_fields_are_reached_by_keys() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/desk")).await?;
        // One begins to sign in at once; the way back leads to the skip link.
        page.has_focus("#login").await?;
        let back = page.browser.window.action_chain().key_down(Key::Shift).send_keys(Key::Tab);
        back.key_up(Key::Shift).perform().await?;
        let mut stops = Vec::new();
        for number in 0..20 {
            if 0 < number {
                page.key(Key::Tab).await?;
            }
            let stop = page
                .ask(&STOP.replace("if (!it)", "if (!it || it === document.body)"), &[json!(""), json!("")])
                .await?;
            if stop.is_null() {
                break;
            }
            page.expects(stop["wrong"] == json!([]), format!("the stop {stop}"));
            stops.push(stop["name"].as_str().unwrap_or_default().to_owned());
        }
        ensure!(stops.first() == Some(&Page::desk_word("desk.skip")), "{stops:?}");
        ensure!(4 <= stops.len(), "{stops:?}");
        Ok(())
    })
    .await
}
