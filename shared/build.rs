//! Makes the widget's Japanese words small: no comments, and of each key only what differs from the one before.
//!
//! `2do = …` after `refusal.not_found` is `refusal.not_found.do`. `Texts::parse` reads both forms, and a test holds them together.

use std::path::Path;
use std::{env, fs};

fn main() -> std::io::Result<()> {
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
    fs::write(Path::new(&folder).join("ja.txt"), short)
}
