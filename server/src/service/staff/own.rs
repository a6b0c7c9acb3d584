//! What somebody does to her own account: password, one-time passwords, recovery codes, sessions, the calendar feed's address.

use precheck_shared::time::Instant;
use sha2::{Digest as _, Sha256};

use super::browsers::Browser;
use super::fault::Fault;
use super::passwords::{self, Whose};
use super::sign_in::Outcome;
use super::{SignedIn, codes, is_over};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::accounts;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::staff::{self, StoredSession};
use crate::store::sql::{self, Tx};
use crate::vault::{Sealed, hex};

/// So many failed sign-ins are shown.
const FAILURES: i64 = 5;

/// Her account as she sees it.
#[derive(Debug, Clone)]
pub struct Own {
    /// What she signs in with.
    pub login: String,
    /// Whether she has one-time passwords.
    pub has_codes: bool,
    /// Whether they are required of her.
    pub codes_required: bool,
    /// How many recovery codes are left.
    pub recovery_left: u32,
    /// Whether her calendar feed has an address.
    pub has_feed: bool,
    /// Where she is signed in, the latest first.
    pub sessions: Vec<StoredSession>,
    /// When signing in failed lately, the latest first.
    pub failed_at: Vec<Instant>,
}

/// A secret that is offered for one-time passwords; kept only when a code of it was entered.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What the form carries: sealed, hers alone.
    pub sealed: String,
    /// To be typed into a device.
    pub text: String,
    /// To be read by a device's camera.
    pub address: String,
}

/// Under which name the secret of the one-time passwords is sealed.
pub(super) fn totp_name(app: &AppState, id: &str) -> String {
    format!("totp/{}/{id}", app.office.id())
}

fn offer_name(app: &AppState, id: &str) -> String {
    format!("totp offer/{}/{id}", app.office.id())
}

/// Her account.
///
/// # Errors
/// `unavailable`.
pub async fn account(app: &AppState, who: &SignedIn) -> Result<Own, ApiError> {
    let (id, now) = (who.officer.as_str().to_owned(), app.clock.now());
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let Some(her) = staff::by_id(tx, &id).await? else { return Ok(None) };
            let sessions = accounts::sessions(tx, &id).await?;
            Ok(Some(Own {
                has_codes: her.totp.is_some(),
                codes_required: her.totp_required || her.totp_required_of_all,
                login: her.login,
                recovery_left: accounts::recovery_left(tx, &id).await?,
                has_feed: accounts::has_feed(tx, &id).await?,
                failed_at: failures(tx, &id).await?,
                sessions,
            }))
        })
    });
    let mut own: Own = found.await?.ok_or(ApiError::NotFound)?;
    own.sessions.retain(|it| !is_over(app, it, now));
    Ok(own)
}

/// When signing in failed lately, the latest first.
async fn failures(tx: &mut dyn Tx, id: &str) -> Result<Vec<Instant>, StoreError> {
    let wanted = audit::list::Wanted { actor: Some("anybody".to_owned()), subject: Some(Subject::staff(id)) };
    let found = audit::list::before(tx, i64::MAX, &wanted, FAILURES).await?;
    Ok(found.iter().map(|it| it.at).collect())
}

/// Changes her password; her other sessions end, and other browsers are strangers again.
///
/// # Errors
/// `unavailable`.
pub async fn change_password(
    app: &AppState,
    who: &SignedIn,
    old: &str,
    new: &str,
    again: &str,
    browser: Option<Browser>,
) -> Result<Vec<Fault>, ApiError> {
    let id = who.officer.as_str().to_owned();
    let found = sql::read(&*app.store, {
        let id = id.clone();
        move |tx| Box::pin(async move { staff::by_id(tx, &id).await })
    });
    let her = found.await?.ok_or(ApiError::NotFound)?;
    let weak = passwords::weakness(new, &Whose::new(&her.login, &her.name, &app.office));
    let mut faults: Vec<_> = weak.map(Fault::Password).into_iter().collect();
    if weak.is_none() && new != again {
        faults.push(Fault::PasswordsDiffer);
    }
    // Guessing here is slowed down like guessing at the sign-in.
    match super::sign_in::knows(app, &her.login, &who.session, old).await? {
        Outcome::Done(()) => {}
        Outcome::Wrong => faults.insert(0, Fault::PasswordWrong),
        Outcome::Wait(seconds) | Outcome::CodesWait(seconds) => {
            faults.insert(0, Fault::PasswordWaits(seconds));
        }
    }
    if !faults.is_empty() {
        return Ok(faults);
    }
    let (password, now, session) = (passwords::hash(new).await?, app.clock.now(), who.session.clone());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            accounts::set_password(tx, &id, &password, &her.name).await?;
            accounts::end_others(tx, &id, &session, now).await?;
            accounts::browsers::forget(tx, &id, browser.map(|it| it.hash())).await?;
            audit::append(tx, now, &id, "password_changed", Subject::staff(&id));
            Ok(())
        })
    });
    done.await?;
    Ok(faults)
}

/// A new secret for one-time passwords.
///
/// # Errors
/// `unavailable`.
pub fn offer(app: &AppState, who: &SignedIn, login: &str) -> Result<Offer, ApiError> {
    let mut secret = [0; codes::SECRET];
    getrandom::fill(&mut secret)?;
    let sealed = app.vault.seal(&offer_name(app, who.officer.as_str()), &secret)?;
    Ok(offered(login, &secret, hex(&sealed.bytes)))
}

/// The same offer again, out of the form that carried it.
pub fn offer_again(app: &AppState, who: &SignedIn, login: &str, sealed: &str) -> Option<Offer> {
    let secret = open_offer(app, who, sealed)?;
    Some(offered(login, &secret, sealed.to_owned()))
}

fn offered(login: &str, secret: &[u8], sealed: String) -> Offer {
    let text = codes::base32(secret);
    // A login has no character that would have to be written otherwise here.
    let address = format!("otpauth://totp/Precheck:{login}?secret={text}&issuer=Precheck");
    Offer { sealed, text: codes::grouped(&text), address }
}

fn open_offer(app: &AppState, who: &SignedIn, sealed: &str) -> Option<Vec<u8>> {
    let bytes = unhex(sealed)?;
    let sealed = Sealed { key_id: app.vault.key_id().to_owned(), bytes };
    app.vault.open(&offer_name(app, who.officer.as_str()), &sealed).ok()
}

/// Keeps an offered secret whose code was entered, and gives the recovery codes, to be shown once.
///
/// # Errors
/// `unavailable`.
pub async fn enrol(
    app: &AppState,
    who: &SignedIn,
    sealed: &str,
    code: &str,
) -> Result<Result<Vec<String>, Fault>, ApiError> {
    let (id, now, session) = (who.officer.as_str().to_owned(), app.clock.now(), who.session.clone());
    let secret = open_offer(app, who, sealed);
    let step = secret.as_ref().and_then(|it| codes::step_of(it, code, now, None));
    let (Some(secret), Some(step)) = (secret, step) else { return Ok(Err(Fault::CodeWrong)) };
    let kept = app.vault.seal(&totp_name(app, &id), &secret)?;
    let recovery = codes::recovery_codes()?;
    let hashes = recovery.iter().map(|it| codes::recovery_hash(it)).collect();
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            accounts::set_totp(tx, &id, Some((kept, step))).await?;
            accounts::keep_recovery(tx, &id, hashes).await?;
            // Whoever had the password alone before is a stranger again; she is asked for a code once in each browser.
            accounts::browsers::forget(tx, &id, None).await?;
            // Whoever is signed in elsewhere has shown the password alone.
            accounts::end_others(tx, &id, &session, now).await?;
            audit::append(tx, now, &id, "codes_enrolled", Subject::staff(&id));
            Ok(())
        })
    });
    done.await?;
    Ok(Ok(recovery))
}

/// Takes her one-time passwords away, unless they are required of her.
///
/// # Errors
/// `unavailable`.
pub async fn drop_codes(app: &AppState, who: &SignedIn) -> Result<Result<(), Fault>, ApiError> {
    let (id, now) = (who.officer.as_str().to_owned(), app.clock.now());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let her = staff::by_id(tx, &id).await?;
            if her.is_none_or(|it| it.totp_required || it.totp_required_of_all) {
                return Ok(Err(Fault::CodesRequired));
            }
            accounts::set_totp(tx, &id, None).await?;
            accounts::keep_recovery(tx, &id, Vec::new()).await?;
            audit::append(tx, now, &id, "codes_removed", Subject::staff(&id));
            Ok(Ok(()))
        })
    });
    Ok(done.await?)
}

/// New recovery codes in the place of all before, to be shown once.
///
/// # Errors
/// `unavailable`.
pub async fn new_recovery(app: &AppState, who: &SignedIn) -> Result<Vec<String>, ApiError> {
    let (id, now) = (who.officer.as_str().to_owned(), app.clock.now());
    let recovery = codes::recovery_codes()?;
    let hashes = recovery.iter().map(|it| codes::recovery_hash(it)).collect();
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            accounts::keep_recovery(tx, &id, hashes).await?;
            audit::append(tx, now, &id, "recovery_made", Subject::staff(&id));
            Ok(())
        })
    });
    done.await?;
    Ok(recovery)
}

/// Ends one of her sessions.
///
/// # Errors
/// `unavailable`.
pub async fn end_session(app: &AppState, who: &SignedIn, session: &str) -> Result<(), ApiError> {
    let (id, now, session) = (who.officer.as_str().to_owned(), app.clock.now(), session.to_owned());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            if accounts::end_named(tx, &id, &session, now).await? {
                audit::append(tx, now, &id, "session_ended", Subject::staff(&id));
            }
            Ok(())
        })
    });
    Ok(done.await?)
}

/// Gives her calendar feed a new secret, to be shown once, or takes the address away.
///
/// # Errors
/// `unavailable`.
pub async fn new_feed(app: &AppState, who: &SignedIn, wanted: bool) -> Result<String, ApiError> {
    let (id, now): (_, Instant) = (who.officer.as_str().to_owned(), app.clock.now());
    let mut bits = [0; 20];
    getrandom::fill(&mut bits)?;
    let secret = hex(&bits);
    let hash = wanted.then(|| Sha256::digest(secret.as_bytes()).into());
    let act = if wanted { "feed_made" } else { "feed_ended" };
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            accounts::set_feed(tx, &id, hash).await?;
            audit::append(tx, now, &id, act, Subject::staff(&id));
            Ok(())
        })
    });
    done.await?;
    Ok(secret)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|it| it.to_digit(16).and_then(|it| it.try_into().ok())).collect();
    let digits = digits.filter(|it| it.len().is_multiple_of(2) && it.len() <= 400)?;
    Some(digits.chunks(2).map(|it| it[0] << 4 | it[1]).collect())
}
