//! Makes the widget's Japanese words small: no comments, of each key only what differs from the one before, and one or two bytes for
//! a letter in place of three.
//!
//! `2do = …` after `refusal.not_found` is `refusal.not_found.do`. `Texts::parse` reads both forms, `texts::spelling` the letters, and
//! a test holds all of it to the file.

use std::path::Path;
use std::{env, fs, io};

#[expect(
    dead_code,
    unreachable_pub,
    reason = "the widget reads what is spelled here; a library there, a part of a program here"
)]
#[path = "src/texts/spelling.rs"]
mod spelling;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=texts/ja.txt");
    let source = fs::read_to_string("texts/ja.txt")?;
    let mut short = String::new();
    let mut before: Vec<&str> = Vec::new();
    for line in source.lines().filter(|it| !it.starts_with('#')) {
        let Some((key, words)) = line.split_once(" = ") else { continue };
        let parts: Vec<_> = key.split('.').collect();
        let same = parts.iter().zip(&before).take_while(|(new, old)| new == old).count().min(parts.len() - 1);
        short.extend([&same.to_string(), &parts[same..].join("."), " = ", words, "\n"]);
        before = parts;
    }
    let folder = env::var_os("OUT_DIR").unwrap_or_default();
    let words = spelling::spell(&short)
        .ok_or_else(|| io::Error::other("texts/ja.txt has letters without a place"))?;
    fs::write(Path::new(&folder).join("ja.words"), words)
}
