//! What a person does with the page, and what she sees. Everything is looked for inside the widget's shadow root, is waited
//! for until it is there, and is pressed with a real click, which fails where something lies over it.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

use crate::browser::{Browser, is_lost};
use crate::device::Device;
use crate::inspect::Sent;

/// Words and elements as a person tells them apart; `a` holds the arguments.
const EYES: &str = r"
    const a = arguments;
    const element = document.querySelector('online-counselling-precheck');
    // Without script the page is what the server has drawn.
    const root = !element || asForm || document.querySelector('noscript > *') ? document : element.shadowRoot;
    const all = (css) => [...root.querySelectorAll(css)];
    const letters = (it) => {
        const walk = document.createTreeWalker(it, NodeFilter.SHOW_TEXT);
        let all = '';
        while (walk.nextNode()) all += walk.currentNode.parentElement?.closest('rt') ? '' : walk.currentNode.data;
        return all;
    };
    const words = (it) => (it.querySelector('rt') ? letters(it) : it.textContent ?? it.body.textContent).replace(/\s+/g, ' ').trim();
    const shown = (it) => it.getClientRects().length > 0 && getComputedStyle(it).visibility !== 'hidden';
    const one = (found) => found.length === 1 && found[0];
    const named = (name) => all('button, a').filter((it) => shown(it) && words(it) === name);
    const focused = () => root.activeElement;
";

/// How long a person waits before she calls it broken, in milliseconds.
const PATIENCE: u32 = 10_000;

/// So many pages may go while somebody waits.
const PAGES: u32 = 3;

/// A page in a browser of its own.
pub(crate) struct Page {
    pub(crate) browser: Browser,
    /// The language of its words, `ja`.
    pub(crate) language: Cell<&'static str>,
    /// Whether she looks at what the server has drawn on our own page, not at the widget.
    pub(crate) as_form: Cell<bool>,
    /// Pages run scripts: one of ours can wait in them.
    runs_scripts: bool,
    /// What was sent over the line so far, as far as it was looked at.
    pub(crate) sent: RefCell<Vec<Sent>>,
    /// What `look` found on the screens so far.
    pub(crate) findings: RefCell<Vec<String>>,
}

/// The summary of what is to be mended.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) heading: String,
    /// Why a sending was refused.
    pub(crate) alert: String,
    pub(crate) links: Vec<String>,
}

impl Page {
    /// A page for somebody who reads Japanese.
    pub(crate) async fn japanese() -> Result<Self> {
        Self::on(&Device::chromium("ja")).await
    }

    /// A page in a browser of its own on a device.
    pub(crate) async fn on(device: &Device) -> Result<Self> {
        Ok(Self {
            browser: Browser::start(device).await?,
            language: Cell::new(device.language),
            as_form: Cell::new(false),
            runs_scripts: device.runs_scripts,
            sent: RefCell::default(),
            findings: RefCell::default(),
        })
    }

    fn eyes(&self) -> String {
        format!("const asForm = {}; {EYES}", self.as_form.get())
    }

    /// Types an address.
    pub(crate) async fn open(&self, address: &str) -> Result<()> {
        self.browser.window.goto(address).await.with_context(|| format!("{address} does not open"))
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) -> Result<()> {
        self.browser.window.refresh().await.context("the page does not load again")
    }

    /// Looks at another tab for a moment, and comes back.
    pub(crate) async fn leaves_and_comes_back(&self) -> Result<()> {
        let window = &self.browser.window;
        let here = window.window().await?;
        let other = window.new_tab().await?;
        window.switch_to_window(other).await?;
        window.close_window().await?;
        Ok(window.switch_to_window(here).await?)
    }

    /// Closes this tab and goes on in a new one.
    pub(crate) async fn takes_another_tab(&self) -> Result<()> {
        let window = &self.browser.window;
        let other = window.new_tab().await?;
        window.close_window().await?;
        Ok(window.switch_to_window(other).await?)
    }

    /// Goes into the frame that an expression finds: what is asked from now on is asked of the page inside.
    ///
    /// As a person does who has the page before her: it has the focus. Where the very first press in a window falls into a frame
    /// that Chromium keeps in a process of its own, window and frame get the focus at once, and on a busy machine it ends with
    /// the page around the frame: some 40 ms after the press the frame is told to let go of whatever it has focused by then.
    pub(crate) async fn enters(&self, frame: &str) -> Result<()> {
        let around = self.browser.window.find(By::Tag("h1")).await.context("nothing around the frame")?;
        around.click().await.context("the page around the frame cannot be pressed")?;
        self.until("the page with the focus", "document.hasFocus()", &[]).await?;
        let found = self.until(frame, frame, &[]).await?;
        let frame = WebElement::from_json(found, self.browser.window.handle().clone())?;
        Ok(frame.enter_frame().await?)
    }

    /// The browser's own Back button.
    pub(crate) async fn back(&self) -> Result<()> {
        self.browser.window.back().await.context("Back does not work")
    }

    /// The browser's own Forward button.
    pub(crate) async fn forward(&self) -> Result<()> {
        self.browser.window.forward().await.context("Forward does not work")
    }

    /// The value of an expression now.
    pub(crate) async fn ask(&self, expression: &str, arguments: &[Value]) -> Result<Value> {
        let script = format!("{} return ({expression});", self.eyes());
        let answer = self.browser.window.execute(script, arguments.to_vec()).await;
        Ok(answer.with_context(|| format!("the page cannot tell {expression}"))?.json().clone())
    }

    /// Waits until an expression is true of the page, and gives its value.
    pub(crate) async fn until(&self, what: &str, expression: &str, arguments: &[Value]) -> Result<Value> {
        self.until_within(PATIENCE, what, expression, arguments).await
    }

    /// The same with another patience, in milliseconds, of 25 seconds at most.
    pub(crate) async fn until_within(
        &self,
        patience: u32,
        what: &str,
        expression: &str,
        arguments: &[Value],
    ) -> Result<Value> {
        if !self.runs_scripts {
            return self.asked_again(patience, what, expression, arguments).await;
        }
        // The page is looked at anew each time: its element may still come.
        let eyes = self.eyes();
        let script = format!(
            "const done = arguments[arguments.length - 1];
            const end = performance.now() + {patience};
            const look = () => {{
                let found, fault;
                try {{ {eyes} found = ({expression}); }} catch (error) {{ fault = `${{error}}`; }}
                if (found) done({{ found }});
                else if (end < performance.now()) done({{ fault }});
                else requestAnimationFrame(look);
            }};
            look();"
        );
        let mut pages = 0..PAGES;
        // A page that goes takes with it whoever waits on it: she waits on the one that comes.
        let answer = loop {
            match self.browser.window.execute_async(script.clone(), arguments.to_vec()).await {
                Err(error) if is_unloaded(&error) && pages.next().is_some() => {}
                answer => break answer,
            }
        };
        let answer = answer.with_context(|| format!("waiting for {what}"))?.json().clone();
        match answer.get("found") {
            Some(found) => Ok(found.clone()),
            None => bail!("waited in vain for {what} {}", answer["fault"].as_str().unwrap_or_default()),
        }
    }

    /// The same where no script can wait in the page: it is asked again and again.
    async fn asked_again(
        &self,
        patience: u32,
        what: &str,
        expression: &str,
        arguments: &[Value],
    ) -> Result<Value> {
        let end = Instant::now() + Duration::from_millis(patience.into());
        loop {
            // WebKitGTK's driver waits for a page that is on its way, not for one that is about to be: asked in between it never answers
            // again. A picture needs no script, and takes as long as that.
            let _seen = self.browser.window.screenshot_as_png().await?;
            match self.ask(expression, arguments).await {
                Ok(found) if !matches!(found, Value::Null | Value::Bool(false)) => return Ok(found),
                Ok(_) if end < Instant::now() => bail!("waited in vain for {what}"),
                Err(error) if end < Instant::now() || is_lost(&error) => {
                    return Err(error.context(format!("waited in vain for {what}")));
                }
                _ => {}
            }
        }
    }

    /// Notes a fault that need not end the test at once: it fails the test at its end, after those that follow.
    pub(crate) fn expects(&self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.findings.borrow_mut().push(otherwise.into());
        }
    }

    /// What is on the screen, for whoever reads that a test has failed.
    pub(crate) async fn description(&self) -> String {
        let seen = self.ask(
            "({ address: location.href, heading: all('[data-heading]').map(words), \
                summary: all('.oc-summary').map(words), focus: focused()?.outerHTML.slice(0, 200), \
                tests: all('.oc-test[data-state]').map((it) => `${it.dataset.item}: ${it.dataset.state} ` + \
                    [...it.querySelectorAll('[data-cause]')].map((card) => card.dataset.cause).join()), \
                buttons: all('button').filter(shown).map(words).filter((it) => it.length < 40).join(' | ') })",
            &[],
        );
        seen.await.map_or_else(|error| format!("{error:#}"), |it| format!("{it:#}"))
    }

    /// The first visible element that a selector finds.
    pub(crate) async fn inside(&self, css: &str) -> Result<WebElement> {
        let found = self.until(css, "all(a[0]).find(shown)", &[json!(css)]).await?;
        Ok(WebElement::from_json(found, self.browser.window.handle().clone())?)
    }

    /// The words of the first visible element that a selector finds.
    pub(crate) async fn words(&self, css: &str) -> Result<String> {
        let words = self.until(css, "{ words: words(all(a[0]).find(shown)) }", &[json!(css)]).await?;
        Ok(words["words"].as_str().unwrap_or_default().to_owned())
    }

    /// The words of all visible elements that a selector finds, at once and without waiting.
    pub(crate) async fn all_words(&self, css: &str) -> Result<Vec<String>> {
        let found = self.ask("all(a[0]).filter(shown).map(words)", &[json!(css)]).await?;
        Ok(serde_json::from_value(found)?)
    }

    /// Waits until words stand somewhere in the widget.
    pub(crate) async fn reads(&self, expected: &str) -> Result<()> {
        let expected = self.word(expected);
        self.until(&expected, "words(root).includes(a[0])", &[json!(expected)]).await.map(drop)
    }

    /// Words that must not stand in the widget now.
    pub(crate) async fn does_not_read(&self, unwanted: &str) -> Result<()> {
        let unwanted = self.word(unwanted);
        let there = self.ask("words(root).includes(a[0])", &[json!(unwanted)]).await?;
        ensure!(there == false, "{unwanted:?} stands on the page");
        Ok(())
    }

    /// Presses the one button or link with these words.
    pub(crate) async fn press(&self, name: &str) -> Result<()> {
        let name = self.word(name);
        self.click(&format!("one button {name:?}"), "one(named(a[0]))", &[json!(name)]).await
    }

    /// Whether a button or link with these words is there now.
    pub(crate) async fn offers(&self, name: &str) -> Result<bool> {
        Ok(self.ask("named(a[0]).length > 0", &[json!(self.word(name))]).await? == true)
    }

    /// Presses what a selector finds.
    pub(crate) async fn press_on(&self, css: &str) -> Result<()> {
        self.click(css, "all(a[0]).find(shown)", &[json!(css)]).await
    }

    /// Answers a question by pressing an answer's words.
    pub(crate) async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let input = answer(name, value);
        self.click(&input, "all(a[0])[0]?.closest('label')", &[json!(input)]).await?;
        self.until(&format!("{input} is chosen"), "all(a[0])[0].checked", &[json!(input)]).await.map(drop)
    }

    /// Presses "change" beside a part of the answers.
    pub(crate) async fn change(&self, part: &str) -> Result<()> {
        self.press(&format!("{} {}", self.word("review.change"), self.word(part))).await
    }

    /// Takes a wish back.
    pub(crate) async fn remove_wish(&self, wish: &str) -> Result<()> {
        self.press(&format!("{} {}", self.word("wishes.remove"), self.date_time(wish))).await
    }

    /// Gives answers and ticks boxes in one go, on the way to what a test is about.
    pub(crate) async fn answer_in_a_hurry(&self, inputs: &[String]) -> Result<()> {
        let pressed =
            "a[0].every((css) => (root.querySelector(css).click(), root.querySelector(css).checked))";
        let all = self.ask(pressed, &[json!(inputs)]).await?;
        ensure!(all == true, "not all of {inputs:?} could be answered");
        Ok(())
    }

    /// Ticks a box by pressing its words.
    pub(crate) async fn tick(&self, id: &str) -> Result<()> {
        let css = format!("#{id}");
        self.click(&css, "all(a[0])[0]?.closest('label')", &[json!(css)]).await?;
        self.until(&format!("{css} is ticked"), "all(a[0])[0].checked", &[json!(css)]).await.map(drop)
    }

    /// Whether a box is ticked or an answer is chosen.
    pub(crate) async fn is_checked(&self, css: &str) -> Result<bool> {
        Ok(self.until(css, "{ now: all(a[0])[0].checked }", &[json!(css)]).await?["now"] == true)
    }

    /// Types into a field, over what stands there.
    pub(crate) async fn type_into(&self, id: &str, typed: &str) -> Result<()> {
        self.press_on(&format!("#{id}")).await?;
        self.browser.types(typed).await.with_context(|| format!("cannot type into {id}"))?;
        let now = self.value(id).await?;
        ensure!(now == typed, "{id} holds {now:?} after {typed:?} was typed");
        Ok(())
    }

    /// What a field holds.
    pub(crate) async fn value(&self, id: &str) -> Result<String> {
        let found = self.until(id, "{ value: root.getElementById(a[0]).value }", &[json!(id)]).await?;
        Ok(found["value"].as_str().unwrap_or_default().to_owned())
    }

    /// Chooses from a list.
    pub(crate) async fn select(&self, id: &str, option: &str) -> Result<()> {
        let option = self.word(option);
        let listed = "[...root.getElementById(a[0]).options].find((it) => words(it) === a[1])";
        let arguments = [json!(id), json!(option)];
        self.click(&format!("{option} in {id}"), listed, &arguments).await?;
        self.until(&option, &format!("{listed}.selected"), &arguments).await.map(drop)
    }

    /// Chooses an option of a list, which is not drawn while the list is closed.
    pub(crate) async fn pick(&self, option: &str) -> Result<()> {
        self.click(option, "all(a[0])[0]", &[json!(option)]).await
    }

    /// Presses a key where the focus is.
    pub(crate) async fn key(&self, key: impl Into<TypingData>) -> Result<()> {
        let keys = key.into();
        Ok(self.browser.window.action_chain().send_keys(keys).perform().await?)
    }

    /// Waits until the focus is on what a selector finds.
    pub(crate) async fn has_focus(&self, css: &str) -> Result<()> {
        self.until(&format!("focus on {css}"), "focused()?.matches(a[0])", &[json!(css)]).await.map(drop)
    }

    /// Waits for the first screen after the page was loaded; where the focus is then is the browser's business.
    pub(crate) async fn opens_with(&self, heading: &str) -> Result<()> {
        let heading = self.word(heading);
        let what = format!("the heading {heading:?}");
        self.until(&what, "words(one(all('[data-heading]'))) === a[0]", &[json!(heading)]).await.map(drop)
    }

    /// Waits for another screen: its heading with the focus, so that people who do not see it know where they are.
    pub(crate) async fn shows(&self, heading: &str) -> Result<()> {
        let heading = self.word(heading);
        let what = format!("the heading {heading:?} with the focus");
        let expression = "words(one(all('[data-heading]'))) === a[0] && focused()?.matches('[data-heading]')";
        self.until(&what, expression, &[json!(heading)]).await.map(drop)
    }

    /// Waits for the summary of what is to be mended; it has the focus.
    pub(crate) async fn errors(&self) -> Result<Summary> {
        let expression = "focused()?.matches('.oc-summary') && { \
            heading: words(all('.oc-summary__heading')[0]), \
            alert: all('.oc-summary__alert').map(words).join(), \
            links: all('.oc-summary__link').map(words) }";
        let found = self.until("the summary of faults with the focus", expression, &[]).await?;
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let links = serde_json::from_value(found["links"].clone())?;
        Ok(Summary { heading: text("heading"), alert: text("alert"), links })
    }

    /// Waits for the summary, which names these faults and no other; pressing the first leads to a field.
    pub(crate) async fn is_told(&self, faults: &[&str], field: &str) -> Result<Summary> {
        let faults: Vec<_> = faults.iter().map(|it| self.word(it)).collect();
        let summary = self.errors().await?;
        ensure!(summary.links == faults, "told {summary:#?}, expected {faults:#?}");
        if let Some(first) = faults.first() {
            self.press_on(".oc-summary__link").await?;
            self.has_focus(field).await.with_context(|| format!("from the summary's link {first:?}"))?;
        }
        Ok(summary)
    }

    /// What people hear of a field beside its name: its hint and its faults.
    pub(crate) async fn description_of(&self, id: &str) -> Result<String> {
        let expression = "{ words: root.getElementById(a[0]).getAttribute('aria-describedby').split(' ') \
            .map((id) => words(root.getElementById(id))).join(' ') }";
        let found = self.until(&format!("the description of {id}"), expression, &[json!(id)]).await?;
        Ok(found["words"].as_str().unwrap_or_default().to_owned())
    }

    /// The address behind `#`.
    pub(crate) async fn fragment(&self) -> Result<String> {
        Ok(self.ask("location.hash", &[]).await?.as_str().unwrap_or_default().to_owned())
    }

    /// A real click on what an expression finds. What was drawn anew between finding and pressing is looked for again: a
    /// person would not have noticed.
    async fn click(&self, what: &str, expression: &str, arguments: &[Value]) -> Result<()> {
        for _ in 0..3 {
            let found = self.until(what, expression, arguments).await?;
            let element = WebElement::from_json(found, self.browser.window.handle().clone())?;
            match self.browser.press(&element).await {
                Err(error) if is_stale(&error) => {}
                outcome => return outcome.with_context(|| format!("{what} cannot be pressed")),
            }
        }
        bail!("{what} is drawn anew all the time");
    }
}

/// The selector of an answer to a question.
pub(crate) fn answer(name: &str, value: &str) -> String {
    format!("input[name=\"{name}\"][value=\"{value}\"]")
}

/// The page went while something was asked of it. Chromium's driver calls that a timeout, at once, and WebKitGTK's a missing
/// frame; a real timeout would be longer than anybody waits.
fn is_unloaded(error: &WebDriverError) -> bool {
    use WebDriverErrorInner::{JavascriptError, NoSuchFrame, ScriptTimeout};
    matches!(**error, ScriptTimeout(_) | JavascriptError(_) | NoSuchFrame(_))
}

fn is_stale(error: &WebDriverError) -> bool {
    matches!(**error, WebDriverErrorInner::StaleElementReference(_))
}
