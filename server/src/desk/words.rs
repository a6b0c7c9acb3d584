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
pub(crate) fn t(key: &str) -> &str {
    WORDS.get(key).copied().unwrap_or(key)
}

/// The words at a key that is put together of two parts: `t2("desk.state.", "confirmed")`.
pub(crate) fn t2(family: &str, name: &str) -> String {
    t(&format!("{family}{name}")).to_owned()
}

/// The words at a key with `{name}` filled in: each gap once, whatever the values contain.
pub(crate) fn fill(key: &str, values: &[(&str, &str)]) -> String {
    texts::filled(t(key), values)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every literal that is a key of the desk's, and every beginning of keys that the rest is added to.
    fn named_in(folder: &Path, named: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named_in(&path, named);
                continue;
            }
            // This file speaks of keys and says none.
            if path.ends_with("words.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            // In a template a literal may stand inside an attribute's own quotes.
            let is_key = |it: &&str| it.starts_with("desk.") && it.bytes().all(|it| it.is_ascii_graphic());
            let is_file = |it: &&str| matches!(*it, "desk.css" | "desk.js");
            let keys = text.split('"').filter(|it| is_key(it) && !is_file(it));
            // What is filled into a key is one of a family.
            named.extend(keys.map(|it| it.split('{').next().unwrap_or_default().to_owned()));
        }
    }

    #[test]
    fn every_word_that_a_page_names_is_there_and_no_other() {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut named = BTreeSet::new();
        for folder in ["templates/desk", "src/desk", "src/service"] {
            named_in(&crate_folder.join(folder), &mut named);
        }
        let keys: BTreeSet<&str> = texts::desk().keys().filter(|it| it.starts_with("desk.")).collect();
        let missing: Vec<_> =
            named.iter().filter(|it| !it.ends_with('.') && !keys.contains(it.as_str())).collect();
        assert!(missing.is_empty(), "no words for {missing:#?}");
        let families: Vec<_> = named.iter().filter(|it| it.ends_with('.')).collect();
        let is_used =
            |key: &str| named.contains(key) || families.iter().any(|it| key.starts_with(it.as_str()));
        let unused: Vec<_> = keys.iter().filter(|it| !is_used(it)).collect();
        assert!(unused.is_empty(), "nobody says {unused:#?}");
    }
}
