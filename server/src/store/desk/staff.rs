//! Who works at the desk, and who is signed in where.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};
use crate::vault::{Hash, Sealed};

/// An officer or manager as stored.
#[derive(Debug, Clone)]
pub struct StoredStaff {
    /// Also the officer's id in events and appointments.
    pub id: String,
    /// What she signs in with.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// `officer`, `manager`.
    pub role: String,
    /// Argon2id, as a PHC string; `None` until the invitation was taken.
    pub password: Option<String>,
    /// The secret of the one-time passwords.
    pub totp: Option<Sealed>,
    /// The last step of them that was used.
    pub totp_step: Option<i64>,
    /// A manager requires them of her.
    pub totp_required: bool,
    /// A manager requires them of everybody.
    pub totp_required_of_all: bool,
    /// When she left.
    pub ended_at: Option<Instant>,
}

/// A session of the desk as stored.
#[derive(Debug, Clone)]
pub struct StoredSession {
    /// Names it in lists.
    pub id: String,
    /// Family of browser and system.
    pub device: String,
    /// When it was opened.
    pub created_at: Instant,
    /// When a person last did something in it.
    pub seen_at: Instant,
    /// When the password was last given.
    pub proven_at: Instant,
    /// When it was ended.
    pub ended_at: Option<Instant>,
}

/// The columns of [`StoredStaff`], of a table `s`.
macro_rules! staff {
    ($rest:literal) => {
        concat!(
            "select s.id, s.login, s.name, s.role, s.password, s.totp_key_id, s.totp, s.totp_step, s.totp_required,
                 s.ended_at,
                 (select count(*) from desk_setting d
                  where d.office = s.office and d.name = 'totp_required' and d.value = 'yes') ",
            $rest
        )
    };
}

const BY_LOGIN: &str = staff!("from staff s where s.office = $1 and s.login = $2");
const BY_ID: &str = staff!("from staff s where s.office = $1 and s.id = $2");
const ALL: &str = staff!("from staff s where s.office = $1 order by s.ended_at is not null, s.name, s.id");
const INSERT: &str = "insert into staff (office, id, login, name, role, password, created_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning 1";

const OF_SESSION: &str = "select s.id, w.id, w.device, w.created_at, w.seen_at, w.proven_at, w.ended_at
    from web_session w join staff s on s.office = w.office and s.id = w.staff
    where w.office = $1 and w.hash = $2";
const OPEN: &str = "insert into web_session (office, id, hash, staff, device, created_at, seen_at, proven_at)
    values ($1, $2, $3, $4, $5, $6, $6, $6)";
const TOUCH: &str =
    "update web_session set seen_at = $3 where office = $1 and hash = $2 and ended_at is null";
const END: &str = "update web_session set ended_at = $3 where office = $1 and hash = $2 and ended_at is null";

/// Somebody by what she signs in with.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn by_login(tx: &mut dyn Tx, login: &str) -> Result<Option<StoredStaff>, StoreError> {
    let found = tx.rows(BY_LOGIN, values![tx.office(), login]).await?;
    found.first().map(from_row).transpose()
}

/// Somebody by her id.
pub async fn by_id(tx: &mut dyn Tx, id: &str) -> Result<Option<StoredStaff>, StoreError> {
    let found = tx.rows(BY_ID, values![tx.office(), id]).await?;
    found.first().map(from_row).transpose()
}

/// Everybody, those who left last.
pub async fn all(tx: &mut dyn Tx) -> Result<Vec<StoredStaff>, StoreError> {
    tx.rows(ALL, values![tx.office()]).await?.iter().map(from_row).collect()
}

/// Adds somebody; false when id or login are taken.
pub async fn insert(tx: &mut dyn Tx, new: &StoredStaff, at: Instant) -> Result<bool, StoreError> {
    let StoredStaff { id, login, name, role, password, .. } = new;
    let values = values![tx.office(), id, login, name, role, password.clone(), at];
    Ok(!tx.rows(INSERT, values).await?.is_empty())
}

/// Whose session has this cookie's hash, ended or not.
pub async fn of_session(
    tx: &mut dyn Tx,
    hash: Hash,
) -> Result<Option<(StoredStaff, StoredSession)>, StoreError> {
    let found = tx.rows(OF_SESSION, values![tx.office(), hash]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let session = StoredSession {
        id: row.get(1)?,
        device: row.get(2)?,
        created_at: row.get(3)?,
        seen_at: row.get(4)?,
        proven_at: row.get(5)?,
        ended_at: row.get(6)?,
    };
    let staff = by_id(tx, &row.get::<String>(0)?).await?;
    Ok(staff.map(|it| (it, session)))
}

/// Opens a session.
pub async fn open_session(
    tx: &mut dyn Tx,
    hash: Hash,
    staff: &str,
    session: &StoredSession,
) -> Result<(), StoreError> {
    let values = values![tx.office(), &session.id, hash, staff, &session.device, session.created_at];
    tx.rows(OPEN, values).await.map(drop)
}

/// A person did something in a session.
pub async fn touch(tx: &mut dyn Tx, hash: Hash, at: Instant) -> Result<(), StoreError> {
    tx.rows(TOUCH, values![tx.office(), hash, at]).await.map(drop)
}

/// Ends a session.
pub async fn end_session(tx: &mut dyn Tx, hash: Hash, at: Instant) -> Result<(), StoreError> {
    tx.rows(END, values![tx.office(), hash, at]).await.map(drop)
}

fn from_row(row: &Row) -> Result<StoredStaff, StoreError> {
    Ok(StoredStaff {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        password: row.get(4)?,
        totp: row.sealed(5)?,
        totp_step: row.get(7)?,
        totp_required: row.get(8)?,
        ended_at: row.get(9)?,
        totp_required_of_all: row.get(10)?,
    })
}
