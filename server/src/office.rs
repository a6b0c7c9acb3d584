//! The office that this server serves: its policy, its closures, its published terms, as data.
//!
//! A folder (`policy.toml`, `closures.toml`, `systems.toml`, `terms-2023-10-01.txt` and further versions), or the
//! embedded Otaru. A folder may leave out the table of systems: makers' dates are the same for every office.
//! The files are read once, at the start, and every fault is told in its own line. Beside them counts what the desk sets for
//! single days (article 4(1): seats, closures): [`Office::policy`] gives both as one. What follows from it is for the rules.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use precheck_shared::api::TermsVersion;
use precheck_shared::consent::TermsRef;
use precheck_shared::policy::{Closure, Policy, SystemTable, otaru, systems};
use precheck_shared::terms::{self, Terms};
use precheck_shared::time::{Day, Instant, day_of};
use serde::Deserialize;

mod files;
mod strange;

use files::{Source, from_toml, line_of, read_text, terms_files};
use strange::Strange;

/// The office with its settings and all known versions of its terms.
#[derive(Debug)]
pub struct Office {
    /// As the files have it.
    files: Policy,
    /// With what the desk has set.
    current: RwLock<Arc<Policy>>,
    /// Whoever reads anew what the desk has set holds this: an older reading never takes the place of a newer one.
    pub(crate) reading: tokio::sync::Mutex<()>,
    systems_as_of: NaiveDate,
    versions: Vec<Terms>,
    /// What works and is hardly meant.
    strange: Vec<Strange>,
}

/// How the office is reached, where the start's flags say it rather than the folder.
#[derive(Debug, Clone, Default)]
pub struct ContactOverlay {
    /// Telephone number.
    pub telephone: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// Postal address.
    pub address: Option<String>,
}

/// What the desk has set for single days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskOverlay {
    /// Seats of a day, instead of those of the files.
    pub seats: Vec<(NaiveDate, u16)>,
    /// Closures, beside those of the files.
    pub closures: Vec<Closure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closures {
    #[serde(default)]
    closure: Vec<Closure>,
}

impl Office {
    /// Hello Work Otaru, as embedded.
    ///
    /// # Errors
    /// None in practice: a test reads it.
    pub fn otaru() -> Result<Self, Vec<String>> {
        let (name, text) = otaru::TERMS;
        let terms = Source { name: name.to_owned(), text: text.to_owned() };
        Self::read(otaru::POLICY, otaru::CLOSURES, otaru::SYSTEMS, &[terms])
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// One line per fault.
    pub fn from_folder(folder: &Path) -> Result<Self, Vec<String>> {
        // Of a folder that cannot be read every file would be missing.
        let names = terms_files(folder).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        let mut keep = |fault: String| -> String {
            faults.push(fault);
            String::new()
        };
        let policy = read_text(&folder.join("policy.toml")).unwrap_or_else(&mut keep);
        let closures = folder.join("closures.toml");
        let closures =
            if closures.exists() { read_text(&closures).unwrap_or_else(&mut keep) } else { String::new() };
        let systems = folder.join("systems.toml");
        let systems = if systems.exists() {
            read_text(&systems).unwrap_or_else(&mut keep)
        } else {
            otaru::SYSTEMS.to_owned()
        };
        let mut terms = Vec::new();
        for name in names {
            let text = read_text(&folder.join(&name)).unwrap_or_else(&mut keep);
            terms.push(Source { name, text });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let prefix = |fault: String| format!("{}: {fault}", folder.display());
        Self::read(&policy, &closures, &systems, &terms)
            .map_err(|faults| faults.into_iter().map(prefix).collect())
    }

    fn read(policy: &str, closures: &str, systems: &str, terms: &[Source]) -> Result<Self, Vec<String>> {
        // A mark of the byte order is none of the settings; of the terms it is a part of the published file.
        let [policy_text, closures_text, systems_text] =
            [policy, closures, systems].map(|it| it.strip_prefix('\u{FEFF}').unwrap_or(it));
        let mut faults = Vec::new();
        let closures =
            from_toml::<Closures>("closures.toml", closures_text).map_err(|it| faults.push(it)).ok();
        let table = from_toml::<SystemTable>("systems.toml", systems_text).map_err(|it| faults.push(it)).ok();
        if let Some(table) = &table {
            faults.extend(systems::faults(&table.system).into_iter().map(|it| format!("systems.toml: {it}")));
        }
        let policy = from_toml::<Policy>("policy.toml", policy_text).map_err(|it| faults.push(it)).ok();
        let id = policy.as_ref().map(|it| it.office.id.clone()).unwrap_or_default();
        let versions: Vec<_> = terms
            .iter()
            .filter_map(|it| {
                let read = Terms::from_file(&id, &it.name, &it.text);
                if it.text.trim_start_matches('\u{FEFF}').trim().is_empty() {
                    faults.push(format!("{}: the file is empty", it.name));
                } else if read.is_none() {
                    faults.push(format!("{}: the name of a terms file is terms-2023-10-01.txt", it.name));
                }
                read
            })
            .collect();
        if terms.is_empty() {
            faults.push(
                "no terms: a file terms-2023-10-01.txt, named by its effective date, is missing".to_owned(),
            );
        }
        if let Some(policy) = &policy {
            let placed = |it: String| format!("policy.toml{}: {it}", line_of(policy_text, &it));
            faults.extend(policy.faults().into_iter().map(placed));
            if !id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-') {
                let fault = "office.id is of small letters, digits and hyphens".to_owned();
                faults.push(placed(fault));
            }
            if !policy.checklist.systems.is_empty() {
                faults.push("policy.toml: checklist.systems stands in systems.toml".to_owned());
            }
        }
        match (policy, closures, table) {
            (Some(mut policy), Some(closures), Some(table)) if faults.is_empty() => {
                let mut strange = strange::in_policy(&policy, policy_text);
                strange.extend(strange::in_closures(&closures.closure, closures_text));
                strange.extend(strange::in_systems(table.as_of.0, systems_text));
                strange.extend(strange::in_terms(&versions));
                policy.closures.extend(closures.closure);
                policy.checklist.systems = table.system;
                let current = RwLock::new(Arc::new(policy.clone()));
                let reading = tokio::sync::Mutex::default();
                Ok(Self { files: policy, current, reading, systems_as_of: table.as_of.0, versions, strange })
            }
            _ => Err(faults),
        }
    }

    /// The same with contact details that the start's flags give.
    #[must_use]
    pub fn with_contact(mut self, overlay: ContactOverlay) -> Self {
        let contact = &mut self.files.contact;
        for (place, given) in [
            (&mut contact.telephone, overlay.telephone),
            (&mut contact.mail, overlay.mail),
            (&mut contact.address, overlay.address),
        ] {
            if let Some(given) = given {
                *place = given;
            }
        }
        self.current = RwLock::new(Arc::new(self.files.clone()));
        self
    }

    /// Short identifier.
    pub fn id(&self) -> &str {
        &self.files.office.id
    }

    /// Every setting as it counts now: the files', and for single days the desk's. Whoever judges takes it once, so that one
    /// judgement stands on one state of it.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The settings of the files alone.
    pub fn files(&self) -> &Policy {
        &self.files
    }

    /// From now on this counts beside the files: a desk's number of seats instead of theirs, a desk's closure beside theirs.
    /// A day that the files close stays closed for the reason that they give.
    pub fn set_overlay(&self, overlay: &DeskOverlay) {
        let mut policy = self.files.clone();
        for (day, seats) in &overlay.seats {
            policy.seats.by_date.insert(Day(*day), *seats);
        }
        for closure in &overlay.closures {
            if !self.files.closures.iter().any(|it| it.date == closure.date) {
                policy.closures.push(closure.clone());
            }
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if **current != policy {
            *current = Arc::new(policy);
        }
    }

    /// The day on which somebody looked through the table of systems last.
    pub fn systems_as_of(&self) -> NaiveDate {
        self.systems_as_of
    }

    /// The version of the terms in force at a moment.
    pub fn terms_in_force(&self, now: Instant) -> Option<&Terms> {
        terms::in_force(&self.versions, day_of(now))
    }

    /// Versions known and not yet in force, the nearest first.
    pub fn terms_announced(&self, now: Instant) -> Vec<&Terms> {
        terms::announced(&self.versions, day_of(now))
    }

    /// A version by its id.
    pub fn terms(&self, id: &str) -> Option<&Terms> {
        self.versions.iter().find(|it| it.id == id)
    }

    /// What the texts lack of the terms that the rules stand on: to be told, not to be refused, since another office
    /// may number its articles differently.
    pub fn gaps(&self) -> Vec<String> {
        self.versions.iter().flat_map(Terms::gaps).collect()
    }

    /// What works and is hardly meant, as of a day, with file and line: to be told, not to be refused.
    pub fn strange(&self, today: NaiveDate) -> Vec<String> {
        self.strange
            .iter()
            .filter(|it| it.from.is_none_or(|from| from <= today))
            .map(|it| it.told.clone())
            .collect()
    }

    /// From when on a version will be in force, where none is yet.
    pub fn first_effective(&self) -> Option<NaiveDate> {
        self.versions.iter().map(|it| it.effective).min()
    }
}

/// A version by id and digest.
pub(crate) fn reference(terms: &Terms) -> TermsRef {
    TermsRef { id: terms.id.clone(), sha256: terms.sha256.clone() }
}

/// A version as the wire names it.
pub(crate) fn version(terms: &Terms) -> TermsVersion {
    TermsVersion {
        id: terms.id.clone(),
        sha256: terms.sha256.clone(),
        effective: terms.effective.to_string(),
    }
}

#[cfg(test)]
mod tests;
