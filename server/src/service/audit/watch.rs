//! Keeps the head file up to date: within a second or so it says where the log ends, and what has ended for good.
//!
//! Written behind the commit, never before: a file that says less than the database is one of a program that was killed in that second.
//! Each row is verified on the way, so that rows which somebody puts in, changes or takes away beneath a running server are found
//! as well; then the file stays as it is until the next start looks into it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::endings;
use super::finding::Finding;
use crate::service::staff::SignedIn;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::{self, StoredRow, Subject, Word, bound, memo};
use crate::store::sql;
use crate::vault::log_head::{Break, Ending, Found, Head, LogHead};
use crate::vault::{Hash, hex, same};

/// From one look at the log's end to the next.
const EVERY: Duration = Duration::from_secs(1);
/// Looks between two at the file itself while nothing is written.
const LOOKS: u32 = 60;
/// Rows that are verified in one reading.
const READ_AT_ONCE: i64 = 500;

/// The last row of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) place: i64,
    pub(super) hash: Hash,
    /// When it was written, in milliseconds.
    pub(super) at: i64,
}

/// What this process knows of the log's end.
#[derive(Debug, Default)]
pub struct Watch(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The last row that was verified, once the log was looked at.
    end: Option<End>,
    /// What ended since the file was written.
    endings: Vec<Ending>,
    /// Something is wrong: the file stays as it is.
    stopped: bool,
    /// It was told that the file cannot be written.
    failing: bool,
    /// What the last look through the whole log has found.
    findings: Vec<Finding>,
    /// What the file says was wrong.
    breaks: Vec<Break>,
}

impl Watch {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From where on rows are followed.
    pub(super) fn begin(&self, end: End) {
        let mut known = self.known();
        (known.end, known.stopped) = (Some(end), false);
        known.endings.clear();
    }

    /// What the file says now.
    pub(super) fn says(&self, head: &Head) {
        self.known().breaks.clone_from(&head.breaks);
    }

    /// What was wrong and no manager has seen yet.
    pub fn unseen(&self) -> Vec<Break> {
        self.known().breaks.iter().filter(|it| it.seen_by.is_none()).cloned().collect()
    }

    /// What the last look through the whole log has found.
    pub fn findings(&self) -> Vec<Finding> {
        self.known().findings.clone()
    }

    pub(super) fn found(&self, findings: &[Finding]) {
        self.known().findings = findings.to_vec();
    }
}

/// Follows the log for good.
pub async fn run(app: &AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = 0;
    loop {
        ticks.tick().await;
        looks = (looks + 1) % LOOKS;
        told(app, follow(app, looks == 0).await);
        if looks == 0
            && let Err(error) = super::failures::tell(app).await
        {
            tracing::warn!(%error, "sign-ins that failed are not counted together");
        }
    }
}

/// The last look before an end.
pub async fn finish(app: &AppState) {
    told(app, follow(app, true).await);
}

/// A file that cannot be written is told once, until it can be again.
fn told(app: &AppState, outcome: Result<(), StoreError>) {
    let mut known = app.log_watch.known();
    match outcome {
        Ok(()) => known.failing = false,
        // What lies beneath was lost: that is said once, for all that comes of it.
        Err(_) if app.store.standing().is_err() => {}
        Err(error) if !known.failing => {
            known.failing = true;
            tracing::error!(%error, "the end of the staff's log is not written beside the key");
        }
        Err(_) => {}
    }
}

/// Verifies the rows that are new, and writes down where the log ends then; `in_any_case` looks at the file also where there is
/// none.
///
/// # Errors
/// The store's, or the file's.
pub async fn follow(app: &AppState, in_any_case: bool) -> Result<(), StoreError> {
    let Some(file) = app.vault.log_head() else { return Ok(()) };
    let begun = {
        let known = app.log_watch.known();
        known.end.filter(|_| !known.stopped)
    };
    let Some(begun) = begun else { return Ok(()) };
    let mut end = begun;
    loop {
        let (at_end, rows) = sql::read(&*app.store, move |tx| {
            Box::pin(async move {
                let at_end = audit::at(tx, end.place).await?;
                Ok((at_end, audit::behind(tx, end.place, READ_AT_ONCE).await?))
            })
        })
        .await?;
        let stands = end.place == 0 || at_end.and_then(|it| it.hash).is_some_and(|it| same(&it, &end.hash));
        if !stands {
            return stop(app, file, begun, what_was_done(app, end.place).await?).await;
        }
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let place = end.place + 1;
            let hash = bound(&app.vault.log_key(), &end.hash, place, row);
            if row.place != Some(place) || !row.hash.is_some_and(|it| same(&it, &hash)) {
                write(app, file, end).await?;
                let invented = Finding::Invented { place: row.place.unwrap_or_default() };
                return stop(app, file, end, vec![invented]).await;
            }
            end = End { place, hash, at: row.at.timestamp_millis() };
            endings::take(&mut app.log_watch.known().endings, row);
        }
        app.log_watch.known().end = Some(end);
    }
    if end != begun || in_any_case { write(app, file, end).await } else { Ok(()) }
}

/// The known last row is not there: the whole log tells more exactly what was done.
async fn what_was_done(app: &AppState, known: i64) -> Result<Vec<Finding>, StoreError> {
    if let Ok(verified) = super::start::verify(app).await
        && !verified.is_intact()
    {
        return Ok(verified.findings);
    }
    let (last, told) = sql::read(&*app.store, |tx| {
        Box::pin(async { Ok((audit::last(tx).await?, memo::all(tx).await?.most())) })
    })
    .await?;
    Ok(vec![short(last.as_ref(), told, known)])
}

/// What it is called when the last known row is not there.
pub(super) fn short(last: Option<&StoredRow>, told: Option<i64>, known: i64) -> Finding {
    let last = last.and_then(|it| it.place).unwrap_or_default();
    match told {
        Some(_) if last == 0 => Finding::Emptied { known },
        Some(told) if last < told || known <= told => Finding::CutOff { last: last.min(known - 1), known },
        _ => Finding::RolledBack { last: last.min(known - 1), known },
    }
}

/// Writes the file, and then says in the database how far it has come.
async fn write(app: &AppState, file: &LogHead, end: End) -> Result<(), StoreError> {
    let (now, own) = (app.clock.now().timestamp_millis(), file.clone());
    let endings = app.log_watch.known().endings.clone();
    let server = file.server().map(str::to_owned);
    let memos = sql::read(&*app.store, |tx| Box::pin(async { memo::all(tx).await })).await?;
    let told = memos.of(server.as_deref());
    let written = tokio::task::spawn_blocking(move || {
        own.change(|found| {
            let mut head = Head::new(end.place, &end.hash, end.at);
            let wrong = match found {
                Found::There(old) => {
                    let older = told.is_some_and(|it| old.place < it);
                    let finding = older
                        .then(|| Finding::HeadOlder { place: old.place, known: told.unwrap_or_default() });
                    if end.place < old.place {
                        (head.place, head.hash, head.at) = (old.place, old.hash, old.at);
                    }
                    (head.endings, head.breaks) = (old.endings, old.breaks);
                    finding
                }
                Found::Missing => Some(Finding::HeadMissing),
                Found::Forged => Some(Finding::HeadForged),
            };
            for it in endings {
                head.endings.retain(|old| old.staff != it.staff || old.kind != it.kind);
                head.endings.push(it);
            }
            if let Some(finding) = wrong {
                tracing::error!("THE STAFF'S LOG: {finding}");
                head.breaks.push(break_of(&finding, now));
            }
            head
        })
    });
    let written = written.await.map_err(|_| unwritten("the write broke off"))?;
    let head = written.map_err(|error| unwritten(&error.to_string()))?;
    app.log_watch.known().endings.clear();
    app.log_watch.says(&head);
    if told.is_none_or(|it| it < head.place) {
        let noted = sql::write(&*app.store, move |tx| {
            Box::pin(async move { memo::keep(tx, server.as_deref(), head.place).await })
        });
        noted.await?;
    }
    Ok(())
}

fn unwritten(why: &str) -> StoreError {
    StoreError::Unavailable(format!("the head file: {why}"))
}

/// As it is kept beside the key.
pub(super) fn break_of(finding: &Finding, now: i64) -> Break {
    Break {
        found_at: now,
        kind: finding.kind().to_owned(),
        numbers: finding.numbers(),
        ended: Vec::new(),
        seen_by: None,
    }
}

/// Something is wrong: it is told once, kept beside the key, and the file goes no further.
async fn stop(app: &AppState, file: &LogHead, end: End, findings: Vec<Finding>) -> Result<(), StoreError> {
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    tracing::error!("THE STAFF'S LOG: {}; the next start looks into it", told.join("; "));
    app.log_watch.known().stopped = true;
    let (now, own) = (app.clock.now().timestamp_millis(), file.clone());
    let kept = tokio::task::spawn_blocking(move || {
        own.change(|found| {
            let mut head = match found {
                Found::There(head) => head,
                Found::Missing | Found::Forged => Head::new(end.place, &end.hash, end.at),
            };
            for finding in &findings {
                add(&mut head.breaks, break_of(finding, now));
            }
            head
        })
    });
    let kept = kept.await.map_err(|_| unwritten("the write broke off"))?;
    app.log_watch.says(&kept.map_err(|error| unwritten(&error.to_string()))?);
    Ok(())
}

/// A manager has seen what was wrong: from then on it is told no more.
///
/// # Errors
/// The store's, or the file's.
pub async fn seen(app: &AppState, who: &SignedIn) -> Result<(), StoreError> {
    let Some(file) = app.vault.log_head().filter(|_| !app.log_watch.unseen().is_empty()) else {
        return Ok(());
    };
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let actor = by.clone();
    let noted = sql::write(&*app.store, move |tx| {
        audit::append(tx, now, &actor, "log_seen", Subject::Word(Word::Log));
        Box::pin(async { Ok(()) })
    });
    noted.await?;
    let (own, known) = (file.clone(), app.log_watch.unseen());
    let written = tokio::task::spawn_blocking(move || {
        own.change(|found| match found {
            Found::There(mut head) => {
                for it in head.breaks.iter_mut().filter(|it| known.contains(it)) {
                    it.seen_by = Some(by.clone());
                }
                head
            }
            // The next look writes it anew, and tells.
            Found::Missing | Found::Forged => Head::new(0, &[0; 32], 0),
        })
    });
    let written = written.await.map_err(|_| unwritten("the write broke off"))?;
    app.log_watch.says(&written.map_err(|error| unwritten(&error.to_string()))?);
    Ok(())
}

/// The same thing that nobody has seen yet is not told twice.
pub(super) fn add(breaks: &mut Vec<Break>, mut new: Break) {
    let same = |it: &Break| it.seen_by.is_none() && it.kind == new.kind && it.numbers == new.numbers;
    let (told, others): (Vec<_>, Vec<_>) = std::mem::take(breaks).into_iter().partition(same);
    *breaks = others;
    new.ended.extend(told.into_iter().flat_map(|it| it.ended));
    breaks.push(new);
    // The latest are enough to know that something was wrong.
    let more = breaks.len().saturating_sub(100);
    breaks.drain(..more);
}

/// A hash as the file has it.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (hex(&hash) == text).then_some(hash)
}
