//! Browsers in which somebody has signed in before. Such a browser has a cookie of its own, which opens nothing: it says only that
//! a stranger is not at work there. Its tries are counted apart from everybody else's, and it has a place of its own where
//! passwords wait to be computed, so that nobody who guesses keeps the owner out.
//!
//! A new link, another password and new one-time passwords make the account forget the others, and whoever leaves is forgotten.

use chrono::TimeDelta;
use precheck_shared::time::Instant;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::accounts::browsers;
use crate::store::desk::staff;
use crate::store::sql::{self, Tx};
use crate::vault::{Hash, hex};

/// Of somebody's browsers so many are remembered.
const MOST: u32 = 10;
/// What browsers keep a cookie for at most.
pub const KEPT: TimeDelta = TimeDelta::days(400);

/// The cookie of a browser: 128 random bits, as hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Browser(String);

impl Browser {
    /// Reads what a browser sent; `None` for what is no cookie of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    /// A new one.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self(hex(&bits)))
    }

    /// As it is sent to the browser.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A plain hash of so many random bits tells nothing.
    pub(super) fn hash(&self) -> Hash {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Whether the owner of a login has signed in with this browser before.
///
/// # Errors
/// `unavailable`.
pub async fn is_known(app: &AppState, browser: Option<&Browser>, login: &str) -> Result<bool, ApiError> {
    let Some(browser) = browser.cloned() else { return Ok(false) };
    let (login, now) = (super::fault::folded(login), app.clock.now());
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            match staff::by_login(tx, &login).await? {
                Some(her) => browsers::is_known(tx, browser.hash(), &her.id, now - KEPT).await,
                None => Ok(false),
            }
        })
    });
    Ok(found.await?)
}

/// The same of somebody, inside a transaction.
///
/// # Errors
/// Those of the store, as of all below.
pub(super) async fn knows(
    tx: &mut dyn Tx,
    browser: Option<&Browser>,
    staff: &str,
    now: Instant,
) -> Result<bool, StoreError> {
    match browser {
        Some(browser) => browsers::is_known(tx, browser.hash(), staff, now - KEPT).await,
        None => Ok(false),
    }
}

/// She has signed in with it. Gives the cookie that the browser shall have: its own where it is one of ours, else `new`.
pub(super) async fn remember(
    tx: &mut dyn Tx,
    browser: Option<Browser>,
    new: Browser,
    staff: &str,
    now: Instant,
) -> Result<Browser, StoreError> {
    let own = match browser {
        Some(it) if browsers::is_anybodys(tx, it.hash()).await? => it,
        _ => new,
    };
    browsers::remember(tx, own.hash(), staff, now, MOST).await?;
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::Browser;

    #[test]
    fn a_browsers_cookie_is_128_bits_and_nothing_else_is_one() {
        let browser = Browser::new().unwrap();
        assert!(Browser::parse(browser.as_str()).is_some_and(|it| it == browser));
        assert!(Browser::new().unwrap() != browser);
        for other in ["", "x", &"A".repeat(32), &"0".repeat(31), &"0".repeat(33), &"あ".repeat(32)] {
            assert!(Browser::parse(other).is_none(), "{other}");
        }
    }
}
