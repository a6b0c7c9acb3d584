//! One-time links: the first manager's, invitations, and new passwords for whoever lost hers.
//!
//! A link is good for 24 hours and once, the newest alone. The database has a hash of its secret.

use chrono::TimeDelta;
use precheck_shared::time::Instant;
use sha2::{Digest as _, Sha256};

use super::browsers::{self, Browser};
use super::fault::{Fault, login_of, name_of};
use super::passwords::{self, Whose};
use super::{Role, rights, somebody};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::accounts::invitations::{self, StoredInvitation};
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::{accounts, staff};
use crate::store::sql::{self, Tx};
use crate::vault::{Hash, hex};

/// A link dies.
const GOOD: TimeDelta = TimeDelta::hours(24);
/// Who makes the link of a start without staff.
const START: &str = "start";

/// A link that is good.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Her login; `None` for the first manager, who chooses it.
    pub login: Option<String>,
    /// Her name as far as it is known.
    pub name: String,
    /// What she will be allowed to do.
    pub role: Role,
    /// Her one-time passwords go with it.
    pub without_codes: bool,
}

/// What whoever opened a link enters.
#[derive(Clone)]
pub struct Taking {
    /// Chosen by the first manager alone.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// The new password.
    pub password: String,
    /// The same again.
    pub again: String,
}

/// What became of a link.
#[derive(Clone, PartialEq, Eq)]
pub enum Taken {
    /// She can sign in; the browser is one that she is known in.
    Done(Browser),
    /// The link is good, what was entered is not.
    Refused(Vec<Fault>),
    /// Unknown, used, too old, or another one was made since.
    Dead,
}

/// Makes the link to the first manager's account, in the place of any older one; `None` where there is staff.
///
/// # Errors
/// `unavailable`.
pub async fn first_link(app: &AppState) -> Result<Option<String>, ApiError> {
    let (secret, now) = (new_secret()?, app.clock.now());
    let (hash, new) = (hash_of(&secret), link(None, Role::Manager, false, START, now));
    let made = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            if accounts::anybody(tx).await? {
                return Ok(false);
            }
            replace(tx, hash, &new).await?;
            Ok(true)
        })
    });
    Ok(made.await?.then_some(secret))
}

/// Adds somebody and makes her link; `by` is an officer's id, or `shell`.
///
/// # Errors
/// `unavailable`.
pub async fn invite(
    app: &AppState,
    by: &str,
    login: &str,
    name: &str,
    role: Role,
) -> Result<Result<String, Vec<Fault>>, ApiError> {
    let (login, name) = match (login_of(login), name_of(name)) {
        (Some(login), Some(name)) => (login, name),
        (login, name) => {
            let faults =
                [login.is_none().then_some(Fault::LoginForm), name.is_none().then_some(Fault::NameForm)];
            return Ok(Err(faults.into_iter().flatten().collect()));
        }
    };
    let (secret, now, by) = (new_secret()?, app.clock.now(), by.to_owned());
    let somebody = somebody(&login, &name, role, None)?;
    let (hash, new) = (hash_of(&secret), link(Some(somebody.id.clone()), role, false, &by, now));
    let added = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            if !staff::insert(tx, &somebody, now).await? {
                return Ok(false);
            }
            // Whoever may add staff from a shell needs the first start's link no longer.
            invitations::kill(tx, None).await?;
            replace(tx, hash, &new).await?;
            rights::give(tx, &somebody.id, &by, now).await?;
            audit::append(tx, now, &by, "invited", Subject::staff(&somebody.id));
            Ok(true)
        })
    });
    Ok(if added.await? { Ok(secret) } else { Err(vec![Fault::LoginTaken]) })
}

/// Makes a link to a new password, in the place of any older one. Her password, her sessions and her calendar feed end with it at
/// once: whoever has got hold of one of them is out. Her one-time passwords still keep others out until she takes the link; with
/// `without_codes` they go then.
///
/// `None` where there is nobody like her.
///
/// # Errors
/// `unavailable`.
pub async fn new_link(
    app: &AppState,
    by: &str,
    id: &str,
    without_codes: bool,
) -> Result<Option<Result<String, Fault>>, ApiError> {
    let (secret, now, by, id) = (new_secret()?, app.clock.now(), by.to_owned(), id.to_owned());
    let hash = hash_of(&secret);
    let made = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            let found = staff::by_id(tx, &id).await?.filter(|it| it.ended_at.is_none());
            let Some(role) = found.and_then(|it| Role::parse(&it.role)) else { return Ok(None) };
            // Without her password, and with a link that is lost with the page, nobody could invite anybody.
            if by == id && role == Role::Manager && super::members::is_last(tx, &id).await? {
                return Ok(Some(Err(Fault::LastManager)));
            }
            replace(tx, hash, &link(Some(id.clone()), role, without_codes, &by, now)).await?;
            accounts::take_password(tx, &id).await?;
            accounts::end_others(tx, &id, "", now).await?;
            accounts::set_feed(tx, &id, None).await?;
            accounts::browsers::forget(tx, &id, None).await?;
            rights::give(tx, &id, &by, now).await?;
            audit::append(tx, now, &by, "link_made", Subject::staff(&id));
            Ok(Some(Ok(())))
        })
    });
    Ok(made.await?.map(|it| it.map(|()| secret)))
}

/// The same by her login, from a shell.
///
/// # Errors
/// `unavailable`.
pub async fn new_link_of(
    app: &AppState,
    login: &str,
    without_codes: bool,
) -> Result<Option<String>, ApiError> {
    let login = super::fault::folded(login);
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_login(tx, &login).await }));
    match found.await? {
        Some(found) => {
            let made = new_link(app, "shell", &found.id, without_codes).await?;
            Ok(made.and_then(Result::ok))
        }
        None => Ok(None),
    }
}

/// What a link opens; `None` when it is dead.
///
/// # Errors
/// `unavailable`.
pub async fn invitation(app: &AppState, secret: &str) -> Result<Option<Invitation>, ApiError> {
    let (hash, now) = (hash_of(secret), app.clock.now());
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { good(tx, hash, now).await }));
    Ok(found.await?.map(|(it, _)| it))
}

/// Takes a link: from then on she can sign in, and is known in this browser: whoever guesses does not keep her out of it.
///
/// # Errors
/// `unavailable`.
pub async fn take(
    app: &AppState,
    secret: &str,
    taking: &Taking,
    browser: Option<Browser>,
) -> Result<Taken, ApiError> {
    let Some(found) = invitation(app, secret).await? else { return Ok(Taken::Dead) };
    let login = found.login.clone().or_else(|| login_of(&taking.login));
    let name = name_of(&taking.name);
    let own = (login.as_deref().unwrap_or_default(), name.as_deref().unwrap_or_default());
    let weak = passwords::weakness(&taking.password, &Whose::new(own.0, own.1, &app.office));
    let faults = [
        login.is_none().then_some(Fault::LoginForm),
        name.is_none().then_some(Fault::NameForm),
        weak.map(Fault::Password),
        (weak.is_none() && taking.password != taking.again).then_some(Fault::PasswordsDiffer),
    ];
    let faults: Vec<_> = faults.into_iter().flatten().collect();
    let (Some(login), Some(name), true) = (login, name, faults.is_empty()) else {
        return Ok(Taken::Refused(faults));
    };
    let password = passwords::hash(&taking.password).await?;
    let (hash, now) = (hash_of(secret), app.clock.now());
    let new = somebody(&login, &name, Role::Manager, None)?;
    let new_browser = Browser::new()?;
    let taken = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("staff").await?;
            let Some((opened, id)) = good(tx, hash, now).await? else { return Ok(None) };
            if !invitations::take(tx, hash, now).await? {
                return Ok(None);
            }
            let id = match id {
                Some(id) => id,
                None if staff::insert(tx, &new, now).await? => new.id,
                None => return Ok(None),
            };
            accounts::set_password(tx, &id, &password, &name).await?;
            accounts::end_others(tx, &id, "", now).await?;
            audit::append(tx, now, &id, "link_taken", Subject::staff(&id));
            if opened.without_codes {
                accounts::set_totp(tx, &id, None).await?;
                accounts::keep_recovery(tx, &id, Vec::new()).await?;
                audit::append(tx, now, &id, "codes_removed", Subject::staff(&id));
            }
            Ok(Some(browsers::remember(tx, browser, new_browser, &id, now).await?))
        })
    });
    Ok(taken.await?.map_or(Taken::Dead, Taken::Done))
}

/// What a link opens, and to whom it belongs.
async fn good(
    tx: &mut dyn Tx,
    hash: Hash,
    now: Instant,
) -> Result<Option<(Invitation, Option<String>)>, StoreError> {
    let alive = |it: &StoredInvitation| it.used_at.is_none() && now < it.expires_at;
    let found = invitations::by_hash(tx, hash).await?.filter(alive);
    let Some(found) = found else { return Ok(None) };
    let Some(id) = found.staff else {
        let first =
            Invitation { login: None, name: String::new(), role: Role::Manager, without_codes: false };
        return Ok(if accounts::anybody(tx).await? { None } else { Some((first, None)) });
    };
    let Some(her) = staff::by_id(tx, &id).await?.filter(|it| it.ended_at.is_none()) else { return Ok(None) };
    let role = Role::parse(&her.role).unwrap_or(Role::Officer);
    let opened =
        Invitation { login: Some(her.login), name: her.name, role, without_codes: found.without_codes };
    Ok(Some((opened, Some(id))))
}

async fn replace(tx: &mut dyn Tx, hash: Hash, new: &StoredInvitation) -> Result<(), StoreError> {
    invitations::kill(tx, new.staff.as_deref()).await?;
    invitations::make(tx, hash, new).await
}

fn link(staff: Option<String>, role: Role, without_codes: bool, by: &str, now: Instant) -> StoredInvitation {
    StoredInvitation {
        staff,
        role: role.as_str().to_owned(),
        without_codes,
        made_by: by.to_owned(),
        made_at: now,
        expires_at: now + GOOD,
        used_at: None,
    }
}

/// 160 random bits.
fn new_secret() -> Result<String, getrandom::Error> {
    let mut bits = [0; 20];
    getrandom::fill(&mut bits)?;
    Ok(hex(&bits))
}

/// A plain hash of so many random bits tells nothing.
fn hash_of(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}
