//! Camera and microphone in WebKitGTK, the engine of Safari, with its own fake devices, and what is said where it has none.

use anyhow::ensure;

use crate::applicant::{self, BACK, BOOKING, CHECK, CONSENT, NEXT};
use crate::device::{Camera, Device, Microphone};
use crate::stage::{Outcome, play_on};

#[tokio::test]
async fn article_2_2_in_webkit_camera_and_microphone_are_found_good_and_let_go() -> Outcome {
    let device = Device::webkit("ja").with_camera(Camera::Works).with_microphone(Microphone::Beeps);
    play_on(device, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        page.watch().await?;
        for (item, times) in [("camera", 1), ("microphone", 2)] {
            page.try_out(item).await?;
            page.passes(item).await?;
            ensure!(page.opened().await? == times, "{item} is opened once");
        }
        page.look("webkit-3-check-passed").await?;
        page.press(BACK).await?;
        page.shows(CONSENT).await?;
        page.lets_go(2).await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        applicant::answer_check_but(page, &["camera", "microphone"]).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await
    })
    .await
}

/// Each in the words of Safari.
const SAYS_NO: &str = "(navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('The request is not allowed by \
    the user agent or the platform in the current context, possibly because the user denied permission.', 'NotAllowedError') }, true)";
const HAS_NONE: &str = "(Object.defineProperty(navigator, 'mediaDevices', { value: undefined }), true)";

#[tokio::test]
async fn article_2_2_in_webkit_a_missing_a_refused_and_an_unknown_camera_are_told_apart_and_none_hangs()
-> Outcome {
    play_on(Device::webkit("ja").narrow(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        for (address, script, cause) in [
            ("/check", "true", "no_device"),
            ("/#/check", SAYS_NO, "refused_now"),
            ("/check", HAS_NONE, "unsupported"),
        ] {
            page.open(&server.address(address)).await?;
            page.opens_with(CHECK).await?;
            ensure!(page.ask(script, &[]).await? == true, "the browser is made so");
            for item in ["camera", "microphone"] {
                page.try_out(item).await?;
                let trouble = page.has_trouble(item, cause).await?;
                page.can_be_mended_or_attested(item, &trouble).await?;
            }
            page.look(&format!("webkit-3-check-{cause}")).await?;
        }
        Ok(())
    })
    .await
}
