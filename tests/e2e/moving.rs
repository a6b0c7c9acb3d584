//! Article 10(4): the browser inside a messaging app, and how people get out of it with the answers that they have given.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{self, BORN, CHECK, CONDITIONS, CONSENT, NAME, NUMBER};
use crate::device::Device;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play_on};

pub(crate) const LINE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Mobile/15E148 Safari Line/15.2.0";
const WEB_VIEW: &str = "Mozilla/5.0 (Linux; Android 16; Pixel 9 Build/BP2A; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
    Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36";

#[tokio::test]
async fn article_10_4_line_is_left_by_its_own_switch_with_the_answers_and_nothing_personal() -> Outcome {
    play_on(Device::chromium("ja").says_it_is(LINE), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.inside(".oc-move a[data-move]").await?;
        page.look("line-1-conditions").await?;

        applicant::to_check(page, server).await?;
        page.choose("f-checklist-private_room", "attested").await?;
        let link = leads_out(page).await?;
        let (address, fragment) = link.split_once('#').with_context(|| format!("no answers in {link}"))?;
        ensure!(address == server.address("/?openExternalBrowser=1"), "LINE's own switch: {address}");
        ensure!(!fragment.is_empty(), "the answers go along");
        page.try_out("camera").await?;
        page.passes("camera").await?;
        arrives(stage, &link).await
    })
    .await
}

async fn leads_out(page: &Page) -> Result<String> {
    let link = page.ask("all('.oc-move a[data-move]').find(shown).href", &[]).await?;
    link.as_str().map(str::to_owned).context("no link that leads out")
}

/// Another browser takes the answers up where they were given.
async fn arrives(stage: &Stage, link: &str) -> Result<()> {
    let elsewhere = Page::japanese().await?;
    elsewhere.open(link).await?;
    elsewhere.reads("move.arrived").await?;
    ensure!(elsewhere.all_words(".oc-move").await?.is_empty(), "an ordinary browser is not left");
    for (step, heading, answer) in [
        ("/#/conditions", CONDITIONS, "input[name=\"f-eligibility-need\"][value=not_sure]"),
        ("/#/consent", CONSENT, "#f-consents-acknowledged-damages"),
        ("/#/check", CHECK, "input[name=\"f-checklist-private_room\"][value=attested]"),
    ] {
        elsewhere.open(&stage.server.address(step)).await?;
        elsewhere.opens_with(heading).await?;
        ensure!(elsewhere.is_checked(answer).await?, "{answer} came along");
    }
    elsewhere.was_quiet(&stage.server.address("/"), &[]).await?;
    elsewhere.close().await
}

#[tokio::test]
async fn article_10_4_what_people_enter_about_themselves_stays_out_of_the_address() -> Outcome {
    play_on(Device::chromium("ja").says_it_is(LINE), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        let before = leads_out(page).await?;
        page.type_into("f-person-name", NAME).await?;
        page.type_into("f-person-birth_date", BORN).await?;
        page.type_into("f-person-job_seeker_number", NUMBER).await?;
        page.key(thirtyfour::Key::Tab).await?;
        ensure!(leads_out(page).await? == before, "the link has grown by what was typed");

        let elsewhere = Page::japanese().await?;
        elsewhere.open(&before).await?;
        elsewhere.reads("move.arrived").await?;
        elsewhere.open(&server.address("/#/booking")).await?;
        elsewhere.opens_with(applicant::BOOKING).await?;
        ensure!(elsewhere.value("f-person-name").await?.is_empty(), "who she is is asked anew");
        elsewhere.close().await
    })
    .await
}

#[tokio::test]
async fn article_10_4_a_browser_inside_another_app_is_left_by_steps_and_a_link_to_copy() -> Outcome {
    play_on(Device::chromium("ja").says_it_is(WEB_VIEW), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        page.choose("f-checklist-private_room", "attested").await?;
        ensure!(page.all_words("a[data-move]").await?.is_empty(), "no switch leads out of this one");
        let steps = page.all_words(".oc-move li").await?;
        ensure!(2 <= steps.len(), "how one gets out: {steps:?}");
        let link = page.words(".oc-move__link").await?;
        ensure!(link.starts_with(&server.address("/")), "our own page: {link}");
        page.press_on("[data-copy=move]").await?;
        page.reads("move.copied").await?;
        ensure!(copied(stage).await? == link, "what is copied is what is shown");
        page.look("web-view-3-check").await?;
        arrives(stage, &link).await
    })
    .await
}

/// What lies in the clipboard.
pub(crate) async fn copied(stage: &Stage) -> Result<String> {
    let window = &stage.page.browser.window;
    let allowed = json!({ "permissions": ["clipboardReadWrite"], "origin": stage.server.address("") });
    window.cdp().send_raw("Browser.grantPermissions", allowed).await?;
    let read =
        "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(`${error}`));";
    Ok(window.execute_async(read, Vec::new()).await?.convert()?)
}
