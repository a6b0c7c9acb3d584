//! Whether what went wrong lies in one row, or in the engine.

use rusqlite::{Error, ErrorCode, Row};

use super::StoreError;

/// Why something was not done with a row.
pub(super) enum Amiss {
    /// It holds what no version of this program writes, or the tables' own constraints do not let it be written.
    OfRow(String),
    /// The engine fails, as it would with any other row.
    Of(StoreError),
}

impl From<Error> for Amiss {
    fn from(error: Error) -> Self {
        let of_row = match &error {
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => true,
            Error::SqliteFailure(failure, _) => {
                matches!(failure.code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
            }
            _ => false,
        };
        if of_row { Self::OfRow(error.to_string()) } else { Self::Of(error.into()) }
    }
}

impl From<StoreError> for Amiss {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Inconsistent(_) => Self::OfRow(error.to_string()),
            error => Self::Of(error),
        }
    }
}

/// A reception number as it stands in a row, whatever stands there.
pub(super) fn number(row: &Row<'_>, at: usize) -> Result<String, Error> {
    Ok(row.get_ref(at)?.as_bytes().map(String::from_utf8_lossy).unwrap_or_default().into_owned())
}
