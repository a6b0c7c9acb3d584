use std::fs;

use sha2::Digest as _;

use super::*;
use precheck_shared::time::parse_instant;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

#[track_caller]
fn check(files: &[(&str, &[u8])], expected: &[&str]) {
    let faults = Office::from_folder(folder(files).path()).map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, part) in faults.iter().zip(expected) {
        assert!(fault.contains(part) && !fault.contains('\n'), "{fault}");
    }
}

const POLICY: (&str, &[u8]) = ("policy.toml", otaru::POLICY.as_bytes());

#[test]
fn supplement_a_folder_may_hold_several_versions_of_the_terms() {
    let files = [POLICY, ("terms-2023-10-01.txt", b"a"), ("terms-2027-04-01.txt", b"b")];
    let office = Office::from_folder(folder(&files).path()).unwrap();
    let now = parse_instant("2027-03-31T23:59:59+09:00").unwrap();
    assert_eq!(office.terms_in_force(now).unwrap().id, "otaru-2023-10-01");
    assert_eq!(office.terms_announced(now)[0].id, "otaru-2027-04-01");
    let next = parse_instant("2027-04-01T00:00:00+09:00").unwrap();
    assert_eq!(office.terms_in_force(next).unwrap().id, "otaru-2027-04-01");
}

#[test]
fn the_embedded_office_reads_and_takes_its_contact_from_the_flags() {
    let office = Office::otaru().unwrap();
    assert_eq!((office.id(), office.policy().contact.telephone.as_str()), ("otaru", ""));
    let telephone = Some("0134-00-0000".to_owned());
    let office = office.with_contact(ContactOverlay { telephone, ..ContactOverlay::default() });
    assert_eq!(office.policy().contact.telephone, "0134-00-0000");
}

#[test]
fn article_4_1_what_the_desk_sets_for_a_day_counts_beside_the_files_and_goes_again() {
    let closures = b"[[closure]]\ndate = \"2027-01-04\"\nreason = \"x\"\n".as_slice();
    let files = [POLICY, ("closures.toml", closures), ("terms-2023-10-01.txt", b"a")];
    let office = Office::from_folder(folder(&files).path()).unwrap();
    let day = |text| precheck_shared::time::parse_date(text).unwrap();
    let closure = |text, reason: &str| Closure { date: Day(day(text)), reason: reason.to_owned() };
    let overlay = DeskOverlay {
        seats: vec![(day("2026-11-26"), 0)],
        closures: vec![closure("2027-01-04", "y"), closure("2027-01-05", "z")],
    };
    let before = office.policy();
    office.set_overlay(&overlay);
    let policy = office.policy();
    assert_eq!(policy.seats.by_date.get(Day(day("2026-11-26"))), Some(0));
    let reasons: Vec<_> = policy.closures.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(reasons, ["x", "z"], "the files' own closure keeps its reason");
    assert_eq!(before.closures.len(), 1, "a judgement that has begun keeps its settings");
    office.set_overlay(&DeskOverlay::default());
    assert_eq!(*office.policy(), *before);
}

/// The embedded policy with one line changed, and the line that it is told with.
#[track_caller]
fn refused(line: &str, changed: &str, part: &str) {
    assert!(otaru::POLICY.contains(line), "{line}");
    let policy = otaru::POLICY.replacen(line, changed, 1);
    let at = policy.lines().position(|it| changed.lines().last().is_some_and(|last| it == last)).unwrap() + 1;
    let faults = Office::from_folder(
        folder(&[("policy.toml", policy.as_bytes()), ("terms-2023-10-01.txt", b"a")]).path(),
    );
    let faults = faults.map(|_| ()).unwrap_err();
    let expected = format!("policy.toml, line {at}: {part}");
    assert!(faults.len() == 1 && faults[0].contains(&expected), "{expected}: {faults:#?}");
}

#[test]
fn settings_that_cannot_work_are_told_with_file_and_line() {
    for (line, changed, part) in [
        ("default = 2", "default = 0", "seats.default "),
        ("grace_minutes = 10", "grace_minutes = 0", "cancellation.grace_minutes "),
        ("business_days = 1", "business_days = 30", "booking.cutoff.business_days "),
        ("mail = \"\"", "mail = \"office.example.jp\"", "contact.mail "),
        ("telephone = \"\"", "telephone = \"お電話ください\"", "contact.telephone "),
        (
            "relay_url = \"https://www.nftrs.or.jp/\"",
            "relay_url = \"javascript:alert(1)\"",
            "contact.relay_url ",
        ),
        ("terms_url = \"https://www.zoom.com/ja/trust/terms\"", "terms_url = \"\"", "app.terms_url "),
        ("test_url = \"https://zoom.us/test\"", "test_url = \"押してください\"", "app.test_url "),
        ("join_host = \"zoom.us\"", "join_host = \"https://zoom.us\"", "app.join_host "),
        (
            "windows = [{ from = \"10:00\", to = \"12:00\" },",
            "windows = [{ from = \"10:10\", to = \"12:00\" },",
            "booking.windows ",
        ),
        ("closed_request_days = 30", "closed_request_days = 0", "records.closed_request_days "),
        ("small_cell = 10", "small_cell = 0", "records.small_cell "),
        ("short_name = \"ハローワーク小樽\"", "short_name = \"\"", "office.short_name "),
    ] {
        if part == "booking.windows " {
            let policy = otaru::POLICY.replacen(line, changed, 1);
            let files = [("policy.toml", policy.as_bytes()), ("terms-2023-10-01.txt", b"a".as_slice())];
            check(&files, &["policy.toml, line 38: booking.windows begin"]);
        } else {
            refused(line, changed, part);
        }
    }
    check(
        &[POLICY, ("terms-2023-10-01.txt", b"\xEF\xBB\xBF \r\n")],
        &["terms-2023-10-01.txt: the file is empty"],
    );
}

#[test]
fn what_is_hardly_meant_is_told_with_file_and_line_from_its_day_on() {
    let closures = "[[closure]]\ndate = \"2027-01-04\"\nreason = \"x\"\n\n[[closure]]\nreason = \"\"\ndate = \"2027-01-04\"\n\n\
        [[closure]]\ndate = \"2027-01-10\"\nreason = \"y\"\n";
    let policy = otaru::POLICY.replacen("default = 2", "default = 2\nby_date = { \"2026-11-26\" = 3 }", 1);
    let policy = policy.replacen("close = \"17:15\"", "close = \"18:00\"", 1);
    let files = [
        ("policy.toml", policy.as_bytes()),
        ("closures.toml", closures.as_bytes()),
        ("terms-2023-10-01.txt", otaru::TERMS.1.as_bytes()),
    ];
    let office = Office::from_folder(folder(&files).path()).unwrap();
    let day = |text| precheck_shared::time::parse_date(text).unwrap();
    let told = office.strange(day("2026-11-26"));
    for part in [
        "policy.toml, line 51: booking.cutoff.close 18:00",
        "closures.toml, line 7: 2027-01-04 stands twice",
        "closures.toml, line 7: 2027-01-04 has no reason",
        "closures.toml, line 10: 2027-01-10 is a Sunday",
    ] {
        assert!(told.iter().any(|it| it.contains(part)), "{part}: {told:#?}");
    }
    assert_eq!(told.len(), 4);
    let next = office.strange(day("2026-11-27"));
    assert!(
        next.iter().any(|it| it.contains("2026-11-26 is in the past") && it.contains(", line ")),
        "{next:#?}"
    );
    let later = office.strange(office.systems_as_of() + chrono::Days::new(366));
    assert!(later.iter().any(|it| it.starts_with("systems.toml, line ")), "{later:#?}");
    assert!(Office::otaru().unwrap().strange(day("2026-11-26")).is_empty());
}

#[test]
fn files_with_a_mark_of_the_byte_order_and_line_ends_of_windows_are_read() {
    let dressed = |text: &str| format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
    let closures = dressed("[[closure]]\ndate = \"2027-01-04\"\nreason = \"x\"\n");
    let (policy, systems, terms) = (dressed(otaru::POLICY), dressed(otaru::SYSTEMS), dressed(otaru::TERMS.1));
    let files = [
        ("policy.toml", policy.as_bytes()),
        ("closures.toml", closures.as_bytes()),
        ("systems.toml", systems.as_bytes()),
        ("terms-2023-10-01.txt", terms.as_bytes()),
    ];
    let (office, embedded) = (Office::from_folder(folder(&files).path()).unwrap(), Office::otaru().unwrap());
    assert_eq!(office.policy().booking, embedded.policy().booking);
    assert_eq!(office.policy().checklist, embedded.policy().checklist);
    let (read, plain) = (&office.versions[0], &embedded.versions[0]);
    let words = |it: &Terms| it.lines.iter().map(|it| (it.kind, it.words().to_owned())).collect::<Vec<_>>();
    assert_eq!(words(read), words(plain), "title and clauses as without");
    assert_eq!(read.text(), terms, "and shown as it was published");
    assert_eq!(read.sha256, crate::vault::hex(&sha2::Sha256::digest(terms.as_bytes())));
    assert!(office.gaps().is_empty() && office.strange(embedded.systems_as_of()).is_empty());
    // A fault below the mark is told with its line.
    let wrong = dressed(&otaru::POLICY.replace("default = 2", "default = 0"));
    let line = otaru::POLICY.lines().position(|it| it == "default = 2").unwrap() + 1;
    check(
        &[("policy.toml", wrong.as_bytes()), ("terms-2023-10-01.txt", b"a")],
        &[&format!("policy.toml, line {line}: seats.default")],
    );
}

#[test]
fn article_4_1_closures_come_from_their_own_file() {
    let closures = b"[[closure]]\ndate = \"2027-01-04\"\nreason = \"x\"\n".as_slice();
    let files = [POLICY, ("closures.toml", closures), ("terms-2023-10-01.txt", b"a")];
    assert_eq!(Office::from_folder(folder(&files).path()).unwrap().policy().closures.len(), 1);
}

#[test]
fn article_10_4_the_table_of_systems_comes_from_its_own_file_or_is_the_embedded_one() {
    let terms = ("terms-2023-10-01.txt", b"a".as_slice());
    let embedded = Office::otaru().unwrap();
    assert!(!embedded.policy().checklist.systems.is_empty());
    let without = Office::from_folder(folder(&[POLICY, terms]).path()).unwrap();
    assert_eq!(without.policy().checklist, embedded.policy().checklist);
    assert_eq!(without.systems_as_of(), embedded.systems_as_of());

    let own = "as_of = \"2027-03-01\"\n[[system]]\nfamily = \"macos\"\nname = \"macOS 27\"\nfrom = 27\n";
    let with =
        Office::from_folder(folder(&[POLICY, ("systems.toml", own.as_bytes()), terms]).path()).unwrap();
    let policy = with.policy();
    let names: Vec<_> = policy.checklist.systems.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, with.systems_as_of().to_string()), (vec!["macOS 27"], "2027-03-01".to_owned()));
}

#[test]
fn article_10_4_the_widget_is_told_the_table_of_systems() {
    let office = Office::otaru().unwrap();
    let json = serde_json::to_value(&*office.policy()).unwrap();
    let first = &json["checklist"]["systems"][0];
    assert_eq!(
        (&first["family"], &first["from"], &first["ends"]),
        (&"windows".into(), &0.into(), &"2023-01-10".into())
    );
}

#[test]
fn article_10_4_every_fault_of_the_table_of_systems_has_its_line() {
    let terms = ("terms-2023-10-01.txt", b"a".as_slice());
    let with = |systems: &str, expected: &[&str]| {
        check(&[POLICY, ("systems.toml", systems.as_bytes()), terms], expected);
    };
    with("", &["systems.toml, line 1: missing field `as_of`"]);
    with("as_of = \"2026-11-22\"\nx = 1", &["systems.toml, line 2"]);
    let line = "[[system]]\nfamily = \"beos\"\nname = \"BeOS 5\"\nfrom = 5\nto = 4\n";
    let faults =
        ["systems.toml: system 1 (\"BeOS 5\"): family is", "systems.toml: system 1 (\"BeOS 5\"): from is"];
    with(&["as_of = \"2026-11-22\"\n", line].concat(), &faults);
    check(&[POLICY, ("systems.toml", b"\xff"), terms], &["is not UTF-8"]);
    let inline = [otaru::POLICY, &line.replace("[[system]]", "[[checklist.systems]]").replace("to = 4", "")]
        .concat()
        .replace("beos", "macos");
    check(&[("policy.toml", inline.as_bytes()), terms], &["checklist.systems stands in systems.toml"]);
}

#[test]
fn every_fault_of_a_folder_has_its_line() {
    check(&[], &["policy.toml"]);
    check(&[POLICY], &["no terms"]);
    check(&[POLICY, ("terms-2023-10-1.txt", b"a")], &["terms-2023-10-1.txt: the name"]);
    check(&[POLICY, ("terms-2023-10-01.txt", b"\xff\xfe")], &["is not UTF-8"]);
    check(
        &[("policy.toml", b"[office]\nid = 1"), ("closures.toml", b"\n\nx = 1"), ("terms-x.txt", b"a")],
        &["closures.toml, line 3", "policy.toml, line 2", "terms-x.txt"],
    );
    let contradictory = otaru::POLICY.replace("grid_minutes = 30", "grid_minutes = 25");
    check(
        &[("policy.toml", contradictory.as_bytes()), ("terms-2023-10-01.txt", b"a")],
        &["booking.grid_minutes divides"],
    );
}
