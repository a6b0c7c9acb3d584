//! Passwords of the staff: argon2id with 64 MiB, three passes, one lane. Not in the terms; article 6 wants it.
//!
//! A password counts by its length and by how many others are tried before it, not by what it is put together of (`weak`). Two
//! are computed at a time, so that signing in neither fills the memory nor takes both cores from the seekers; the staff, in a browser
//! or a session that is known, come before strangers.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use unicode_normalization::UnicodeNormalization as _;

pub use self::weak::{Weak, Whose, weakness};
use crate::error::ApiError;
pub use crate::limits::PasswordPlace as Place;
use crate::state::AppState;

mod known;
mod weak;

/// Characters at least.
pub const SHORTEST: usize = 12;
/// Characters at most.
pub const LONGEST: usize = 200;

/// KiB of memory.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;
const SALT: usize = 16;

static AT_A_TIME: Semaphore = Semaphore::const_new(2);
/// Of all strangers who wait one stands in the line of the staff.
static STRANGERS: Semaphore = Semaphore::const_new(1);
/// Whoever sets a password when so many wait is told to come back.
static WAITING: Semaphore = Semaphore::const_new(32);

/// What is compared where there is no password: no login is known by how long the answer takes.
const NOBODYS: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The same whatever keyboard it was typed on, wide or narrow.
fn normal(text: &str) -> String {
    text.nfkc().collect()
}

/// The PHC string that is kept. Whoever calls has made sure that the password may be set.
///
/// # Errors
/// `busy`, `unavailable`.
pub async fn hash(password: &str) -> Result<String, ApiError> {
    let mut salt = [0; SALT];
    getrandom::fill(&mut salt)?;
    let password = normal(password);
    let waiting = WAITING.try_acquire().map_err(|_| ApiError::Busy)?;
    let made =
        computed(waiting, true, move || argon()?.hash_password_with_salt(password.as_bytes(), &salt)).await?;
    made.map(|it| it.to_string()).map_err(|error| ApiError::Unavailable(format!("argon2: {error}")))
}

/// Where the passwords of the staff wait.
///
/// # Errors
/// `busy`.
pub(super) fn of_staff(app: &AppState) -> Result<Place, ApiError> {
    app.limits.staffs_password().map_err(|_| ApiError::Busy)
}

/// Whether it is the password that is kept; where none is, it never is, and takes as long.
///
/// # Errors
/// `unavailable`.
pub async fn fits(password: &str, kept: Option<String>, place: Place) -> Result<bool, ApiError> {
    let (password, is_kept) = (normal(password), kept.is_some());
    let against = kept.unwrap_or_else(|| NOBODYS.to_owned());
    let staffs = place.is_staffs();
    let fits =
        computed(place, staffs, move || argon()?.verify_password(password.as_bytes(), against.as_str()));
    Ok(fits.await?.is_ok() && is_kept)
}

fn argon() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Computes it off the threads that answer; goes on when nobody waits any more, and keeps its places until the end.
async fn computed<T: Send + 'static>(
    waiting: impl Send + 'static,
    staffs: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let closed = |error: tokio::sync::AcquireError| ApiError::Unavailable(error.to_string());
    let strangers = if staffs { None } else { Some(STRANGERS.acquire().await.map_err(closed)?) };
    let place = AT_A_TIME.acquire().await.map_err(closed)?;
    drop(strangers);
    let done = spawn_blocking(move || {
        let done = work();
        drop((place, waiting));
        done
    });
    done.await.map_err(|error| ApiError::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{LimitSettings, Limits};

    fn place() -> Place {
        Limits::new(LimitSettings { on: true, exempt: Vec::new() }).staffs_password().unwrap()
    }

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_64_mib_and_known_again_from_wide_letters() {
        let kept = hash("correct horse 12").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{kept}");
        assert!(fits("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　１２", Some(kept.clone()), place()).await.unwrap());
        assert!(!fits("correct horse 13", Some(kept.clone()), place()).await.unwrap());
        assert_ne!(hash("correct horse 12").await.unwrap(), kept);
        assert!(!fits("", None, place()).await.unwrap());
    }

    #[tokio::test]
    async fn what_is_compared_for_nobody_costs_what_a_password_costs() {
        let nobodys: argon2::PasswordHash = NOBODYS.parse().unwrap();
        let somebodys: argon2::PasswordHash = hash("correct horse 12").await.unwrap().parse().unwrap();
        assert_eq!((nobodys.algorithm, nobodys.version), (somebodys.algorithm, somebodys.version));
        assert_eq!(nobodys.params, somebodys.params);
        let length = |it: &argon2::PasswordHash| it.hash.map(|it| it.len());
        assert_eq!(length(&nobodys), length(&somebodys));
    }
}
