//! Article 2(2): the microphone and the loudspeaker, tried for real: what is heard, and that nobody is talked to death.

use anyhow::{Result, ensure};

use crate::applicant::{self, BACK};
use crate::device::{Device, Microphone};
use crate::page::Page;
use crate::stage::{Outcome, play_on};
use crate::trying::watched;

fn hears(microphone: Microphone) -> Device {
    watched().with_microphone(microphone)
}

#[tokio::test]
async fn article_2_2_a_voice_moves_the_meter_is_found_good_and_is_said_once() -> Outcome {
    play_on(hears(Microphone::Speaks), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.listen_in().await?;
        page.try_out("microphone").await?;
        page.passes("microphone").await?;
        let levels = moves(page, 40).await?;
        let said = page.said().await?;
        ensure!(!said.is_empty() && said.len() <= 3, "a meter that moves is not read aloud: {said:#?}");
        ensure!(levels.iter().any(|it| 25 <= *it), "speech can be seen on the meter: {levels:?}");
        ensure!(levels.iter().any(|it| *it <= 10), "and so can a pause: {levels:?}");
        page.look("3-check-microphone").await?;
        page.press(BACK).await?;
        page.lets_go(1).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

/// Waits until the meter has moved so many times, and gives where it stood.
async fn moves(page: &Page, times: u32) -> Result<Vec<u32>> {
    let expression = "((now) => { window.levels ??= []; if (levels.at(-1) !== now) levels.push(now); \
        return levels.length > a[0] && { levels: levels.map(Math.round) }; })(all('meter.oc-meter')[0].value)";
    let found = page.until_within(20_000, "a meter that moves", expression, &[times.into()]).await?;
    Ok(serde_json::from_value(found["levels"].clone())?)
}

#[tokio::test]
async fn article_2_2_short_beeps_are_heard_and_nobody_listens_behind_a_hidden_page() -> Outcome {
    play_on(hears(Microphone::Beeps), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("microphone").await?;
        // Chromium's beeps are as loud as can be: whether that is too loud may be said either way.
        page.inside("[data-change=\"microphone\"]").await?;
        page.leaves_and_comes_back().await?;
        page.lets_go(1).await?;
        let last = page.ask("stopped.at(-1)", &[]).await?;
        ensure!(last == "audio hidden", "it ends when the page is hidden, not when it comes back: {last}");
        page.inside("[data-change=\"microphone\"]").await.map(drop)
    })
    .await
}

#[tokio::test]
async fn article_2_2_silence_is_called_silence_and_not_a_fault_of_the_person() -> Outcome {
    play_on(hears(Microphone::Silent), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.listen_in().await?;
        page.try_out("microphone").await?;
        let trouble = page.has_trouble("microphone", "silence").await?;
        ensure!(2 <= trouble.steps.len(), "too little to do: {trouble:#?}");
        let said = page.said().await?;
        ensure!(said.iter().any(|it| it.contains(&page.word("repair.silence"))), "{said:#?}");
        page.look("3-check-silence").await?;
        page.stop("microphone").await?;
        page.lets_go(1).await?;
        page.choose("f-checklist-microphone", "not_applicable").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_a_voice_that_is_cut_off_is_called_too_loud() -> Outcome {
    play_on(hears(Microphone::TooLoud), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("microphone").await?;
        let trouble = page.has_trouble("microphone", "clipping").await?;
        ensure!(2 <= trouble.steps.len(), "too little to do: {trouble:#?}");
        page.stop("microphone").await?;
        page.lets_go(1).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_2_2_among_several_microphones_the_person_chooses() -> Outcome {
    play_on(hears(Microphone::Speaks), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        page.try_out("microphone").await?;
        page.passes("microphone").await?;
        let choice = "[data-device=\"microphone\"]";
        page.pick(&format!("{choice} option:last-child")).await?;
        page.until("another microphone", "opened.length === 2", &[]).await?;
        page.holds_only_the_last().await?;
        page.passes("microphone").await?;
        let streams = page.streams().await?;
        let last = streams[1][0].as_str().unwrap_or_default();
        ensure!(last.contains("Fake Audio Input 2"), "the microphone that was chosen: {streams}");
        page.stop("microphone").await?;
        page.lets_go(2).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

/// Counts the tones that the page makes.
const COUNT_TONES: &str = "
    window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
";

#[tokio::test]
async fn article_2_2_a_tone_is_made_on_the_spot_and_the_person_says_whether_she_hears_it() -> Outcome {
    play_on(Device::chromium("ja").with_script(COUNT_TONES), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::opens_check(page, server).await?;
        ensure!(page.ask("tones", &[]).await? == 0, "nothing sounds by itself");
        page.try_out("speaker").await?;
        page.until("a tone", "tones > 0", &[]).await?;
        page.comes_to("speaker", "idle").await?;
        page.reads("test.speaker.ask").await?;
        ensure!(page.all_words("[data-change=\"speaker\"]").await?.is_empty(), "only a person can hear");
        page.is_accessible("3-check-speaker").await?;
        page.choose("f-checklist-speaker", "attested").await?;
        stage.was_quiet(&[]).await
    })
    .await
}
