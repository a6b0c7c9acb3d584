//! Two widgets of one page that are told their places keep apart what is entered in them; and one that dies leaves words.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::applicant::CONDITIONS;
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::stage::{Outcome, play, play_on};

/// Mounts another widget beside the element's, from a module of its own, in a place of its own.
const MOUNT: &str = "(async () => {
    const files = performance.getEntriesByType('resource').map((it) => it.name);
    const assets = new URL('.', files.find((it) => it.endsWith('/precheck.js')));
    const file = (part) => files.find((it) => it.startsWith(assets) && new RegExp(part).test(it));
    const glue = await import(`${file('glue.*[.]js$')}?2`);
    await glue.default(await WebAssembly.compileStreaming(fetch(file('[.]wasm$'))));
    const place = document.body.appendChild(document.createElement('div'));
    place.attachShadow({ mode: 'open' });
    window.second = place.shadowRoot.appendChild(document.createElement('div'));
    const api = new URL('../../api/v1', assets).href;
    glue.mount(second, { language: 'JA', api, assets: assets.href, texts: {}, standalone: false, start: '', place: '2', tell() {} });
})()";
/// What is chosen in both of them.
const CHOSEN: &str =
    "[root, second].map((it) => it.querySelector('[name=f-eligibility-registered]:checked')?.value ?? '')";

async fn mounts(page: &Page) -> Result<()> {
    page.opens_with(CONDITIONS).await?;
    page.ask(&format!("void {MOUNT}"), &[]).await?;
    page.until("the other widget", "window.second?.querySelector('[name=f-eligibility-registered]')", &[])
        .await?;
    Ok(())
}

#[tokio::test]
async fn two_widgets_of_one_page_keep_apart_what_is_entered_in_them() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        let loader = stage.server.address("/embed/v1/precheck.js");
        host.holds(&format!(
            "<script type=\"module\" src=\"{loader}\"></script>\
            <online-counselling-precheck isolation=\"none\"></online-counselling-precheck>"
        ));
        page.open(&host.origin()).await?;
        mounts(page).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        ensure!(page.ask(CHOSEN, &[]).await? == json!(["yes", ""]), "the other one knows");
        page.ask("second.querySelector('[name=f-eligibility-registered][value=no]').click()", &[]).await?;
        ensure!(page.ask(CHOSEN, &[]).await? == json!(["yes", "no"]), "they have met");
        let keys = "['precheck-v1', 'precheck-v1-2', 'precheck-tab-v1', 'precheck-tab-v1-2'].every((it) => sessionStorage.getItem(it))";
        page.until("what each of them keeps", keys, &[]).await?;
        let tabs = page.ask("sessionStorage['precheck-tab-v1'] !== sessionStorage['precheck-tab-v1-2']", &[]).await?;
        ensure!(tabs == true, "each is a tab of its own");
        page.reload().await?;
        mounts(page).await?;
        page.until("what each of them has kept", &format!("{CHOSEN}.join() === 'yes,no'"), &[]).await?;
        // Erasing one leaves the other.
        page.press("keep.erase").await?;
        page.reads("keep.erased").await?;
        ensure!(page.ask(CHOSEN, &[]).await? == json!(["", "no"]), "the other one is erased too");
        page.reload().await?;
        mounts(page).await?;
        page.until("what the other one has kept", &format!("{CHOSEN}.join() === ',no'"), &[]).await?;
        Ok(())
    })
    .await
}

/// Whoever looks at the page's scripts, as the loader does.
const WATCHES: &str = "
    const make = WebAssembly.instantiate;
    WebAssembly.instantiate = async (...all) => {
        const made = await make.apply(WebAssembly, all);
        window.instance = made.instance ?? made;
        return made;
    };
    addEventListener('error', ({ error }) => { window.death ??= { name: error?.name, stack: `${error?.stack}` }; });
";

#[tokio::test]
async fn a_widget_that_traps_is_heard_of_with_its_place_and_leaves_words_behind() -> Outcome {
    play_on(Device::chromium("ja").with_script(WATCHES), async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        // Each function that the page calls into, with what it never gives them.
        let hurts = "void Object.values(instance.exports).filter((it) => typeof it === 'function')
            .forEach((it) => setTimeout(() => it(-1, -1, -1, -1, -1)))";
        page.ask(hurts, &[]).await?;
        let death = page.until("the end of it", "window.death", &[]).await?;
        ensure!(death["name"] == "RuntimeError", "{death}");
        let stack = death["stack"].as_str().unwrap_or_default();
        ensure!(stack.contains("wasm-function[") && stack.contains(":0x"), "no place to report: {stack}");
        page.until("words in its place", "root.querySelector('[role=alert]')", &[]).await.map(drop)
    })
    .await
}
