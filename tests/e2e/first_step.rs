//! The first step is there before any script, and the widget takes it over: answers, presses, focus, scroll place. And what becomes of it
//! where the widget's module comes late, in part, under another name, or never.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{self, ANSWERS, CHECK, CONDITIONS, CONSENT, DUTIES, FRIDAY, NEXT, THURSDAY};
use crate::device::Device;
use crate::host::HostPage;
use crate::page::Page;
use crate::plain;
use crate::relay::{Module, Relay};
use crate::stage::{Outcome, Stage, play, play_in, play_on};

/// Sums what moves without anybody having done anything.
const SHIFTS: &str = "
    window.shifted = 0;
    new PerformanceObserver((seen) => { for (const it of seen.getEntries()) if (!it.hadRecentInput) shifted += it.value; })
        .observe({ type: 'layout-shift', buffered: true });
";

const NO_WASM: &str = "delete window.WebAssembly;";

fn watching() -> Device {
    Device::chromium("ja").with_script(SHIFTS)
}

/// A page whose module is on its way.
async fn opens_before_the_widget(stage: &Stage, path: &str) -> Result<Relay> {
    let relay = Relay::to(stage.server.port()).await?;
    relay.brings(Module::Held);
    let page = &stage.page;
    page.as_form.set(true);
    page.open(&relay.address(path)).await?;
    page.opens_with(CONDITIONS).await?;
    Ok(relay)
}

/// The module comes, and the widget takes over.
async fn comes(relay: &Relay, page: &Page) -> Result<()> {
    relay.brings(Module::Whole);
    let charge = "performance.getEntriesByName('precheck:interactive').length > 0";
    page.until("the widget in charge", charge, &[]).await?;
    page.as_form.set(false);
    Ok(())
}

#[tokio::test]
async fn article_2_what_is_answered_before_the_widget_comes_stays_with_focus_and_place_and_nothing_moves()
-> Outcome {
    play_on(watching(), async |stage| {
        let relay = opens_before_the_widget(stage, "/").await?;
        let page = &stage.page;
        page.choose("eligibility-registered", "yes").await?;
        page.choose("eligibility-equipped", "no").await?;
        page.tick("f-shared_device").await?;
        page.choose("eligibility-ongoing", "yes").await?;
        page.shot("first-step-before").await?;
        let focused = "focused()?.matches('[name=eligibility-ongoing][value=yes]')";
        ensure!(page.ask(focused, &[]).await? == true, "the focus is on what was answered last");
        comes(&relay, page).await?;
        page.shot("first-step-after").await?;
        for (name, value) in [("registered", "yes"), ("equipped", "no"), ("ongoing", "yes")] {
            let css = format!("input[name=\"f-eligibility-{name}\"][value={value}]");
            ensure!(page.is_checked(&css).await?, "{name} is lost");
        }
        ensure!(page.is_checked("#f-shared_device").await?, "the shared device is lost");
        page.has_focus("input[name=\"f-eligibility-ongoing\"][value=yes]").await?;
        page.reads("refusal.ineligible.equipped").await?;
        ensure!(page.ask("document.querySelectorAll('form').length", &[]).await? == 0, "the form is gone");
        page.was_quiet(&relay.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn nothing_moves_when_the_widget_takes_over_an_untouched_first_step_in_any_language_at_any_width()
-> Outcome {
    play_on(watching(), async |stage| {
        for (language, width) in [("ja", 390), ("ja-easy", 390), ("en", 320), ("vi", 1280), ("zh", 768)] {
            plain::is_as_wide_as(&stage.page, width).await?;
            stage.page.is_now_in(language);
            let relay = opens_before_the_widget(stage, &format!("/?lang={language}")).await?;
            let page = &stage.page;
            // What comes below the questions, a word about a clock that is wrong, moves nothing of them.
            let boxes = "JSON.stringify(all('.oc-top, .oc-steps, .oc-main *').filter((it) => shown(it) && it.matches('[class]'))\
                .map((it) => { const { x, y, width, height } = it.getBoundingClientRect(); return [it.className, ...[x, y + scrollY, width, height].map(Math.round)]; }))";
            let before = page.ask(boxes, &[]).await?;
            comes(&relay, page).await?;
            let after = page.ask(boxes, &[]).await?;
            page.expects(before == after, format!("{language} at {width}:\n{before}\n{after}"));
            let shifted = page.ask("shifted", &[]).await?;
            page.expects(shifted == 0, format!("{language} at {width} shifted by {shifted}"));
            page.ask("sessionStorage.clear()", &[]).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_press_before_the_widget_comes_goes_to_the_server_and_the_widget_takes_the_next_page_over()
-> Outcome {
    play(async |stage| {
        let relay = opens_before_the_widget(stage, "/").await?;
        let page = &stage.page;
        for (name, value) in ANSWERS {
            page.choose(name.trim_start_matches("f-"), value).await?;
        }
        page.press(NEXT).await?;
        page.opens_with(CONSENT).await?;
        for duty in &DUTIES[..2] {
            page.tick(&format!("consents-acknowledged-{duty}")).await?;
        }
        comes(&relay, page).await?;
        page.opens_with(CONSENT).await?;
        ensure!(page.fragment().await? == "#/consent", "the step has its address");
        for (at, duty) in DUTIES.iter().enumerate() {
            let ticked = page.is_checked(&format!("#f-consents-acknowledged-{duty}")).await?;
            ensure!(ticked == (at < 2), "{duty}: {ticked}");
        }
        page.reload().await?;
        page.opens_with(CONSENT).await?;
        for duty in &DUTIES[2..] {
            page.tick(&format!("f-consents-acknowledged-{duty}")).await?;
        }
        page.tick("f-consents-terms").await?;
        page.tick("f-consents-app_terms").await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        applicant::answer_check(page).await?;
        page.press(NEXT).await?;
        page.shows(applicant::BOOKING).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.press(NEXT).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY]).await
    })
    .await
}

#[tokio::test]
async fn faults_that_the_server_has_found_are_told_by_the_widget_too() -> Outcome {
    play(async |stage| {
        let relay = opens_before_the_widget(stage, "/").await?;
        let page = &stage.page;
        page.choose("eligibility-registered", "yes").await?;
        page.press(NEXT).await?;
        page.inside(".oc-summary").await?;
        comes(&relay, page).await?;
        ensure!(page.errors().await?.links.len() == 3, "the questions without an answer are named");
        ensure!(
            page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?,
            "the answer stays"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn in_an_element_of_the_same_origin_a_press_before_the_widget_comes_is_remembered_and_repeated()
-> Outcome {
    play_on(watching(), async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        relay.brings(Module::Held);
        let page = &stage.page;
        page.open(&relay.address("/demo")).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.ask("all('form').length", &[]).await? == 1, "the first step is a form");
        for (name, value) in ANSWERS {
            page.choose(name.trim_start_matches("f-"), value).await?;
        }
        page.press(NEXT).await?;
        page.until(
            "words that it goes on by itself",
            "all('form [role=status]')[0].textContent.length > 8",
            &[],
        )
        .await?;
        page.shot("first-step-element-waits").await?;
        ensure!(page.ask("location.pathname", &[]).await? == "/demo", "the host's page stays");
        relay.brings(Module::Whole);
        page.shows(CONSENT).await?;
        ensure!(
            page.ask("location.pathname + location.hash", &[]).await? == "/demo",
            "the host's address is its own"
        );
        let shifted = page.ask("shifted", &[]).await?;
        ensure!(shifted == 0, "shifted by {shifted}");
        page.was_quiet(&relay.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn a_module_under_another_content_type_starts_like_any_other() -> Outcome {
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        for kind in ["application/octet-stream", "", "application/wasm; charset=utf-8", "text/plain"] {
            relay.brings(Module::As(kind));
            stage.page.open(&relay.address("/")).await?;
            stage.page.opens_with(CONDITIONS).await.with_context(|| format!("as {kind:?}"))?;
            stage.page.ask("sessionStorage.clear()", &[]).await?;
        }
        stage.page.was_quiet(&relay.address("/"), &[]).await
    })
    .await
}

/// The whole way by forms, with script, where the module arrives like this.
async fn the_whole_way(language: &'static str, module: Module) -> Outcome {
    play_in("ja", async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        relay.brings(module.clone());
        let page = &stage.page;
        page.is_now_in(language);
        page.as_form.set(true);
        page.open(&relay.address(&format!("/?lang={language}"))).await?;
        let receipt = plain::goes(page, async |_| Ok(())).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY, FRIDAY]).await
    })
    .await
}

#[tokio::test]
async fn with_the_module_refused_the_form_leads_to_a_stored_request_in_japanese() -> Outcome {
    the_whole_way("ja", Module::Refused).await
}

#[tokio::test]
async fn with_the_module_cut_the_form_leads_to_a_stored_request_in_plain_japanese() -> Outcome {
    the_whole_way("ja-easy", Module::Cut).await
}

#[tokio::test]
async fn with_the_module_late_the_form_leads_to_a_stored_request_in_english() -> Outcome {
    the_whole_way("en", Module::Held).await
}

#[tokio::test]
async fn with_the_module_refused_the_form_leads_to_a_stored_request_in_vietnamese() -> Outcome {
    the_whole_way("vi", Module::Refused).await
}

#[tokio::test]
async fn with_the_module_cut_the_form_leads_to_a_stored_request_in_chinese() -> Outcome {
    the_whole_way("zh", Module::Cut).await
}

#[tokio::test]
async fn without_webassembly_our_own_page_goes_on_as_it_is_and_tries_no_more() -> Outcome {
    play_on(Device::chromium("ja").with_script(NO_WASM), async |stage| {
        let page = &stage.page;
        page.as_form.set(true);
        page.open(&stage.server.address("/")).await?;
        page.until(
            "the parts for whoever has no widget",
            "document.documentElement.matches('.no-widget') && shown(all('[data-plain]')[0])",
            &[],
        )
        .await?;
        let receipt = plain::goes(page, async |_| Ok(())).await?;
        applicant::is_stored(&stage.server, &receipt, &[THURSDAY, FRIDAY]).await
    })
    .await
}

#[tokio::test]
async fn the_widget_comes_late_in_the_middle_and_takes_over_what_was_typed_with_the_caret() -> Outcome {
    play(async |stage| {
        let relay = opens_before_the_widget(stage, "/").await?;
        let page = &stage.page;
        for (name, value) in ANSWERS {
            page.choose(name.trim_start_matches("f-"), value).await?;
        }
        page.press(NEXT).await?;
        page.opens_with(CONSENT).await?;
        for duty in DUTIES {
            page.tick(&format!("consents-acknowledged-{duty}")).await?;
        }
        page.tick("consents-terms").await?;
        page.tick("consents-app_terms").await?;
        page.press(NEXT).await?;
        page.opens_with(CHECK).await?;
        page.choose("own_device", "yes").await?;
        for item in applicant::ASKED {
            let answer = if item == "app_ready" { "by_the_day" } else { "attested" };
            page.choose(&format!("checklist-{item}"), answer).await?;
        }
        page.press(NEXT).await?;
        page.opens_with(applicant::BOOKING).await?;
        page.press_on(&format!("button[value=\"day {}\"]", &THURSDAY[..10])).await?;
        page.press_on(&format!("button[value=\"wish {THURSDAY}\"]")).await?;
        page.inside(&format!("button[value=\"wish {THURSDAY}\"][aria-pressed=true]")).await?;
        page.type_into("person-name", applicant::NAME).await?;
        page.ask("focused().setSelectionRange(1, 1)", &[]).await?;
        comes(&relay, page).await?;
        page.opens_with(applicant::BOOKING).await?;
        ensure!(page.value("f-person-name").await? == applicant::NAME, "the name is lost");
        page.has_focus("#f-person-name").await?;
        ensure!(page.ask("focused().selectionStart", &[]).await? == 1, "the caret is lost");
        page.reads(&page.date_time(THURSDAY)).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn in_the_frame_of_another_origin_the_first_step_answers_before_the_widget_and_is_taken_over() -> Outcome
{
    play(async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        relay.brings(Module::Held);
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        host.holds(&format!(
            "<script type=\"module\" src=\"{}\"></script><online-counselling-precheck></online-counselling-precheck>",
            relay.address("/embed/v1/precheck.js")
        ));
        let page = &stage.page;
        page.open(&host.origin()).await?;
        crate::hosts::enters(page).await?;
        page.as_form.set(true);
        page.opens_with(CONDITIONS).await?;
        page.choose("eligibility-registered", "yes").await?;
        comes(&relay, page).await?;
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "the answer is lost");
        page.has_focus("input[name=\"f-eligibility-registered\"][value=yes]").await?;
        ensure!(page.ask("document.documentElement.matches('.framed') && !shown(document.querySelector('.page-header'))", &[]).await? == json!(true), "our header is not in the office's page");
        Ok(())
    })
    .await
}

/// Writes down how the element says that it has failed.
const LISTENS: &str = "
    window.failed = [];
    document.addEventListener('precheck-failed', ({ detail, target }) => failed.push([target.localName, detail.report]));
";

#[tokio::test]
async fn a_widget_that_cannot_come_or_stops_tells_the_page_and_gives_a_line_for_the_telephone() -> Outcome {
    play_on(Device::chromium("ja").with_script(LISTENS), async |stage| {
        let relay = Relay::to(stage.server.port()).await?;
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        host.holds(&format!(
            "<script type=\"module\" src=\"{}\"></script>\
            <online-counselling-precheck isolation=\"none\"></online-counselling-precheck>",
            relay.address("/embed/v1/precheck.js")
        ));
        // It cannot come.
        relay.brings(Module::Refused);
        page.open(&host.origin()).await?;
        page.until("words", "root?.querySelector('[role=alert]')", &[]).await?;
        let told = page.ask("failed[0]", &[]).await?;
        ensure!(told[0] == "online-counselling-precheck", "{told}");
        let report = told[1].as_str().unwrap_or_default();
        ensure!(report.starts_with("load / ") && report.contains("TypeError"), "{report}");
        page.reads(report).await?;
        // It comes at the next try, and stops in the middle.
        relay.brings(Module::Whole);
        page.press("もう一度試す").await?;
        page.opens_with(CONDITIONS).await?;
        page.choose("f-eligibility-registered", "yes").await?;
        let trap = "void setTimeout(() => {
            const wasm = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 97, 0, 0, 10, 5, 1, 3, 0, 0, 11);
            new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports.a();
        })";
        page.ask(trap, &[]).await?;
        page.until("the end is told", "failed.length === 2", &[]).await?;
        let report = page.ask("failed[1][1]", &[]).await?;
        let report = report.as_str().unwrap_or_default().to_owned();
        ensure!(report.starts_with("died / ") && report.contains("RuntimeError"), "{report}");
        page.reads("事前確認が止まりました").await?;
        page.reads(&report).await?;
        page.press("もう一度試す").await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.is_checked("input[name=\"f-eligibility-registered\"][value=yes]").await?, "what was answered is kept");
        Ok(())
    })
    .await
}
