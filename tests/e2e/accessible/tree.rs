//! What a screen reader is told of a screen, as text: Chromium's accessibility tree, a line for each thing with role, name, state and
//! description, in the order in which it is read.
//!
//! Kept in `tests/e2e/heard/` and compared there, so that every change of what is heard is read by somebody before it is kept:
//! `PRECHECK_HEARD=write` writes the files anew.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::page::Page;

/// Nothing of their own is told of these, unless they have the focus or speak up; what is inside them is.
const SILENT: [&str; 12] = [
    "none",
    "generic",
    "caption",
    "LabelText",
    "Legend",
    "MenuListPopup",
    "Ruby",
    "LayoutTable",
    "LayoutTableRow",
    "LayoutTableCell",
    "rowgroup",
    "row",
];
/// Their words are the name of something else, which is told with it, or its value.
const TOLD: [&str; 4] = ["LabelText", "Legend", "caption", "textbox"];
/// Lines and marks of which nobody hears, and the readings above words.
const UNHEARD: [&str; 4] = ["InlineTextBox", "LineBreak", "ListMarker", "RubyAnnotation"];
/// Their name is what stands in them.
const NAMED_BY_WORDS: [&str; 11] = [
    "button",
    "link",
    "heading",
    "radio",
    "checkbox",
    "option",
    "MenuListOption",
    "columnheader",
    "term",
    "DisclosureTriangle",
    "DisclosureTriangleGrouped",
];

/// The nodes of a tree by their ids.
struct Tree<'a> {
    nodes: HashMap<&'a str, &'a Value>,
    lines: Vec<Line>,
}

struct Line {
    depth: usize,
    /// Nothing but words.
    words: bool,
    text: String,
}

impl Page {
    /// What is heard of the screen, from the first thing with a role on (`main`: without the page around), is what is kept under a
    /// name; what differs from one run to the next is named with what stands for it. A difference fails the test at its end.
    pub(super) async fn is_heard(&self, name: &str, from: &str, masks: &[(&str, &str)]) -> Result<()> {
        let wanted = self.browser.window.cdp().send_raw("Accessibility.getFullAXTree", json!({})).await?;
        let nodes = wanted["nodes"].as_array().context("no accessibility tree")?;
        let id = |it: &'_ Value| it["nodeId"].as_str().unwrap_or_default().to_owned();
        let ids: Vec<String> = nodes.iter().map(id).collect();
        let mut tree = Tree { nodes: ids.iter().map(String::as_str).zip(nodes).collect(), lines: Vec::new() };
        let first = nodes.iter().find(|it| text(&it["role"]) == from);
        tree.tell(first.with_context(|| format!("no {from} in the accessibility tree"))?, 0);
        let lines = tree.lines.iter().map(|it| format!("{}{}\n", "  ".repeat(it.depth), it.text));
        let mut heard: String = lines.collect();
        for (found, instead) in masks {
            heard = heard.replace(found, instead);
        }
        // The server's clock goes on while a test runs.
        for minute in 1..10 {
            heard = heard.replace(&format!("09:0{minute}"), "09:00");
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/heard").join(format!("{name}.txt"));
        if std::env::var_os("PRECHECK_HEARD").is_some_and(|it| it == "write") {
            return std::fs::write(&file, heard).with_context(|| format!("cannot write {}", file.display()));
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        let differences = differences(&kept, &heard);
        let told = differences.join("\n");
        self.expects(
            differences.is_empty(),
            format!("{name} is heard otherwise (PRECHECK_HEARD=write keeps it):\n{told}"),
        );
        Ok(())
    }
}

impl<'a> Tree<'a> {
    fn tell(&mut self, node: &'a Value, depth: usize) {
        let role = text(&node["role"]);
        if UNHEARD.contains(&role) {
            return;
        }
        let name = text(&node["name"]);
        let is_words = role == "StaticText";
        let states = states_of(role, node);
        if (node["ignored"] == true || SILENT.contains(&role)) && states.is_empty() {
            self.tell_parts(node, depth, TOLD.contains(&role));
        } else if is_words {
            if !name.trim().is_empty() {
                self.lines.push(Line { depth, words: true, text: name.trim().to_owned() });
            }
        } else {
            let from = self.lines.len();
            // The name of a cell is all that is in it.
            let told = if role == "cell" { "cell".to_owned() } else { told_of(role, name, &states, node) };
            self.lines.push(Line { depth, words: false, text: told });
            self.tell_parts(node, depth + 1, TOLD.contains(&role) || NAMED_BY_WORDS.contains(&role));
            if role == "cell" && self.lines.len() == from + 1 {
                self.lines.pop();
                return;
            }
            // A thing with nothing but words in it is one line.
            if self.lines[from + 1..].iter().all(|it| it.words) {
                let words: Vec<_> = self.lines.drain(from + 1..).map(|it| it.text).collect();
                if !words.is_empty() {
                    self.lines[from].text.extend([": ", &words.join(" ")]);
                }
            }
        }
    }

    /// What is inside; without words where they are told already.
    fn tell_parts(&mut self, node: &'a Value, depth: usize, are_told: bool) {
        let parts = node["childIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let parts: Vec<_> = parts.filter_map(|it| self.nodes.get(it).copied()).collect();
        for part in parts {
            let role = text(&part["role"]);
            if !are_told {
                self.tell(part, depth);
            } else if part["ignored"] == true || SILENT.contains(&role) {
                self.tell_parts(part, depth, true);
            } else if role != "StaticText" {
                self.tell(part, depth);
            }
        }
    }
}

/// What is told of a thing beside its role and name: `not checked`.
fn states_of(role: &str, node: &Value) -> Vec<String> {
    let mut states = Vec::new();
    for property in node["properties"].as_array().into_iter().flatten() {
        let value = &property["value"]["value"];
        let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match (property["name"].as_str().unwrap_or_default(), said.as_str()) {
            // The page as a whole has it as long as nothing in it has.
            ("focused", "true") if role != "RootWebArea" => states.push("has the focus".to_owned()),
            ("required" | "disabled" | "busy" | "modal" | "selected", "true") => {
                states.push(text_of(&property["name"]));
            }
            ("invalid", said) if said != "false" => states.push("invalid".to_owned()),
            ("expanded" | "pressed" | "checked", said) => {
                let not = if said == "true" { "" } else { "not " };
                states.push(format!("{not}{}", text_of(&property["name"])));
            }
            ("level", said) if role == "heading" => states.push(format!("level {said}")),
            ("live", said) => states.push(format!("live {said}")),
            _ => {}
        }
    }
    states
}

/// A line: `checkbox "…" (not checked): what describes it`.
fn told_of(role: &str, name: &str, states: &[String], node: &Value) -> String {
    let role = if role == "generic" { "part" } else { role };
    let value = &node["value"]["value"];
    let has_value = !value.is_null() && role != "RootWebArea";
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let description = text(&node["description"]);
    [
        role,
        &part(!name.is_empty(), " \"", name, "\""),
        &part(!states.is_empty(), " (", &states.join(", "), ")"),
        &part(has_value, " = ", &value, ""),
        &part(!description.is_empty(), ": ", description, ""),
    ]
    .concat()
}

/// A part of a line, where there is one.
fn part(is_there: bool, before: &str, told: &str, behind: &str) -> String {
    if is_there { [before, told, behind].concat() } else { String::new() }
}

fn text(value: &Value) -> &str {
    value["value"].as_str().unwrap_or_default()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The lines that are in one text and not in the other, in their order, with a mark in front.
fn differences(kept: &str, heard: &str) -> Vec<String> {
    let (kept, heard): (Vec<_>, Vec<_>) = (kept.lines().collect(), heard.lines().collect());
    // The longest row of lines that both have, from every pair of lines on.
    let mut common = vec![vec![0_u32; heard.len() + 1]; kept.len() + 1];
    for (i, before) in kept.iter().enumerate().rev() {
        for (j, now) in heard.iter().enumerate().rev() {
            common[i][j] =
                if before == now { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut told) = (0, 0, Vec::new());
    while i < kept.len() || j < heard.len() {
        if i < kept.len() && j < heard.len() && kept[i] == heard[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == heard.len() || (i < kept.len() && common[i][j + 1] <= common[i + 1][j]) {
            told.push(format!("- {}", kept[i]));
            i += 1;
        } else {
            told.push(format!("+ {}", heard[j]));
            j += 1;
        }
    }
    told
}

#[test]
fn a_difference_names_the_lines_that_went_and_came() {
    assert_eq!(differences("a\nb\nc\n", "a\nc\nd\n"), ["- b", "+ d"]);
    assert_eq!(differences("a\n", "a\n"), Vec::<String>::new());
    assert_eq!(differences("", "a\n"), ["+ a"]);
}
