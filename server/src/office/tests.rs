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
