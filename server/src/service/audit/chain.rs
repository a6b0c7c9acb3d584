//! The chain through the log, read from the first row to the last: each row's hash is made of the row, its place and the hash
//! before, with a key that is not in the database. What does not fit is given the name of what was most likely done.

use std::fmt;

use super::finding::Finding;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::{self, StoredRow, beginning, bound};
use crate::store::sql;
use crate::vault::{Hash, LogKey, hex, same};

/// Rows that are verified in one reading.
const READ_AT_ONCE: i64 = 1000;

/// Rows that were removed with the others renumbered behind them are looked for up to so many.
const FARTHEST: i64 = 256;

/// Findings that are told; more say nothing more.
const MOST: usize = 20;

/// What a verification has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// So many rows hold, from the first.
    pub intact: i64,
    /// Fingerprint of the last row.
    pub fingerprint: String,
    /// What does not hold.
    pub findings: Vec<Finding>,
}

/// Where the log ends, as far as somebody outside of the database knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Place of the last row.
    pub place: i64,
    /// Its hash.
    pub hash: Hash,
    /// How many rows there were, by what the database itself says: an older copy says less than is known.
    pub told_more: Option<i64>,
}

impl Verified {
    /// Whether all of it holds.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { intact, fingerprint, findings } = self;
        if findings.is_empty() {
            return write!(f, "The log is intact: {intact} rows, the last with fingerprint {fingerprint}");
        }
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        write!(f, "THE LOG IS NOT AS IT WAS WRITTEN: {}; intact before: {intact} rows", findings.join("; "))
    }
}

/// Reads the whole chain, a portion at a time.
///
/// # Errors
/// `unavailable`.
pub async fn verify(app: &AppState) -> Result<Verified, ApiError> {
    read_through(app, None).await
}

/// The same, with what is known of its end from outside of the database.
pub(super) async fn read_through(app: &AppState, known: Option<Known>) -> Result<Verified, ApiError> {
    let mut walk = Walk::new(app.vault.log_key(), app.office.id(), known);
    let mut behind = i64::MIN;
    loop {
        let rows = sql::read(&*app.store, move |tx| {
            Box::pin(async move { audit::behind(tx, behind, READ_AT_ONCE).await })
        });
        let rows = rows.await?;
        let whole = i64::try_from(rows.len()) != Ok(READ_AT_ONCE);
        // The last row of a portion is looked at with its successors.
        let judged = if whole { rows.len() } else { rows.len() - 1 };
        walk.take(&rows, judged);
        match rows.get(judged.wrapping_sub(1)).and_then(|it| it.place) {
            Some(place) if !whole => behind = place,
            _ => break,
        }
    }
    let unbound = sql::read(&*app.store, |tx| Box::pin(async { audit::count_unbound(tx).await }));
    Ok(walk.end(unbound.await?))
}

/// How far the verification is.
struct Walk {
    key: LogKey,
    known: Option<Known>,
    /// The place that the last row was bound with, and its hash.
    place: i64,
    hash: Hash,
    /// By how much places in the database are beyond those that rows were bound with.
    shift: i64,
    /// The last place in the database.
    last: Option<i64>,
    intact: i64,
    /// Rows that stood where others belong.
    displaced: Vec<StoredRow>,
    findings: Vec<Finding>,
    /// Another row stands where the known last one belongs.
    forked: bool,
}

impl Walk {
    fn new(key: LogKey, office: &str, known: Option<Known>) -> Self {
        let hash = beginning(&key, office);
        Self {
            key,
            known,
            place: 0,
            hash,
            shift: 0,
            last: None,
            intact: 0,
            displaced: Vec::new(),
            findings: Vec::new(),
            forked: false,
        }
    }

    /// Whether a row was bound at a place behind a hash.
    fn binds(&self, hash: &Hash, place: i64, row: &StoredRow) -> bool {
        row.hash.is_some_and(|it| same(&it, &bound(&self.key, hash, place, row)))
    }

    /// Whether a row is the one that was written next.
    fn is_next(&self, row: &StoredRow) -> bool {
        self.binds(&self.hash, self.place + 1, row)
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        }
    }

    /// The rows of a portion, in the order of their places; the first so many of them are judged.
    fn take(&mut self, rows: &[StoredRow], judged: usize) {
        let mut at = 0;
        while at < judged {
            let row = &rows[at];
            let place = row.place.unwrap_or_default();
            if self.last.is_some_and(|it| place <= it) {
                // It was judged with the one before it.
                at += 1;
                continue;
            }
            self.last = Some(place);
            self.forked |= self
                .known
                .is_some_and(|it| it.place == place && !row.hash.is_some_and(|hash| same(&hash, &it.hash)));
            if self.is_next(row) {
                if place - (self.place + 1) != self.shift {
                    self.shift = place - (self.place + 1);
                    self.find(Finding::Renumbered { place });
                }
                self.go_on(self.place + 1, row.hash);
                at += 1;
            } else {
                at += self.explain(row, place, &rows[at + 1..]);
            }
        }
    }

    fn go_on(&mut self, place: i64, hash: Option<Hash>) {
        self.place = place;
        self.hash = hash.unwrap_or_default();
        if self.findings.is_empty() {
            self.intact = place;
        }
    }

    /// Names what was done to a row that does not fit, and tells how many rows that explains.
    fn explain(&mut self, row: &StoredRow, place: i64, following: &[StoredRow]) -> usize {
        let expected = self.place + 1;
        let next = following.first();
        if let Some(at) = self.displaced.iter().position(|it| self.is_next(it)) {
            // It was told when its place was found taken.
            let hash = self.displaced.swap_remove(at).hash;
            self.displaced.push(row.clone());
            self.go_on(expected, hash);
            return 1;
        }
        if place - self.shift < expected {
            self.find(Finding::Invented { place });
            return 1;
        }
        if let Some(next) = next.filter(|it| self.is_next(it)) {
            if next.hash.is_some_and(|it| self.binds(&it, expected + 1, row)) {
                self.find(Finding::Reordered { place });
                self.last = next.place;
                self.go_on(expected + 1, row.hash);
                return 2;
            }
            self.find(Finding::Invented { place });
            self.shift += 1;
            return 1;
        }
        if let Some(belongs) = following.iter().find(|it| self.is_next(it)) {
            let hash = belongs.hash;
            self.find(Finding::Reordered { place });
            self.displaced.push(row.clone());
            self.go_on(expected, hash);
            return 1;
        }
        let made_up =
            next.is_none() && self.known.is_some_and(|it| it.place < place && it.place <= self.place);
        if made_up {
            self.find(Finding::Invented { place });
            return 1;
        }
        if expected < place - self.shift {
            let (from, to) = (expected + self.shift, place - 1);
            self.find(if expected == 1 {
                Finding::BeginningRemoved { to }
            } else {
                Finding::Removed { from, to }
            });
            // Nobody can tell any more whether this one was changed too; those behind it hang on it.
            self.go_on(place - self.shift, row.hash);
            return 1;
        }
        if let Some(removed) = next.and_then(|it| self.removed_before(row, it)) {
            // Those behind were given other numbers, so that no gap shows.
            self.find(Finding::Removed { from: expected, to: expected + removed - 1 });
            self.shift = place - (expected + removed);
            self.go_on(expected + removed, row.hash);
            return 1;
        }
        let rewritten = bound(&self.key, &self.hash, expected, row);
        let holds = next.is_some_and(|it| self.binds(&rewritten, expected + 1, it));
        self.find(Finding::Changed { place });
        self.go_on(expected, if holds { Some(rewritten) } else { row.hash });
        1
    }

    /// How many rows stood before two that hang on each other, where they were bound further on than they stand.
    fn removed_before(&self, row: &StoredRow, next: &StoredRow) -> Option<i64> {
        let hash = row.hash?;
        (1..=FARTHEST).find(|it| self.binds(&hash, self.place + 1 + it + 1, next))
    }

    fn end(mut self, (count, id): (i64, i64)) -> Verified {
        let last = self.last.unwrap_or_default().max(self.place);
        let short = self.known.filter(|it| last < it.place);
        match short {
            Some(known) if count == 0 && self.last.is_none() => {
                self.find(Finding::Emptied { known: known.place });
            }
            Some(_) if 0 < count => self.find(Finding::Unbound { count, id }),
            Some(known) if known.told_more.is_some_and(|it| last < it) => {
                self.find(Finding::CutOff { last, known: known.place });
            }
            Some(known) => self.find(Finding::RolledBack { last, known: known.place }),
            None if 0 < count => self.find(Finding::InventedUnbound { count, id }),
            None => {}
        }
        if let Some(known) = self.known.filter(|_| self.forked && self.findings.is_empty()) {
            let (last, cut) = (known.place - 1, known.told_more.is_some_and(|it| known.place <= it));
            self.find(if cut {
                Finding::CutOff { last, known: known.place }
            } else {
                Finding::RolledBack { last, known: known.place }
            });
        }
        Verified { intact: self.intact, fingerprint: hex(&self.hash[..6]), findings: self.findings }
    }
}
