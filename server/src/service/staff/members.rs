//! What a manager does to accounts: roles, one-time passwords required, end. Never so that nobody is left who could.

use super::fault::{Fault, folded};
use super::{Role, SignedIn, rights};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::{self, Subject, Word};
use crate::store::desk::staff::{self, StoredStaff};
use crate::store::desk::{accounts, affected};
use crate::store::sql::{self, Tx};

/// What is done to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// She gets another role.
    Role(Role),
    /// One-time passwords are required of her, or no longer.
    RequireCodes(bool),
    /// She leaves: her sessions end, her links die, her id stays in what she did. Not before somebody has taken each of her coming
    /// counsellings, or left it open on purpose.
    End,
}

/// Everybody, those who left last.
///
/// # Errors
/// `unavailable`.
pub async fn all(app: &AppState) -> Result<Vec<StoredStaff>, ApiError> {
    Ok(sql::read(&*app.store, |tx| Box::pin(async { staff::all(tx).await })).await?)
}

/// Whether there is anybody, or was.
///
/// # Errors
/// `unavailable`.
pub async fn anybody(app: &AppState) -> Result<bool, ApiError> {
    Ok(sql::read(&*app.store, |tx| Box::pin(async { accounts::anybody(tx).await })).await?)
}

/// Somebody who has not left.
///
/// # Errors
/// `unavailable`.
pub async fn one(app: &AppState, id: &str) -> Result<Option<StoredStaff>, ApiError> {
    let id = id.to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_id(tx, &id).await }));
    Ok(found.await?.filter(|it| it.ended_at.is_none()))
}

/// Whose a login is.
///
/// # Errors
/// `unavailable`.
pub async fn id_of(app: &AppState, login: &str) -> Result<Option<String>, ApiError> {
    let login = folded(login);
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_login(tx, &login).await }));
    Ok(found.await?.map(|it| it.id))
}

/// Whether one-time passwords are required of everybody.
pub fn required_of_all(everybody: &[StoredStaff]) -> bool {
    everybody.iter().any(|it| it.totp_required_of_all)
}

/// Does it.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn perform(
    app: &AppState,
    by: &SignedIn,
    id: &str,
    deed: Deed,
) -> Result<Result<(), Fault>, ApiError> {
    let (id, by, now) = (id.to_owned(), by.officer.as_str().to_owned(), app.clock.now());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            let found = staff::by_id(tx, &id).await?.filter(|it| it.ended_at.is_none());
            let Some(found) = found else { return Ok(None) };
            if loses_a_manager(&found, deed) && is_last(tx, &id).await? {
                return Ok(Some(Err(Fault::LastManager)));
            }
            let act = match deed {
                Deed::Role(role) => {
                    accounts::set_role(tx, &id, role.as_str()).await?;
                    if role == Role::Manager {
                        rights::give(tx, &id, &by, now).await?;
                        "made_manager"
                    } else {
                        "made_officer"
                    }
                }
                Deed::RequireCodes(required) => {
                    accounts::require_totp(tx, &id, required).await?;
                    if required { "codes_required" } else { "codes_not_required" }
                }
                Deed::End => {
                    // From here on nobody can give her another one.
                    accounts::hold(tx, &id).await?;
                    if !affected::coming(tx, &id, now).await?.is_empty() {
                        return Ok(Some(Err(Fault::Counsellings)));
                    }
                    accounts::leave(tx, &id, now).await?;
                    accounts::end_others(tx, &id, "", now).await?;
                    accounts::invitations::kill(tx, Some(&id)).await?;
                    accounts::browsers::forget(tx, &id, None).await?;
                    "staff_ended"
                }
            };
            audit::append(tx, now, &by, act, Subject::staff(&id));
            Ok(Some(Ok(())))
        })
    });
    done.await?.ok_or(ApiError::NotFound)
}

fn loses_a_manager(found: &StoredStaff, deed: Deed) -> bool {
    found.role == Role::Manager.as_str() && matches!(deed, Deed::Role(Role::Officer) | Deed::End)
}

/// Whether nobody else could sign in as a manager.
pub(super) async fn is_last(tx: &mut dyn Tx, id: &str) -> Result<bool, StoreError> {
    Ok(accounts::managers(tx).await?.iter().all(|it| it == id))
}

/// Requires one-time passwords of everybody, or no longer.
///
/// # Errors
/// `unavailable`.
pub async fn require_codes_of_all(app: &AppState, by: &SignedIn, required: bool) -> Result<(), ApiError> {
    let (by, now) = (by.officer.as_str().to_owned(), app.clock.now());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            accounts::require_totp_of_all(tx, required).await?;
            let act = if required { "codes_required" } else { "codes_not_required" };
            audit::append(tx, now, &by, act, Subject::Word(Word::Everybody));
            Ok(())
        })
    });
    Ok(done.await?)
}
