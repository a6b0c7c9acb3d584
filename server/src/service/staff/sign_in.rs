//! Signing in, and giving the password once more for what needs it.
//!
//! Unknown login, wrong password, wrong code: the answer is always the same, and takes as long. Whoever has to wait is told for how
//! long, also at a login that nobody has (see [`super::counting`]).

use chrono::TimeDelta;
use precheck_shared::time::Instant;

use super::browsers::{self, Browser};
use super::passwords::{self, Place};
use super::{SignedIn, codes, counting, fault, hash_of, new_session};
use crate::error::ApiError;
use crate::service::audit::failures;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::accounts;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::staff::{self, StoredSession, StoredStaff};
use crate::store::sql::{self, Tx};
use crate::vault::Hash;

/// Sessions that were opened longer ago are forgotten at the next sign-in.
const KEPT: TimeDelta = TimeDelta::days(30);

/// As typed.
#[derive(Clone)]
pub struct Entered {
    /// What she signs in with.
    pub login: String,
    /// Her password.
    pub password: String,
    /// A one-time password or a recovery code; empty where she has none.
    pub code: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// All of it was right.
    Done(T),
    /// Something of it is wrong.
    Wrong,
    /// It counts for nothing for so many seconds.
    Wait(u64),
    /// The password is right; one-time passwords count for nothing for so many seconds, recovery codes do.
    CodesWait(u64),
}

/// The cookies of a browser in which somebody has signed in.
#[derive(Clone)]
pub struct Cookies {
    /// Of the session.
    pub session: String,
    /// Of the browser, by which it is known again.
    pub browser: Browser,
}

/// What is used up beside the password.
enum Second {
    None,
    Step(i64),
    Recovery(Hash),
}

/// What the password opens.
#[derive(Clone)]
enum Opens {
    /// A session, in a browser that may be known.
    Session { hash: Hash, session: StoredSession, browser: Option<Browser>, new: Browser },
    /// What needs it once more, in a session.
    Proof(String),
    /// Nothing, and whoever asks is in a session: without the code.
    Nothing(String),
}

/// Signs in and gives the cookies.
///
/// # Errors
/// `busy`, `unavailable`.
pub async fn sign_in(
    app: &AppState,
    entered: &Entered,
    browser: Option<&Browser>,
    device: &str,
    place: Place,
) -> Result<Outcome<Cookies>, ApiError> {
    let (cookie, session) = new_session(app.clock.now(), device)?;
    let opens =
        Opens::Session { hash: hash_of(&cookie), session, browser: browser.cloned(), new: Browser::new()? };
    let outcome = opened(app, entered, opens, place).await?;
    Ok(match outcome {
        Outcome::Done(Some(browser)) => Outcome::Done(Cookies { session: cookie, browser }),
        Outcome::Done(None) | Outcome::Wrong => Outcome::Wrong,
        Outcome::Wait(seconds) => Outcome::Wait(seconds),
        Outcome::CodesWait(seconds) => Outcome::CodesWait(seconds),
    })
}

/// She gives her password once more, in her session.
///
/// # Errors
/// `busy`, `unavailable`.
pub async fn prove(
    app: &AppState,
    who: &SignedIn,
    password: &str,
    code: &str,
) -> Result<Outcome<()>, ApiError> {
    let id = who.officer.as_str().to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_id(tx, &id).await }));
    let Some(found) = found.await? else { return Ok(Outcome::Wrong) };
    let entered = Entered { login: found.login, password: password.to_owned(), code: code.to_owned() };
    let outcome = opened(app, &entered, Opens::Proof(who.session.clone()), passwords::of_staff(app)?).await?;
    Ok(outcome.map(drop))
}

/// Whether a password is that of a login, counted like giving it once more in a session.
pub(super) async fn knows(
    app: &AppState,
    login: &str,
    session: &str,
    password: &str,
) -> Result<Outcome<()>, ApiError> {
    let entered = Entered { login: login.to_owned(), password: password.to_owned(), code: String::new() };
    let outcome =
        opened(app, &entered, Opens::Nothing(session.to_owned()), passwords::of_staff(app)?).await?;
    Ok(outcome.map(drop))
}

impl<T> Outcome<T> {
    fn map<U>(self, with: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(it) => Outcome::Done(with(it)),
            Self::Wrong => Outcome::Wrong,
            Self::Wait(seconds) => Outcome::Wait(seconds),
            Self::CodesWait(seconds) => Outcome::CodesWait(seconds),
        }
    }
}

async fn opened(
    app: &AppState,
    entered: &Entered,
    opens: Opens,
    place: Place,
) -> Result<Outcome<Option<Browser>>, ApiError> {
    let (login, now) = (fault::folded(&entered.login), app.clock.now());
    let keys = Keys::of(app, &login, &opens);
    let begun = sql::write(&*app.store, {
        let opens = opens.clone();
        move |tx| Box::pin(async move { begin(tx, &login, keys, &opens, now).await })
    });
    let Begun { found, key } = match begun.await? {
        Ok(begun) => begun,
        Err(seconds) => return Ok(Outcome::Wait(seconds)),
    };
    let whose = found.as_ref().map(|it| it.id.clone());
    let kept = found.as_ref().and_then(|it| it.password.clone());
    let fits = passwords::fits(&entered.password, kept, place).await?;
    let mut codes = 0;
    if let Some(found) = found.filter(|_| fits) {
        let asked = !matches!(opens, Opens::Nothing(_));
        let second = match &found.totp {
            Some(_) if asked && !codes::is_recovery(&entered.code) => {
                let begun = sql::write(&*app.store, move |tx| {
                    Box::pin(async move { counting::begin_code(tx, key, now).await })
                });
                match begun.await? {
                    Ok(failures) => codes = failures,
                    Err(seconds) => return Ok(Outcome::CodesWait(seconds)),
                }
                step(app, &found, &entered.code, now)?.map(Second::Step)
            }
            Some(_) if asked => Some(Second::Recovery(codes::recovery_hash(&entered.code))),
            _ => Some(Second::None),
        };
        if let Some(second) = second {
            let finished = sql::write(&*app.store, move |tx| {
                Box::pin(async move { finish(tx, &found, key, second, opens, now).await })
            });
            if let Some(browser) = finished.await? {
                return Ok(Outcome::Done(browser));
            }
        }
    }
    let noted = sql::write(&*app.store, move |tx| Box::pin(async move { note(tx, whose, codes, now).await }));
    noted.await?;
    Ok(Outcome::Wrong)
}

/// The step in which a one-time password is right.
fn step(app: &AppState, found: &StoredStaff, code: &str, now: Instant) -> Result<Option<i64>, ApiError> {
    let Some(sealed) = &found.totp else { return Ok(None) };
    let secret = app.vault.open(&super::own::totp_name(app, &found.id), sealed)?;
    Ok(codes::step_of(&secret, code, now, found.totp_step))
}

/// Under which keys a try may be counted.
#[derive(Clone, Copy)]
struct Keys {
    /// For everybody who does not know this login's browsers, or is in its sessions.
    common: Hash,
    /// For this browser or session.
    own: Option<Hash>,
}

impl Keys {
    fn of(app: &AppState, login: &str, opens: &Opens) -> Self {
        let of = |kind: &str, parts: &[&[u8]]| app.vault.sign_in_hash(kind, parts);
        let own = match opens {
            Opens::Session { browser, .. } => {
                browser.as_ref().map(|it| of("browser", &[&it.hash(), login.as_bytes()]))
            }
            Opens::Proof(session) | Opens::Nothing(session) => Some(of("session", &[session.as_bytes()])),
        };
        Self { common: of("login", &[login.as_bytes()]), own }
    }
}

/// A try.
struct Begun {
    /// Whose account it is at.
    found: Option<StoredStaff>,
    /// Under which key it is counted.
    key: Hash,
}

/// Writes a try down as failed; it does not count when it has to wait.
async fn begin(
    tx: &mut dyn Tx,
    login: &str,
    keys: Keys,
    opens: &Opens,
    now: Instant,
) -> Result<Result<Begun, u64>, StoreError> {
    tx.turn("staff").await?;
    let found = staff::by_login(tx, login).await?.filter(|it| it.ended_at.is_none());
    let known = match (opens, &found) {
        (Opens::Session { browser, .. }, Some(her)) => {
            browsers::knows(tx, browser.as_ref(), &her.id, now).await?
        }
        (Opens::Session { .. }, None) => false,
        (Opens::Proof(_) | Opens::Nothing(_), _) => true,
    };
    let key = keys.own.filter(|_| known).unwrap_or(keys.common);
    Ok(counting::begin(tx, key, now).await?.map(|()| Begun { found, key }))
}

/// Writes down that it failed, and lets people know where somebody guesses.
async fn note(tx: &mut dyn Tx, whose: Option<String>, codes: u32, now: Instant) -> Result<(), StoreError> {
    if let Some(her) = whose.as_ref().filter(|_| counting::MOST_CODES <= codes) {
        accounts::alarms::raise(tx, her, now, codes).await?;
    }
    failures::note(tx, now, whose.as_deref()).await
}

/// Uses up what is used once, and opens what is to be opened, if nothing has changed meanwhile; `None` where something has.
async fn finish(
    tx: &mut dyn Tx,
    found: &StoredStaff,
    key: Hash,
    second: Second,
    opens: Opens,
    now: Instant,
) -> Result<Option<Option<Browser>>, StoreError> {
    tx.turn("staff").await?;
    let id = found.id.as_str();
    let same =
        |it: &StoredStaff| it.ended_at.is_none() && it.password == found.password && it.totp == found.totp;
    if !staff::by_id(tx, id).await?.is_some_and(|it| same(&it)) {
        return Ok(None);
    }
    let used = match second {
        Second::None => true,
        Second::Step(step) => accounts::take_step(tx, id, step).await?,
        Second::Recovery(code) => accounts::use_recovery(tx, id, code, now).await?,
    };
    if !used {
        return Ok(None);
    }
    if matches!(second, Second::Recovery(_)) {
        audit::append(tx, now, id, "recovery_used", Subject::staff(id));
    }
    match opens {
        Opens::Session { hash, session, browser, new } => {
            counting::clear(tx, key).await?;
            accounts::forget_sessions(tx, id, now - KEPT).await?;
            staff::open_session(tx, hash, id, &session).await?;
            audit::append(tx, now, id, "signed_in", Subject::staff(id));
            Ok(Some(Some(browsers::remember(tx, browser, new, id, now).await?)))
        }
        Opens::Nothing(_) => {
            counting::clear_password(tx, key).await?;
            Ok(Some(None))
        }
        Opens::Proof(session) => {
            counting::clear(tx, key).await?;
            audit::append(tx, now, id, "proven", Subject::staff(id));
            Ok(accounts::prove(tx, id, &session, now).await?.then_some(None))
        }
    }
}
