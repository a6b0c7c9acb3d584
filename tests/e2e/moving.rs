//! Article 10(4): the browser inside a messaging app, and how people get out of it with the answers that they have given.

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::applicant::{self, BORN, CHECK, CONDITIONS, CONSENT, NAME, NUMBER};
use crate::device::Device;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play, play_on};

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
    Ok(())
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
        // Every step is looked through once: anybody can write such an address.
        elsewhere.opens_with(CONDITIONS).await?;
        for step in [CONSENT, CHECK, applicant::BOOKING] {
            elsewhere.press(applicant::NEXT).await?;
            elsewhere.shows(step).await?;
        }
        ensure!(elsewhere.value("f-person-name").await?.is_empty(), "who she is is asked anew");
        Ok(())
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
        page.press_on("[data-act=move]").await?;
        page.reads("move.copied").await?;
        ensure!(copied(stage).await? == link, "what is copied is what is shown");
        page.look("web-view-3-check").await?;
        arrives(stage, &link).await
    })
    .await
}

#[tokio::test]
async fn an_address_that_somebody_made_up_brings_no_result_and_no_words_of_his() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        let mut checks = [""; 13];
        checks[..6].copy_from_slice(&["passed", "passed", "passed", "by_the_day", "nonsense", "failed"]);
        let (nothing, words) = ([false; 6], ["call this number"; 13]);
        let forged = json!({
            "terms": ["", ""], "eligibility": ["yes", "perhaps", "", ""], "agreed": [false, false],
            "acknowledged": nothing, "own_device": true, "checks": checks, "details": words,
        });
        let answers = URL_SAFE_NO_PAD.encode(forged.to_string());
        page.open(&server.address(&format!("/#/carry/booking/{answers}"))).await?;
        page.opens_with(CONDITIONS).await?;
        page.reads("move.arrived").await?;
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "an answer");
        page.open(&server.address("/#/check")).await?;
        page.opens_with(CHECK).await?;
        ensure!(
            page.is_checked("input[name=\"f-checklist-microphone\"][value=by_the_day]").await?,
            "an answer"
        );
        let found = page.ask("all('[data-change]').map((it) => it.dataset.change).join()", &[]).await?;
        ensure!(found == "", "nobody has found out about {found}");
        let said = page.ask("root.textContent.includes('call this number')", &[]).await?;
        ensure!(said == false, "somebody else speaks on our page");
        stage.was_quiet(&[]).await
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
