//! Where the focus is after each transition (WCAG 2.4.3, 3.2.1, 4.1.3): whoever does not see the screen, or uses keys alone, is where
//! she has acted, or where what she asked for begins; never at the top of the page because something was drawn anew.
//!
//! Refusals by the server, which lead to the summary of their faults, are in `refusals` and `late`.

use anyhow::{Context as _, Result, ensure};

use crate::applicant::{
    self, BACK, BOOKING, CHECK, CONDITIONS, FRIDAY, NEXT, REVIEW, SEND, THURSDAY, TO_REVIEW,
};
use crate::device::Device;
use crate::page::Page;
use crate::server::MORNING;
use crate::stage::{Outcome, play, play_on};

const HEADING: &str = "[data-heading]";

/// What somebody does.
enum Act {
    /// Presses the button or link with these words.
    Press(&'static str),
    /// Presses what a selector finds.
    On(&'static str),
    Choose(&'static str, &'static str),
    BrowserBack,
}
use Act::{BrowserBack, Choose, On, Press};

/// After each act, the focus is on what a selector finds, and that is in sight.
async fn leads(page: &Page, table: &[(Act, &str)]) -> Result<()> {
    for (at, (act, focus)) in table.iter().enumerate() {
        let told = match act {
            Press(words) => page.press(words).await.map(|()| *words)?,
            On(selector) => page.press_on(selector).await.map(|()| *selector)?,
            Choose(name, value) => page.choose(name, value).await.map(|()| *value)?,
            BrowserBack => page.back().await.map(|()| "Back")?,
        };
        page.has_focus(focus).await.with_context(|| format!("line {}: {told} leads to {focus}", at + 1))?;
        let in_sight = "((it) => it.bottom > 0 && it.top < innerHeight)(focused().getBoundingClientRect())";
        let found = page.until("what has the focus in sight", in_sight, &[]).await;
        found.with_context(|| format!("line {}: {told}", at + 1))?;
    }
    Ok(())
}

#[tokio::test]
async fn the_focus_is_where_each_transition_of_steps_1_to_3_leads() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        leads(
            page,
            &[
                (Press(NEXT), ".oc-summary"),
                (On(".oc-summary__link"), "#f-eligibility-registered"),
                (Choose("f-eligibility-registered", "no"), "[name=f-eligibility-registered][value=no]"),
                (Press("conditions.only_check"), HEADING),
                (Press(NEXT), ".oc-summary"),
                (BrowserBack, HEADING),
                (Press("keep.erase"), HEADING),
                (Press("language.en"), ".oc-top__languages button"),
            ],
        )
        .await?;
        page.is_now_in("en");
        page.opens_with(CONDITIONS).await?;
        leads(page, &[(Press("language.ja"), ".oc-top__languages button")]).await?;
        page.is_now_in("ja");
        page.opens_with(CONDITIONS).await?;
        applicant::answer_conditions(page).await?;
        leads(page, &[(Press(NEXT), HEADING)]).await?;
        page.inside(".oc-terms__body").await?;
        leads(
            page,
            &[
                (Press(NEXT), ".oc-summary"),
                (On(".oc-tick .oc-link"), ".oc-terms__heading"),
                (Press("terms.less"), ".oc-terms > [aria-expanded=false]"),
                (Press("terms.more"), "#preamble"),
                (On(".oc-terms__index .oc-link"), ".oc-terms__heading"),
            ],
        )
        .await?;
        applicant::tick_consents(page).await?;
        leads(
            page,
            &[
                (Press(NEXT), HEADING),
                (Press(BACK), HEADING),
                (Press(NEXT), HEADING),
                (Choose("f-own_device", "no"), "[name=f-own_device][value=no]"),
                (Choose("f-own_device", "yes"), "[name=f-own_device][value=yes]"),
                (On("[data-start=speaker]"), "[data-stop=speaker], [data-start=speaker]"),
            ],
        )
        .await?;
        page.opens_with(CHECK).await?;
        applicant::answer_check(page).await?;
        leads(page, &[(On("[data-act=result]"), "[data-act=result]"), (Press(NEXT), HEADING)]).await?;
        page.opens_with(BOOKING).await
    })
    .await
}

#[tokio::test]
async fn the_focus_is_where_each_transition_of_steps_4_to_6_leads() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_booking(page, &stage.server).await?;
        leads(
            page,
            &[
                (Press(NEXT), ".oc-summary"),
                (On(".oc-summary li:last-child button"), "#f-wishes"),
                (On("[data-day='2026-11-26']"), ".oc-times__heading"),
                (On("[data-slot^='2026-11-26T10:00']"), "[data-slot^='2026-11-26T10:00'][aria-pressed=true]"),
                (
                    On("[data-slot^='2026-11-26T10:00']"),
                    "[data-slot^='2026-11-26T10:00'][aria-pressed=false]",
                ),
                (Press("calendar.other"), "[data-day='2026-11-26']"),
                (On("[data-day='2026-11-28']"), ".oc-times__heading"),
            ],
        )
        .await?;
        applicant::fill_booking(page, &[THURSDAY, FRIDAY]).await?;
        leads(
            page,
            &[
                (On("#f-wishes-1 button:first-child"), "#f-wishes-0"),
                (On("#f-wishes-1 button:last-child"), "#f-wishes"),
                (Choose("f-attendants", "yes"), "[name=f-attendants][value=yes]"),
                (Press("attendants.add"), "#f-attendants-1-kind"),
                (On("fieldset:has(#f-attendants-1-kind) > .oc-link"), "#f-attendants-0-kind"),
                (Press("attendants.remove"), ".oc-attendants__rows > button"),
                (Press("attendants.add"), "#f-attendants-0-kind"),
                (Choose("f-attendants", "no"), "[name=f-attendants][value=no]"),
                (Press(NEXT), HEADING),
                (On("[data-change='review.wishes']"), HEADING),
                (Press(TO_REVIEW), HEADING),
                (Press(BACK), HEADING),
                (Press(NEXT), HEADING),
            ],
        )
        .await?;
        page.opens_with(REVIEW).await?;
        stage.server.kill();
        leads(page, &[(Press(SEND), ".oc-sending")]).await?;
        page.reads("send.waiting").await?;
        leads(page, &[(Press("send.now"), ".oc-sending + .oc-ending .oc-button")]).await?;
        stage.server.restart(MORNING, None)?;
        page.shows(applicant::RECEIPT).await?;
        page.reads("state.requested").await?;
        leads(
            page,
            &[
                (On("[data-act=receipt]"), "[data-act=receipt]"),
                (Press("receipt.refresh"), ".oc-ending button:last-child"),
            ],
        )
        .await
    })
    .await
}

/// The office does not answer at first.
const AWAY: &str = "
    const ask = window.fetch;
    let away = 3;
    window.fetch = (what, ...more) =>
        `${what?.url ?? what}`.endsWith('/api/v1/office') && 0 < away-- ? Promise.reject(new TypeError('away')) : ask(what, ...more);
";

#[tokio::test]
async fn the_focus_stays_on_trying_again_until_there_is_something_to_read() -> Outcome {
    play_on(Device::chromium("ja").with_script(AWAY), async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.reads("load.failed").await?;
        leads(page, &[(Press("load.again"), ".oc-main button"), (Press("load.again"), HEADING)]).await?;
        ensure!(page.offers(NEXT).await?, "the first step is there");
        Ok(())
    })
    .await
}
