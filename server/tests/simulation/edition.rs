//! The office as it is just now: its closures, its seats, the versions of its terms. Every change is a new folder and a new
//! start of the server, as in a real office.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use precheck_server::office::Office;
use precheck_shared::policy::otaru;

/// What differs from the office as published.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edition {
    /// Days on which the office is closed.
    pub(crate) closures: BTreeMap<NaiveDate, &'static str>,
    /// Officers free per slot, on single days.
    pub(crate) seats: BTreeMap<NaiveDate, u16>,
    /// Days from which a revised version of the terms is in force.
    pub(crate) revised: Vec<NaiveDate>,
}

impl Edition {
    /// Writes the folder and reads it as the server does at its start.
    pub(crate) fn office(&self, folder: &Path) -> Office {
        let mut policy = otaru::POLICY.to_owned();
        let mut seats = String::new();
        for (day, count) in &self.seats {
            let _ = writeln!(seats, "{day} = {count}");
        }
        policy.push_str("\n[seats.by_date]\n");
        policy.push_str(&seats);
        let mut closures = String::new();
        for (day, reason) in &self.closures {
            let _ = writeln!(closures, "[[closure]]\ndate = \"{day}\"\nreason = \"{reason}\"");
        }
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("policy.toml"), policy).unwrap();
        fs::write(folder.join("closures.toml"), closures).unwrap();
        let (name, published) = otaru::TERMS;
        fs::write(folder.join(name), published).unwrap();
        for day in &self.revised {
            let text = format!("{published}\n\n{day}に改める。");
            fs::write(folder.join(format!("terms-{day}.txt")), text).unwrap();
        }
        Office::from_folder(folder).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }
}

#[test]
fn an_edition_is_read_by_the_server_as_meant() {
    let folder = tempfile::tempdir().unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let edition = Edition {
        closures: [(day, "点検")].into(),
        seats: [(day, 5)].into(),
        revised: vec![NaiveDate::from_ymd_opt(2026, 12, 24).unwrap()],
    };
    let office = edition.office(folder.path());
    assert_eq!(office.policy().closures.len(), 1);
    assert_eq!(office.policy().seats.by_date.get(precheck_shared::time::Day(day)), Some(5));
    let before = precheck_shared::time::midnight(day);
    assert_eq!(office.terms_in_force(before).unwrap().id, "otaru-2023-10-01");
    assert_eq!(office.terms_announced(before)[0].id, "otaru-2026-12-24");
}
