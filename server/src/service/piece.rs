//! Article 6: a sealed piece, as it opens. One that is damaged is one piece that cannot be read, and never an error of the page on
//! which it stands: everything else is shown, and every act can be done.
//!
//! The log says which one it is, by reception number (or number of the row) and place, once for as long as the program runs: pages
//! keep themselves up to date.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::state::AppState;
use crate::vault::Sealed;

/// More damaged pieces than these are told again and again: then it is no piece that is damaged.
const REMEMBERED: usize = 1000;

static TOLD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// A sealed piece, opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Piece<T> {
    /// Nothing is kept there, or it was erased.
    #[default]
    Nothing,
    /// As it was written.
    Read(T),
    /// It does not open, or says what no version of this program writes.
    Damaged,
}

impl<T> Piece<T> {
    /// What it says, where it can be read.
    pub fn read(&self) -> Option<&T> {
        match self {
            Self::Read(it) => Some(it),
            Self::Nothing | Self::Damaged => None,
        }
    }

    /// The same.
    pub fn into_read(self) -> Option<T> {
        match self {
            Self::Read(it) => Some(it),
            Self::Nothing | Self::Damaged => None,
        }
    }

    /// Whether it cannot be read.
    pub fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged)
    }

    /// Whether nothing is kept there.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// Where a piece lies, for the log: nothing of a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// A reception number, or the number of a row.
    pub(super) number: &'a str,
    /// The column, and the version where there are several.
    pub(super) column: &'static str,
    /// The version, or the row.
    pub(super) at: i64,
}

/// Opens a piece and reads it.
pub(super) fn open<T, E: Display>(
    app: &AppState,
    place: Place<'_>,
    name: &str,
    sealed: &Sealed,
    read: impl FnOnce(Vec<u8>) -> Result<T, E>,
) -> Piece<T> {
    let why = match app.vault.open(name, sealed) {
        Ok(plain) => match read(plain) {
            Ok(it) => return Piece::Read(it),
            // The words of a reader may quote what it has read.
            Err(_) => "it opens, and does not read",
        },
        Err(_) => "the key does not open it",
    };
    let Place { number, column, at } = place;
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if REMEMBERED <= told.len() || told.insert(format!("{number} {column} {at}")) {
        tracing::error!(
            number,
            place = column,
            at,
            why,
            "a sealed piece is damaged; it is shown as unreadable"
        );
    }
    Piece::Damaged
}
