//! What nobody does by hand on every screen: accessibility (`accessible` says how), no sideways scrolling, a picture at two widths,
//! a quiet console, and what went over the line.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::device::Engine;
use crate::page::Page;
use crate::server::from_env;

/// A telephone and a notebook, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1280];

/// A request that the page has made.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) body: String,
    /// The idempotency key, if it has one.
    pub(crate) key: String,
}

impl Page {
    /// Looks closely at a screen at both widths: axe is clean, nothing scrolls sideways, and a picture goes to
    /// `target/screens`; then at all that `accessible` looks at. What it finds fails the test at its end, so that one run tells of
    /// every screen. In other engines than Chromium, at the width that their window has.
    pub(crate) async fn look(&self, name: &str) -> Result<()> {
        if self.browser.engine != Engine::Chromium {
            self.is_accessible(name).await?;
            return self.shot(name).await;
        }
        for width in WIDTHS {
            let name = format!("{name}-{width}");
            self.set_size(width, 900).await?;
            self.is_accessible(&name).await?;
            self.shot(&name).await?;
        }
        self.holds_everywhere(name).await?;
        Ok(self.browser.window.cdp().send_raw("Emulation.clearDeviceMetricsOverride", ()).await.map(drop)?)
    }

    /// A picture of the whole page as wide as it is now; in other engines than Chromium, of what their window shows.
    pub(crate) async fn shot(&self, name: &str) -> Result<()> {
        let sizes = "(({ scrollHeight, scrollWidth, clientWidth }) => \
            ({ scrollHeight, scrollWidth, clientWidth }))(document.documentElement)";
        let size = self.ask(sizes, &[]).await?;
        self.expects(size["scrollWidth"] == size["clientWidth"], format!("{name}: scrolls sideways: {size}"));
        let folder = from_env("PRECHECK_SCREENS", "target/screens");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let file: PathBuf = folder.join(format!("{name}.png"));
        if self.browser.engine != Engine::Chromium {
            return Ok(self.browser.window.screenshot(&file).await?);
        }
        let clip = json!({ "x": 0, "y": 0, "width": size["clientWidth"], "height": size["scrollHeight"], "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.browser.window.cdp().send_raw("Page.captureScreenshot", wanted).await?;
        let picture = BASE64_STANDARD.decode(picture["data"].as_str().context("no picture")?)?;
        std::fs::write(&file, picture).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Makes the window so wide and high, in CSS pixels.
    pub(crate) async fn set_size(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.browser.window.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await?;
        self.until(
            "the new size",
            "innerWidth === a[0] && innerHeight === a[1]",
            &[json!(width), json!(height)],
        )
        .await
        .map(drop)
    }

    /// Nothing was written to the console, refusals of the server with an expected status apart, and nothing was asked of
    /// anybody but our own server, and no cookie was set. Other engines tell none of it.
    pub(crate) async fn was_quiet(&self, origin: &str, expected: &[u16]) -> Result<()> {
        self.was_quiet_but_for(&[], origin, expected).await
    }

    /// The same in a browser without script, which fetches what no script will use, and says so.
    pub(crate) async fn was_quiet_without_script(&self, origin: &str, expected: &[u16]) -> Result<()> {
        self.was_quiet_but_for(&["was preloaded using link preload but not used"], origin, expected).await
    }

    async fn was_quiet_but_for(&self, known: &[&str], origin: &str, expected: &[u16]) -> Result<()> {
        let entries = self.browser.window.browser_log().await?;
        let told: Vec<String> =
            entries.into_iter().map(|it| format!("{}: {}", it.level, it.message)).collect();
        let statuses: Vec<String> = expected.iter().map(|it| format!("with a status of {it} ")).collect();
        let is_known = |it: &&String| {
            statuses.iter().any(|words| it.contains(words)) || known.iter().any(|words| it.contains(words))
        };
        let unexpected: Vec<_> = told.iter().filter(|it| !is_known(it)).collect();
        ensure!(unexpected.is_empty(), "the console says {unexpected:#?}");
        let sent = self.sent().await?;
        let elsewhere: Vec<_> = sent
            .iter()
            .map(|it| &it.address)
            .filter(|it| !it.starts_with(origin) && !it.starts_with("data:") && !it.starts_with("blob:"))
            .collect();
        ensure!(
            !sent.is_empty() && elsewhere.is_empty(),
            "of {} requests went elsewhere: {elsewhere:#?}",
            sent.len()
        );
        let cookies = self.browser.window.get_all_cookies().await?;
        ensure!(cookies.is_empty(), "cookies: {cookies:?}");
        Ok(())
    }

    /// Everything that the page has asked for so far.
    pub(crate) async fn sent(&self) -> Result<Vec<Sent>> {
        let entries = self.browser.window.get_log("performance").await?;
        let more = entries
            .iter()
            .filter_map(|it| serde_json::from_str::<Value>(&it.message).ok())
            .filter_map(|it| {
                let message = &it["message"];
                let request = &message["params"]["request"];
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                (message["method"] == "Network.requestWillBeSent").then(|| Sent {
                    method: text("method"),
                    address: text("url"),
                    body: text("postData"),
                    key: request["headers"]["idempotency-key"].as_str().unwrap_or_default().to_owned(),
                })
            });
        let mut sent = self.sent.borrow_mut();
        sent.extend(more);
        Ok(sent.clone())
    }

    /// Every request for a booking that was sent, in order: its idempotency key and its body.
    pub(crate) async fn submissions(&self) -> Result<Vec<(String, Value)>> {
        let sent = self.sent().await?;
        let posts = sent.iter().filter(|it| it.method == "POST" && it.address.ends_with("/api/v1/requests"));
        posts
            .map(|it| {
                let body = serde_json::from_str(&it.body).with_context(|| format!("{it:?}"))?;
                Ok((it.key.clone(), body))
            })
            .collect()
    }
}
