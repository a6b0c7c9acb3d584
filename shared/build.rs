//! Makes the widget's Japanese words small: no comments, of each key only what differs from the one before, and one or two bytes for
//! a letter in place of three.
//!
//! `2do = …` after `refusal.not_found` is `refusal.not_found.do`. `Texts::parse` reads both forms, `texts::spelling` the letters, and
//! a test holds all of it to the file.

use std::collections::HashMap;
use std::path::Path;
use std::{env, fs, io};

/// So many letters have a byte of their own, from 0x80 on; the bytes behind them begin two. `texts::spelling` counts the same.
const FREQUENT: u16 = 118;

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
    let (letters, words) = spelled(&short)?;
    fs::write(Path::new(&folder).join("ja.letters"), letters)?;
    fs::write(Path::new(&folder).join("ja.words"), words)
}

/// The letters beside ASCII, each as its distance from the one before, and the text written by their places in that list.
fn spelled(text: &str) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut counts = HashMap::new();
    for letter in text.encode_utf16().filter(|it| *it >= 0x80) {
        *counts.entry(letter).or_insert(0_u32) += 1;
    }
    let mut letters: Vec<(u16, u32)> = counts.into_iter().collect();
    letters.sort_unstable_by_key(|it| (std::cmp::Reverse(it.1), it.0));
    let frequent = letters.len().min(usize::from(FREQUENT));
    letters[..frequent].sort_unstable();
    letters[frequent..].sort_unstable();

    let (mut distances, mut places) = (Vec::new(), HashMap::new());
    let mut before = 0_u16;
    for (place, (letter, _)) in (0_u16..).zip(letters) {
        let mut distance = letter.wrapping_sub(before);
        while distance >= 0x80 {
            distances.push(low(distance) | 0x80);
            distance >>= 7;
        }
        distances.push(low(distance));
        places.insert(letter, place);
        before = letter;
    }
    let mut words = Vec::new();
    for letter in text.encode_utf16() {
        match places.get(&letter) {
            None => words.push(low(letter)),
            Some(place) if *place < FREQUENT => words.push(low(0x80 + *place)),
            Some(place) => {
                let behind = place - FREQUENT;
                let first = u8::try_from(0x80 + FREQUENT + behind / 0x80).map_err(io::Error::other)?;
                words.extend([first, 0x80 | low(behind)]);
            }
        }
    }
    Ok((distances, words))
}

fn low(value: u16) -> u8 {
    value.to_le_bytes()[0]
}
