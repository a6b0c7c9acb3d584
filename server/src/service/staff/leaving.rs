//! Somebody leaves: her coming counsellings are handed on first, each to a colleague or, on purpose, to nobody yet. Only then does her
//! account end.
//!
//! Each counselling is an act of its own, on the version that was seen: one that changed meanwhile stays hers and is told. The end
//! itself looks once more, in its own transaction, and nobody can give her another one while it does (`store::also`).

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::violation::{Code, Violation};

use super::SignedIn;
use super::fault::Fault;
use super::members::{self, Deed};
use crate::error::ApiError;
use crate::service::desk::{Act, Officer};
use crate::service::reading::{self, Opened};
use crate::service::{assign, refused};
use crate::state::AppState;
use crate::store::desk::affected;
use crate::store::desk::staff::{self, StoredStaff};
use crate::store::sql;

/// Somebody who is to leave.
#[derive(Debug)]
pub struct Leaving {
    /// She.
    pub who: StoredStaff,
    /// Her counsellings that have not begun, by time.
    pub coming: Vec<Opened>,
    /// Who can take them: everybody else at work, by id and name.
    pub takers: Vec<(String, String)>,
}

/// What becomes of one of her counsellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handing {
    /// Which.
    pub number: ReceptionNumber,
    /// As it was seen.
    pub version: u32,
    /// Who takes it; `None`: nobody yet, on purpose.
    pub to: Option<String>,
}

/// What became of all that.
#[derive(Debug, Default)]
pub struct Left {
    /// How many were handed on.
    pub handed: usize,
    /// Which were not, and why.
    pub refused: Vec<(ReceptionNumber, ApiError)>,
    /// Why her account did not end; `None`: it did.
    pub fault: Option<Fault>,
}

/// Somebody who has not left, and what she would leave behind, read in one transaction; whoever calls writes the reading down.
///
/// # Errors
/// `unavailable`.
pub async fn leaving(app: &AppState, id: &str) -> Result<Option<Leaving>, ApiError> {
    let (id, now) = (id.to_owned(), app.clock.now());
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let coming = affected::coming(tx, &id, now).await?;
            Ok((id, coming, staff::all(tx).await?))
        })
    });
    let (id, coming, staff) = found.await?;
    let (hers, others): (Vec<_>, Vec<_>) =
        staff.into_iter().filter(|it| it.ended_at.is_none()).partition(|it| it.id == id);
    let coming = coming.into_iter().map(|it| reading::open(app, it)).collect();
    let takers = others.into_iter().map(|it| (it.id, it.name)).collect();
    Ok(hers.into_iter().next().map(|who| Leaving { who, coming, takers }))
}

/// Hands on what she would leave behind, and ends her account once nothing is left.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn hand_on_and_end(
    app: &AppState,
    by: &SignedIn,
    id: &str,
    handings: &[Handing],
) -> Result<Left, ApiError> {
    let Leaving { takers, .. } = leaving(app, id).await?.ok_or(ApiError::NotFound)?;
    let mut left = Left::default();
    for Handing { number, version, to } in handings {
        let taker = match to {
            None => Ok(None),
            Some(to) => {
                let known = Officer::parse(to).filter(|it| takers.iter().any(|of| of.0 == it.as_str()));
                known.map(Some).ok_or_else(|| {
                    let fault = Violation::of_setting(Code::Malformed, "/officer");
                    refused(vec![fault.variant("affected_officer")])
                })
            }
        };
        let act = Act { number: number.clone(), version: *version, officer: by.officer.clone() };
        let done = match taker {
            Ok(taker) => assign(app, &act, taker).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(_) => left.handed += 1,
            Err(error @ (ApiError::Unavailable(_) | ApiError::NotReady(_))) => return Err(error),
            Err(error) => left.refused.push((number.clone(), error)),
        }
    }
    left.fault = members::perform(app, by, id, Deed::End).await?.err();
    Ok(left)
}
