//! 小樽 京子, who manages the desk and is nobody either: how she signs in, and what she does there.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::page::Page;
use crate::server::Server;

pub(crate) const LOGIN: &str = "kyoko";
const NAME: &str = "小樽 京子";
pub(crate) const PASSWORD: &str = "minato no kaze 2026";

/// A meeting as its host pastes it.
pub(crate) const INVITATION: &str = "オンライン職業相談へのご招待\n\nZoom ミーティングに参加する\n\
    https://us02web.zoom.us/j/81234567890?pwd=Himitsu1\n\nミーティング ID: 812 3456 7890\nパスコード: 246810\n";
/// Its ID as it is shown.
pub(crate) const MEETING: &str = "812 3456 7890";
pub(crate) const PASSCODE: &str = "246810";

/// How long a colleague waits until the other's work is on her screen, in milliseconds.
const SEEN_WITHIN: u32 = 20_000;

impl Page {
    /// Waits for a page of the desk by its heading.
    pub(crate) async fn is_at(&self, title: &str) -> Result<()> {
        let title = Self::desk_word(title);
        let there = "words(document.querySelector('h1')).startsWith(a[0])";
        self.until(&format!("the page {title:?}"), there, &[json!(title)]).await.map(drop)
    }

    /// Waits until words stand in a part of a page, without anybody loading it anew.
    pub(crate) async fn comes_to_read(&self, css: &str, expected: &str) -> Result<()> {
        let expression = "all(a[0]).some((it) => words(it).includes(a[1]))";
        let arguments = [json!(css), json!(expected)];
        self.until_within(SEEN_WITHIN, &format!("{expected:?} in {css}"), expression, &arguments)
            .await
            .map(drop)
    }

    /// Presses the one button of the desk with these words.
    pub(crate) async fn press_at_the_desk(&self, key: &str) -> Result<()> {
        self.press(&Self::desk_word(key)).await
    }

    /// Unfolds an act on a request.
    pub(crate) async fn unfolds(&self, act: &str) -> Result<()> {
        self.press_on(&format!("#act-{act}")).await?;
        self.until(act, "root.getElementById(a[0])?.open", &[json!(format!("act-{act}-more"))])
            .await
            .map(drop)
    }

    /// Chooses a value of a list.
    pub(crate) async fn picks(&self, id: &str, value: &str) -> Result<()> {
        self.press_on(&format!("#{id}")).await?;
        self.pick(&format!("#{id} option[value='{value}']")).await?;
        self.until(value, "root.getElementById(a[0]).value === a[1]", &[json!(id), json!(value)])
            .await
            .map(drop)
    }
}

/// Takes her invitation, and signs in for the first time.
pub(crate) async fn begins(page: &Page, server: &Server) -> Result<()> {
    let link = server.invites(LOGIN, NAME)?;
    page.open(&link).await?;
    page.is_at("desk.invitation.title").await?;
    page.look("desk-invitation").await?;
    takes_her_invitation(page).await?;
    page.is_at("desk.sign_in.title").await?;
    page.look("desk-sign-in").await?;
    enters(page).await
}

/// Chooses a password where her link has led her.
pub(crate) async fn takes_her_invitation(page: &Page) -> Result<()> {
    page.type_into("password", PASSWORD).await?;
    page.type_into("again", PASSWORD).await?;
    page.press_at_the_desk("desk.invitation.go").await
}

/// Signs in at a page that asks for it, and comes to the day.
pub(crate) async fn signs_in(page: &Page, server: &Server) -> Result<()> {
    page.open(&server.address("/desk")).await?;
    page.is_at("desk.sign_in.title").await?;
    enters(page).await
}

/// Signs in at the page that asks for it, and comes to the day.
pub(crate) async fn enters(page: &Page) -> Result<()> {
    page.type_into("login", LOGIN).await?;
    page.type_into("password", PASSWORD).await?;
    page.key(Key::Enter).await?;
    page.is_at("desk.today.title").await
}

/// Opens a request by its number.
pub(crate) async fn opens(page: &Page, server: &Server, number: &str) -> Result<()> {
    page.open(&server.address(&format!("/desk/requests/{number}"))).await?;
    page.until("the request", "root.getElementById('state')", &[]).await.map(drop)
}

/// Confirms the first free wish with a meeting of its own, without a word about how: for tests about what comes after.
pub(crate) async fn confirms(page: &Page, server: &Server, number: &str, meeting: &str) -> Result<()> {
    opens(page, server, number).await?;
    confirms_here(page, meeting).await
}

/// The same on the page of a request.
pub(crate) async fn confirms_here(page: &Page, meeting: &str) -> Result<()> {
    if page.ask("!!root.getElementById('identity')", &[]).await? == true {
        page.press_on("label:has(#identity)").await?;
    }
    page.type_into("meeting", meeting).await?;
    page.key(Key::Enter).await?;
    has_state(page, "confirmed").await
}

/// The state that the page of a request shows.
pub(crate) async fn has_state(page: &Page, state: &str) -> Result<()> {
    let shown = "root.querySelector('#state [data-state]')?.dataset.state === a[0]";
    page.until(&format!("the state {state}"), shown, &[json!(state)]).await.map(drop)
}

/// Copies a text as another program would.
pub(crate) async fn copies(page: &Page, text: &str) -> Result<()> {
    let rights = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.browser.window.cdp().send_raw("Browser.grantPermissions", rights).await?;
    let script = "const done = arguments[1];
        navigator.clipboard.writeText(arguments[0]).then(() => done(''), (error) => done(`${error}`));";
    let told = page.browser.window.execute_async(script, vec![json!(text)]).await?;
    ensure!(told.json() == "", "nothing can be copied: {}", told.json());
    Ok(())
}

/// Presses Ctrl+V where the focus is.
pub(crate) async fn pastes(page: &Page) -> Result<()> {
    let chain = page.browser.window.action_chain();
    let chain = chain.key_down(Key::Control).send_keys("v").key_up(Key::Control);
    chain.perform().await.context("nothing can be pasted")
}
