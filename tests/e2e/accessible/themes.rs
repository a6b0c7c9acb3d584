//! Light and dark: as the device is set, unless the page says otherwise; on paper always light. Whether the colours can be told apart
//! is looked at on every screen, and for every pair of them in `xtask/src/contrast.rs`.

use anyhow::{Result, ensure};
use serde_json::json;

use super::Seen;
use crate::applicant::CONDITIONS;
use crate::page::Page;
use crate::stage::{Outcome, play};

/// The ground that the widget stands on, and whether the browser's own controls are drawn for a dark one.
async fn is_drawn(page: &Page, selector: &str, theme: &str, case: &str) -> Result<()> {
    let expression = "(({ backgroundColor, colorScheme }) => `${backgroundColor} ${colorScheme}`)(getComputedStyle(a[0] === ':host' ? element : document.querySelector(a[0])))";
    let drawn = page.ask(expression, &[json!(selector)]).await?;
    let expected = if theme == "dark" { "rgb(26, 26, 26) dark" } else { "rgb(255, 255, 255) light" };
    ensure!(drawn == expected, "{case}: {selector} is {drawn}, not {expected}");
    Ok(())
}

#[tokio::test]
async fn a_dark_device_gets_dark_pages_and_light_paper_and_a_wish_for_a_theme_comes_before_both() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        for (seen, asked, theme) in [
            (Seen::Light, "auto", "light"),
            (Seen::Dark, "auto", "dark"),
            (Seen::Print, "auto", "light"),
            (Seen::Dark, "light", "light"),
            (Seen::Light, "dark", "dark"),
            (Seen::Print, "dark", "light"),
        ] {
            page.sees(seen).await?;
            let set = "(element.setAttribute('theme', a[0]), document.documentElement.dataset.theme = a[0])";
            page.ask(set, &[json!(asked)]).await?;
            let case = format!("{seen:?} with theme={asked}");
            is_drawn(page, ":host", theme, &case).await?;
            let ground = page.ask("getComputedStyle(document.body).backgroundColor", &[]).await?;
            let dark = ground == "rgb(26, 26, 26)";
            ensure!(dark == (theme == "dark"), "{case}: the page is {ground}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_chosen_can_be_told_in_forced_colours() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        crate::applicant::to_booking(page, server).await?;
        crate::applicant::add_wish(page, crate::applicant::THURSDAY).await?;
        page.sees(Seen::Forced).await?;
        for (chosen, other) in [
            ("[data-day][aria-pressed=true]", "[data-day][data-open=true][aria-pressed=false]"),
            ("[data-slot][aria-pressed=true]", "[data-slot][aria-pressed=false]"),
            ("[data-state=now] .oc-steps__mark", "[data-state=next] .oc-steps__mark"),
        ] {
            let grounds = "[a[0], a[1]].map((css) => getComputedStyle(all(css)[0]).backgroundColor)";
            let found = page.ask(grounds, &[json!(chosen), json!(other)]).await?;
            page.expects(found[0] != found[1], format!("{chosen} looks like {other}: {found}"));
        }
        let borders = "all('.oc-notice, .oc-button, .oc-input, .oc-wish').filter(shown).filter((it) => parseFloat(getComputedStyle(it).borderTopWidth) < 1).map(words)";
        let without = page.ask(borders, &[]).await?;
        page.expects(without == json!([]), format!("without a border: {without}"));
        Ok(())
    })
    .await
}
