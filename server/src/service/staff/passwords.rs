//! Passwords of the staff: argon2id with 64 MiB, three passes, one lane. Not in the terms; article 6 wants it.
//!
//! A password counts by its length, not by what it is put together of; those that everybody tries first are refused. Two are
//! computed at a time, so that signing in neither fills the memory nor takes both cores from the seekers.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::ApiError;

/// Characters at least.
pub const SHORTEST: usize = 12;
/// Characters at most.
pub const LONGEST: usize = 200;

/// KiB of memory.
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;
const SALT: usize = 16;

static AT_A_TIME: Semaphore = Semaphore::const_new(2);
/// Whoever comes when so many wait is told to come back.
static WAITING: Semaphore = Semaphore::const_new(32);

/// What is compared where there is no password: no login is known by how long the answer takes.
const NOBODYS: &str =
    "$argon2id$v=19$m=65536,t=3,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is tried first, of those that are long enough.
const COMMONEST: [&str; 24] = [
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789012345",
    "1234567890123456",
    "0123456789012",
    "1qaz2wsx3edc",
    "1q2w3e4r5t6y",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwerty123456",
    "qwertyuiop[]",
    "asdfghjkl123",
    "abcdefghijkl",
    "abcdef123456",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "administrator",
    "iloveyou1234",
    "hellowork1234",
    "hellowork2023",
    "changeme1234",
];

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`SHORTEST`] characters.
    TooShort,
    /// More than [`LONGEST`] characters.
    TooLong,
    /// Her own login or name.
    Own,
    /// One that is tried first.
    Common,
}

/// What is wrong with a new password of somebody.
pub fn weakness(password: &str, login: &str, name: &str) -> Option<Weak> {
    let plain = normal(password);
    let length = plain.chars().count();
    let folded = fold(&plain);
    let own = [login, name].into_iter().map(fold).any(|it| folded == it || folded == format!("{it}{it}"));
    match length {
        ..SHORTEST => Some(Weak::TooShort),
        _ if LONGEST < length => Some(Weak::TooLong),
        _ if own => Some(Weak::Own),
        _ if COMMONEST.contains(&folded.as_str()) || repeats(&folded) => Some(Weak::Common),
        _ => None,
    }
}

/// One to three characters again and again.
fn repeats(text: &str) -> bool {
    let all: Vec<_> = text.chars().collect();
    (1..=3).any(|period| all.iter().zip(&all[period.min(all.len())..]).all(|(one, other)| one == other))
}

fn fold(text: &str) -> String {
    normal(text).to_lowercase().chars().filter(|it| !it.is_whitespace()).collect()
}

/// The same whatever keyboard it was typed on, wide or narrow.
fn normal(text: &str) -> String {
    text.nfkc().collect()
}

/// The PHC string that is kept.
///
/// # Errors
/// `unavailable`.
pub async fn hash(password: &str) -> Result<String, ApiError> {
    let mut salt = [0; SALT];
    getrandom::fill(&mut salt)?;
    let password = normal(password);
    let made = computed(move || argon()?.hash_password_with_salt(password.as_bytes(), &salt)).await?;
    made.map(|it| it.to_string()).map_err(|error| ApiError::Unavailable(format!("argon2: {error}")))
}

/// Whether it is the password that is kept; where none is, it never is, and takes as long.
///
/// # Errors
/// `unavailable`.
pub async fn fits(password: &str, kept: Option<String>) -> Result<bool, ApiError> {
    let (password, is_kept) = (normal(password), kept.is_some());
    let against = kept.unwrap_or_else(|| NOBODYS.to_owned());
    let fits = computed(move || argon()?.verify_password(password.as_bytes(), against.as_str())).await?;
    Ok(fits.is_ok() && is_kept)
}

fn argon() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Computes it off the threads that answer; goes on when nobody waits any more, and keeps its place until the end.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let waiting = WAITING.try_acquire().map_err(|_| ApiError::Busy)?;
    let place = AT_A_TIME.acquire().await.map_err(|error| ApiError::Unavailable(error.to_string()))?;
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

    #[test]
    fn a_password_counts_by_its_length_and_not_by_what_it_is_made_of() {
        let long = "いろはに".repeat(50);
        for (password, weak) in [
            ("abcdefghijk", Some(Weak::TooShort)),
            ("すみれの花が咲いた頃でし", None),
            ("correct horse", None),
            (long.as_str(), None),
            (&format!("{long}あ"), Some(Weak::TooLong)),
            ("otaru-kyoko-1", Some(Weak::Own)),
            ("ＯＴＡＲＵ－Ｋｙｏｋｏ－１", Some(Weak::Own)),
            ("小樽京子職業安定所相談員", Some(Weak::Own)),
            ("Password1234", Some(Weak::Common)),
            ("aaaaaaaaaaaaaaaa", Some(Weak::Common)),
            ("123123123123", Some(Weak::Common)),
            ("", Some(Weak::TooShort)),
        ] {
            let found = weakness(password, "otaru-kyoko-1", "小樽 京子 職業安定所 相談員");
            assert_eq!(found, weak, "{password}");
        }
    }

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_64_mib_and_known_again_from_wide_letters() {
        let kept = hash("correct horse 12").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{kept}");
        assert!(fits("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　１２", Some(kept.clone())).await.unwrap());
        assert!(!fits("correct horse 13", Some(kept.clone())).await.unwrap());
        assert_ne!(hash("correct horse 12").await.unwrap(), kept);
        assert!(!fits("", None).await.unwrap());
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
