//! Articles 4(2), 6 and 10(3): typing errors of the person corrected, attendants told later, a lost receipt replaced. Each is an
//! event; what it said before and afterwards is sealed in it.

use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use precheck_shared::clause::paragraph;
use precheck_shared::person::{
    AttendantEntry, BirthDate, JobSeekerNumber, OWN_TABLES, PersonName, in_both_calendars, read_attendants,
};
use precheck_shared::time::day_of;
use precheck_shared::violation::{Code, Violation};

use super::desk::{Act, Word, beside, refused, withdraw_resting_on};
use super::piece::Piece;
use super::reading::{self, AttendantRecord, Person};
use super::sealed::{Words, names};
use super::{search, to_json};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::{Also, Guard, sql};
use crate::vault;

/// What an officer enters to correct typing errors.
#[derive(Clone)]
pub struct PersonAsEntered<'a> {
    /// As registered.
    pub name: &'a str,
    /// In either calendar.
    pub birth_date: &'a str,
    /// In any width.
    pub job_seeker_number: &'a str,
    /// Why, or by what.
    pub reason: &'a str,
    /// Please-check findings that the officer saw and went on.
    pub accepted: Vec<Code>,
}

/// Corrects typing errors, by the same rules as the seeker's own input; also writes anew what cannot be read any more. `None` where
/// nothing is different.
///
/// # Errors
/// `not_found`, `stale_version`, `unavailable`; all at once what is wrong with the three items.
pub async fn correct(
    app: &AppState,
    act: &Act,
    entered: &PersonAsEntered<'_>,
) -> Result<Option<u32>, ApiError> {
    let (opened, before) = open(app, act).await?;
    // Of a damaged piece nothing is left to be kept.
    let before = before.into_read().unwrap_or_default();
    let today = day_of(app.clock.now());
    let wished = opened.booking.wishes.iter().map(|it| day_of(it.start)).min().unwrap_or(today);
    let name = PersonName::parse(OWN_TABLES, entered.name);
    let birth_date = BirthDate::parse(today, wished, entered.birth_date);
    let number = JobSeekerNumber::parse(entered.job_seeker_number);
    let mut faults = Vec::new();
    let open = |it: &Violation| !entered.accepted.contains(&it.code);
    for findings in
        [name.as_ref().map(|it| &it.1), birth_date.as_ref().map(|it| &it.1), number.as_ref().map(|it| &it.1)]
    {
        match findings {
            Ok(findings) => faults.extend(findings.iter().filter(|it| open(it)).cloned()),
            Err(fault) => faults.push(fault.clone()),
        }
    }
    let (Ok((name, _)), Ok((birth_date, _)), Ok((number, _)), true) =
        (name, birth_date, number, faults.is_empty())
    else {
        return Err(refused(faults));
    };
    let after = Person {
        name: name.as_str().to_owned(),
        birth_date: birth_date.date().to_string(),
        job_seeker_number: number.as_str().to_owned(),
        ..before.clone()
    };
    let day = |it: &Person| it.birth_date_in_words();
    let corrected = [
        ("name", before.name.clone(), after.name.clone()),
        ("birth_date", day(&before), in_both_calendars(birth_date.date())),
        ("job_seeker_number", before.job_seeker_number.clone(), after.job_seeker_number.clone()),
    ];
    let corrected: Vec<_> = corrected
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(item, before, after)| (item.to_owned(), before, after))
        .collect();
    if corrected.is_empty() {
        return Ok(None);
    }
    let words = Words {
        corrected,
        accepted: names(entered.accepted.iter().copied()),
        ..Words::because(entered.reason)
    };
    let also = vec![replaced(app, act, &number, &after)?];
    beside(app, act, "corrected", words, also, |_| Ok(())).await.map(Some)
}

/// 10(3): who comes along, told later. `None` where nothing is different.
///
/// # Errors
/// `not_found`, `stale_version`, `attendants_invalid`, `unavailable`.
pub async fn attendants(
    app: &AppState,
    act: &Act,
    entered: &[AttendantEntry],
) -> Result<Option<u32>, ApiError> {
    let (_, before) = open(app, act).await?;
    let unreadable = || {
        let fault = Violation::of_clause(paragraph(10, 3), Code::TransitionNotAllowed, "/state");
        refused(vec![fault.variant("unreadable")])
    };
    let before = before.into_read().ok_or_else(unreadable)?;
    let read = read_attendants(OWN_TABLES, entered).map_err(refused)?;
    let read: Vec<_> = read
        .into_iter()
        .map(|it| AttendantRecord {
            kind: it.kind.as_str().to_owned(),
            language: it.language,
            count: it.count,
            note: it.note,
        })
        .collect();
    let in_words = |all: &[AttendantRecord]| {
        let lines: Vec<_> =
            all.iter().map(|it| format!("{} {} {} {}", it.kind, it.language, it.count, it.note)).collect();
        lines.join("\n")
    };
    let item = ("attendants".to_owned(), in_words(&before.attendants), in_words(&read));
    if item.1 == item.2 {
        return Ok(None);
    }
    let number = kept_number(&before)?;
    let also = vec![replaced(app, act, &number, &Person { attendants: read, ..before })?];
    let words = Words { corrected: vec![item], ..Words::default() };
    beside(app, act, "attendants_changed", words, also, |_| Ok(())).await.map(Some)
}

/// 4(2): a lost receipt is replaced, after checking who asks. The new code is nowhere but in the answer; the old one is dead.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed` where nobody checked who asks, `unavailable`.
pub async fn replace_receipt(
    app: &AppState,
    act: &Act,
    checked: bool,
    how: &str,
) -> Result<ReceiptCode, ApiError> {
    if !checked {
        let fault = Violation::of_clause(paragraph(4, 2), Code::TransitionNotAllowed, "/checked");
        return Err(refused(vec![fault.variant("receipt")]));
    }
    let code = app.ids.receipt_code()?;
    let also = vec![Also::ReceiptCode(vault::receipt_hash(&code))];
    beside(app, act, "receipt_replaced", Words::because(how), also, |_| Ok(())).await?;
    Ok(code)
}

/// 4(1): withdraws other requests of the same number, each in the version that the officer saw, and as long as her own request is in the
/// version that she saw: both numbers may be corrected meanwhile. All of them are tried.
///
/// # Errors
/// `not_found` for a request of another number; `stale_version`; the first that was refused; `unavailable`.
pub async fn withdraw_doubles(
    app: &AppState,
    act: &Act,
    doubles: &[(ReceptionNumber, u32)],
    word: Word,
) -> Result<(), ApiError> {
    let wanted: Vec<String> = std::iter::once(&act.number)
        .chain(doubles.iter().map(|it| &it.0))
        .map(|it| it.as_str().to_owned())
        .collect();
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let mut found = Vec::with_capacity(wanted.len());
            for number in wanted {
                found.push(bookings::one(tx, &number).await?);
            }
            Ok(found)
        })
    });
    let mut found = found.await?.into_iter();
    let own = found.next().flatten().filter(|it| it.person.is_some()).ok_or(ApiError::NotFound)?;
    if own.version != act.version {
        return Err(ApiError::StaleVersion);
    }
    let is_double =
        |it: Option<DeskBooking>| it.is_some_and(|it| it.id != own.id && it.number_hash == own.number_hash);
    if !found.all(is_double) {
        return Err(ApiError::NotFound);
    }
    let mut first = Ok(());
    for (number, version) in doubles {
        let own = Guard::Booking { number: act.number.clone(), version: act.version };
        let act = Act { number: number.clone(), version: *version, officer: act.officer.clone() };
        let done = withdraw_resting_on(app, &act, word, own).await;
        first = first.and(done.map(drop));
    }
    first
}

/// The person as she is. Of another version than the one seen nothing is judged: what was entered may be against it.
async fn open(app: &AppState, act: &Act) -> Result<(reading::Opened, Piece<Person>), ApiError> {
    let opened = reading::one(app, act.number.as_str()).await?;
    let person = opened.person.clone();
    if person.is_nothing() {
        return Err(ApiError::NotFound);
    }
    if opened.booking.version == act.version { Ok((opened, person)) } else { Err(ApiError::StaleVersion) }
}

fn kept_number(person: &Person) -> Result<JobSeekerNumber, ApiError> {
    let read = JobSeekerNumber::parse(&person.job_seeker_number);
    read.map(|it| it.0).map_err(|_| ApiError::Unavailable("a kept number cannot be read".to_owned()))
}

fn replaced(app: &AppState, act: &Act, number: &JobSeekerNumber, person: &Person) -> Result<Also, ApiError> {
    let sealed = app.vault.seal(&vault::person_name(app.office.id(), &act.number), &to_json(person)?)?;
    let name_tokens = search::tokens(app, &person.name);
    Ok(Also::Person { number_hash: app.vault.number_hash(number), person: sealed, name_tokens })
}
