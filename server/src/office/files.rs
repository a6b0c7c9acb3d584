//! The files of an office's folder as they lie there, and where in them something stands.

use std::fs;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with the name of its file.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))
}

pub(super) fn terms_files(folder: &Path) -> Result<Vec<String>, String> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let names = entries.filter_map(Result::ok).filter_map(|it| it.file_name().into_string().ok());
    let mut names: Vec<_> = names
        .filter(|it| it.starts_with("terms") && Path::new(it).extension().is_some_and(|it| it == "txt"))
        .collect();
    names.sort();
    Ok(names)
}

/// One line for a fault of TOML, which by itself draws a picture.
pub(super) fn from_toml<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |it| line_at(text, it.start));
        format!("{file}, line {line}: {}", error.message().replace('\n', "; "))
    })
}

/// `, line 7` for what is said of a setting: the line of the setting that the words begin with, or of what it stands in.
pub(super) fn line_of(text: &str, said: &str) -> String {
    let name = said.split([' ', ':']).next().unwrap_or_default();
    place(text, &name.split('.').collect::<Vec<_>>())
        .map(|at| format!(", line {}", line_at(text, at)))
        .unwrap_or_default()
}

/// The lines at which the tables of a list stand, and in each that of a key.
pub(super) fn lines_of(text: &str, list: &str, key: &str) -> Vec<usize> {
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let Some(DeValue::Array(items)) = table.get_ref().get(list).map(Spanned::get_ref) else {
        return Vec::new();
    };
    let line = |item: &Spanned<DeValue<'_>>| {
        let inner =
            item.get_ref().as_table().and_then(|it| it.get_key_value(key)).map(|it| it.0.span().start);
        line_at(text, inner.unwrap_or(item.span().start))
    };
    items.iter().map(line).collect()
}

/// Where a setting stands: the innermost part of its name that is there.
fn place(text: &str, name: &[&str]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut table = table.get_ref();
    let mut found = None;
    for part in name {
        let Some((key, value)) = table.get_key_value(*part) else { break };
        found = Some(key.span().start);
        let DeValue::Table(inner) = value.get_ref() else { break };
        table = inner;
    }
    found
}

fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|it| **it == b'\n').count() + 1
}
