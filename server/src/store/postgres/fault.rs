//! What PostgreSQL's errors mean for whoever asked.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::store::StoreError;

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(super) enum Fault {
    /// The verb itself refuses; nothing was changed.
    Refused(StoreError),
    /// The engine does.
    Engine(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Engine(error) => meaning(&error),
        }
    }
}

impl Fault {
    /// The same for whoever asked.
    pub(super) fn told(&self) -> StoreError {
        match self {
            Self::Refused(error) => error.clone(),
            Self::Engine(error) => meaning(error),
        }
    }

    /// Whether nothing can have been stored. Not known when the connection was lost: the commit may have been on its way.
    pub(super) fn is_certain(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            // An error of the statement undoes its transaction; an end of the session says nothing about it.
            Self::Engine(error) => {
                error.as_db_error().is_some_and(|it| it.parsed_severity() == Some(Severity::Error))
            }
        }
    }

    /// Whether it lies in what a row holds, and not in the engine: data that cannot be (class 22), a constraint (23), a
    /// trigger's own word (P0001).
    pub(super) fn is_of_the_row(&self) -> bool {
        let Self::Engine(error) = self else { return false };
        error.code().is_some_and(|it| {
            it.code().starts_with("22") || it.code().starts_with("23") || it.code() == "P0001"
        })
    }

    /// The constraint that forbids it, by name.
    pub(super) fn constraint(&self) -> Option<&str> {
        match self {
            Self::Refused(_) => None,
            Self::Engine(error) => error.as_db_error()?.constraint(),
        }
    }
}

/// The error without the rows that PostgreSQL likes to quote.
pub(super) fn words(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(fault), _) => format!("{} ({})", fault.message(), fault.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

fn meaning(error: &Error) -> StoreError {
    match error.code().map(SqlState::code) {
        // A lock was waited for too long, the statement took too long, two transactions waited for each other.
        Some("55P03" | "57014" | "40P01") => StoreError::Slow,
        _ => StoreError::Unavailable(words(error)),
    }
}
