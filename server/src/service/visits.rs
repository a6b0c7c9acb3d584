//! Article 5(1): what is recorded of the use. RULEBOOK: "for each visit: step reached and when, verdicts of the checks, OS and
//! browser family with major version, a pseudonym". No address, no user-agent string, nothing that a person typed.

use std::collections::BTreeMap;

use precheck_shared::api::VisitReport;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::journey::Step;
use precheck_shared::records::{UsageRecord, visits_kept_from};
use precheck_shared::time::{Instant, day_of};

use crate::error::{ApiError, Place};
use crate::state::AppState;
use crate::store::desk::visits;
use crate::store::{StoreError, sql};

/// Families of systems that are told apart.
pub const SYSTEMS: [&str; 7] = ["windows", "macos", "ios", "android", "chromeos", "linux", "other"];

/// Families of browsers that are told apart.
pub const BROWSERS: [&str; 7] = ["chrome", "edge", "firefox", "safari", "samsung", "opera", "other"];

/// Letters of a tab's value: 16 random bytes or more.
const TAB: std::ops::RangeInclusive<usize> = 22..=64;

/// No browser counts so far; what says so is no version.
const VERSIONS: std::ops::RangeInclusive<u16> = 1..=999;

/// Records a report.
///
/// Without a tab's value nobody knows which reports are of one visit: then only the first one of a visit counts.
///
/// # Errors
/// `malformed` with all places, `unavailable`.
pub async fn note(app: &AppState, report: &VisitReport) -> Result<(), ApiError> {
    let now = app.clock.now();
    let month = month_of(now);
    let record = read(app, report, now, &month).map_err(ApiError::Unreadable)?;
    let is_first = matches!(Step::parse(&record.step), Some(Step::Conditions | Step::Consent));
    if record.pseudonym.is_none() && !is_first {
        return Ok(());
    }
    let noted =
        sql::write(&*app.store, move |tx| Box::pin(async move { visits::note(tx, &month, &record).await }));
    Ok(noted.await?)
}

/// Deletes the records whose time is over.
///
/// # Errors
/// The store's.
pub async fn forget(app: &AppState, now: Instant) -> Result<(), StoreError> {
    let policy = &*app.office.policy();
    let kept_from = visits_kept_from(policy, now);
    loop {
        // Looked for without a transaction that writes, since there is nothing to forget nearly always.
        let is_old = sql::read(&*app.store, move |tx| Box::pin(visits::is_any_before(tx, kept_from)));
        if !is_old.await? {
            return Ok(());
        }
        let forgotten = sql::write(&*app.store, move |tx| Box::pin(visits::forget(tx, kept_from)));
        let visits = forgotten.await?;
        tracing::info!(visits, "the time of visits was over");
    }
}

/// `2026-11`
fn month_of(now: Instant) -> String {
    day_of(now).format("%Y-%m").to_string()
}

fn read(app: &AppState, report: &VisitReport, now: Instant, month: &str) -> Result<UsageRecord, Vec<Place>> {
    let mut faults = Vec::new();
    let mut expect = |fits: bool, pointer: &str, why: &'static str| {
        if !fits {
            faults.push(Place { pointer: pointer.to_owned(), why });
        }
    };
    let VisitReport { tab, step, os, browser, browser_major, checks } = report;
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    let is_value = |it: &str| TAB.contains(&it.len()) && it.bytes().all(is_letter);
    expect(tab.is_empty() || is_value(tab), "/tab", "22 to 64 letters of base64url, or none");
    expect(Step::parse(step).is_some(), "/step", "a step");
    expect(SYSTEMS.contains(&os.as_str()), "/os", "a family of systems");
    expect(BROWSERS.contains(&browser.as_str()), "/browser", "a family of browsers");
    expect(browser_major.is_none_or(|it| VERSIONS.contains(&it)), "/browser_major", "1 to 999, or null");
    let mut outcomes = BTreeMap::new();
    for (item, outcome) in checks {
        match (Item::parse(item), Outcome::parse(outcome)) {
            (Some(item), Some(outcome)) => {
                outcomes.insert(item as usize, (item.as_str(), outcome.as_str()));
            }
            _ => expect(false, "/checks", "ids and outcomes of the checklist"),
        }
    }
    if !faults.is_empty() {
        faults.dedup_by(|one, other| one.pointer == other.pointer);
        return Err(faults);
    }
    let major = browser_major.map(|it| format!(" {it}")).unwrap_or_default();
    Ok(UsageRecord {
        pseudonym: (!tab.is_empty()).then(|| app.vault.pseudonym(month, tab)),
        step: step.clone(),
        at: now,
        os_family: os.clone(),
        browser: format!("{browser}{major}"),
        outcomes: outcomes.into_values().map(|it| (it.0.to_owned(), it.1.to_owned())).collect(),
    })
}
