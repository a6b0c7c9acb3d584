//! Articles 4(3) and 10(1): a manager suspends a number, or refuses it after silence, with a reason and an optional end; lifts it
//! likewise; and looks at it once a year. A human act: nothing here follows from a count, and no request is refused by it.

use chrono::NaiveDate;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::{Instant, day_of, parse_date};
use precheck_shared::violation::{Code, Violation};

use super::desk::refused;
use super::piece::{self, Piece, Place};
use super::staff::SignedIn;
use super::told::needed;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::bookings;
use crate::store::desk::suspensions::{self, NewSuspension, Suspension};
use crate::store::{StoreError, sql};
use crate::vault::{Hash, Sealed, hex};

/// A suspension that can be read.
#[derive(Debug, Clone)]
pub struct SuspensionInWords {
    /// As stored.
    pub stored: Suspension,
    /// Why.
    pub reason: Piece<String>,
    /// Why it was lifted.
    pub lifted_because: Piece<String>,
}

/// What a manager enters.
#[derive(Debug, Clone)]
pub struct SuspensionAsEntered<'a> {
    /// `silence` for 4(3), else 10(1).
    pub kind: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The first day on which it is over, `2027-04-01`; empty: open.
    pub ends: &'a str,
}

/// Suspends the number of a request.
///
/// # Errors
/// `not_found` (also of a person who was erased), `reason_missing`, `unavailable`; an end that is no day to come; `stale_version` where
/// the number was corrected at the same moment.
pub async fn suspend(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    entered: &SuspensionAsEntered<'_>,
) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut faults = needed(entered.reason).err().unwrap_or_default();
    let ends = match read_end(now, entered.ends) {
        Ok(ends) => ends,
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    let wanted = number.as_str().to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { bookings::one(tx, &wanted).await }));
    let booking = found.await?.filter(|it| it.person.is_some()).ok_or(ApiError::NotFound)?;
    let name = name(app, &booking.number_hash, now, "made");
    let new = NewSuspension {
        number_hash: booking.number_hash,
        kind: if entered.kind == "silence" { "silence" } else { "conduct" },
        reason: app.vault.seal(&name, entered.reason.trim().as_bytes())?,
        booking: booking.id,
        by: who.officer.as_str().to_owned(),
        at: now,
        ends,
    };
    let subject = number.clone();
    let made = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            // The number that was looked at: it may have been corrected, or erased, meanwhile.
            let booking = bookings::one(tx, subject.as_str()).await?.filter(|it| it.person.is_some());
            if booking.is_none_or(|it| it.number_hash != new.number_hash) {
                return Ok(false);
            }
            suspensions::insert(tx, &new).await?;
            audit::append(tx, now, &new.by, "suspended", Subject::reception(&subject));
            Ok(true)
        })
    });
    if made.await? { Ok(()) } else { Err(ApiError::StaleVersion) }
}

/// Lifts a suspension, with a reason.
///
/// # Errors
/// `not_found`, `reason_missing`, `stale_version` when it was lifted already, `unavailable`.
pub async fn lift(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    id: i64,
    reason: &str,
) -> Result<(), ApiError> {
    needed(reason).map_err(refused)?;
    let now = app.clock.now();
    let found = of_request(app, number, id).await?;
    let sealed =
        app.vault.seal(&name(app, &found.number_hash, found.made_at, "lifted"), reason.trim().as_bytes())?;
    let (by, subject) = (who.officer.as_str().to_owned(), Subject::reception(number));
    let lifted = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let lifted = suspensions::lift(tx, id, &by, now, &sealed).await?;
            if lifted {
                audit::append(tx, now, &by, "suspension_lifted", subject);
            }
            Ok(lifted)
        })
    });
    if lifted.await? { Ok(()) } else { Err(ApiError::StaleVersion) }
}

/// A manager has looked at a suspension and leaves it: it comes up again in a year.
///
/// # Errors
/// `not_found`, `stale_version` when it was lifted, `unavailable`.
pub async fn review(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    id: i64,
) -> Result<(), ApiError> {
    let now = app.clock.now();
    of_request(app, number, id).await?;
    let (by, subject) = (who.officer.as_str().to_owned(), Subject::reception(number));
    let reviewed = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let reviewed = suspensions::review(tx, id, now).await?;
            if reviewed {
                audit::append(tx, now, &by, "suspension_reviewed", subject);
            }
            Ok(reviewed)
        })
    });
    if reviewed.await? { Ok(()) } else { Err(ApiError::StaleVersion) }
}

/// Opens what was written about a suspension.
pub fn in_words(app: &AppState, stored: Suspension) -> SuspensionInWords {
    let open = |what: &str, column: &'static str, sealed: &Sealed| {
        let name = name(app, &stored.number_hash, stored.made_at, what);
        let place = Place { number: &stored.from, column, at: stored.id };
        piece::open(app, place, &name, sealed, String::from_utf8)
    };
    let reason = open("made", "suspension.reason", &stored.reason);
    let lifted = stored.lifted.as_ref().map(|(_, _, sealed)| open("lifted", "suspension.lifted", sealed));
    SuspensionInWords { reason, lifted_because: lifted.unwrap_or_default(), stored }
}

/// 6: a suspension keeps the number's hash and its reason until its end, and no longer.
pub(crate) async fn forget_over(app: &AppState, now: Instant) -> Result<(), StoreError> {
    let today = day_of(now);
    let found =
        sql::read(&*app.store, move |tx| Box::pin(async move { suspensions::is_over(tx, today).await }));
    if !found.await? {
        return Ok(());
    }
    sql::write(&*app.store, move |tx| Box::pin(async move { suspensions::forget_over(tx, today).await }))
        .await
}

/// A suspension of the number of this request, and of no other.
async fn of_request(app: &AppState, number: &ReceptionNumber, id: i64) -> Result<Suspension, ApiError> {
    let wanted = number.as_str().to_owned();
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let booking = bookings::one(tx, &wanted).await?.filter(|it| it.person.is_some());
            Ok(booking.zip(suspensions::one(tx, id).await?))
        })
    });
    let (booking, suspension) = found.await?.ok_or(ApiError::NotFound)?;
    if booking.number_hash == suspension.number_hash { Ok(suspension) } else { Err(ApiError::NotFound) }
}

fn read_end(now: Instant, typed: &str) -> Result<Option<NaiveDate>, Violation> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let fault = Violation::of_setting(Code::TransitionNotAllowed, "/ends").variant("ends");
    parse_date(typed.trim()).filter(|it| day_of(now) < *it).map(Some).ok_or(fault)
}

/// Under which name a reason is sealed: of office, number and moment.
fn name(app: &AppState, number: &Hash, made_at: Instant, what: &str) -> String {
    format!("suspension/{}/{}/{}/{what}", app.office.id(), hex(number), made_at.timestamp_millis())
}
