//! The words that scripts carry themselves, out of the catalogues: those of the element and of its self-test.
//!
//! `element.needs.1` becomes `needs[0]`, `self-test.grades.good` becomes `grades.good`; `lang`, beside them, is what the `lang` attribute
//! of these words says. Readings stand in brackets behind their words, since scripts show plain text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};
use precheck_shared::texts::ruby::{self, Piece};
use precheck_shared::texts::tag_of;
use serde::Serialize;

use crate::project::Project;

/// Words by the parts of their keys.
#[derive(Serialize, Debug, PartialEq, Eq)]
#[serde(untagged)]
enum Words {
    One(String),
    List(Vec<Words>),
    Group(BTreeMap<String, Words>),
}

/// All languages of `shared/texts/CATALOGUE` as JSON, each with the keys of the Japanese one.
pub(crate) fn of(project: &Project, catalogue: &str) -> Result<String> {
    let mut whole = BTreeMap::new();
    for language in languages(project, catalogue)? {
        let path = project.path(&format!("shared/texts/{catalogue}/{language}.txt"));
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        whole.insert(language, pairs(&text, catalogue).with_context(|| path.display().to_string())?);
    }
    json(&whole).with_context(|| format!("shared/texts/{catalogue}"))
}

/// The languages that a catalogue of this name is written in.
pub(crate) fn languages(project: &Project, catalogue: &str) -> Result<BTreeSet<String>> {
    let folder = project.path(&format!("shared/texts/{catalogue}"));
    let mut languages = BTreeSet::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        languages.extend(name.strip_suffix(".txt").map(str::to_owned));
    }
    Ok(languages)
}

fn json(languages: &BTreeMap<String, BTreeMap<String, String>>) -> Result<String> {
    let japanese = languages.get("ja").context("has no ja.txt")?;
    let mut whole = BTreeMap::new();
    for (language, pairs) in languages {
        let missing = japanese.keys().find(|it| !pairs.contains_key(*it));
        let other = pairs.keys().find(|it| !japanese.contains_key(*it));
        if let Some(key) = missing.or(other) {
            bail!("{key} is in one of ja.txt and {language}.txt alone");
        }
        let mut words = BTreeMap::new();
        words.insert("lang".to_owned(), Words::One(tag_of(language).to_owned()));
        for (key, value) in pairs {
            let value = if language == "ja-easy" { bracketed(value) } else { value.clone() };
            put(&mut words, key, value).with_context(|| format!("{language}.txt"))?;
        }
        whole.insert(language, Words::Group(words.into_iter().map(|(key, it)| (key, listed(it))).collect()));
    }
    serde_json::to_string(&whole).context("words cannot be written")
}

/// Keys, without what they all begin with, and values.
fn pairs(text: &str, catalogue: &str) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for line in text.lines().filter(|it| !it.starts_with('#') && !it.trim().is_empty()) {
        let (key, value) = line.split_once(" = ").with_context(|| format!("no words: {line}"))?;
        let key = key.trim();
        let own = key.strip_prefix(catalogue).and_then(|it| it.strip_prefix('.'));
        let own = own.with_context(|| format!("{key} does not begin with {catalogue}."))?;
        if pairs.insert(own.to_owned(), value.trim().to_owned()).is_some() {
            bail!("{key} twice");
        }
    }
    Ok(pairs)
}

fn put(group: &mut BTreeMap<String, Words>, key: &str, value: String) -> Result<()> {
    match key.split_once('.') {
        None if group.contains_key(key) => bail!("{key} is a word and a group"),
        None => {
            group.insert(key.to_owned(), Words::One(value));
            Ok(())
        }
        Some((first, rest)) => {
            let inner = group.entry(first.to_owned()).or_insert_with(|| Words::Group(BTreeMap::new()));
            match inner {
                Words::Group(inner) => put(inner, rest, value),
                _ => bail!("{first} is a word and a group"),
            }
        }
    }
}

/// Groups with the keys 1, 2, 3 and so on are lists.
fn listed(words: Words) -> Words {
    let Words::Group(mut group) = words else { return words };
    let keys = || (1..=group.len()).map(|it| it.to_string());
    if !group.is_empty() && keys().all(|it| group.contains_key(&it)) {
        let keys: Vec<String> = keys().collect();
        return Words::List(keys.iter().filter_map(|it| group.remove(it)).collect());
    }
    Words::Group(group.into_iter().map(|(key, it)| (key, listed(it))).collect())
}

/// `漢字《かんじ》` as 漢字（かんじ）.
fn bracketed(text: &str) -> String {
    let piece = |it: &Piece<'_>| match *it {
        Piece::Plain(words) => words.to_owned(),
        Piece::Read { base, reading, .. } => format!("{base}（{reading}）"),
    };
    ruby::pieces(text).iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(files: &[(&str, &str)]) -> Result<String> {
        let mut languages = BTreeMap::new();
        for (language, text) in files {
            languages.insert((*language).to_owned(), pairs(text, "a")?);
        }
        json(&languages)
    }

    #[test]
    fn keys_become_groups_and_lists_and_readings_stand_in_brackets() {
        let ja = "# 言葉\na.title = 題\na.needs.1 = 一\na.needs.2 = 二\na.of.one = 中\n";
        let easy = "a.title = ｜お題《だい》\na.needs.1 = 一《いち》つ\na.needs.2 = に\na.of.one = なか\n";
        assert_eq!(
            all(&[("ja", ja), ("ja-easy", easy)]).unwrap(),
            "{\"ja\":{\"lang\":\"ja\",\"needs\":[\"一\",\"二\"],\"of\":{\"one\":\"中\"},\"title\":\"題\"},\
             \"ja-easy\":{\"lang\":\"ja\",\"needs\":[\"一（いち）つ\",\"に\"],\"of\":{\"one\":\"なか\"},\"title\":\"お題（だい）\"}}"
        );
    }

    #[test]
    fn a_language_that_lacks_a_key_or_has_one_of_its_own_stops_the_build() {
        let fault = |files: &[(&str, &str)]| format!("{:#}", all(files).expect_err("made"));
        let ja = "a.one = 一\na.two = 二\n";
        assert!(fault(&[("ja", ja), ("en", "a.one = One\n")]).contains("two is in one of ja.txt and en.txt"));
        assert!(
            fault(&[("ja", "a.one = 一\n"), ("en", "a.one = One\na.two = Two\n")]).contains("two is in one")
        );
        assert!(fault(&[("ja", "a.one = 一\na.one = 二\n")]).contains("twice"));
        assert!(fault(&[("ja", "b.one = 一\n")]).contains("does not begin with a."));
        assert!(fault(&[("ja", "a.one = 一\na.one.two = 二\n")]).contains("a word and a group"));
        assert!(fault(&[("en", "a.one = One\n")]).contains("no ja.txt"));
    }

    #[test]
    fn the_words_of_the_scripts_are_there_in_every_language() {
        let project = Project::find().unwrap();
        for language in ["en", "ja", "ja-easy", "vi", "zh"] {
            assert!(of(&project, "element").unwrap().contains(&format!("\"{language}\":{{")), "{language}");
        }
        assert!(of(&project, "self-test").is_ok());
    }

    #[test]
    fn every_kanji_of_plain_japanese_has_its_reading() {
        let path = Project::find().unwrap().path("shared/texts/element/ja-easy.txt");
        for (key, value) in pairs(&fs::read_to_string(path).unwrap(), "element").unwrap() {
            let bare = |it: &Piece<'_>| matches!(it, Piece::Plain(words) if words.contains(ruby::is_kanji));
            assert!(!ruby::pieces(&value).iter().any(bare), "{key} = {value}");
        }
    }
}
