//! Where the element stands: far below, hidden, moved, several times, inside others. Nothing heavy is fetched before somebody comes
//! near it, and nothing on the page moves when it comes.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::By;

use super::{NONE, enters};
use crate::applicant::CONDITIONS;
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play, play_on};

const SHIFTS: &str = "
    window.shifts = [];
    new PerformanceObserver((seen) => {
        for (const it of seen.getEntries()) shifts.push([it.value, ...it.sources.map((at) => at.node?.nodeName)]);
    }).observe({ type: 'layout-shift', buffered: true });
";
const NO_OBSERVER: &str = "delete window.IntersectionObserver;";

/// A page of another origin, with the loader.
async fn holds(stage: &Stage, host: &HostPage, body: &str) -> Result<()> {
    let loader = stage.server.address("/embed/v1/precheck.js");
    host.holds(&format!("<script type=\"module\" src=\"{loader}\"></script>{body}"));
    stage.page.open(&host.origin()).await
}

/// Waits until the element shows its first words, and whoever looks whether it is in sight has been told; gives what was fetched from us
/// but for the loader.
async fn fetched_at_first(page: &Page) -> Result<Vec<String>> {
    let looked = "root?.querySelector('.wait') && (window.looked ??= (() => {
        const looks = {};
        new IntersectionObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => { looks.done = true; }))).observe(element);
        return looks;
    })()).done";
    page.until("the element's first words", looked, &[]).await?;
    let sent = page.sent().await?;
    let ours = sent
        .into_iter()
        .map(|it| it.address)
        .filter(|it| it.contains("/embed/v1/") && !it.ends_with("/precheck.js"));
    Ok(ours.collect())
}

#[tokio::test]
async fn nothing_heavy_is_fetched_before_somebody_comes_near_the_element() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let far = "<div style=\"height: 5000px\"></div>";
        let element = format!(
            "<online-counselling-precheck {NONE}><a href=\"#\">電話</a></online-counselling-precheck>"
        );
        // Before each of them nothing, then what somebody does, as a script would.
        for (body, comes) in [
            (format!("{far}{element}"), "scrollTo(0, 4500)"),
            (format!("{far}{element}"), "element.firstElementChild.focus({ preventScroll: true })"),
            (element.replacen('>', " hidden>", 1), "element.hidden = false"),
            (
                format!("<details><summary>開く</summary>{element}</details>"),
                "document.querySelector('details').open = true",
            ),
            (format!("<dialog>{element}</dialog>"), "document.querySelector('dialog').showModal()"),
            (
                format!("<div style=\"display: none\">{element}</div>"),
                "element.parentNode.style.display = ''",
            ),
        ] {
            page.browser.window.get_log("performance").await?;
            holds(stage, &host, &body).await?;
            page.sent.borrow_mut().clear();
            let fetched = fetched_at_first(page).await?;
            ensure!(fetched.is_empty(), "{comes}: fetched before: {fetched:?}");
            // Where the page has the focus, as it has before a person.
            page.browser.window.find(By::Tag("h1")).await?.click().await?;
            page.ask(&format!("void ({comes})"), &[]).await?;
            page.opens_with(CONDITIONS).await.with_context(|| format!("after {comes}"))?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_browser_that_cannot_tell_what_is_near_gets_the_widget_at_once() -> Outcome {
    play_on(Device::chromium("ja").with_script(NO_OBSERVER), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let below = "<div style=\"height: 5000px\"></div>";
        holds(
            stage,
            &host,
            &format!("{below}<online-counselling-precheck {NONE}></online-counselling-precheck>"),
        )
        .await?;
        stage.page.opens_with(CONDITIONS).await
    })
    .await
}

#[tokio::test]
async fn nothing_on_the_page_moves_when_the_widget_comes() -> Outcome {
    play_on(Device::chromium("ja").with_script(SHIFTS), async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        for attributes in ["", NONE] {
            // What the README advises, for the moment before the loader has come.
            let body = format!(
                "<style>online-counselling-precheck {{ display: block; min-height: 960px }}</style><p>ご案内</p>\
                <online-counselling-precheck {attributes}></online-counselling-precheck><p>所在地</p><p>開庁時間</p>"
            );
            holds(stage, &host, &body).await?;
            if attributes.is_empty() {
                enters(page).await?;
            }
            page.opens_with(CONDITIONS).await?;
            page.browser.window.enter_default_frame().await?;
            let drawn = "(window.drawn ??= (() => { const it = {}; requestAnimationFrame(() => requestAnimationFrame(() => { it.done = true; })); return it; })()).done && { shifts }";
            let told = page.until("two more pictures", drawn, &[]).await?;
            ensure!(told["shifts"] == json!([]), "{attributes}: moved: {told}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn several_elements_share_one_module_and_do_not_meet() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let element = format!("<online-counselling-precheck {NONE}></online-counselling-precheck>");
        let inside = format!(
            "<p id=\"inside\"></p><script>document.getElementById('inside').attachShadow({{ mode: 'open' }}).innerHTML = '{element}';</script>"
        );
        holds(stage, &host, &format!("{element}{element}{inside}")).await?;
        let every = "const every = [...document.querySelectorAll('online-counselling-precheck'), document.getElementById('inside').shadowRoot.firstChild];";
        page.ask(&format!("(() => {{ {every} window.every = every; }})()"), &[]).await?;
        // Each is near by when it is looked at.
        for at in 0..3 {
            page.ask("void every[a[0]].scrollIntoView()", &[json!(at)]).await?;
            page.until("the widget", "every[a[0]].shadowRoot.querySelector('[data-heading]')", &[json!(at)]).await?;
        }
        let pressed = "every.map((it, at) => {
            it.shadowRoot.querySelector(`[name=f-eligibility-registered][value=${at === 1 ? 'no' : 'yes'}]`).click();
            const ids = [...it.shadowRoot.querySelectorAll('[id]')].map((it) => it.id);
            return new Set(ids).size === ids.length;
        })";
        ensure!(page.ask(pressed, &[]).await? == json!([true, true, true]), "an id stands twice in an element");
        let held = "every.map((it) => it.shadowRoot.querySelector('[name=f-eligibility-registered]:checked').value)";
        ensure!(page.ask(held, &[]).await? == json!(["yes", "no", "yes"]), "the elements have met");
        let sent = page.sent().await?;
        let modules = sent.iter().filter(|it| it.address.contains(".wasm")).count();
        ensure!(modules == 1, "{modules} modules for three elements");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_element_survives_a_move_and_begins_anew_after_it_was_taken_out() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        holds(stage, &host, &format!("<online-counselling-precheck {NONE}></online-counselling-precheck><main></main>")).await?;
        page.opens_with(CONDITIONS).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        let is_same = page
            .ask("(() => { const place = root.querySelector('.place'); document.querySelector('main').append(element); window.place = place; return place.isConnected; })()", &[])
            .await?;
        ensure!(is_same == true, "it begins anew after a move");
        page.until("the end of the task", "place === root.querySelector('.place')", &[]).await?;
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "what was answered stays");

        page.ask("(() => { window.taken = element; element.remove(); })()", &[]).await?;
        page.until("an element that holds nothing", "taken.shadowRoot.childElementCount === 0", &[]).await?;
        page.ask("void document.body.append(taken)", &[]).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.ask("place !== root.querySelector('.place')", &[]).await? == true, "the old one is back");
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "the tab has kept it");

        page.ask("void taken.replaceWith(taken.cloneNode(true))", &[]).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.ask("element !== taken", &[]).await? == Value::Bool(true), "not the copy");

        // A frame loads again after a move, by the browser's own rules.
        holds(stage, &host, "<online-counselling-precheck></online-counselling-precheck><main></main>").await?;
        enters(page).await?;
        page.opens_with(CONDITIONS).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        page.browser.window.enter_default_frame().await?;
        page.ask("void document.querySelector('main').append(element)", &[]).await?;
        enters(page).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "the tab has kept it");
        Ok(())
    })
    .await
}
