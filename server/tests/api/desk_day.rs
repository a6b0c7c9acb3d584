//! The desk: the day, the week, finding.

use crate::desk::{Asked, LINK, PASSCODE, START, entered, told};
use crate::harness::{NAME, NUMBER, Server, body, set, with};
use crate::officer::AtTheDesk;
use precheck_server::service;
use serde_json::json;

/// What stands between two marks of a page.
#[track_caller]
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("{from} in {page}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {page}")).0
}

/// A part of the first screen.
#[track_caller]
fn part<'a>(page: &'a str, id: &str) -> &'a str {
    between(page, &format!("id=\"{id}\" data-part"), "</section>")
}

/// Every word of a page is one: no key was left.
#[track_caller]
fn is_in_words(page: &str) {
    let found = page.match_indices("desk.").find(|it| {
        let rest = &page[it.0 + 5..];
        !rest.starts_with("css") && !rest.starts_with("js")
    });
    assert!(found.is_none(), "{}", &page[found.unwrap().0..][..60]);
}

#[tokio::test]
async fn an_empty_day_says_so_in_words() {
    let server = Server::start();
    let page = AtTheDesk::manager(&server).await.page("/desk").await;
    for words in ["今日の相談はありません", "受付待ちの申込みはありません", "伝えていないことはありません"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    is_in_words(&page);
}

#[tokio::test]
async fn article_4_1_a_waiting_request_is_shown_with_until_when_it_must_be_completed() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk").await;
    is_in_words(&page);
    let waiting = part(&page, "waiting");
    for words in [
        "受付待ち 1件",
        NAME,
        &asked.number.to_string(),
        "11月25日（水）24:00まで",
        "最後の希望は11月26日（木）24:00まで",
        "11月26日（木） 10:00",
        "同席あり",
    ] {
        assert!(waiting.contains(words), "{words}: {waiting}");
    }
    assert!(!waiting.contains("期限を過ぎました"));
}
