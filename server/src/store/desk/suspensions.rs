//! Articles 4(3) and 10(1): refused and suspended numbers. They keep the number's keyed hash of their own, so that a booking's
//! erasure takes nothing from them.

use chrono::NaiveDate;
use precheck_shared::time::{Instant, midnight, parse_date};

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};
use crate::vault::{Hash, Sealed};

/// A suspension as stored.
#[derive(Debug, Clone)]
pub struct Suspension {
    /// The row.
    pub id: i64,
    /// Keyed hash of the number.
    pub number_hash: Hash,
    /// `conduct`: 10(1); `silence`: 4(3).
    pub kind: String,
    /// Why.
    pub reason: Sealed,
    /// From which booking it was made: its reception number.
    pub from: String,
    /// By whom.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// The first day on which it is over; `None`: open.
    pub ends: Option<NaiveDate>,
    /// When a manager last looked at it.
    pub reviewed_at: Instant,
    /// Who lifted it, when, why.
    pub lifted: Option<(String, Instant, Sealed)>,
}

/// A suspension to be made.
#[derive(Debug, Clone)]
pub struct NewSuspension {
    /// Keyed hash of the number.
    pub number_hash: Hash,
    /// `conduct`, `silence`.
    pub kind: &'static str,
    /// Why.
    pub reason: Sealed,
    /// The row of the booking from which it is made.
    pub booking: i64,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The first day on which it is over.
    pub ends: Option<NaiveDate>,
}

macro_rules! suspensions {
    ($rest:literal) => {
        concat!(
            "select s.id, s.number_hash, s.kind, s.key_id, s.reason, b.reception_number, s.made_by, s.made_at, s.ends,
                 s.reviewed_at, s.lifted_by, s.lifted_at, s.lifted_key_id, s.lifted
             from suspension s join booking b on b.id = s.booking ",
            $rest
        )
    };
}

const OF: &str =
    suspensions!("where s.office = $1 and s.number_hash = $2 order by s.made_at desc, s.id desc limit 50");
const ONE: &str = suspensions!("where s.office = $1 and s.id = $2");
const DUE: &str = suspensions!(
    "where s.office = $1 and s.reviewed_at < $2 and s.lifted_at is null and (s.ends is null or $3 < s.ends)
     order by s.reviewed_at, s.id limit 50"
);
const INSERT: &str = "insert into suspension
        (office, number_hash, kind, key_id, reason, booking, made_by, made_at, ends, reviewed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)";
const LIFT: &str = "update suspension set lifted_by = $3, lifted_at = $4, lifted_key_id = $5, lifted = $6
    where office = $1 and id = $2 and lifted_at is null returning 1";
const REVIEW: &str = "update suspension set reviewed_at = $3
    where office = $1 and id = $2 and lifted_at is null returning 1";

const IS_OVER: &str = "select 1 from suspension where office = $1 and key_id <> ''
    and (ends <= $2 or lifted_at < $3) limit 1";
const FORGET: &str = "update suspension set number_hash = $4, key_id = '', reason = $5,
        lifted_key_id = case when lifted_at is null then lifted_key_id else '' end,
        lifted = case when lifted_at is null then lifted else $5 end
    where office = $1 and key_id <> '' and (ends <= $2 or lifted_at < $3)";
const UNFORGOTTEN: &str = "insert into meta (name, value) values ('unforgotten', 'rebuild')
    on conflict (name) do update set value = excluded.value";

impl Suspension {
    /// Whether it counts on a day.
    pub fn is_in_force(&self, today: NaiveDate) -> bool {
        self.lifted.is_none() && self.ends.is_none_or(|it| today < it)
    }
}

/// All suspensions of a number, the newest first.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn of(tx: &mut dyn Tx, number: Hash) -> Result<Vec<Suspension>, StoreError> {
    tx.rows(OF, values![tx.office(), number]).await?.iter().map(from_row).collect()
}

/// One of them.
pub async fn one(tx: &mut dyn Tx, id: i64) -> Result<Option<Suspension>, StoreError> {
    tx.rows(ONE, values![tx.office(), id]).await?.first().map(from_row).transpose()
}

/// Those in force that no manager has looked at since then, the longest ago first.
pub async fn due_for_review(
    tx: &mut dyn Tx,
    before: Instant,
    today: NaiveDate,
) -> Result<Vec<Suspension>, StoreError> {
    let values = values![tx.office(), before, today.to_string()];
    tx.rows(DUE, values).await?.iter().map(from_row).collect()
}

/// Makes one.
pub async fn insert(tx: &mut dyn Tx, new: &NewSuspension) -> Result<(), StoreError> {
    let NewSuspension { number_hash, kind, reason, booking, by, at, ends } = new;
    let (key_id, sealed) = (&reason.key_id, reason.bytes.clone());
    let ends = ends.map(|it| it.to_string());
    let values = values![tx.office(), *number_hash, *kind, key_id, sealed, *booking, by, *at, ends];
    tx.rows(INSERT, values).await.map(drop)
}

/// Lifts one; false when that was done already.
pub async fn lift(
    tx: &mut dyn Tx,
    id: i64,
    by: &str,
    at: Instant,
    reason: &Sealed,
) -> Result<bool, StoreError> {
    let values = values![tx.office(), id, by, at, &reason.key_id, reason.bytes.clone()];
    Ok(!tx.rows(LIFT, values).await?.is_empty())
}

/// A manager looked at one and leaves it as it is; false when it was lifted.
pub async fn review(tx: &mut dyn Tx, id: i64, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(REVIEW, values![tx.office(), id, at]).await?.is_empty())
}

/// 6: whether one has ended that still says of which number it was, and why. One that was lifted is shown to the end of that day.
pub async fn is_over(tx: &mut dyn Tx, today: NaiveDate) -> Result<bool, StoreError> {
    let values = values![tx.office(), today.to_string(), midnight(today)];
    Ok(!tx.rows(IS_OVER, values).await?.is_empty())
}

/// 6: takes number and reasons from those that have ended; that there was one, when and by whom, stays. The files forget it with
/// the persons of bookings.
pub async fn forget_over(tx: &mut dyn Tx, today: NaiveDate) -> Result<(), StoreError> {
    let nobody: Hash = [0; 32];
    let values = values![tx.office(), today.to_string(), midnight(today), nobody, Vec::<u8>::new()];
    tx.rows(FORGET, values).await?;
    tx.rows(UNFORGOTTEN, Vec::new()).await.map(drop)
}

fn from_row(row: &Row) -> Result<Suspension, StoreError> {
    let broken = || StoreError::Inconsistent("suspension");
    let lifted = row.get::<Option<String>>(10)?.zip(row.get::<Option<Instant>>(11)?).zip(row.sealed(12)?);
    let ends: Option<String> = row.get(8)?;
    Ok(Suspension {
        id: row.get(0)?,
        number_hash: row.get(1)?,
        kind: row.get(2)?,
        reason: row.sealed(3)?.ok_or_else(broken)?,
        from: row.get(5)?,
        made_by: row.get(6)?,
        made_at: row.get(7)?,
        ends: ends.map(|it| parse_date(&it).ok_or_else(broken)).transpose()?,
        reviewed_at: row.get(9)?,
        lifted: lifted.map(|((by, at), reason)| (by, at, reason)),
    })
}
