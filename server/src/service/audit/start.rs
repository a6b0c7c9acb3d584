//! The look at log and head file before anything is served.
//!
//! A database that is older than the head file knows was restored, rolled back or cut: then what had ended in accounts of the desk ends
//! once more, with every session, every link and every address of a feed, in one transaction; and a manager is told.

use super::chain::{self, Known, Verified};
use super::endings::Kind;
use super::finding::Finding;
use super::watch::{End, add, break_of, short, unhex};
use crate::error::ApiError;
use crate::service::staff::Role;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::{self, StoredRow, Subject, Word, beginning, memo};
use crate::store::desk::{accounts, restored, staff};
use crate::store::sql::{self, Tx};
use crate::vault::log_head::{Break, Ending, Found, Head, LogHead};
use crate::vault::same;

/// Rows of an older program that are bound in one transaction.
const AT_ONCE: i64 = 500;
/// What was done about it.
const ENDED: &str = ". Every session, link and calendar feed of the desk was ended, and what had ended before ended again; \
    who has no password now gets a new link, the first of them by `precheck-server staff link --login LOGIN`";
/// Who acts at such a start.
const CLOCK: &str = "clock";

/// What the database says.
struct Database {
    last: Option<StoredRow>,
    /// The row at the head file's place.
    at_head: Option<StoredRow>,
    memos: memo::Memos,
    /// How many rows have no place, and the id of the first.
    unbound: (i64, i64),
}

/// Looks at both, mends what is ours to mend, and tells in a line what was found, if anything.
///
/// # Errors
/// `unavailable`.
pub async fn begin(app: &AppState) -> Result<Option<String>, ApiError> {
    let Some(file) = app.vault.log_head() else { return Ok(None) };
    let found = read_file(file)?;
    let place = match &found {
        Found::There(head) => head.place,
        Found::Missing | Found::Forged => 0,
    };
    let database = read(app, place).await?;
    let finding = finding(file, &found, &database);
    let mut findings = Vec::new();
    if let Some(finding) = finding {
        // The whole log tells more exactly what was done.
        findings = verify(app).await?.findings;
        if findings.is_empty() {
            findings.push(finding);
        }
    }
    if database.memos.is_empty() {
        while bind_older(app).await? {}
    }
    let mut ended = None;
    if !findings.is_empty() {
        let (known_at, endings) = match &found {
            Found::There(head) => (head.at, head.endings.clone()),
            Found::Missing | Found::Forged => (i64::MAX, Vec::new()),
        };
        ended = end_again(app, known_at, endings).await?;
    }
    let line = (!findings.is_empty()).then(|| {
        let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
        let done = if ended.is_some() { ENDED } else { "" };
        format!("THE STAFF'S LOG: {}{done}", told.join("; "))
    });
    let end = end(app).await?;
    let now = app.clock.now().timestamp_millis();
    let own = file.clone();
    let written = tokio::task::spawn_blocking(move || {
        own.change(|found| {
            let mut head = Head::new(end.place, &end.hash, end.at);
            if let Found::There(old) = found {
                (head.endings, head.breaks) = (old.endings, old.breaks);
                if findings.is_empty() {
                    // Rows behind it are followed one by one.
                    (head.place, head.hash, head.at) = (old.place, old.hash, old.at);
                }
            }
            let mut ended = ended.unwrap_or_default();
            for finding in &findings {
                add(&mut head.breaks, Break { ended: std::mem::take(&mut ended), ..break_of(finding, now) });
            }
            head
        })
    });
    let head = written.await.map_err(|_| unwritten("the write broke off"))?;
    let head = head.map_err(|error| unwritten(&error.to_string()))?;
    app.log_watch.says(&head);
    let first = || beginning(&app.vault.log_key(), app.office.id());
    let hash = unhex(&head.hash).filter(|_| 0 < head.place).unwrap_or_else(first);
    app.log_watch.begin(End { place: head.place, hash, at: head.at });
    let server = file.server().map(str::to_owned);
    if database.memos.of(server.as_deref()) != Some(head.place) {
        let noted = sql::write(&*app.store, move |tx| {
            Box::pin(async move { memo::reset(tx, server.as_deref(), head.place).await })
        });
        noted.await?;
    }
    Ok(line)
}

/// Reads the whole log beside what is served, and tells what was found in a line, if anything.
///
/// # Errors
/// `unavailable`.
pub async fn look_through(app: &AppState) -> Result<Option<String>, ApiError> {
    let verified = verify(app).await?;
    app.log_watch.found(&verified.findings);
    Ok((!verified.is_intact()).then(|| verified.to_string()))
}

/// Reads the whole log and the head file, and gives everything that was found and that no manager has seen yet.
///
/// # Errors
/// `unavailable`.
pub async fn verify(app: &AppState) -> Result<Verified, ApiError> {
    let Some(file) = app.vault.log_head() else { return chain::read_through(app, None).await };
    let found = read_file(file)?;
    let place = match &found {
        Found::There(head) => head.place,
        Found::Missing | Found::Forged => 0,
    };
    let database = read(app, place).await?;
    let known = match &found {
        Found::There(head) => {
            unhex(&head.hash).map(|hash| Known { place: head.place, hash, told_more: database.memos.most() })
        }
        Found::Missing | Found::Forged => None,
    };
    let mut verified = chain::read_through(app, known).await?;
    if let Some(of_file) = finding(file, &found, &database)
        && matches!(of_file, Finding::HeadMissing | Finding::HeadForged | Finding::HeadOlder { .. })
    {
        verified.findings.push(of_file);
    }
    if let Found::There(head) = &found {
        for it in head.breaks.iter().filter(|it| it.seen_by.is_none()) {
            let kept = Finding::read(&it.kind, it.numbers);
            verified.findings.extend(kept.filter(|it| !verified.findings.contains(it)));
        }
    }
    Ok(verified)
}

/// What is wrong with where the log ends, if anything.
fn finding(file: &LogHead, found: &Found, database: &Database) -> Option<Finding> {
    let head = match found {
        // A database of an older program, a new one, or another server's: this one begins.
        Found::Missing if database.memos.of(file.server()).is_none() => return None,
        Found::Missing => return Some(Finding::HeadMissing),
        Found::Forged => return Some(Finding::HeadForged),
        Found::There(head) => head,
    };
    let stands = head.place == 0
        || database
            .at_head
            .as_ref()
            .and_then(|it| it.hash)
            .zip(unhex(&head.hash))
            .is_some_and(|(one, other)| same(&one, &other));
    if !stands {
        let last = database.last.as_ref().and_then(|it| it.place).unwrap_or_default();
        if let (count @ 1.., id) = database.unbound
            && last < head.place
        {
            return Some(Finding::Unbound { count, id });
        }
        return Some(short(database.last.as_ref(), database.memos.most(), head.place));
    }
    // Where several servers write, the others' files are not this one's.
    let told = database.memos.of(file.server()).filter(|it| head.place < *it);
    told.map(|known| Finding::HeadOlder { place: head.place, known })
}

async fn read(app: &AppState, place: i64) -> Result<Database, StoreError> {
    sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            Ok(Database {
                last: audit::last(tx).await?,
                at_head: audit::at(tx, place).await?,
                memos: memo::all(tx).await?,
                unbound: audit::count_unbound(tx).await?,
            })
        })
    })
    .await
}

fn read_file(file: &LogHead) -> Result<Found, ApiError> {
    file.read().map_err(|error| ApiError::Unavailable(format!("{}: {error}", file.path().display())))
}

fn unwritten(why: &str) -> ApiError {
    ApiError::Unavailable(format!("the head file of the staff's log: {why}"))
}

async fn bind_older(app: &AppState) -> Result<bool, StoreError> {
    sql::write(&*app.store, |tx| Box::pin(async { audit::bind_older(tx, AT_ONCE).await })).await
}

/// Where the database's log ends.
async fn end(app: &AppState) -> Result<End, StoreError> {
    let last = sql::read(&*app.store, |tx| Box::pin(async { audit::last(tx).await })).await?;
    let first = beginning(&app.vault.log_key(), app.office.id());
    let end =
        last.and_then(|it| Some(End { place: it.place?, hash: it.hash?, at: it.at.timestamp_millis() }));
    Ok(end.unwrap_or(End { place: 0, hash: first, at: 0 }))
}

/// Ends sessions, links and feeds, and what had ended and is there again; gives whose and what. `None` when another server has done
/// so.
async fn end_again(
    app: &AppState,
    known_at: i64,
    endings: Vec<Ending>,
) -> Result<Option<Vec<(String, String)>>, StoreError> {
    let now = app.clock.now();
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            if restored::last(tx).await?.is_some_and(|it| known_at < it.timestamp_millis()) {
                return Ok(None);
            }
            restored::end_all(tx, now).await?;
            audit::append(tx, now, CLOCK, "database_restored", Subject::Word(Word::Log));
            audit::append(tx, now, CLOCK, "sessions_ended", Subject::Word(Word::Everybody));
            let mut ended = Vec::new();
            for ending in endings {
                let Some(kind) = Kind::parse(&ending.kind) else { continue };
                if ending.place < 1 || is_known(tx, &ending, kind).await? {
                    continue;
                }
                if end_one(tx, &ending.staff, kind, now).await? {
                    ended.push((ending.staff, ending.kind));
                }
            }
            Ok(Some(ended))
        })
    });
    done.await
}

/// Whether the database knows of an end: then it has what came of it.
async fn is_known(tx: &mut dyn Tx, ending: &Ending, kind: Kind) -> Result<bool, StoreError> {
    let row = audit::at(tx, ending.place).await?;
    Ok(row.is_some_and(|it| {
        it.subject == ending.staff && Kind::of(&it.act) == Some(kind) && it.at.timestamp_millis() == ending.at
    }))
}

async fn end_one(
    tx: &mut dyn Tx,
    id: &str,
    kind: Kind,
    now: precheck_shared::time::Instant,
) -> Result<bool, StoreError> {
    let found = staff::by_id(tx, id).await?.filter(|it| it.ended_at.is_none());
    let Some(found) = found else { return Ok(false) };
    let act = match kind {
        Kind::Left => {
            accounts::leave(tx, id, now).await?;
            "staff_ended"
        }
        Kind::Password if found.password.is_some() => {
            restored::end_password(tx, id).await?;
            "password_ended"
        }
        Kind::Codes => {
            // What she set up later is lost: neither the device of before nor the password alone opens her account.
            accounts::set_totp(tx, id, None).await?;
            accounts::keep_recovery(tx, id, Vec::new()).await?;
            restored::end_password(tx, id).await?;
            "codes_removed"
        }
        Kind::Recovery => {
            accounts::keep_recovery(tx, id, Vec::new()).await?;
            "recovery_ended"
        }
        Kind::Rights if found.role == Role::Manager.as_str() => {
            accounts::set_role(tx, id, Role::Officer.as_str()).await?;
            "made_officer"
        }
        Kind::Password | Kind::Rights => return Ok(false),
    };
    audit::append(tx, now, CLOCK, act, Subject::staff(id));
    Ok(true)
}
