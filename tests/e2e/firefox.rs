//! The same in Firefox, with its own fake streams: another engine, other words for the same causes.

use anyhow::ensure;

use crate::applicant::{self, BACK, BOOKING, CHECK, CONSENT, NEXT, THURSDAY};
use crate::device::{Device, Permission};
use crate::stage::{Outcome, play_on};

fn firefox() -> Device {
    Device::firefox("ja")
}

#[tokio::test]
async fn article_2_2_in_firefox_camera_and_microphone_are_found_good_and_let_go() -> Outcome {
    play_on(firefox(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        page.watch().await?;
        for (item, times) in [("camera", 1), ("microphone", 2)] {
            page.try_out(item).await?;
            page.passes(item).await?;
            ensure!(page.opened().await? == times, "{item} is opened once");
        }
        page.look("firefox-3-check").await?;
        page.press(BACK).await?;
        page.shows(CONSENT).await?;
        page.lets_go(2).await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        applicant::answer_check_but(page, &["camera", "microphone"]).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        applicant::booking(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_in_firefox_a_question_that_nobody_answers_is_waited_for_15_seconds() -> Outcome {
    play_on(firefox().permits(Permission::Unanswered), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        page.comes_to("camera", "asking").await?;
        let trouble = page.has_trouble("camera", "timeout").await?;
        page.can_be_mended_or_attested("camera", &trouble).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_in_firefox_what_was_refused_before_and_what_is_missing_are_told_apart() -> Outcome {
    for (device, cause) in
        [(firefox().permits(Permission::RefusedBefore), "refused_before"), (firefox().bare(), "no_device")]
    {
        play_on(device, async |stage| {
            let (page, server) = (&stage.page, &stage.server);
            applicant::opens_check(page, server).await?;
            for item in ["camera", "microphone"] {
                page.try_out(item).await?;
                let trouble = page.has_trouble(item, cause).await?;
                page.can_be_mended_or_attested(item, &trouble).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn article_2_2_in_a_firefox_that_cannot_listen_nobody_is_called_silent() -> Outcome {
    play_on(firefox().without_sound(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.watch().await?;
        page.try_out("microphone").await?;
        let trouble = page.has_trouble("microphone", "other").await?;
        page.can_be_mended_or_attested("microphone", &trouble).await?;
        page.lets_go(1).await
    })
    .await
}
