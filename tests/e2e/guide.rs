//! The pages for editors: choosing and copying the line, the self-test on a page of another origin; and the statement on
//! accessibility.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::applicant::CONDITIONS;
use crate::host::HostPage;
use crate::moving::copied;
use crate::page::Page;
use crate::stage::{Outcome, Stage, play};

/// Nothing of these pages stands in the element's shadow root.
async fn press(page: &Page, css: &str) -> Result<()> {
    let found = page.until(css, "document.querySelector(a[0])", &[json!(css)]).await?;
    let found = thirtyfour::WebElement::from_json(found, page.browser.window.handle().clone())?;
    found.scroll_into_view().await?;
    Ok(found.click().await?)
}

/// The preview is at the end of the page, and begins when somebody comes near it.
async fn comes_to_the_preview(page: &Page) -> Result<()> {
    page.ask("element.scrollIntoView() ?? true", &[]).await?;
    page.opens_with(CONDITIONS).await
}

#[tokio::test]
async fn the_options_change_line_and_preview_and_the_line_is_copied() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/embed?page=https://www.city.example.jp/work.html")).await?;
        let said = page.ask("document.querySelector('.g-note[data-grade=bad]').textContent", &[]).await?;
        ensure!(said.as_str().is_some_and(|it| it.contains("https://www.city.example.jp は許可されていません")), "{said}");
        page.open(&server.address("/embed")).await?;
        comes_to_the_preview(page).await?;
        page.look("embed").await?;
        let script = format!("<script type=\"module\" src=\"{}\"></script>\n", server.address("/embed/v1/precheck.js"));
        let line = page.ask("document.querySelector('#code').value", &[]).await?;
        let usual = format!("{script}<online-counselling-precheck>\n<p>");
        ensure!(line.as_str().is_some_and(|it| it.starts_with(&usual)), "{line}");

        for option in ["#language-en", "#theme-dark", "#isolation-none"] {
            press(page, &format!("label[for='{}']", &option[1..])).await?;
        }
        press(page, "form[method=get] button").await?;
        let chosen = format!(
            "{script}<online-counselling-precheck language=\"en\" theme=\"dark\" isolation=\"none\">\n<p lang=\"en\">"
        );
        page.until("the line as chosen", "document.querySelector('#code').value.startsWith(a[0])", &[json!(chosen)])
            .await?;
        page.is_now_in("en");
        comes_to_the_preview(page).await?;
        let attributes = "[...element.attributes].map((it) => `${it.name}=${it.value}`).sort().join(' ')";
        let shown = page.ask(attributes, &[]).await?;
        ensure!(shown == "isolation=none language=en theme=dark", "{shown}");

        press(page, "[data-copy=code]").await?;
        page.until("word of it", "document.querySelector('[data-status]').textContent === 'コピーしました。'", &[]).await?;
        let code = page.ask("document.querySelector('#code').value", &[]).await?;
        ensure!(json!(copied(stage).await?) == code, "what is copied is the line");
        stage.was_quiet(&[]).await
    })
    .await
}

/// What the self-test says on a page: grade and code of each finding that is not good.
async fn self_test(
    stage: &Stage,
    host: &HostPage,
    header: &str,
    attributes: &str,
    around: &str,
) -> Result<Vec<String>> {
    let page = &stage.page;
    let loader = stage.server.address("/embed/v1/precheck.js");
    host.holds_with(
        header,
        &format!(
            "{around}<script type=\"module\" src=\"{loader}\"></script>\
            <online-counselling-precheck {attributes}></online-counselling-precheck>"
        ),
    );
    // From somewhere else, or only the fragment would change.
    let place = format!("{}/#precheck-self-test", host.origin());
    page.open("about:blank").await?;
    page.open(&place).await?;
    let root = "document.querySelector('#precheck-self-test-result')?.shadowRoot";
    page.until_within(
        20_000,
        "the result of the self-test",
        &format!("{root}?.querySelector('dialog[open][data-verdict]')"),
        &[],
    )
    .await?;
    let found = format!(
        "[...{root}.querySelectorAll('li')].map((it) => `${{it.dataset.grade}} ${{it.dataset.code}}`).filter((it) => !it.startsWith('good'))"
    );
    let found: Value = page.ask(&found, &[]).await?;
    let told = page.ask(&format!("{root}.querySelector('[role=status]').textContent"), &[]).await?;
    let is_good = told == "表示を妨げるものは見つかりませんでした。";
    let found: Vec<String> = serde_json::from_value(found)?;
    ensure!(is_good != found.iter().any(|it| it.starts_with("bad")), "{told}: {found:?}");
    Ok(found)
}

#[tokio::test]
async fn on_a_page_of_another_origin_the_self_test_names_what_is_in_the_way() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let server = stage.server.address("");
        let none = "isolation=\"none\"";
        let policy = |it: &str| format!("Content-Security-Policy: {it}");
        for (header, attributes, around, expected) in [
            (String::new(), "", "", vec![]),
            (String::new(), none, "", vec![]),
            (policy(&format!("script-src {server}")), "", "", vec![]),
            (policy(&format!("script-src {server}; frame-src 'none'")), "", "", vec!["bad frame"]),
            (policy(&format!("default-src 'none'; script-src {server}; frame-src {server}")), "", "", vec![]),
            (
                policy(&format!("default-src 'none'; script-src {server}")),
                "",
                "",
                vec!["bad frame", "unknown allowed"],
            ),
            (policy(&format!("script-src {server}")), none, "", vec!["bad compile"]),
            (
                policy(&format!("script-src {server} 'wasm-unsafe-eval'; connect-src 'none'")),
                none,
                "",
                vec!["bad fetch", "unknown allowed"],
            ),
            (policy("require-trusted-types-for 'script'"), "", "", vec![]),
            (policy("sandbox allow-scripts"), "", "", vec!["bad sandbox", "bad allowed"]),
            ("Permissions-Policy: camera=()".to_owned(), "", "", vec!["bad camera"]),
            (
                "Permissions-Policy: camera=(self), microphone=(self)".to_owned(),
                "",
                "",
                vec!["bad camera", "bad microphone"],
            ),
            ("Permissions-Policy: camera=(self), microphone=(self)".to_owned(), none, "", vec![]),
            ("Cross-Origin-Embedder-Policy: require-corp".to_owned(), "", "", vec!["bad silent"]),
            (
                String::new(),
                "",
                "<style>online-counselling-precheck{display:none!important}</style>",
                vec!["bad seen"],
            ),
            (String::new(), "", "<div style=\"width:200px\">", vec!["caution narrow"]),
            (String::new(), "", "<div style=\"height:100px;overflow:hidden\">", vec!["caution cut"]),
            // A tag that closes itself: what follows it on the page stands inside.
            (String::new(), "/><footer>日本市ハローワーク</footer", "", vec!["bad swallowed"]),
            (String::new(), "><p>お電話でもご相談いただけます。</p", "", vec![]),
        ] {
            let found = self_test(stage, &host, &header, attributes, around).await?;
            stage.page.expects(found == expected, format!("{header} {attributes} {around}: {found:?}"));
        }
        // The same page under another name is another origin, which nobody has allowed.
        stage.server.allow("https://www.example.jp")?;
        let found = self_test(stage, &host, "", "", "<main>").await?;
        ensure!(found == ["bad allowed"], "{found:?}");
        // What is the page's own shall not be in the way of looking.
        stage
            .page
            .ask("(document.querySelector('main').prepend(document.querySelector('h1')), true)", &[])
            .await?;
        stage.page.is_accessible("self-test").await?;
        stage.page.shot("self-test").await
    })
    .await
}

#[tokio::test]
async fn the_self_test_closes_by_its_button_and_visitors_load_nothing_of_it() -> Outcome {
    play(async |stage| {
        let host = HostPage::start().await?;
        stage.server.allow(&host.origin())?;
        let page = &stage.page;
        self_test(stage, &host, "", "", "").await?;
        let close = "(() => {
            const root = document.querySelector('#precheck-self-test-result').shadowRoot;
            [...root.querySelectorAll('button')].find((it) => it.textContent === '閉じる').click();
            return true;
        })()";
        page.ask(close, &[]).await?;
        page.until("the page without it", "!document.querySelector('#precheck-self-test-result')", &[])
            .await?;
        let loaded = page.sent().await?.iter().filter(|it| it.address.contains("/self-test-")).count();
        ensure!(loaded == 1, "loaded {loaded} times");
        page.open(&host.origin()).await?;
        page.until("the element", "element.shadowRoot?.childElementCount", &[]).await?;
        let again = page.sent().await?.iter().filter(|it| it.address.contains("/self-test-")).count();
        ensure!(again == 1, "a visitor has loaded the self-test");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_statement_on_accessibility_is_accessible_itself() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/accessibility")).await?;
        let rows = page
            .ask("[...document.querySelectorAll('table')].map((it) => it.tBodies[0].rows.length)", &[])
            .await?;
        ensure!(rows == json!([38, 18]), "{rows}");
        page.look("accessibility").await?;
        stage.was_quiet(&[]).await
    })
    .await
}
