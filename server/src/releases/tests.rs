//! The folder of kept files, without a server: releases that come and go, what is wrong in it, and what a file has to be.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use flate2::Compression;
use flate2::write::GzEncoder;
use precheck_shared::time::parse_date;
use tempfile::TempDir;

use super::*;

fn day(after: i64) -> NaiveDate {
    parse_date("2026-11-24").unwrap() + TimeDelta::days(after)
}

fn believed(after: i64) -> Today {
    Today { day: day(after), is_believed: true }
}

/// Brotli with nothing packed: a head of three bytes, the content, an end.
fn brotli(content: &[u8]) -> Vec<u8> {
    let head = (u32::try_from(content.len()).unwrap() - 1) << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], content, &[3]].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(content).unwrap();
    packing.finish().unwrap()
}

fn packed(form: Form, content: &[u8]) -> Vec<u8> {
    match form {
        Form::Plain => content.to_vec(),
        Form::Brotli => brotli(content),
        Form::Gzip => gzip(content),
    }
}

const FORMS: [Form; 3] = [Form::Plain, Form::Brotli, Form::Gzip];

fn own_file(stem: &str, suffix: &str, content: &[u8]) -> OwnFile {
    let name = HashedName::parse(&format!("{stem}-{}.{suffix}", content::digits(content))).unwrap();
    let forms = FORMS.map(|it| (it, &*packed(it, content).leak()));
    OwnFile { name, forms: forms.into() }
}

/// A second stage and English words; the words are the same in every other release.
fn release(number: u32) -> Vec<OwnFile> {
    let words = format!("words {}", number / 2);
    vec![
        own_file("begin", "js", format!("// begin {number}").as_bytes()),
        own_file("en", "words", words.as_bytes()),
    ]
}

struct Beside {
    data: TempDir,
    releases: Releases,
}

impl Beside {
    fn nothing() -> Self {
        let data = tempfile::tempdir().unwrap();
        let releases = Releases::beside(data.path());
        Self { data, releases }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.data.path().join(FOLDER)
    }

    /// A look that has nothing to say.
    #[track_caller]
    fn look(&self, own: &[OwnFile], today: Today) -> Outcome {
        let outcome = self.releases.look(own, today).unwrap();
        assert_eq!(outcome.warnings, [""; 0]);
        outcome
    }

    /// Puts a file there by hand.
    fn puts(&self, file: &OwnFile, form: Form) {
        fs::create_dir_all(self.folder()).unwrap();
        let bytes = file.forms.iter().find(|it| it.0 == form).unwrap().1;
        fs::write(self.folder().join(file.name.file(form)), bytes).unwrap();
    }

    fn found(&self, file: &OwnFile, wanted: &[Form]) -> Option<(Form, Arc<Content>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.releases.find(file.name.clone(), wanted.to_vec()))
    }

    #[track_caller]
    fn has(&self, own: &[OwnFile], expected: bool) {
        for file in own {
            for form in FORMS {
                let found = self.found(file, &[form]);
                assert_eq!(found.is_some(), expected, "{} {form:?}", file.name);
                let bytes = file.forms.iter().find(|it| it.0 == form).unwrap().1;
                assert!(found.is_none_or(|it| it.0 == form && it.1.bytes == bytes));
            }
        }
    }

    fn names(&self) -> BTreeSet<String> {
        names(&self.folder())
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_files_of_a_release_stay_for_30_days_after_the_last_day_on_which_it_was_served() {
    let beside = Beside::nothing();
    let (old, new) = (release(1), release(2));
    for at in [0, 1, 7] {
        assert!(!beside.releases.has_looked(believed(at)), "each day anew");
        beside.look(&old, believed(at));
        assert!(beside.releases.has_looked(believed(at)));
    }
    assert_eq!(beside.look(&new, believed(7)).copied, 6);
    for at in [8, 20, 37] {
        assert_eq!(beside.look(&new, believed(at)), Outcome::default(), "{at}");
        beside.has(&old, true);
        beside.has(&new, true);
    }
    // Six files and a note.
    assert_eq!(beside.look(&new, believed(38)).removed, 7);
    beside.has(&old, false);
    beside.has(&new, true);
    // Whoever runs for years keeps the own ones.
    beside.look(&new, believed(4000));
    beside.has(&new, true);
    assert_eq!(beside.names().len(), 7);
}

#[test]
fn a_file_that_a_later_release_has_as_well_goes_with_the_last_of_them() {
    let beside = Beside::nothing();
    let (old, new) = (release(2), release(3));
    assert_eq!(old[1].name, new[1].name);
    beside.look(&old, believed(0));
    assert_eq!(beside.look(&new, believed(31)), Outcome { copied: 3, removed: 4, ..Outcome::default() });
    beside.has(&old[..1], false);
    beside.has(&new, true);
}

#[test]
fn a_clock_that_is_not_believed_removes_nothing_and_notes_no_day_of_its_own() {
    let beside = Beside::nothing();
    let (old, new) = (release(1), release(2));
    beside.look(&old, believed(0));
    beside.look(&new, believed(1));
    for far in [31, 60, 40_000, -40_000] {
        beside.look(&new, Today { day: day(far), is_believed: false });
        beside.has(&old, true);
    }
    // What it noted meanwhile is no later than what was believed.
    let kept = Beside::nothing();
    kept.look(&new, believed(5));
    kept.look(&new, Today { day: day(3), is_believed: false });
    kept.look(&old, believed(35));
    kept.has(&new, true);
    kept.look(&old, believed(36));
    kept.has(&new, false);
}

#[test]
fn a_day_that_lies_ahead_was_noted_by_a_wrong_clock_and_keeps_nothing_for_ever() {
    let beside = Beside::nothing();
    let (old, new) = (release(1), release(2));
    beside.look(&old, believed(40_000));
    beside.look(&new, believed(0));
    beside.look(&new, believed(30));
    beside.has(&old, true);
    beside.look(&new, believed(31));
    beside.has(&old, false);
    // Nor does the own one.
    beside.look(&new, believed(40_000));
    beside.look(&new, believed(32));
    beside.look(&old, believed(62));
    beside.has(&new, true);
    beside.look(&old, believed(63));
    beside.has(&new, false);
}

#[test]
fn files_that_somebody_puts_there_without_a_note_stay_for_30_days_from_when_they_are_found() {
    let beside = Beside::nothing();
    let (old, new) = (release(1), release(2));
    beside.puts(&old[0], Form::Plain);
    beside.puts(&old[1], Form::Brotli);
    beside.look(&new, believed(0));
    beside.look(&new, believed(30));
    assert!(beside.found(&old[0], &[Form::Plain]).is_some());
    assert!(beside.found(&old[1], &[Form::Brotli]).is_some());
    assert_eq!(beside.look(&new, believed(31)).removed, 3);
    assert!(beside.found(&old[0], &FORMS).is_none() && beside.found(&old[1], &FORMS).is_none());
}

#[test]
fn a_copy_of_the_folder_without_its_times_keeps_the_same_days() {
    let (one, other) = (Beside::nothing(), Beside::nothing());
    let (old, new) = (release(1), release(2));
    one.look(&old, believed(0));
    one.look(&new, believed(20));
    fs::create_dir(other.folder()).unwrap();
    for name in one.names() {
        // Neither times nor rights come along.
        fs::write(other.folder().join(&name), fs::read(one.folder().join(&name)).unwrap()).unwrap();
    }
    other.look(&new, believed(30));
    other.has(&old, true);
    other.look(&new, believed(31));
    other.has(&old, false);
    other.has(&new, true);
}

#[test]
fn of_more_than_20_releases_and_of_more_than_64_megabytes_the_oldest_go_first_whatever_the_clock_is() {
    let beside = Beside::nothing();
    for number in 0..25 {
        let today = Today { day: day(i64::from(number) / 10), is_believed: number % 2 == 0 };
        beside.look(&release(number), today);
    }
    for number in 0..25 {
        beside.has(&release(number)[..1], 5 <= number);
    }

    let beside = Beside::nothing();
    let large = release(1);
    beside.look(&large, believed(0));
    // Sixteen files of 4 MB, of which no content is asked.
    for number in 0..16 {
        let name = format!("large-{number:012x}.wasm");
        File::create(beside.folder().join(name)).unwrap().set_len(4 * 1024 * 1024).unwrap();
    }
    beside.look(&release(2), believed(1));
    // There is room for half of what came without a note, and for what was noted before.
    assert_eq!(beside.names().iter().filter(|it| it.starts_with("large-")).count(), 8);
    beside.has(&large, true);
    for number in 20..28 {
        let name = format!("large-{number:012x}.wasm");
        File::create(beside.folder().join(name)).unwrap().set_len(4 * 1024 * 1024).unwrap();
    }
    beside.look(&release(2), believed(2));
    assert_eq!(beside.names().iter().filter(|it| it.starts_with("large-")).count(), 8);
    beside.has(&large, false);
    beside.has(&release(2), true);
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_not_sent_and_its_other_forms_are() {
    let file = own_file("begin", "js", b"// what was released, and nothing else");
    for form in FORMS {
        let whole = packed(form, b"// what was released, and nothing else");
        let mut wrong: Vec<Vec<u8>> = (0..whole.len()).map(|it| whole[..it].to_vec()).collect();
        // In the middle of the content: gzip's head has bytes without a meaning.
        let middle = whole.len() / 2;
        wrong.push([&whole[..middle], &[whole[middle] ^ 1], &whole[middle + 1..]].concat());
        wrong.push([&whole[..], b"\n"].concat());
        wrong.push([&whole[..], &whole[..]].concat());
        wrong.push(packed(form, b"// something else"));
        wrong.push(whole.repeat(100_000));
        let beside = Beside::nothing();
        for wrong in wrong {
            let other = FORMS.into_iter().find(|it| *it != form).unwrap();
            beside.puts(&file, other);
            fs::write(beside.folder().join(file.name.file(form)), &wrong).unwrap();
            for _ in 0..2 {
                let found = beside.found(&file, &[form]);
                // What is not packed can be had from the other one.
                assert_eq!(found.is_some(), form == Form::Plain, "{form:?}: {} bytes", wrong.len());
                let (sent, found) = beside.found(&file, &[form, other]).unwrap();
                assert!(sent == other || form == Form::Plain);
                assert_eq!(found.bytes, packed(sent, b"// what was released, and nothing else"));
            }
        }
        // The right one is put back, and sent.
        beside.puts(&file, form);
        assert!(beside.found(&file, &[form]).is_some());
    }
}

#[test]
fn what_unpacks_to_more_than_any_file_of_a_bundle_is_not_sent() {
    let large = vec![0; 5 * 1024 * 1024];
    let name = HashedName::parse(&format!("large-{}.js", content::digits(&large))).unwrap();
    let beside = Beside::nothing();
    fs::create_dir(beside.folder()).unwrap();
    fs::write(beside.folder().join(name.file(Form::Gzip)), gzip(&large)).unwrap();
    let file = OwnFile { name, forms: Vec::new() };
    assert!(beside.found(&file, &FORMS).is_none());
}

#[test]
fn what_a_start_finds_broken_of_its_own_files_it_writes_anew() {
    let beside = Beside::nothing();
    let own = release(1);
    beside.look(&own, believed(0));
    let [half, other, gone] = FORMS.map(|it| beside.folder().join(own[0].name.file(it)));
    fs::write(&half, "").unwrap();
    let same_length = vec![b'x'; fs::read(&other).unwrap().len()];
    fs::write(&other, same_length).unwrap();
    fs::remove_file(&gone).unwrap();
    assert_eq!(beside.look(&own, believed(0)).copied, 3);
    beside.has(&own, true);
    // A note that was cut begins anew.
    let note = beside.names().into_iter().find(|it| note::Note::is_file(it)).unwrap();
    fs::write(beside.folder().join(&note), "precheck-widget-1 2026-11-").unwrap();
    beside.look(&release(2), believed(30));
    beside.has(&own, true);
    beside.look(&release(2), believed(61));
    beside.has(&own, false);
}

#[test]
fn whatever_else_lies_in_the_folder_is_left_alone_and_in_nobodys_way() {
    let beside = Beside::nothing();
    let own = release(1);
    fs::create_dir(beside.folder()).unwrap();
    for name in
        ["precheck.js", "index.html", "README", "begin-0123456789ab.js.zst", "release-x.note", ".x", "ä"]
    {
        fs::write(beside.folder().join(name), "x").unwrap();
    }
    fs::create_dir(beside.folder().join("dir-0123456789ab.js")).unwrap();
    fs::create_dir(beside.folder().join("release-0123456789ab.note")).unwrap();
    for number in 0..20_000 {
        File::create(beside.folder().join(format!("{number}.txt"))).unwrap();
    }
    let before = beside.names();
    beside.look(&own, believed(0));
    beside.look(&own, believed(100));
    beside.has(&own, true);
    let after = beside.names();
    assert!(after.is_superset(&before));
    assert_eq!(after.len() - before.len(), 7);
}

#[cfg(unix)]
#[test]
fn a_link_and_a_pipe_are_no_files_and_hold_nobody_up() {
    let beside = Beside::nothing();
    let (linked, piped) = (own_file("begin", "js", b"// linked"), own_file("glue", "js", b"// piped"));
    fs::create_dir(beside.folder()).unwrap();
    let elsewhere = beside.data.path().join("elsewhere");
    fs::write(&elsewhere, "// linked").unwrap();
    std::os::unix::fs::symlink(&elsewhere, beside.folder().join(linked.name.as_str())).unwrap();
    let pipe = beside.folder().join(piped.name.as_str());
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(beside.found(&linked, &FORMS).is_none() && beside.found(&piped, &FORMS).is_none());
    beside.look(&release(1), believed(0));
    assert!(elsewhere.exists() && pipe.symlink_metadata().is_ok());
}

#[test]
fn what_broken_off_writing_has_left_goes_and_what_is_being_written_stays() {
    let beside = Beside::nothing();
    let own = release(1);
    beside.look(&own, believed(0));
    let begun = |name: &str, ago| {
        let file = File::create(beside.folder().join(name)).unwrap();
        let note = names(&beside.folder()).into_iter().find(|it| note::Note::is_file(it)).unwrap();
        let now = fs::metadata(beside.folder().join(note)).unwrap().modified().unwrap();
        file.set_modified(now - Duration::from_mins(ago)).unwrap();
    };
    begun("begin-0123456789ab.js.br.0123abcd.unfinished", 120);
    begun("release-0123456789ab.note.0123abcd.unfinished", 120);
    begun("begin-0123456789ab.js.0123abcd.unfinished", 5);
    begun("letter.unfinished", 120);
    assert_eq!(beside.look(&own, believed(0)).removed, 2);
    let left: Vec<_> = beside.names().into_iter().filter(|it| it.ends_with("unfinished")).collect();
    assert_eq!(left, ["begin-0123456789ab.js.0123abcd.unfinished", "letter.unfinished"]);
}

#[test]
fn a_folder_that_cannot_be_used_is_a_warning_with_its_name() {
    let beside = Beside::nothing();
    fs::write(beside.folder(), "no folder").unwrap();
    let outcome = beside.releases.look(&release(1), believed(0)).unwrap();
    assert_eq!((outcome.copied, outcome.removed, outcome.warnings.len()), (0, 0, 1));
    assert!(outcome.warnings[0].contains(&beside.folder().display().to_string()), "{outcome:?}");
    assert!(!beside.releases.has_looked(believed(0)), "it is tried again");
    assert!(beside.found(&release(1)[0], &FORMS).is_none());

    // One file that cannot be written: the rest of the look is done.
    let beside = Beside::nothing();
    beside.look(&release(1), believed(0));
    let own = release(3);
    fs::create_dir(beside.folder().join(own[0].name.file(Form::Brotli))).unwrap();
    let outcome = beside.releases.look(&own, believed(31)).unwrap();
    assert_eq!((outcome.warnings.len(), outcome.removed), (1, 7), "{outcome:?}");
    assert!(outcome.warnings[0].contains(own[0].name.as_str()), "{outcome:?}");
    assert!(beside.names().iter().all(|it| !it.ends_with("unfinished")));
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_the_servers_own_and_a_folder_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let beside = Beside::nothing();
    let own = release(1);
    beside.look(&own, believed(0));
    let mode = |it: &Path| fs::metadata(it).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&beside.folder()), 0o700);
    assert!(beside.names().iter().all(|it| mode(&beside.folder().join(it)) == 0o600));
    fs::set_permissions(beside.folder(), fs::Permissions::from_mode(0o777)).unwrap();
    let outcome = beside.releases.look(&own, believed(1)).unwrap();
    assert!(outcome.warnings[0].contains("chmod go-w"), "{outcome:?}");
    beside.has(&own, false);
    fs::set_permissions(beside.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    beside.look(&own, believed(1));
    beside.has(&own, true);
}

#[test]
fn two_servers_of_different_releases_look_at_one_folder_at_once_and_both_find_their_files() {
    let beside = Beside::nothing();
    let all = [release(1), release(2), release(2), release(5)];
    beside.look(&release(9), believed(-31));
    std::thread::scope(|scope| {
        for own in &all {
            scope.spawn(|| {
                let releases = Releases::beside(beside.data.path());
                for _ in 0..20 {
                    assert_eq!(releases.look(own, believed(0)).unwrap().warnings, [""; 0]);
                }
            });
        }
    });
    for own in &all {
        beside.has(own, true);
    }
    beside.has(&release(9), false);
    assert_eq!(beside.names().iter().filter(|it| note::Note::is_file(it)).count(), 3);
    assert!(beside.names().iter().all(|it| !it.ends_with("unfinished")));
}

#[test]
fn a_content_is_in_memory_once_for_all_and_gone_with_its_file() {
    let beside = Beside::nothing();
    let own = release(1);
    beside.look(&own, believed(0));
    let one = beside.found(&own[0], &[Form::Brotli]).unwrap().1;
    let other = beside.found(&own[0], &[Form::Brotli]).unwrap().1;
    assert!(Arc::ptr_eq(&one, &other));
    // Written anew, it is read anew.
    fs::remove_file(beside.folder().join(own[0].name.file(Form::Brotli))).unwrap();
    beside.look(&own, believed(0));
    let anew = beside.found(&own[0], &[Form::Brotli]).unwrap().1;
    assert!(!Arc::ptr_eq(&one, &anew) && one.bytes == anew.bytes);
    fs::remove_file(beside.folder().join(own[0].name.file(Form::Brotli))).unwrap();
    assert!(beside.found(&own[0], &[Form::Brotli]).is_none());
    assert!(locked(&beside.releases.0.held).is_empty());
}

#[test]
fn the_latest_contents_stay_in_memory_and_others_as_long_as_somebody_is_being_sent_them() {
    let mut held = Held::default();
    let stamp = content::stamp(Path::new(".")).unwrap();
    let key = |number: usize| held::Key { file: format!("{number}"), sent: Form::Plain };
    let content = || Arc::new(Content { bytes: vec![0; 1024 * 1024], digest: [0; 32] });
    let sent = content();
    held.put(key(0), stamp.clone(), Some(&sent));
    for number in 1..10 {
        held.put(key(number), stamp.clone(), Some(&content()));
    }
    let there: Vec<_> = (0..10).filter(|it| held.get(&key(*it), &stamp).is_some()).collect();
    assert_eq!(there, [0, 6, 7, 8, 9]);
    held.put(key(10), stamp.clone(), None);
    assert!(matches!(held.get(&key(10), &stamp), Some(None)));
}

#[test]
fn no_release_means_no_note_and_no_file() {
    let beside = Beside::nothing();
    beside.look(&[], believed(0));
    assert_eq!(beside.names().len(), 0);
}
