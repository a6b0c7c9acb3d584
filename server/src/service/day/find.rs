//! Finding a booking by what somebody at the desk has of it: its number, the person's number or name, a day.
//!
//! One field understands all of them. A name is found by the keyed hash of its folded form, a job-seeker number by its own; neither
//! is ever written down, only that somebody looked.

use chrono::NaiveDate;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::JobSeekerNumber;
use precheck_shared::time::{day_of, midnight};
use unicode_normalization::UnicodeNormalization as _;

use super::{Listed, Names, Page, cut_of, listed, next};
use crate::error::ApiError;
use crate::service::staff::SignedIn;
use crate::service::{audit, clock, search};
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::{Subject, Word};
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::desk::day;
use crate::store::sql::{self, Later, Tx};

mod days;

/// What was typed, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A reception number whose check symbol fits.
    Reception(ReceptionNumber),
    /// A job-seeker number.
    Number(JobSeekerNumber),
    /// A day.
    Day(NaiveDate),
    /// A name, or a part of one.
    Name(String),
    /// Nothing to look for.
    Nothing,
}

impl Wanted {
    /// Reads what was typed; `today` says which year is meant where none is told.
    pub fn read(today: NaiveDate, typed: &str) -> Self {
        if let Some(day) = days::read(today, typed) {
            return Self::Day(day);
        }
        if let Ok((number, _)) = JobSeekerNumber::parse(typed) {
            return Self::Number(number);
        }
        match ReceptionNumber::parse(typed) {
            Some(number) => Self::Reception(number),
            None if search::fold(typed).is_empty() => Self::Nothing,
            None => Self::Name(typed.trim().to_owned()),
        }
    }

    /// What it is called in words and in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reception(_) => "reception",
            Self::Number(_) => "number",
            Self::Day(_) => "day",
            Self::Name(_) => "name",
            Self::Nothing => "nothing",
        }
    }

    /// What the log may keep of it: never what belongs to a person.
    fn subject(&self) -> Subject {
        match self {
            Self::Reception(number) => Subject::reception(number),
            Self::Day(day) => Subject::Day(*day),
            Self::Number(_) => Subject::Word(Word::Number),
            Self::Name(_) => Subject::Word(Word::Name),
            Self::Nothing => Subject::Word(Word::Nothing),
        }
    }

    /// As an address may say it: never what belongs to a person.
    pub fn in_address(&self) -> Option<String> {
        match self {
            Self::Reception(number) => Some(number.as_str().to_owned()),
            Self::Day(day) => Some(day.to_string()),
            Self::Number(_) | Self::Name(_) | Self::Nothing => None,
        }
    }
}

/// As it is compared: one width, small letters, no blanks.
pub fn plain(typed: &str) -> String {
    typed.nfkc().filter(|it| !it.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Of a day, its counsellings, by time.
    pub counsellings: Vec<Listed>,
    /// Of a day, the waiting requests that wish for it; else the bookings of the person.
    pub page: Page,
}

/// The bookings of a number as typed, or of a person, or of a day; that somebody looked is written down first.
///
/// # Errors
/// `unavailable`.
pub async fn find(app: &AppState, who: &SignedIn, wanted: &Wanted, page: u32) -> Result<Found, ApiError> {
    audit::note(app, who, "search", wanted.subject()).await?;
    let cut = cut_of(page);
    let (now, mut counsellings) = (app.clock.now(), Vec::new());
    let due_at = clock::due_at(app, now).await?;
    let (names, (rows, total)) = match wanted {
        Wanted::Nothing => Default::default(),
        Wanted::Reception(number) => one(app, number.clone()).await?,
        Wanted::Number(number) => {
            let hash = app.vault.number_hash(number);
            read(app, move |tx| Box::pin(day::by_number_hash(tx, hash, cut))).await?
        }
        Wanted::Name(typed) => {
            let tokens = search::wanted(app, typed);
            read(app, move |tx| Box::pin(async move { day::by_name(tx, &tokens, cut).await })).await?
        }
        Wanted::Day(day) => {
            let span = (midnight(*day), midnight(next(*day)));
            let read = sql::read(&*app.store, move |tx| {
                Box::pin(async move {
                    let held = day::of_days(tx, span.0, span.1).await?;
                    Ok((held, Names::read(tx).await?, day::wished_on(tx, now, span, cut).await?))
                })
            });
            let (held, names, wished) = read.await?;
            counsellings = listed(app, due_at, &names, held);
            (names, wished)
        }
    };
    let rows = listed(app, due_at, &names, rows);
    Ok(Found { counsellings, page: Page { rows, total, number: page } })
}

/// What somebody typed, understood on this day. A job-seeker number without a hyphen can look like a reception number: then the
/// one that exists is meant.
///
/// # Errors
/// `unavailable`.
pub async fn understand(app: &AppState, typed: &str) -> Result<Wanted, ApiError> {
    let wanted = Wanted::read(day_of(app.clock.now()), typed);
    if let (Wanted::Number(_), Some(number)) = (&wanted, ReceptionNumber::parse(typed))
        && !one(app, number.clone()).await?.1.0.is_empty()
    {
        return Ok(Wanted::Reception(number));
    }
    Ok(wanted)
}

type Rows = (Vec<DeskBooking>, u32);

async fn one(app: &AppState, number: ReceptionNumber) -> Result<(Names, Rows), ApiError> {
    read(app, move |tx| {
        Box::pin(async move {
            let found: Vec<_> = bookings::one(tx, number.as_str()).await?.into_iter().collect();
            let total = u32::from(!found.is_empty());
            Ok((found, total))
        })
    })
    .await
}

async fn read<F>(app: &AppState, work: F) -> Result<(Names, Rows), ApiError>
where
    F: for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<Rows, StoreError>> + Send + 'static,
{
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move { Ok((Names::read(tx).await?, work(tx).await?)) })
    });
    Ok(read.await?)
}
