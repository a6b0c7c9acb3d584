//! Form fields: label, "required" as a word, hint above the field, faults below it, all tied together. The same patterns as
//! the widget's (`app/src/ui/fields.rs`), and the same names of classes, so that one style sheet does for both.

use askama::Template;

use super::faults::{Faults, Shown};
use super::words::{Html, Words};

/// What every field says.
pub(super) struct Label {
    pub(super) id: String,
    pub(super) name: Html,
    pub(super) mark: Html,
    pub(super) required: bool,
    pub(super) clause: Html,
    pub(super) hint: Html,
    pub(super) faults: Vec<Shown>,
}

impl Label {
    /// A field that must be filled in; its name and its hint, where there is one, stand at `key`.
    pub(super) fn required(words: Words, faults: &Faults, id: &str, key: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: words.t(key),
            mark: words.t("field.required"),
            required: true,
            clause: Html::default(),
            hint: words.t_or(&format!("{key}.hint"), ""),
            faults: faults.at(id),
        }
    }

    /// One that may be left out.
    pub(super) fn optional(words: Words, faults: &Faults, id: &str, key: &str) -> Self {
        Self { mark: words.t("field.optional"), required: false, ..Self::required(words, faults, id, key) }
    }

    /// A part of a field, which says no more than its name.
    pub(super) fn part(words: Words, faults: &Faults, id: &str, key: &str) -> Self {
        Self { mark: Html::default(), hint: Html::default(), ..Self::required(words, faults, id, key) }
    }

    #[must_use]
    pub(super) fn clause(self, clause: Html) -> Self {
        Self { clause, ..self }
    }

    /// The ids of what describes the field, as an attribute.
    pub(super) fn described(&self) -> Html {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let fault = (!self.faults.is_empty()).then(|| format!("{}-fault", self.id));
        let ids: Vec<_> = hint.into_iter().chain(fault).collect();
        attribute("aria-describedby", &ids.join(" "))
    }

    pub(super) fn invalid(&self) -> Html {
        attribute("aria-invalid", if self.faults.is_empty() { "" } else { "true" })
    }
}

/// ` name="value"`, or nothing where there is no value.
fn attribute(name: &str, value: &str) -> Html {
    #[derive(Template)]
    #[template(ext = "html", source = " {{ name }}=\"{{ value }}\"")]
    struct Attribute<'a> {
        name: &'a str,
        value: &'a str,
    }
    if value.is_empty() { Html::default() } else { Html::made(&Attribute { name, value }) }
}

/// One of several answers.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: Html,
}

/// A question with one answer out of several.
#[derive(Template)]
#[template(path = "plain/question.html")]
pub(super) struct Question {
    pub(super) label: Label,
    pub(super) choices: Vec<Choice>,
    pub(super) chosen: String,
    /// What helps to answer.
    pub(super) beside: Html,
    /// What an answer leads to.
    pub(super) after: Html,
}

/// A box of its own.
#[derive(Template)]
#[template(path = "plain/tick.html")]
pub(super) struct Tick {
    pub(super) id: String,
    pub(super) label: Html,
    pub(super) ticked: bool,
    pub(super) beside: Html,
    pub(super) faults: Vec<Shown>,
}

impl Tick {
    fn described(&self) -> Html {
        if self.faults.is_empty() {
            return Html::default();
        }
        Html::join([
            attribute("aria-describedby", &format!("{}-fault", self.id)),
            attribute("aria-invalid", "true"),
        ])
    }
}

/// A line of text.
#[derive(Template)]
#[template(path = "plain/line.html")]
pub(super) struct Line {
    pub(super) label: Label,
    pub(super) value: String,
    /// What a browser may fill in, and which keys a telephone shows.
    pub(super) fill: &'static str,
    pub(super) keys: &'static str,
    /// Several lines.
    pub(super) tall: bool,
    /// What was understood.
    pub(super) echo: Html,
}

impl Line {
    pub(super) fn new(label: Label, value: &str) -> Self {
        Self { label, value: value.to_owned(), fill: "off", keys: "text", tall: false, echo: Html::default() }
    }
}

/// A list to choose from.
#[derive(Template)]
#[template(path = "plain/select.html")]
pub(super) struct Select {
    pub(super) label: Label,
    /// Values with their words, which have no readings: a list shows none.
    pub(super) options: Vec<(String, String)>,
    pub(super) chosen: String,
}

/// A heading and what stands under it, with a coloured edge.
#[derive(Template)]
#[template(path = "plain/notice.html")]
pub(super) struct Notice {
    pub(super) kind: &'static str,
    pub(super) heading: Html,
    pub(super) body: Html,
    /// For whoever has no widget.
    pub(super) plain: bool,
}

impl Notice {
    pub(super) fn html(kind: &'static str, heading: Html, body: Html) -> Html {
        Self { kind, heading, body, plain: false }.made()
    }

    pub(super) fn made(&self) -> Html {
        Html::made(self)
    }
}

/// Faults below a field.
#[derive(Template)]
#[template(path = "plain/below.html")]
pub(super) struct Below {
    pub(super) id: String,
    pub(super) faults: Vec<Shown>,
}

/// Rows of names and values.
#[derive(Template)]
#[template(path = "plain/rows.html")]
pub(super) struct Rows {
    pub(super) rows: Vec<(Html, Html)>,
}

/// Words as a paragraph of their own.
pub(super) fn paragraph(words: Html) -> Html {
    #[derive(Template)]
    #[template(ext = "html", source = "<p class=\"oc-text\">{{ words }}</p>")]
    struct Paragraph {
        words: Html,
    }
    Html::made(&Paragraph { words })
}

/// A link that opens beside this page, and says so.
pub(super) fn outside(words: Words, address: &str, label: Html) -> Html {
    #[derive(Template)]
    #[template(
        ext = "html",
        source = "<p class=\"oc-text\"><a class=\"oc-link oc-outside\" href=\"{{ address }}\" target=\"_blank\" rel=\"noreferrer noopener\">{{ label }}<span class=\"oc-hidden\">{{ hint }}</span></a></p>"
    )]
    struct Link<'a> {
        address: &'a str,
        label: Html,
        hint: Html,
    }
    Html::made(&Link { address, label, hint: words.t("link.outside") })
}
