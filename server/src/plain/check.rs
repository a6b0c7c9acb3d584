//! Step 3, articles 2(2) and 10: device and room, answered by the person. No page without script can try a camera: the app's own
//! test is what one looks with.

use askama::Template;
use precheck_shared::checklist::{Item, Outcome, line};

use super::entry::{Entry, asked};
use super::fields::{Choice, Label, Question, outside};
use super::page::{Frame, Framed};
use super::words::Html;
use crate::service::JudgedBy;

/// The systems that how-tos are written for.
const SYSTEMS: [&str; 5] = ["windows", "macos", "ios", "android", "chromeos"];

#[derive(Template)]
#[template(path = "plain/check.html")]
pub(super) struct CheckStep {
    page: Frame,
    own_device: Question,
    parts: Vec<(Html, Vec<Question>)>,
    test: Html,
    returning: bool,
}

impl Framed for CheckStep {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

pub(super) fn page(by: &JudgedBy<'_>, page: Frame, entry: &Entry) -> CheckStep {
    let words = page.words;
    let software = |it: Item| {
        matches!(
            it,
            Item::AppReady | Item::OsSupported | Item::OsPatched | Item::Firewall | Item::BrowserUpdated
        )
    };
    let part = |key: &str, belongs: &dyn Fn(Item) -> bool| {
        let questions = asked().filter(|it| belongs(*it)).map(|it| question(by, &page, entry, it)).collect();
        (words.t(key), questions)
    };
    let parts = vec![
        part("check.part.device", &|it| !software(it) && it != Item::PrivateRoom),
        part("check.part.software", &software),
        part("check.part.room", &|it| it == Item::PrivateRoom),
    ];
    let own_device = Question {
        label: Label::required(words, &page.faults, "own_device", "plain.own_device"),
        choices: ["yes", "no"]
            .map(|value| Choice { value, label: words.t(&format!("check.own_device.{value}")) })
            .into(),
        chosen: entry.get("own_device").to_owned(),
        beside: Html::default(),
        after: Html::default(),
    };
    let test = words.fill("check.app_ready.test", &[("app", &by.policy.app.name)]);
    CheckStep {
        own_device,
        parts,
        test: outside(words, &by.policy.app.test_url, test),
        returning: !entry.get("returning").is_empty(),
        page,
    }
}

fn question(by: &JudgedBy<'_>, page: &Frame, entry: &Entry, item: Item) -> Question {
    let words = page.words;
    let (id, key) = (format!("checklist-{}", item.as_str()), item.words());
    let mut label = Label::required(words, &page.faults, &id, &key).clause(words.clause(item.clause()));
    let minutes = by.policy.booking.length_minutes;
    let megabytes = line::megabytes(&by.policy.app, minutes).to_string();
    let app = by.policy.app.name.as_str();
    label.hint = words
        .fill(&format!("{key}.hint"), &[("mb", &megabytes), ("minutes", &minutes.to_string()), ("app", app)]);
    let choice = |it: Outcome| Choice { value: it.as_str(), label: said(page, item, it) };
    let choices = Outcome::ALL.into_iter().filter(|it| it.can_be_told_of(item)).map(choice).collect();
    let beside = match item {
        Item::AppReady => {
            let link = |address: &str, key: &str| outside(words, address, words.fill(key, &[("app", app)]));
            Html::join([
                link(&by.policy.app.test_url, "check.app_ready.test"),
                link(&by.policy.app.download_url, "check.app_ready.get"),
            ])
        }
        _ => Html::default(),
    };
    Question { label, choices, chosen: entry.get(&id).to_owned(), beside, after: how_to(page, item, app) }
}

/// An answer in the words in which it is given.
pub(super) fn said(page: &Frame, item: Item, outcome: Outcome) -> Html {
    let answer = outcome.as_str();
    page.words.t_or(&format!("{}.{answer}", item.words()), &format!("outcome.{answer}"))
}

#[derive(Template)]
#[template(path = "plain/how_to.html")]
struct HowTo {
    summary: Html,
    /// For which system, where it differs, and the steps.
    ways: Vec<(Html, Vec<Html>)>,
}

/// How an item is prepared or looked up, on every system: which one it is, only the person knows.
fn how_to(page: &Frame, item: Item, app: &str) -> Html {
    let (words, key) = (page.words, format!("how.{}", item.as_str()));
    let steps = |key: &str| -> Option<Vec<Html>> {
        let text = words.find(key)?.replace("{app}", app);
        Some(text.split('\n').map(Html::of).collect())
    };
    let mut ways: Vec<_> = SYSTEMS
        .iter()
        .filter_map(|it| Some((words.t(&format!("system.{it}")), steps(&format!("{key}.{it}"))?)))
        .collect();
    if let Some(any) = steps(&key) {
        let name = if ways.is_empty() { Html::default() } else { words.t("system.other") };
        ways.push((name, any));
    }
    if ways.is_empty() {
        Html::default()
    } else {
        Html::made(&HowTo { summary: words.t("how.summary"), ways })
    }
}
