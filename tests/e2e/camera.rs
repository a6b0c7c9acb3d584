//! Article 2(2): the camera, tried with the browser's own media stack: what it shows, and that its light goes out. Why it does
//! not open is in `causes`.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::{self, BACK, BOOKING, CHECK, CONSENT, NEXT};
use crate::device::Camera;
use crate::page::Page;
use crate::stage::{Outcome, play_on};
use crate::trying::watched;

#[tokio::test]
async fn article_2_2_the_camera_is_opened_by_a_press_shown_as_in_a_mirror_and_found_good() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        ensure!(page.ask("wanted", &[]).await? == json!([]), "nothing is asked for before a press");

        page.try_out("camera").await?;
        page.passes("camera").await?;
        let moves = "(({ videoWidth, paused, currentTime }) => videoWidth > 0 && !paused && currentTime > 0)\
            (all('video.oc-preview').find(shown))";
        page.until("a preview that moves", moves, &[]).await?;
        let mirrored = "new DOMMatrix(getComputedStyle(all('video.oc-preview')[0]).transform).a";
        ensure!(page.ask(mirrored, &[]).await? == -1, "people know themselves from mirrors");
        let wanted = page.ask("wanted.map(Object.keys)", &[]).await?;
        ensure!(wanted == json!([["video"]]), "a missing microphone must not fail the camera: {wanted}");
        page.look("3-check-camera").await?;

        page.stop("camera").await?;
        page.lets_go(1).await?;
        page.passes("camera").await?;
        page.press_on("[data-change=\"camera\"]").await?;
        page.choose("f-checklist-camera", "by_the_day").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_the_cameras_light_goes_out_on_every_way_out_of_the_step() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        applicant::answer_check_but(page, &["camera"]).await?;

        opens(page, 1).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        page.lets_go(1).await?;
        page.press(BACK).await?;
        page.shows(CHECK).await?;
        page.passes("camera").await?;

        opens(page, 2).await?;
        page.press(BACK).await?;
        page.shows(CONSENT).await?;
        page.lets_go(2).await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;

        opens(page, 3).await?;
        page.back().await?;
        page.shows(CONSENT).await?;
        page.lets_go(3).await?;
        page.forward().await?;
        page.shows(CHECK).await?;

        opens(page, 4).await?;
        page.leaves_and_comes_back().await?;
        page.lets_go(4).await?;
        let last = page.ask("stopped.at(-1)", &[]).await?;
        ensure!(
            last == "video hidden",
            "it goes out when the page is hidden, not when it comes back: {last}"
        );

        opens(page, 5).await?;
        page.ask("element.remove()", &[]).await?;
        page.lets_go(5).await
    })
    .await
}

/// One more time, until there is a picture.
async fn opens(page: &Page, times: usize) -> Result<()> {
    page.try_out("camera").await?;
    page.until("an open camera", "opened.length === a[0]", &[json!(times)]).await?;
    page.inside("video.oc-preview").await?;
    page.passes("camera").await?;
    page.holds_only_the_last().await
}

#[tokio::test]
async fn article_2_2_a_camera_that_opens_too_late_is_closed_at_once() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_check(page, server).await?;
        hold_back(page, 1).await?;
        page.press(BACK).await?;
        page.shows(CONSENT).await?;
        page.ask("window.release()", &[]).await?;
        page.lets_go(1).await?;

        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        hold_back(page, 2).await?;
        page.stop("camera").await?;
        page.ask("window.release()", &[]).await?;
        page.lets_go(2).await?;
        page.comes_to("camera", "idle").await?;

        hold_back(page, 3).await?;
        let hidden = "document.addEventListener('visibilitychange', () => window.release(), { once: true })";
        page.ask(hidden, &[]).await?;
        page.leaves_and_comes_back().await?;
        page.lets_go(3).await?;
        page.comes_to("camera", "idle").await?;

        hold_back(page, 4).await?;
        page.ask("element.remove()", &[]).await?;
        page.ask("window.release()", &[]).await?;
        page.lets_go(4).await
    })
    .await
}

/// The browser has opened the camera, and has not said so yet.
async fn hold_back(page: &Page, times: usize) -> Result<()> {
    page.ask("void (window.held = new Promise((release) => Object.assign(window, { release })))", &[])
        .await?;
    page.try_out("camera").await?;
    page.comes_to("camera", "asking").await?;
    page.until("an open camera", "opened.length === a[0]", &[json!(times)]).await.map(drop)
}

#[tokio::test]
async fn article_2_2_a_black_picture_is_found_in_its_frames() -> Outcome {
    sees(Camera::Black, "black").await
}

#[tokio::test]
async fn article_2_2_a_picture_that_stands_still_is_found_in_its_frames() -> Outcome {
    sees(Camera::Frozen, "frozen").await
}

#[tokio::test]
async fn article_2_2_a_camera_without_a_single_frame_is_not_found_good() -> Outcome {
    sees(Camera::Blind, "frozen").await
}

/// The stream runs; only its picture tells what is the matter.
async fn sees(camera: Camera, cause: &'static str) -> Outcome {
    play_on(watched().with_camera(camera), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        let trouble = page.has_trouble("camera", cause).await?;
        page.holds_only_the_last().await?;
        page.look(&format!("3-check-{cause}")).await?;
        page.stop("camera").await?;
        page.lets_go(1).await?;
        page.try_out("camera").await?;
        page.has_trouble("camera", cause).await?;
        page.stop("camera").await?;
        page.lets_go(2).await?;
        ensure!(2 <= trouble.steps.len(), "too little to do: {trouble:#?}");
        page.choose("f-checklist-camera", "attested").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_a_camera_whose_plug_comes_out_is_not_found_good() -> Outcome {
    play_on(watched().with_camera(Camera::PulledOut), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        // A busy machine finds it gone before it is open, another one after.
        let trouble = page.has_one_of("camera", &["no_device", "in_use"]).await?;
        page.can_be_mended_or_attested("camera", &trouble).await?;
        page.lets_go(usize::from(trouble.cause == "no_device")).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_among_two_cameras_the_person_chooses() -> Outcome {
    play_on(watched().with_camera(Camera::Two), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("camera").await?;
        page.passes("camera").await?;
        let choice = "[data-device=\"camera\"] select, select[data-device=\"camera\"]";
        page.is_accessible("3-check-two-cameras").await?;
        page.tabs_to(choice).await?;
        page.key(thirtyfour::Key::Down).await?;
        page.until("the second camera", "opened.length === 2", &[]).await?;
        page.holds_only_the_last().await?;
        page.passes("camera").await?;
        let streams = page.streams().await?;
        let last = streams[1][0].as_str().unwrap_or_default();
        ensure!(last.contains("fake_device_1"), "the camera that was chosen: {streams}");
        let chosen = page.ask("words(all(a[0])[0].selectedOptions[0])", &[json!(choice)]).await?;
        ensure!(chosen == "fake_device_1", "the choice says what runs: {chosen}");
        page.has_focus(choice).await?;
        page.press(BACK).await?;
        page.lets_go(2).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_the_camera_is_tried_and_answered_by_keyboard_alone() -> Outcome {
    play_on(watched(), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.tabs_to("[data-start=\"camera\"]").await?;
        page.key(thirtyfour::Key::Enter).await?;
        page.passes("camera").await?;
        page.has_focus("[data-stop=\"camera\"]").await?;
        page.key(" ").await?;
        page.lets_go(1).await?;
        page.has_focus("[data-start=\"camera\"]").await?;
        page.tabs_to("[data-change=\"camera\"]").await?;
        page.key(thirtyfour::Key::Enter).await?;
        page.has_focus("input[name=\"f-checklist-camera\"]").await?;
        page.key(" ").await?;
        ensure!(
            page.is_checked("input[name=\"f-checklist-camera\"][value=attested]").await?,
            "the first answer is chosen where the focus is"
        );
        stage.was_quiet(&[]).await
    })
    .await
}
