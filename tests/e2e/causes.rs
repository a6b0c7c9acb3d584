//! Article 2(2): why camera or microphone do not open, each cause told from the others, and none that ends the way: refused, none
//! there, in use, an insecure page, an app, somebody else's page.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, BOOKING, CHECK, CONDITIONS, NEXT};
use crate::device::{Camera, Device, Microphone, Permission};
use crate::host::HostPage;
use crate::moving::LINE;
use crate::page::Page;
use crate::server::Server;
use crate::stage::{Outcome, play, play_on};
use crate::trying::watched;

#[tokio::test]
async fn article_2_2_a_refused_camera_can_be_allowed_and_a_refused_microphone_be_attested() -> Outcome {
    play_on(watched().permits(Permission::Refused), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        page.try_out("camera").await?;
        let trouble = page.has_trouble("camera", "refused_now").await?;
        page.can_be_mended_or_attested("camera", &trouble).await?;
        page.look("3-check-refused").await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", "refused_before").await?;

        permit(page, "camera", "prompt").await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", "refused_now").await?;
        permit(page, "camera", "granted").await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;

        page.try_out("microphone").await?;
        let trouble = page.has_trouble("microphone", "refused_now").await?;
        page.can_be_mended_or_attested("microphone", &trouble).await?;
        applicant::answer_check_but(page, &["camera", "microphone"]).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        page.lets_go(1).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

/// What a person changes beside the address.
async fn permit(page: &Page, device: &str, setting: &str) -> Result<()> {
    let wanted = json!({ "permission": { "name": device }, "setting": setting });
    Ok(page.browser.window.cdp().send_raw("Browser.setPermission", wanted).await.map(drop)?)
}

#[tokio::test]
async fn article_2_2_what_was_refused_before_is_told_from_what_is_refused_now() -> Outcome {
    play_on(watched().permits(Permission::RefusedBefore), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        for item in ["camera", "microphone"] {
            page.try_out(item).await?;
            let trouble = page.has_trouble(item, "refused_before").await?;
            page.can_be_mended_or_attested(item, &trouble).await?;
        }
        ensure!(page.opened().await? == 0, "nothing was opened");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_where_no_device_is_there_another_one_can_be_prepared() -> Outcome {
    play_on(watched().bare(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        for item in ["camera", "microphone"] {
            page.try_out(item).await?;
            let trouble = page.has_trouble(item, "no_device").await?;
            page.can_be_mended_or_attested(item, &trouble).await?;
        }
        page.choose("f-checklist-camera", "by_the_day").await?;
        applicant::answer_check_but(page, &["camera"]).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_a_missing_camera_does_not_fail_the_microphone() -> Outcome {
    let device = watched().with_camera(Camera::Missing).with_microphone(Microphone::Speaks);
    play_on(device, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", "no_device").await?;
        page.try_out("microphone").await?;
        page.passes("microphone").await?;
        page.has_trouble("camera", "no_device").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_devices_that_another_program_has_are_called_in_use() -> Outcome {
    let device = watched().with_camera(Camera::Taken).with_microphone(Microphone::Taken);
    play_on(device, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        for item in ["camera", "microphone"] {
            page.try_out(item).await?;
            let trouble = page.has_trouble(item, "in_use").await?;
            page.can_be_mended_or_attested(item, &trouble).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_2_2_an_insecure_page_says_so_and_still_leads_on() -> Outcome {
    let device = Device::chromium("ja").knows_as("precheck.test");
    play_on(device, async |stage| {
        let page = &stage.page;
        page.open(&insecure(&stage.server, "/#/check")).await?;
        page.opens_with(CHECK).await?;
        for item in ["camera", "microphone"] {
            page.try_out(item).await?;
            let trouble = page.has_trouble(item, "insecure").await?;
            page.can_be_mended_or_attested(item, &trouble).await?;
        }
        page.reads("check.secure_context.failed").await?;
        page.look("3-check-insecure").await?;
        page.was_quiet(&insecure(&stage.server, "/"), &[]).await
    })
    .await
}

/// By a name that no browser trusts with a camera.
fn insecure(server: &Server, path: &str) -> String {
    format!("http://precheck.test:{}{path}", server.port())
}

#[tokio::test]
async fn article_10_4_a_camera_that_an_app_does_not_allow_is_told_so() -> Outcome {
    play_on(Device::chromium("ja").says_it_is(LINE).permits(Permission::Refused), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", "in_app").await?;
        page.choose("f-checklist-camera", "attested").await
    })
    .await
}

#[tokio::test]
async fn article_2_2_a_frame_without_permission_is_told_from_a_refusal_and_one_with_it_works() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let frame = |allow: &str| {
            let address = stage.server.address("/#/check");
            format!(
                "<iframe title=\"事前確認\" width=\"1000\" height=\"700\" src=\"{address}\" {allow}></iframe>"
            )
        };
        let page = &stage.page;
        host.holds(&frame(""));
        page.open(&host.origin()).await?;
        page.enters("document.querySelector('iframe')").await?;
        page.opens_with(CHECK).await?;
        for item in ["camera", "microphone"] {
            page.try_out(item).await?;
            let trouble = page.has_trouble(item, "framed").await?;
            page.can_be_mended_or_attested(item, &trouble).await?;
        }

        host.holds(&frame("allow=\"camera; microphone\""));
        page.open(&host.origin()).await?;
        page.enters("document.querySelector('iframe')").await?;
        page.opens_with(CHECK).await?;
        page.watch().await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;
        page.stop("camera").await?;
        page.lets_go(1).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_the_element_on_an_offices_own_site_may_use_the_camera() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let loader = stage.server.address("/embed/v1/precheck.js");
        host.holds(&format!(
            "<script type=\"module\" src=\"{loader}\"></script>\
            <online-counselling-precheck></online-counselling-precheck>"
        ));
        let page = &stage.page;
        page.open(&host.origin()).await?;
        page.enters("root?.querySelector('iframe')").await?;
        page.opens_with(CONDITIONS).await?;
        page.choose("f-eligibility-registered", "no").await?;
        page.press("conditions.only_check").await?;
        page.shows(CHECK).await?;
        page.watch().await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;
        ensure!(!page.offers(NEXT).await? || page.fragment().await? == "#/check", "no way to a booking");
        page.stop("camera").await?;
        page.lets_go(1).await
    })
    .await
}
