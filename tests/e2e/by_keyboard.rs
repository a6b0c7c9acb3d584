//! The whole path by keyboard alone, in every engine: nothing is pressed, pointed at, or scrolled to.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use thirtyfour::Key;

use crate::applicant::{
    self, ANSWERS, BOOKING, BORN, CHECK, CONDITIONS, CONSENT, NAME, NEXT, NUMBER, RECEIPT, REVIEW, SEND,
    THURSDAY,
};
use crate::device::Device;
use crate::page::{Page, answer};
use crate::stage::{Outcome, play_on};

#[tokio::test]
async fn in_chromium_the_path_leads_by_keyboard_alone_to_a_stored_request() -> Outcome {
    by_keyboard_on(Device::chromium("ja")).await
}

#[tokio::test]
async fn in_firefox_the_path_leads_by_keyboard_alone_to_a_stored_request() -> Outcome {
    by_keyboard_on(Device::firefox("ja").bare()).await
}

#[tokio::test]
async fn in_webkit_the_path_leads_by_keyboard_alone_to_a_stored_request() -> Outcome {
    by_keyboard_on(Device::webkit("ja")).await
}

async fn by_keyboard_on(device: Device) -> Outcome {
    play_on(device, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        for (name, value) in ANSWERS {
            gives(page, name, value).await?;
        }
        enters(page, NEXT).await?;
        page.shows(CONSENT).await?;
        page.inside(".oc-terms__body").await?;
        for id in found(page, "all('input[type=checkbox]').map((it) => it.id)").await? {
            page.tabs_to(&format!("#{id}")).await?;
            page.key(" ").await?;
            page.has_focus(&format!("#{id}:checked")).await?;
        }
        enters(page, NEXT).await?;
        page.shows(CHECK).await?;
        let asked = "[...new Set(all('input[type=radio]').filter(shown).map((it) => it.name))]";
        for name in found(page, asked).await? {
            let answered = applicant::checks().find(|(it, _)| *it == name);
            let (_, value) = answered.with_context(|| format!("nobody knows what to answer to {name}"))?;
            gives(page, &name, value).await?;
        }
        enters(page, NEXT).await?;
        page.shows(BOOKING).await?;
        for (id, typed) in
            [("f-person-name", NAME), ("f-person-birth_date", BORN), ("f-person-job_seeker_number", NUMBER)]
        {
            page.tabs_to(&format!("#{id}")).await?;
            page.browser.types(typed).await.with_context(|| format!("cannot type into {id}"))?;
        }
        page.tabs_to("[data-day=\"2026-11-25\"]").await?;
        page.key(Key::Right).await?;
        page.has_focus("[data-day=\"2026-11-26\"]").await?;
        page.key(Key::Enter).await?;
        page.has_focus(".oc-times__heading").await?;
        page.tabs_to(&format!("[data-slot=\"{THURSDAY}\"]")).await?;
        page.key(" ").await?;
        page.has_focus(&format!("[data-slot=\"{THURSDAY}\"][aria-pressed=true]")).await?;
        gives(page, "f-attendants", "no").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        enters(page, NEXT).await?;
        page.shows(REVIEW).await?;
        enters(page, SEND).await?;
        page.shows(RECEIPT).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await
    })
    .await
}

async fn found(page: &Page, names: &str) -> Result<Vec<String>> {
    let found: Vec<String> = serde_json::from_value(page.ask(names, &[]).await?)?;
    ensure!(!found.is_empty(), "nothing is asked");
    Ok(found)
}

/// Walks to a question by Tab, and to an answer by the arrows.
async fn gives(page: &Page, name: &str, value: &str) -> Result<()> {
    page.tabs_to(&format!("input[name=\"{name}\"]")).await?;
    let wanted = answer(name, value);
    for _ in 0..6 {
        if page.ask("focused()?.matches(a[0]) ?? false", &[json!(wanted)]).await? == true {
            if page.ask("!focused().checked", &[]).await? == true {
                page.key(" ").await?;
            }
            return page.has_focus(&format!("{wanted}:checked")).await;
        }
        page.key(Key::Down).await?;
    }
    bail!("{wanted} cannot be reached by the arrows");
}

/// Walks to a button by Tab, and presses Enter.
async fn enters(page: &Page, name: &str) -> Result<()> {
    let name = page.word(name);
    for _ in 0..80 {
        page.key(Key::Tab).await?;
        let there = "focused()?.localName === 'button' && words(focused()) === a[0]";
        if page.ask(there, &[json!(name)]).await? == true {
            return page.key(Key::Enter).await;
        }
    }
    bail!("{name} cannot be reached by Tab");
}
