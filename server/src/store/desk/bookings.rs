//! A booking as the desk sees it.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::consent::TermsRef;
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;

use crate::store::sql::{Row, Tx, Value, values};
use crate::store::{StoreError, StoredWish, outcomes};
use crate::vault::{Hash, Sealed};

const RECEIPT_HASH: &str = "select receipt_hash from booking where office = $1 and reception_number = $2";

/// The hash of the code that opens a booking's receipt, if there is such a booking.
///
/// # Errors
/// Those of the store.
pub async fn receipt_hash(tx: &mut dyn Tx, number: &str) -> Result<Option<Hash>, StoreError> {
    let values = values![tx.office(), number];
    tx.rows(RECEIPT_HASH, values).await?.first().map(|it| it.get(0)).transpose()
}

/// Everything that is stored of a booking but its history. The person is sealed.
#[derive(Debug, Clone)]
pub struct DeskBooking {
    /// The row.
    pub id: i64,
    /// Public number.
    pub number: ReceptionNumber,
    /// Name of the state.
    pub state: String,
    /// Since when; `None` before anything has happened to it.
    pub state_at: Option<Instant>,
    /// What the office told the seeker with that state.
    pub told: Option<Sealed>,
    /// Counts every change.
    pub version: u32,
    /// The server's clock at receipt.
    pub received_at: Instant,
    /// Keyed hash of the job-seeker number; zeros when the person was erased.
    pub number_hash: Hash,
    /// Name, date of birth, number, attendants, findings; `None` when the person was erased.
    pub person: Option<Sealed>,
    /// What was agreed to.
    pub terms: TermsRef,
    /// On what the consent rests.
    pub basis: String,
    /// Language of the interface.
    pub language: String,
    /// Whether the checked device is the one of the day.
    pub own_device: bool,
    /// Outcomes of the checklist.
    pub checklist: Vec<(Item, Outcome)>,
    /// `widget`, `telephone`, `counter`, `counselling`.
    pub channel: String,
    /// The officer who entered it.
    pub entered_by: Option<String>,
    /// Article 2(3): the officer of the counselling before.
    pub proposed_officer: Option<String>,
    /// The person was compared with the registration.
    pub identity_checked: bool,
    /// A deemed cancellation was affirmed, when and by whom.
    pub affirmed: Option<(Instant, String)>,
    /// Erasing is stopped.
    pub legal_hold: bool,
    /// What is arranged, or was last.
    pub appointment: Option<DeskAppointment>,
    /// In order of preference.
    pub wishes: Vec<StoredWish>,
    /// 4(2): what she has still to be told, and since when.
    pub duty: Option<(String, Instant)>,
}

/// An arranged counselling.
#[derive(Debug, Clone)]
pub struct DeskAppointment {
    /// The version of the booking that made it.
    pub version: u32,
    /// Its start.
    pub start: Instant,
    /// Its end.
    pub end: Instant,
    /// Who counsels, once that is known.
    pub officer: Option<String>,
    /// Meeting ID, join link, passcode; `None` when it was erased.
    pub meeting: Option<Sealed>,
    /// The talk has begun.
    pub joined: bool,
    /// Word came in.
    pub word_received: bool,
}

/// The columns of [`DeskBooking`] with a condition behind them; `b` is the booking, `a` its appointment, `d` its open duty.
macro_rules! bookings {
    ($rest:literal) => {
        concat!(
            "select b.id, b.reception_number, b.state, b.state_at, b.told_key_id, b.told, b.version, b.received_at,
                 b.number_hash, b.key_id, b.sealed, b.terms_id, b.terms_sha256, b.consent_basis, b.consent_language,
                 b.own_device, b.checklist, b.channel, b.entered_by, b.proposed_officer, b.identity_checked,
                 b.affirmed_at, b.affirmed_by, b.legal_hold, a.version, a.start_at, a.end_at, a.officer, a.key_id,
                 a.meeting, b.joined, b.word_received, d.kind, d.opened_at
             from booking b
             left join appointment a on a.booking = b.id and a.version = b.arranged_in
             left join duty d on d.booking = b.id and d.closed_at is null ",
            $rest
        )
    };
}
pub(crate) use bookings;

const ONE: &str = bookings!("where b.office = $1 and b.reception_number = $2");
/// Wishes are read for so many bookings in one statement.
const TOGETHER: usize = 25;
const WISHES: &str = "select booking, start_at, gone_code, gone_clause from wish
    where booking in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
        $23, $24, $25)
    order by booking, position";

/// The booking of a number, also one whose person was erased.
///
/// # Errors
/// Those of the store.
pub async fn one(tx: &mut dyn Tx, number: &str) -> Result<Option<DeskBooking>, StoreError> {
    let found = tx.rows(ONE, values![tx.office(), number]).await?;
    Ok(all(tx, &found).await?.pop())
}

/// Rows of `bookings!`, with their wishes.
///
/// # Errors
/// Those of the store.
pub async fn all(tx: &mut dyn Tx, rows: &[Row]) -> Result<Vec<DeskBooking>, StoreError> {
    let mut read = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
    for some in read.chunks_mut(TOGETHER) {
        let mut ids: Vec<Value> = some.iter().map(|it| it.id.into()).collect();
        ids.resize(TOGETHER, Value::Null);
        for wish in tx.rows(WISHES, ids).await? {
            let (id, code): (i64, Option<String>) = (wish.get(0)?, wish.get(2)?);
            let clause: Option<String> = wish.get(3)?;
            let gone = code.and_then(|it| Code::parse(&it)).map(|code| (code, clause));
            let wish = StoredWish { start: wish.get(1)?, gone };
            some.iter_mut().filter(|it| it.id == id).for_each(|it| it.wishes.push(wish.clone()));
        }
    }
    Ok(read)
}

fn from_row(row: &Row) -> Result<DeskBooking, StoreError> {
    let appointment = match row.get::<Option<u32>>(24)? {
        Some(version) => Some(DeskAppointment {
            version,
            start: row.get(25)?,
            end: row.get(26)?,
            officer: row.get(27)?,
            meeting: row.sealed(28)?.filter(|it| !it.bytes.is_empty()),
            joined: row.get(30)?,
            word_received: row.get(31)?,
        }),
        None => None,
    };
    let checklist: String = row.get(16)?;
    Ok(DeskBooking {
        id: row.get(0)?,
        number: ReceptionNumber::parse(&row.get::<String>(1)?).ok_or(StoreError::Inconsistent("booking"))?,
        state: row.get(2)?,
        state_at: row.get(3)?,
        told: row.sealed(4)?,
        version: row.get(6)?,
        received_at: row.get(7)?,
        number_hash: row.get(8)?,
        person: row.sealed(9)?.filter(|it| !it.bytes.is_empty()),
        terms: TermsRef { id: row.get(11)?, sha256: row.get(12)? },
        basis: row.get(13)?,
        language: row.get(14)?,
        own_device: row.get(15)?,
        checklist: outcomes::read(&checklist),
        channel: row.get(17)?,
        entered_by: row.get(18)?,
        proposed_officer: row.get(19)?,
        identity_checked: row.get(20)?,
        affirmed: row.get::<Option<Instant>>(21)?.zip(row.get::<Option<String>>(22)?),
        legal_hold: row.get(23)?,
        appointment,
        wishes: Vec::new(),
        duty: row.get::<Option<String>>(32)?.zip(row.get::<Option<Instant>>(33)?),
    })
}
