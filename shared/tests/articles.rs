//! Every clause of the published terms is a rule or text only; and the modules keep the order of the terms.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

use precheck_shared::policy::otaru;
use precheck_shared::terms::{LineKind, Terms};

/// Clause, module, and the rule that implements it.
const RULES: &[(&str, &str, &str)] = &[
    ("preamble", "consent", "fn missing"),
    ("2", "eligibility", "fn assess"),
    ("2(1)", "eligibility", "Registered"),
    ("2(2)", "eligibility", "Equipped"),
    ("2(2)", "checklist/media", "fn cause"),
    ("2(2)", "checklist/picture", "struct Eye"),
    ("2(2)", "checklist/sound", "struct Ear"),
    ("2(3)", "eligibility", "Ongoing"),
    ("2(4)", "eligibility", "Need"),
    ("3", "consent", "AppTerms"),
    ("4(1)", "calendar", "fn deadline"),
    ("4(1)①", "person/name", "struct PersonName"),
    ("4(1)②", "person/birth_date", "struct BirthDate"),
    ("4(1)③", "person/number", "struct JobSeekerNumber"),
    ("4(1)④", "calendar/slots", "fn judge_wish"),
    ("4(2)", "booking", "fn confirm"),
    ("4(3)", "cancellation", "fn open_channels"),
    ("5(1)", "records", "struct UsageRecord"),
    ("5(2)", "records", "fn publishable"),
    ("6", "records", "fn erased_from"),
    ("10(1)", "booking", "fn stop"),
    ("10(2)", "consent", "NoRecording"),
    ("10(3)", "person/attendant", "fn read_attendants"),
    ("10(4)", "checklist", "fn judge"),
    ("10(4)", "checklist/line", "fn grade"),
    ("10(4)①", "checklist", "OsSupported"),
    ("10(4)①", "checklist/system", "fn judge"),
    ("10(4)②", "checklist", "Firewall"),
    ("10(4)③", "checklist", "BrowserUpdated"),
    ("10(5)", "consent", "OwnCost"),
    ("10(5)", "checklist/line", "fn megabytes"),
    ("11", "consent", "fn about_version_in_force"),
    ("supplement", "terms", "fn in_force"),
];

/// Shown in full, nothing to compute; 7 and 8 are also acknowledged.
const TEXT_ONLY: &[&str] = &["1", "7(1)", "7(2)", "8", "9", "12"];

/// A heading alone: its paragraphs are listed by themselves.
const HEADINGS: &[&str] = &["4", "5", "7", "10"];

#[test]
fn every_clause_is_a_named_rule_or_text_only() {
    let (file, text) = otaru::TERMS;
    let terms = Terms::from_file("otaru", file, text).unwrap();
    let clauses: Vec<_> = terms.clauses().iter().map(ToString::to_string).collect();
    for clause in &clauses {
        let places = [
            RULES.iter().any(|it| it.0 == clause),
            TEXT_ONLY.contains(&clause.as_str()),
            HEADINGS.contains(&clause.as_str()),
        ];
        assert_eq!(places.iter().filter(|it| **it).count(), 1, "{clause} stands in {places:?}");
    }
    for listed in RULES.iter().map(|it| it.0).chain(TEXT_ONLY.iter().copied()).chain(HEADINGS.iter().copied())
    {
        assert!(clauses.iter().any(|it| it == listed), "{listed} is not a clause of the terms");
    }
    for heading in HEADINGS {
        let lines: Vec<_> = terms
            .lines
            .iter()
            .filter(|it| it.clause.to_string() == **heading && it.kind != LineKind::Blank)
            .collect();
        assert_eq!(lines.len(), 1, "{heading} has text of its own");
    }
}

#[test]
fn every_named_rule_is_where_the_table_says() {
    for (clause, module, rule) in RULES {
        let source = fs::read_to_string(source_folder().join(format!("{module}.rs"))).unwrap();
        assert!(source.contains(rule), "{clause}: {rule} is not in {module}.rs");
    }
}

#[test]
fn modules_use_only_modules_above_them() {
    let contents = fs::read_to_string(source_folder().join("lib.rs")).unwrap();
    let order: Vec<_> =
        contents.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(order.len(), 19);
    for (at, module) in order.iter().enumerate() {
        for source in sources_of(module) {
            let code = source.split("#[cfg(test)]").next().unwrap();
            let code: String = code.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
            for used in code.split("crate::").skip(1) {
                let name: String = used.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
                let place = order.iter().position(|it| *it == name);
                assert!(
                    place.is_none_or(|it| it <= at),
                    "`{module}` uses `{name}`, which comes later in lib.rs"
                );
            }
        }
    }
}

fn sources_of(module: &str) -> Vec<String> {
    let mut sources = vec![fs::read_to_string(source_folder().join(format!("{module}.rs"))).unwrap()];
    if let Ok(folder) = fs::read_dir(source_folder().join(module)) {
        let files =
            folder.map(|it| it.unwrap().path()).filter(|it| it.extension().is_some_and(|it| it == "rs"));
        sources
            .extend(files.filter(|it| !it.ends_with("tests.rs")).map(|it| fs::read_to_string(it).unwrap()));
    }
    sources
}

fn source_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}
