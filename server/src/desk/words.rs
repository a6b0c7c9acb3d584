//! The desk's words: Japanese, in `shared/texts/desk/`, beside those of the widget.

use std::collections::HashMap;
use std::sync::LazyLock;

use precheck_shared::texts::{self, Texts};
use precheck_shared::violation::Violation;

static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let texts = texts::desk();
    texts.keys().map(|key| (key, texts.get(key))).collect()
});

/// The words at a key; the key itself where they are missing, which a test finds before a person does.
pub(crate) fn t<'a>(key: &'a str) -> &'a str {
    WORDS.get(key).copied().unwrap_or(key)
}

/// The words at a key that is put together of two parts: `t2("desk.state.", "confirmed")`.
pub(crate) fn t2(family: &str, name: &str) -> String {
    t(&format!("{family}{name}")).to_owned()
}

/// The words at a key with `{name}` filled in.
pub(crate) fn fill(key: &str, values: &[(&str, &str)]) -> String {
    let mut text = t(key).to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// One value filled in.
pub(crate) fn fill1(key: &str, name: &str, value: &str) -> String {
    fill(key, &[(name, value)])
}

/// What the staff are told of a rule: their own words (`refusal.…` in `texts/desk/`) where there are some, else those for
/// seekers.
pub(crate) fn of_violation(violation: &Violation) -> String {
    let texts = texts::desk();
    [violation.message(texts), violation.cure(texts)].join(" ").trim().to_owned()
}

/// Dates and times in Japanese.
pub(crate) fn dates() -> &'static Texts {
    &texts::carried()[0]
}
