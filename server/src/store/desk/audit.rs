//! The log of what the staff read and changed.
//!
//! A row is bound when it is written: work leaves it with its transaction ([`append`]), and at the end of the same transaction
//! it gets its place, and a keyed hash over what it says, its place, and the hash of the row before (`bind`). Of several
//! transactions one does so at a time. There is no other way to append.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};
use crate::vault::{Hash, LogKey};

pub mod failures;
pub mod list;
pub mod memo;
mod subject;

pub use subject::{StaffId, Subject, Word};

/// A row as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// In the order in which they were written.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// An officer's id, `anybody`, `shell`, `clock`.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Where it stands in the chain, from 1.
    pub place: Option<i64>,
    /// What binds it to the rows before.
    pub hash: Option<Hash>,
}

/// A row that is to be written at the end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRow {
    /// When.
    pub at: Instant,
    /// An officer's id, `anybody`, `shell`, `clock`.
    pub actor: String,
    /// What was done: one of our own words.
    pub act: &'static str,
    /// To what.
    pub subject: Subject,
}

/// What a transaction has to write down, and the key that binds it.
pub struct Log {
    key: LogKey,
    waiting: Vec<NewRow>,
}

/// The columns of [`StoredRow`].
macro_rules! rows {
    ($rest:literal) => {
        concat!("select id, at, actor, act, subject, place, hash from audit ", $rest)
    };
}
pub(crate) use rows;

// A place so far out is nobody's: counting on from it would end.
const LAST: &str = rows!(
    "where office = $1 and place is not null and place < 4611686018427387904 order by place desc limit 1"
);
const AT: &str = rows!("where office = $1 and place = $2");
const OLDER: &str = rows!("where office = $1 and place is null and id > $2 order by id limit $3");
const BOUND: &str = rows!("where office = $1 and place > $2 order by place limit $3");
const COUNT_UNBOUND: &str =
    "select count(*), coalesce(min(id), 0) from audit where office = $1 and place is null";
const INSERT: &str =
    "insert into audit (office, at, actor, act, subject) values ($1, $2, $3, $4, $5) returning id";
const BIND: &str = "update audit set place = $3, hash = $4 where office = $1 and id = $2";

/// Every statement that [`bind`] runs, for whoever has to prepare them beforehand.
pub(crate) const BINDING: [&str; 3] = [LAST, INSERT, BIND];

impl Log {
    /// Of a transaction that begins.
    pub(crate) fn new(key: LogKey) -> Self {
        Self { key, waiting: Vec::new() }
    }

    /// Leaves a row with the transaction.
    pub(crate) fn push(&mut self, row: NewRow) {
        self.waiting.push(row);
    }
}

/// Leaves a row with the transaction, which writes and binds it at its end.
pub fn append(tx: &mut dyn Tx, at: Instant, actor: &str, act: &'static str, subject: Subject) {
    tx.log().push(NewRow { at, actor: actor.to_owned(), act, subject });
}

/// Writes and binds what was left with the transaction. It comes last, so that the turn is kept briefly and nothing is waited for
/// while it is held.
///
/// # Errors
/// Those of the store, as of all below.
pub(crate) async fn bind(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let waiting = std::mem::take(&mut tx.log().waiting);
    if waiting.is_empty() {
        return Ok(());
    }
    tx.turn("audit").await?;
    let mut end = End::read(tx).await?;
    for NewRow { at, actor, act, subject } in waiting {
        let (act, subject) = (act.to_owned(), subject.to_string());
        let values = values![tx.office(), at, &actor, &act, &subject];
        let id = tx
            .rows(INSERT, values)
            .await?
            .first()
            .map_or(Err(StoreError::Inconsistent("audit")), |it| it.get(0))?;
        end.bind(tx, &StoredRow { id, at, actor, act, subject, place: None, hash: None }).await?;
    }
    Ok(())
}

/// Where the chain ends.
struct End {
    key: LogKey,
    place: i64,
    hash: Hash,
}

impl End {
    async fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let key = tx.log().key.clone();
        let first = beginning(&key, tx.office());
        // A hash that somebody has taken away is missed by whoever verifies; the log goes on.
        let last = last(tx).await?.and_then(|it| Some((it.place?, it.hash.unwrap_or(first))));
        let (place, hash) = last.unwrap_or((0, first));
        Ok(Self { key, place, hash })
    }

    async fn bind(&mut self, tx: &mut dyn Tx, row: &StoredRow) -> Result<(), StoreError> {
        self.place += 1;
        self.hash = bound(&self.key, &self.hash, self.place, row);
        tx.rows(BIND, values![tx.office(), row.id, self.place, self.hash]).await.map(drop)
    }
}

/// Binds rows that an older program has written behind the last bound one and left without a place; whether more may be waiting.
/// Once only, see `service::audit::start`.
pub async fn bind_older(tx: &mut dyn Tx, most: i64) -> Result<bool, StoreError> {
    tx.turn("audit").await?;
    let mut end = End::read(tx).await?;
    let behind = last(tx).await?.map_or(0, |it| it.id);
    let rows = tx.rows(OLDER, values![tx.office(), behind, most]).await?;
    let rows = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        end.bind(tx, row).await?;
    }
    Ok(i64::try_from(rows.len()) == Ok(most))
}

/// What the first row of an office's log is bound to.
pub fn beginning(key: &LogKey, office: &str) -> Hash {
    key.bind(&[0; 32], &[office])
}

/// What a row has in the chain at a place behind another hash.
pub fn bound(key: &LogKey, previous: &Hash, place: i64, row: &StoredRow) -> Hash {
    let [place, id, at] = [place, row.id, row.at.timestamp_millis()].map(|it| it.to_string());
    key.bind(previous, &[&place, &id, &at, &row.actor, &row.act, &row.subject])
}

/// The last row of the chain.
pub async fn last(tx: &mut dyn Tx) -> Result<Option<StoredRow>, StoreError> {
    tx.rows(LAST, values![tx.office()]).await?.first().map(from_row).transpose()
}

/// The row at a place.
pub async fn at(tx: &mut dyn Tx, place: i64) -> Result<Option<StoredRow>, StoreError> {
    tx.rows(AT, values![tx.office(), place]).await?.first().map(from_row).transpose()
}

/// How many rows have no place, and the id of the first of them.
pub async fn count_unbound(tx: &mut dyn Tx) -> Result<(i64, i64), StoreError> {
    let found = tx.rows(COUNT_UNBOUND, values![tx.office()]).await?;
    found.first().map_or(Ok((0, 0)), |it| Ok((it.get(0)?, it.get(1)?)))
}

/// Rows of the chain behind a place.
pub async fn behind(tx: &mut dyn Tx, place: i64, most: i64) -> Result<Vec<StoredRow>, StoreError> {
    tx.rows(BOUND, values![tx.office(), place, most]).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<StoredRow, StoreError> {
    Ok(StoredRow {
        id: row.get(0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        act: row.get(3)?,
        subject: row.get(4)?,
        place: row.get(5)?,
        // One that is too long or too short was not written by us, and binds nothing.
        hash: row.get(6).unwrap_or(None),
    })
}
