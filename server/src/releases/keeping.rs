//! One look at the folder: this release's note and files are written, and what is too old, too much or left over goes.
//!
//! Several servers, of the same release or of different ones, may look at one folder at once: every file is written under a name
//! of its own and renamed, a note stands before its files, and the notes are read once more before anything is removed. What is
//! removed has a name that only this program gives; anything else in the folder is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;

use super::name::{Form, HashedName};
use super::note::{self, Note};
use super::{KEPT_DAYS, OwnFile, Today};
use crate::vault;

/// Releases that are kept, this one included.
const MOST_RELEASES: usize = 20;

/// Bytes that the files of all of them take.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Files and notes of the folder that one look takes in; the next one sees to others.
const MOST_SEEN: usize = 5_000;

const UNFINISHED: &str = ".unfinished";

/// By the file system's own clock, a file that somebody is still writing is not older than this.
const WRITING: Duration = Duration::from_hours(1);

/// What a look did, and what was in its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files of this release that were written.
    pub copied: usize,
    /// Files that were removed.
    pub removed: usize,
    /// One line for each kind of trouble.
    pub warnings: Vec<String>,
    /// Other accounts can write into the folder: nothing in it is sent.
    pub is_exposed: bool,
}

impl Outcome {
    fn warn(&mut self, what: &str, path: &Path, fault: &dyn std::fmt::Display) {
        self.warnings.push(format!("{what} {}: {fault}", path.display()));
    }
}

/// A note, and when its file was written: of two of the same day the later one is the newer release.
struct Dated {
    note: Note,
    written: SystemTime,
}

/// A kept file: its forms, their bytes together, and the latest time at which one was written.
struct Seen {
    forms: Vec<Form>,
    bytes: u64,
    written: SystemTime,
}

pub(super) fn look(folder: &Path, own: &[OwnFile], today: Today) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(error) = vault::private_folder(folder) {
        outcome.warn("cannot make the folder", folder, &error);
        return outcome;
    }
    if let Err(exposed) = vault::private::judge([folder]) {
        return Outcome { warnings: vec![exposed.to_string()], is_exposed: true, ..outcome };
    }
    let own_note = write_note(folder, own, today, &mut outcome);
    // First room is made: the disk may be full of what goes.
    if let Err(error) = tidy(folder, own_note.as_ref(), today, &mut outcome) {
        outcome.warn("cannot look through", folder, &error);
    }
    copy(folder, own, &mut outcome);
    outcome
}

/// Notes that this release is the present one.
fn write_note(folder: &Path, own: &[OwnFile], today: Today, outcome: &mut Outcome) -> Option<Note> {
    let names: BTreeSet<_> = own.iter().take(note::MOST_NAMES).map(|it| it.name.clone()).collect();
    if names.is_empty() {
        return None;
    }
    let mut note = Note { day: today.day, names };
    let file = note.file();
    let known = read_note(folder, &file).map(|it| it.day);
    // A day that lies ahead was noted by a wrong clock, unless this one is.
    note.day = known.filter(|it| !today.is_believed && note.day < *it).unwrap_or(note.day);
    if let Err(error) = write(folder, &file, note.text().as_bytes()) {
        outcome.warn("cannot write", &folder.join(&file), &error);
    }
    Some(note)
}

/// Writes the files of this release that are not there as they should be. The first that cannot be written ends it: the others
/// could not be either.
fn copy(folder: &Path, own: &[OwnFile], outcome: &mut Outcome) {
    let files = own.iter().flat_map(|file| file.forms.iter().map(|it| (file.name.file(it.0), it.1)));
    for (file, bytes) in files {
        let path = folder.join(&file);
        if holds(&path, bytes) {
            continue;
        }
        match write(folder, &file, bytes) {
            Ok(()) => outcome.copied += 1,
            Err(error) => {
                outcome.warn(
                    "an update will leave open pages without their files: cannot write",
                    &path,
                    &error,
                );
                return;
            }
        }
    }
}

/// Lets go what is too old, too much, or left over.
fn tidy(folder: &Path, own: Option<&Note>, today: Today, outcome: &mut Outcome) -> io::Result<()> {
    // In this order: whatever file is there has had its note before.
    let files = read_files(folder)?;
    let mut notes = read_notes(folder, outcome)?;
    if let Some(own) = own {
        notes.retain(|it| it.note.names != own.names);
    }
    notes.extend(adopt(folder, own, &notes, &files, today, outcome));
    notes.sort_by_key(|it| std::cmp::Reverse((it.note.day.min(today.day), it.written)));
    let oldest = today.day - TimeDelta::days(KEPT_DAYS);
    let mut kept = own.map_or_else(BTreeSet::new, |it| it.names.clone());
    let mut releases = usize::from(own.is_some());
    let mut dropped = BTreeMap::new();
    for Dated { note, .. } in notes {
        let all: BTreeSet<_> = kept.union(&note.names).cloned().collect();
        let bytes: u64 = all.iter().filter_map(|it| files.get(it)).map(|it| it.bytes).sum();
        let is_old = today.is_believed && note.day < oldest;
        // Once one is too much, so are those before it.
        if is_old || !dropped.is_empty() || MOST_RELEASES <= releases || MOST_BYTES < bytes {
            dropped.insert(note.file(), note.day);
            continue;
        }
        releases += 1;
        kept = all;
        // A clock that was wrong has noted a day that lies ahead: it would stay that long.
        if today.is_believed && today.day < note.day {
            let note = Note { day: today.day, ..note };
            if let Err(error) = write(folder, &note.file(), note.text().as_bytes()) {
                outcome.warn("cannot write", &folder.join(note.file()), &error);
            }
        }
    }
    // Another server may have begun meanwhile, with one of these.
    for Dated { note, .. } in read_notes(folder, &mut Outcome::default())? {
        if dropped.get(&note.file()) != Some(&note.day) {
            dropped.remove(&note.file());
            kept.extend(note.names);
        }
    }
    let gone = files.iter().filter(|it| !kept.contains(it.0));
    let gone = gone.flat_map(|(name, seen)| seen.forms.iter().map(|&form| name.file(form)));
    let (gone, written) = (gone.collect::<Vec<_>>(), own.and_then(|it| written(&folder.join(it.file()))));
    // The files first: a note without files is nothing, files without a note begin anew.
    for file in gone.into_iter().chain(dropped.into_keys()).chain(unfinished(folder, written)?) {
        remove(&folder.join(file), outcome);
    }
    Ok(())
}

/// A note for files that none names, as somebody may have put them there: they are as good as served today. Of more than half of
/// what there is room for, the newest.
fn adopt(
    folder: &Path,
    own: Option<&Note>,
    notes: &[Dated],
    files: &BTreeMap<HashedName, Seen>,
    today: Today,
    outcome: &mut Outcome,
) -> Option<Dated> {
    let is_named = |name: &HashedName| {
        own.into_iter().chain(notes.iter().map(|it| &it.note)).any(|it| it.names.contains(name))
    };
    // Another server may have removed them meanwhile, and their note after them.
    let is_there = |name: &HashedName, seen: &Seen| {
        seen.forms.iter().any(|&form| folder.join(name.file(form)).symlink_metadata().is_ok())
    };
    let mut lone: Vec<_> = files.iter().filter(|it| !is_named(it.0) && is_there(it.0, it.1)).collect();
    lone.sort_by_key(|it| std::cmp::Reverse(it.1.written));
    let mut bytes = 0;
    let names: BTreeSet<_> = lone
        .into_iter()
        .take(note::MOST_NAMES)
        .take_while(|(_, seen)| {
            bytes += seen.bytes;
            bytes <= MOST_BYTES / 2
        })
        .map(|it| it.0.clone())
        .collect();
    if names.is_empty() {
        return None;
    }
    let note = Note { day: today.day, names };
    if let Err(error) = write(folder, &note.file(), note.text().as_bytes()) {
        outcome.warn("cannot write", &folder.join(note.file()), &error);
    }
    Some(Dated { note, written: SystemTime::UNIX_EPOCH })
}

/// The notes that can be read; those that cannot are removed, and their files looked after as if they had none.
fn read_notes(folder: &Path, outcome: &mut Outcome) -> io::Result<Vec<Dated>> {
    let mut notes = Vec::new();
    for file in names_in(folder, Note::is_file)? {
        let path = folder.join(&file);
        match read_note(folder, &file) {
            Some(note) => {
                notes.push(Dated { note, written: written(&path).unwrap_or(SystemTime::UNIX_EPOCH) });
            }
            None if path.is_file() => remove(&path, outcome),
            None => {}
        }
    }
    Ok(notes)
}

fn read_note(folder: &Path, file: &str) -> Option<Note> {
    let path = folder.join(file);
    fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
    let mut text = String::new();
    fs::File::open(path).ok()?.take(note::LONGEST).read_to_string(&mut text).ok()?;
    Note::parse(file, &text)
}

/// The files that have such a name and are files.
fn read_files(folder: &Path) -> io::Result<BTreeMap<HashedName, Seen>> {
    let mut files: BTreeMap<HashedName, Seen> = BTreeMap::new();
    for file in names_in(folder, |it| HashedName::of_file(it).is_some())? {
        let found = fs::symlink_metadata(folder.join(&file)).ok().filter(fs::Metadata::is_file);
        let (Some((name, form)), Some(found)) = (HashedName::of_file(&file), found) else { continue };
        let written = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let seen = files.entry(name).or_insert(Seen { forms: Vec::new(), bytes: 0, written });
        seen.forms.push(form);
        seen.bytes += found.len();
        seen.written = seen.written.max(written);
    }
    Ok(files)
}

/// What is left of writing that was broken off, if it is older than what has just been written.
fn unfinished(folder: &Path, now: Option<SystemTime>) -> io::Result<Vec<String>> {
    let Some(now) = now else { return Ok(Vec::new()) };
    let is_ours = |name: &str| {
        let whole = name.strip_suffix(UNFINISHED).and_then(|it| it.rsplit_once('.'));
        whole.is_some_and(|it| Note::is_file(it.0) || HashedName::of_file(it.0).is_some())
    };
    let is_old = |name: &String| {
        let age = written(&folder.join(name)).and_then(|it| now.duration_since(it).ok());
        age.is_some_and(|it| WRITING < it)
    };
    Ok(names_in(folder, is_ours)?.into_iter().filter(is_old).collect())
}

/// Names in the folder, as many as one look takes in.
fn names_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.filter_map(|it| it.ok()?.file_name().into_string().ok());
    Ok(names.filter(|it| wanted(it)).take(MOST_SEEN).collect())
}

/// The file system's own time of a file.
fn written(path: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(path).ok()?.modified().ok()
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let is_as_long = |it: &fs::Metadata| it.is_file() && it.len() == bytes.len() as u64;
    fs::symlink_metadata(path).is_ok_and(|it| is_as_long(&it)) && fs::read(path).is_ok_and(|it| it == bytes)
}

fn remove(path: &Path, outcome: &mut Outcome) {
    match fs::remove_file(path) {
        Ok(()) => outcome.removed += 1,
        // Another server was quicker.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(_) if outcome.warnings.iter().any(|it| it.starts_with("cannot remove")) => {}
        Err(error) => outcome.warn("cannot remove", path, &error),
    }
}

/// Writes a file whole: under a name of its own, then renamed. It is not synced: what a power cut leaves of it is found out by its
/// hash, and written once more.
fn write(folder: &Path, file: &str, bytes: &[u8]) -> io::Result<()> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let path = folder.join(format!("{file}.{}{UNFINISHED}", vault::hex(&random)));
    let unfinished = Unfinished(path);
    let mut open = vault::private_file().create_new(true).open(&unfinished.0)?;
    open.write_all(bytes)?;
    drop(open);
    fs::rename(&unfinished.0, folder.join(file))
}

/// Removed unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
