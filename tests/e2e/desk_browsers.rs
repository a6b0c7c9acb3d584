//! The desk in browsers that do not say `Sec-Fetch-Site`, as none does over plain http to a name that is not this machine's: its
//! forms are taken where a setting opens it so, else it says that it needs https; and what a link from elsewhere shows.

use anyhow::{Result, ensure};

use crate::applicant::{self, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::officer;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play_on};

const NAME: &str = "desk.office.example";

/// The address of a page under the name that is not this machine's.
fn elsewhere(stage: &Stage, path: &str) -> String {
    format!("http://{NAME}:{}{path}", stage.server.port())
}

/// Takes an invitation and signs in, form by form.
async fn begins(stage: &mut Stage) -> Result<()> {
    stage.server.opens_the_desk_over_http()?;
    let page = &stage.page;
    let own = stage.server.address("/");
    let link = stage.server.invites(officer::LOGIN, "小樽 京子")?;
    let path = link.strip_prefix(own.trim_end_matches('/')).map(str::to_owned).unwrap_or_default();
    page.open(&elsewhere(stage, &path)).await?;
    officer::takes_her_invitation(page).await?;
    page.is_at("desk.sign_in.title").await?;
    officer::enters(page).await?;
    page.reads(&Page::desk_word("desk.https.off")).await
}

#[tokio::test]
async fn over_plain_http_a_setting_opens_the_desk_and_every_form_of_it_is_taken_in_chromium() -> Outcome {
    play_on(Device::chromium("ja").knows_as(NAME), async |stage| {
        begins(stage).await?;
        stage.page.look("desk-over-http").await?;
        stage.page.press_at_the_desk("desk.sign_out").await?;
        stage.page.is_at("desk.sign_in.title").await
    })
    .await
}

#[tokio::test]
async fn over_plain_http_a_setting_opens_the_desk_and_every_form_of_it_is_taken_in_firefox() -> Outcome {
    play_on(Device::firefox("ja").knows_as(NAME), async |stage| {
        begins(stage).await?;
        stage.page.press_at_the_desk("desk.sign_out").await?;
        stage.page.is_at("desk.sign_in.title").await
    })
    .await
}

#[tokio::test]
async fn over_plain_http_the_desk_and_an_invitation_say_that_they_need_https_and_how_to_get_it() -> Outcome {
    play_on(Device::chromium("ja").knows_as(NAME), async |stage| {
        let page = &stage.page;
        for path in ["/desk", "/desk/invitation/5f3c"] {
            page.open(&elsewhere(stage, path)).await?;
            page.is_at("desk.https.title").await?;
            page.reads("--public-url").await?;
        }
        page.look("desk-needs-https").await?;
        page.set_size(390, 844).await?;
        page.shot("desk-needs-https-narrow").await
    })
    .await
}

#[tokio::test]
async fn a_link_from_another_site_shows_the_request_to_somebody_who_is_signed_in() -> Outcome {
    play_on(Device::chromium("ja").knows_as(NAME), async |stage| {
        applicant::to_review(&stage.page, &stage.server, &[THURSDAY]).await?;
        let receipt = applicant::send(&stage.page).await?;
        begins(stage).await?;
        let page = &stage.page;
        let mail = HostPage::start().await?;
        let address = elsewhere(stage, &format!("/desk/requests/{}", receipt.number));
        mail.holds(&format!("<p><a id=\"request\" href=\"{address}\">申込み</a></p>"));
        page.open(&mail.origin()).await?;
        page.press_on("#request").await?;
        page.until("the request", "root.getElementById('state')", &[]).await?;
        let asked = page.ask("location.href", &[]).await?;
        ensure!(asked == address, "it shows {asked}");
        Ok(())
    })
    .await
}
