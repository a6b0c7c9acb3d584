//! Every word that a screen asks for by name is there.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use precheck_shared::texts::japanese;

#[test]
fn every_key_in_the_widgets_sources_has_words() {
    let mut asked = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")) {
        let source = fs::read_to_string(&file).unwrap();
        for literal in source.split('"').skip(1).step_by(2).filter(|it| is_key(it)) {
            assert!(japanese().find(literal).is_some(), "{}: no words for {literal}", file.display());
            asked += 1;
        }
    }
    assert!(100 < asked, "only {asked} keys were found: is this still how they are written?");
}

/// `check.camera.hint`: lower-case names joined by dots.
fn is_key(literal: &str) -> bool {
    let parts: Vec<_> = literal.split('.').collect();
    let name = |it: &&str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
    };
    1 < parts.len() && parts.iter().all(name)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries.flat_map(|it| if it.is_dir() { sources(&it) } else { vec![it] }).collect()
}
