//! What an editor chose: read forgivingly, shown again as she left it.

use precheck_shared::texts::Texts;

use super::address::Address;
use super::wish::Wish;
use crate::desk::fields::Fields;

/// The options; anything that is none of them is the first one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// The page's address, as typed.
    pub(super) page: String,
    /// Empty: as the visitor's browser is set.
    pub(super) language: &'static str,
    pub(super) start: &'static str,
    pub(super) theme: &'static str,
    pub(super) isolation: &'static str,
    /// The language of the page for editors.
    pub(super) lang: &'static str,
}

const LANGUAGES: &[&str] = &["", "ja", "ja-easy", "en", "vi", "zh"];
const STARTS: &[&str] = &["booking", "check", "receipt"];
const THEMES: &[&str] = &["auto", "light", "dark"];
const ISOLATIONS: &[&str] = &["frame", "none"];

/// Each language by its own name.
const NAMES: [(&str, &str); 5] = [
    ("ja", "日本語"),
    ("ja-easy", "やさしい日本語"),
    ("en", "English"),
    ("vi", "Tiếng Việt"),
    ("zh", "简体中文"),
];

/// Options of which one is chosen.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    pub(super) hint: Option<&'static str>,
    pub(super) options: Vec<Offered>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    /// The language that the label is written in, where it is another one.
    pub(super) lang: Option<&'static str>,
    pub(super) hint: Option<&'static str>,
    pub(super) is_chosen: bool,
}

impl Choice {
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            page: fields.get("page").trim().chars().take(2000).collect(),
            language: one_of(LANGUAGES, fields.get("language")),
            start: one_of(STARTS, fields.get("start")),
            theme: one_of(THEMES, fields.get("theme")),
            isolation: one_of(ISOLATIONS, fields.get("isolation")),
            lang: if fields.get("lang").eq_ignore_ascii_case("en") { "en" } else { "ja" },
        }
    }

    /// What the element will need.
    pub(super) fn wish(&self, server: &Address) -> Wish {
        Wish {
            server: server.clone(),
            host: Address::of_page(&self.page),
            unframed: self.isolation == "none",
        }
    }

    /// The attributes of the element: what is so by itself is not written.
    pub(super) fn attributes(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            ("language", self.language, ""),
            ("start", self.start, STARTS[0]),
            ("theme", self.theme, THEMES[0]),
            ("isolation", self.isolation, ISOLATIONS[0]),
        ];
        all.into_iter().filter(|(_, value, usual)| value != usual).map(|it| (it.0, it.1)).collect()
    }

    /// The options, with what was chosen.
    pub(super) fn groups(&self, words: &'static Texts) -> Vec<Group> {
        let group = |name: &'static str, values: &[&'static str], chosen: &str| {
            let options = values.iter().map(|&value| offered(words, name, value, chosen)).collect();
            Group { name, legend: words.get(key(name, "")), hint: words.find(key(name, "hint")), options }
        };
        vec![
            group("language", LANGUAGES, self.language),
            group("start", STARTS, self.start),
            group("theme", THEMES, self.theme),
            group("isolation", ISOLATIONS, self.isolation),
        ]
    }

    /// The same choice in another language of this page.
    pub(super) fn address(&self, lang: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("lang", lang);
        for (name, value) in self.attributes() {
            query.append_pair(name, value);
        }
        if !self.page.is_empty() {
            query.append_pair("page", &self.page);
        }
        format!("/embed?{}", query.finish())
    }
}

fn one_of(values: &'static [&'static str], asked: &str) -> &'static str {
    values.iter().copied().find(|it| *it == asked).unwrap_or(values[0])
}

fn offered(words: &'static Texts, name: &'static str, value: &'static str, chosen: &str) -> Offered {
    let of_language = NAMES.iter().find(|it| name == "language" && it.0 == value);
    let label = of_language
        .map_or_else(|| words.get(key(name, if value.is_empty() { "auto" } else { value })), |it| it.1);
    Offered {
        value,
        label,
        lang: of_language.map(|it| precheck_shared::texts::tag_of(it.0)),
        hint: words.find(hint_key(value)),
        is_chosen: value == chosen,
    }
}

/// The keys are written out, so that the test of the words finds them.
fn key(name: &str, part: &str) -> &'static str {
    match (name, part) {
        ("language", "") => "embed.language",
        ("language", "hint") => "embed.language.hint",
        ("language", _) => "embed.language.auto",
        ("start", "") => "embed.start",
        ("start", "booking") => "embed.start.booking",
        ("start", "check") => "embed.start.check",
        ("start", "receipt") => "embed.start.receipt",
        ("theme", "") => "embed.theme",
        ("theme", "auto") => "embed.theme.auto",
        ("theme", "light") => "embed.theme.light",
        ("theme", "dark") => "embed.theme.dark",
        ("isolation", "") => "embed.isolation",
        ("isolation", "frame") => "embed.isolation.frame",
        ("isolation", "none") => "embed.isolation.none",
        _ => "",
    }
}

fn hint_key(value: &str) -> &'static str {
    match value {
        "frame" => "embed.isolation.frame.hint",
        "none" => "embed.isolation.none.hint",
        _ => "",
    }
}
