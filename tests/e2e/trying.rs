//! Trying camera, microphone, sound and line, as a person does: the buttons, what she is told, and whether everything that was
//! opened for her was closed again.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::device::Device;
use crate::page::Page;

/// How long a test may take, in milliseconds: a browser that does not answer is given up after 15 seconds.
const PATIENCE: u32 = 22_000;

/// Keeps what the page opens where a test can count it: `wanted` what was asked for, `opened` the streams, and `stopped` what
/// each track was and whether the page was still to be seen then. Answers are held back while `held` is a promise.
const WATCH: &str = "
    const media = navigator.mediaDevices;
    if (media && !window.opened) {
        // WebKit forgets what was changed of a thing that nobody holds.
        Object.assign(window, { media, wanted: [], opened: [], stopped: [] });
        const ask = media.getUserMedia.bind(media);
        media.getUserMedia = async (wanted) => {
            window.wanted.push(wanted);
            const stream = await ask(wanted);
            for (const track of stream.getTracks()) {
                const stop = track.stop.bind(track);
                track.stop = () => { stop(); window.stopped.push(`${track.kind} ${document.visibilityState}`); };
            }
            window.opened.push(stream);
            await window.held;
            return stream;
        };
    }
";

/// A Chromium with everything in place, of which a test can tell what it opened.
pub(crate) fn watched() -> Device {
    Device::chromium("ja").with_script(WATCH)
}

/// What a person is told when something does not work.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) cause: String,
    /// All of the card.
    pub(crate) words: String,
    pub(crate) steps: Vec<String>,
}

impl Page {
    /// Keeps count of what is opened from now on, where no script could be put before the page's own.
    pub(crate) async fn watch(&self) -> Result<()> {
        self.browser.window.execute(format!("{{ {WATCH} }}"), Vec::new()).await?;
        Ok(())
    }

    /// Presses "try" or "check again".
    pub(crate) async fn try_out(&self, item: &str) -> Result<()> {
        self.press_on(&format!("{} [data-start=\"{item}\"]", test(item))).await
    }

    /// Presses "stop".
    pub(crate) async fn stop(&self, item: &str) -> Result<()> {
        self.press_on(&format!("{} [data-stop=\"{item}\"]", test(item))).await
    }

    /// Waits until a test has got so far: `idle`, `asking`, `running`, `passed`, `trouble`.
    pub(crate) async fn comes_to(&self, item: &str, state: &str) -> Result<()> {
        let what = format!("{item}: {state}");
        let expression = "all(a[0])[0].dataset.state === a[1]";
        self.until_within(PATIENCE, &what, expression, &[json!(test(item)), json!(state)]).await.map(drop)
    }

    /// Waits until an item was found good: the answers give way to a line that says so.
    pub(crate) async fn passes(&self, item: &str) -> Result<()> {
        self.comes_to(item, "passed").await?;
        self.inside(&format!("{} [data-change=\"{item}\"]", test(item))).await?;
        let radios = self.ask("all(a[0]).filter(shown).length", &[json!(radios(item))]).await?;
        ensure!(radios == 0, "{item} is found good, and still asked");
        Ok(())
    }

    /// Waits until a test says what is the matter.
    pub(crate) async fn has_trouble(&self, item: &str, cause: &str) -> Result<Trouble> {
        self.has_one_of(item, &[cause]).await
    }

    /// The same where the browser may be as quick as the fault, or not.
    pub(crate) async fn has_one_of(&self, item: &str, causes: &[&str]) -> Result<Trouble> {
        let card = format!("{} .oc-repair", test(item));
        let expression = "all(a[0])[0].dataset.state === 'trouble' && all(a[1]).filter(shown).map((it) => \
            ({ cause: it.dataset.cause, words: words(it), steps: [...it.querySelectorAll('li')].map(words) }))\
            .find((it) => a[2].includes(it.cause))";
        let what = format!("{item}: {causes:?}");
        let arguments = [json!(test(item)), json!(card), json!(causes)];
        let found = match self.until_within(PATIENCE, &what, expression, &arguments).await {
            Ok(found) => found,
            Err(error) => bail!("{error:#}; the test says {}", self.told(item).await?),
        };
        let words = found["words"].as_str().unwrap_or_default().to_owned();
        let steps = serde_json::from_value(found["steps"].clone())?;
        let cause = found["cause"].as_str().unwrap_or_default().to_owned();
        Ok(Trouble { cause, words, steps })
    }

    /// The trouble is told in words with steps, blocks nothing, and leaves the answer to the person.
    pub(crate) async fn can_be_mended_or_attested(&self, item: &str, trouble: &Trouble) -> Result<()> {
        ensure!(2 <= trouble.steps.len(), "too little to do: {trouble:#?}");
        ensure!(trouble.words.contains(&self.word(&format!("repair.{}", trouble.cause))), "{trouble:#?}");
        self.inside(&format!("{} [data-start=\"{item}\"]", test(item))).await?;
        self.choose(&format!("f-checklist-{item}"), "attested").await
    }

    /// What a test says now.
    pub(crate) async fn told(&self, item: &str) -> Result<Value> {
        let expression = "all(a[0]).map((it) => [it.dataset.state, \
            ...[...it.querySelectorAll('[data-cause]')].map((card) => card.dataset.cause)])[0] ?? null";
        self.ask(expression, &[json!(test(item))]).await
    }

    /// Everything that was opened is closed, and something was.
    pub(crate) async fn lets_go(&self, of: usize) -> Result<()> {
        let what = format!("the end of {of} streams");
        let expression = "opened.length === a[0] && \
            opened.flatMap((it) => it.getTracks()).every((it) => it.readyState === 'ended')";
        match self.until(&what, expression, &[json!(of)]).await {
            Ok(_) => Ok(()),
            Err(error) => bail!("{error:#}: {:#}", self.streams().await?),
        }
    }

    /// The last stream that was opened runs, and no other.
    pub(crate) async fn holds_only_the_last(&self) -> Result<()> {
        let expression = "opened.length > 0 && opened.every((it, at) => \
            it.getTracks().every((track) => (track.readyState === 'live') === (at === opened.length - 1)))";
        match self.until("one open stream", expression, &[]).await {
            Ok(_) => Ok(()),
            Err(error) => bail!("{error:#}: {:#}", self.streams().await?),
        }
    }

    /// Every track so far: its kind, its device, whether it runs.
    pub(crate) async fn streams(&self) -> Result<Value> {
        let tracks = "opened.map((it) => it.getTracks().map((track) => \
            `${track.kind} of ${track.label}: ${track.readyState}`))";
        self.ask(tracks, &[]).await
    }

    /// Streams that were opened so far.
    pub(crate) async fn opened(&self) -> Result<u64> {
        self.ask("opened.length", &[]).await?.as_u64().context("the page is not watched")
    }

    /// Counts what a screen reader is made to say, from now on.
    pub(crate) async fn listen_in(&self) -> Result<()> {
        let listen = "(window.said = [], new MutationObserver((changes) => changes.forEach(({ target }) => { \
            const place = (target.nodeType === 1 ? target : target.parentElement) \
                ?.closest('[role=status], [role=alert], [aria-live], output'); \
            if (place && words(place)) window.said.push(words(place)); \
            })).observe(root, { subtree: true, childList: true, characterData: true }), true)";
        self.ask(listen, &[]).await.map(drop)
    }

    /// What a screen reader was made to say; the same twice in a row is said once.
    pub(crate) async fn said(&self) -> Result<Vec<String>> {
        let mut said: Vec<String> = serde_json::from_value(self.ask("window.said", &[]).await?)?;
        said.dedup();
        Ok(said)
    }

    /// Presses Tab until the focus is on what a selector finds.
    pub(crate) async fn tabs_to(&self, css: &str) -> Result<()> {
        for _ in 0..80 {
            self.key(thirtyfour::Key::Tab).await?;
            if self.ask("focused()?.matches(a[0]) ?? false", &[json!(css)]).await? == true {
                return Ok(());
            }
        }
        bail!("{css} cannot be reached by Tab: {}", self.description().await)
    }
}

/// The test of an item.
pub(crate) fn test(item: &str) -> String {
    format!(".oc-test[data-item=\"{item}\"]")
}

fn radios(item: &str) -> String {
    format!("input[name=\"f-checklist-{item}\"]")
}
