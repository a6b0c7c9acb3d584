//! What holds on every screen, in every language, theme and width, and is looked at by `Page::look` wherever a test looks: WCAG 2.2,
//! level AA, as far as a program can tell.
//!
//! - axe in light, dark and forced colours (1.4.3, 1.4.11, 4.1.2, …), the size of targets (2.5.8) and labels within names (2.5.3) too;
//! - 1280 pixels at 400 %, which are 320, without scrolling sideways and without a word that is cut or runs out of its box (1.4.10);
//! - the same with the text spacing of 1.4.12;
//! - nothing that moves for those who want no motion (2.3.3);
//! - in every language no word of another that is not marked as such (3.1.2).
//!
//! `focus`, `keyboard` and `heard` are tests of their own: where the focus goes, what the keys reach, what is read out.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::page::Page;
use crate::server::from_env;

mod focus;
mod heard;
mod keyboard;
mod themes;
mod tree;

const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/// What axe leaves out unless it is asked.
const MORE: [&str; 2] = ["target-size", "label-content-name-mismatch"];
/// What another theme can change.
const COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

/// A window of 1280 by 1024 pixels at 400 %.
const ZOOMED: (u32, u32) = (320, 256);

/// Every element, those in shadow roots too, that shows words of its own.
const ELEMENTS: &str = "
    const within = (from) => [...from.querySelectorAll('*')].flatMap((it) => [it, ...(it.shadowRoot ? within(it.shadowRoot) : [])]);
    const name = (it) => `<${it.localName} class=\"${it.getAttribute('class') ?? ''}\"> ${it.textContent.trim().slice(0, 30)}`;
    const seen = within(document.body).filter((it) => it.getClientRects().length && !it.closest('.oc-hidden, .d-hidden, svg, select, video, textarea'));
";

/// Words that are cut off, or that run out of the box they stand in.
const CUT: &str = "
    const cut = seen.filter((it) => {
        const { overflowX, overflowY, display, position } = getComputedStyle(it);
        const wide = it.scrollWidth > it.clientWidth + 1, high = it.scrollHeight > it.clientHeight + 1;
        if (display === 'inline' || display === 'contents' || position === 'absolute' || !it.textContent.trim()) return false;
        return (wide && !/auto|scroll/.test(overflowX)) || (high && /hidden|clip/.test(overflowY));
    });
    const most = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return cut.filter((it) => !cut.some((other) => other !== it && it.contains(other))).slice(0, 5).map((it) => `cut: ${name(it)}`)
        .concat(most > 0 ? [`scrolls sideways by ${most}`] : []);
";

/// The text spacing of 1.4.12, put on all roots; the second part takes it off again.
const SPACED: &str = "
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}');
    const roots = [document, ...within(document).map((it) => it.shadowRoot).filter(Boolean)];
    for (const it of roots) it.adoptedStyleSheets = [...it.adoptedStyleSheets, sheet];
    const unspaced = () => { for (const it of roots) it.adoptedStyleSheets = it.adoptedStyleSheets.filter((other) => other !== sheet); };
";

/// Letters that the page's language does not have, outside of what is marked with their own. In brackets, beside its translation, a thing
/// is named as it stands on an office's papers: that is to be found there.
const FOREIGN: &str = "
    const foreign = new RegExp(arguments[0]);
    const host = document.querySelector('online-counselling-precheck');
    const root = host ? host.shadowRoot : document;
    const marked = (it) => /^(ja|zh)/.test(it.closest('[lang]')?.lang ?? '') && it.closest('[lang]') !== root.querySelector('.oc-widget');
    const unknown = (words) => foreign.test(words.replace(/[(（][^()（）]*[)）]/g, ''));
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walk.nextNode()) {
        const at = walk.currentNode.parentElement;
        if (at && !at.closest('style, rt, .oc-row__value, textarea') && !marked(at) && unknown(walk.currentNode.data)) found.push(walk.currentNode.data);
    }
    for (const it of root.querySelectorAll('[aria-label], [title], [alt], [abbr]'))
        for (const name of ['aria-label', 'title', 'alt', 'abbr'])
            if (!marked(it) && unknown(it.getAttribute(name) ?? '')) found.push(`${name}: ${it.getAttribute(name)}`);
    return [...new Set(found)].slice(0, 8).map((it) => `not translated: ${it.slice(0, 80)}`);
";

/// What a browser tells a page of its device.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    Light,
    Dark,
    Forced,
    Print,
}

impl Page {
    /// Everything that is to hold on a screen, whatever its width: at the width of 320 pixels, in all colours, with wide spacing.
    pub(crate) async fn holds_everywhere(&self, name: &str) -> Result<()> {
        self.set_size(ZOOMED.0, ZOOMED.1).await?;
        self.notes(name, "at 400 %", &format!("{ELEMENTS} {CUT}"), vec![]).await?;
        let spaced =
            format!("{ELEMENTS} {SPACED} try {{ return (() => {{ {CUT} }})(); }} finally {{ unspaced(); }}");
        self.notes(name, "with wide spacing at 400 %", &spaced, vec![]).await?;
        for seen in [Seen::Dark, Seen::Forced] {
            self.sees(seen).await?;
            let found = self.axe(&json!({ "type": "rule", "values": COLOURS }), &json!({})).await?;
            self.finds(name, &format!("{seen:?}"), found);
            let moving = "return document.getAnimations().filter((it) => it.playState === 'running').map((it) => `moves: ${it.animationName ?? ''}`);";
            self.notes(name, "without motion", moving, vec![]).await?;
        }
        self.sees(Seen::Light).await?;
        self.is_translated(name).await
    }

    /// What axe finds on the screen as it is now fails the test at its end.
    pub(crate) async fn is_accessible(&self, name: &str) -> Result<()> {
        let more: serde_json::Map<_, _> =
            MORE.iter().map(|it| ((*it).to_owned(), json!({ "enabled": true }))).collect();
        let found = self.axe(&json!({ "type": "tag", "values": TAGS }), &Value::Object(more)).await?;
        self.finds(name, "", found);
        Ok(())
    }

    /// Looks at the page on another device, as the browser tells it to the page; dark and forced ones want no motion either.
    pub(crate) async fn sees(&self, seen: Seen) -> Result<()> {
        let feature = |name: &str, value: &str| json!({ "name": name, "value": value });
        let still = feature("prefers-reduced-motion", "reduce");
        let dark = feature("prefers-color-scheme", "dark");
        let (media, features) = match seen {
            Seen::Light => ("", vec![]),
            Seen::Dark => ("", vec![dark, still]),
            // On a light device: axe reads how letters are filled, and Chromium tells that as if nothing was forced.
            Seen::Forced => ("", vec![feature("forced-colors", "active"), still]),
            Seen::Print => ("print", vec![dark]),
        };
        let wanted = json!({ "media": media, "features": features });
        Ok(self.browser.window.cdp().send_raw("Emulation.setEmulatedMedia", wanted).await.map(drop)?)
    }

    /// No letter that the language does not have, but in what is marked with its own.
    async fn is_translated(&self, name: &str) -> Result<()> {
        let foreign = match self.language.get() {
            "ja" | "ja-easy" => return Ok(()),
            "zh" => "[ぁ-ゖァ-ヺ]",
            _ => "[ぁ-ゖァ-ヺ一-鿿々]",
        };
        self.notes(name, "", FOREIGN, vec![json!(foreign)]).await
    }

    async fn notes(&self, name: &str, where_: &str, script: &str, arguments: Vec<Value>) -> Result<()> {
        let found = self.browser.window.execute(script, arguments).await;
        let found: Vec<String> = found.with_context(|| format!("looking at {name} {where_}"))?.convert()?;
        self.finds(name, where_, found);
        Ok(())
    }

    fn finds(&self, name: &str, where_: &str, found: Vec<String>) {
        self.findings.borrow_mut().extend(found.into_iter().map(|it| format!("{name} {where_}: {it}")));
    }

    async fn axe(&self, only: &Value, rules: &Value) -> Result<Vec<String>> {
        if self.ask("!window.axe", &[]).await? == true {
            let file = from_env("PRECHECK_AXE", "target/npm/node_modules/axe-core/axe.min.js");
            let axe = std::fs::read_to_string(&file)
                .with_context(|| format!("no axe at {}: `cargo xtask e2e` fetches it", file.display()))?;
            self.browser.window.execute(axe, Vec::new()).await.context("axe does not start")?;
        }
        let script = "const [runOnly, rules, done] = arguments;
            const told = (it) => `${it.id}: ${it.help}` + it.nodes.map((at) => `\\n    ${at.target.flat()}: ${at.html.slice(0, 200)}\\n    ${at.failureSummary}`).join('');
            axe.run(document, { runOnly, rules, resultTypes: ['violations'] })
                .then((result) => done(result.violations.map(told)), (error) => done([`${error}`]));";
        let found = self.browser.window.execute_async(script, vec![only.clone(), rules.clone()]).await?;
        Ok(found.convert()?)
    }
}
