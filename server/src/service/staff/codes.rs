//! One-time passwords by the clock (RFC 6238: HMAC-SHA-1, 30 seconds, six digits), and the codes for whoever has lost her device.
//!
//! The code of the step before and of the one after are taken as well, each once: authenticators whose clock is a step off go on
//! working. What that gives a guesser, three codes in place of one, the waits of [`super::counting`] take away.

use hmac::{Hmac, KeyInit as _, Mac as _};
use precheck_shared::time::Instant;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::vault::{Hash, same};

/// Seconds.
const STEP: i64 = 30;
/// Bytes of a secret: those of the hash, as RFC 4226 advises.
pub(super) const SECRET: usize = 20;
/// Bytes of a recovery code: 120 bits, six groups of four letters. Older ones have 80, and stay good.
const RECOVERY: usize = 15;
/// How many there are.
const RECOVERIES: usize = 10;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step in which an entered code is right: this one, the one before or after; none up to `last`, which was used.
pub(super) fn step_of(secret: &[u8], code: &str, now: Instant, last: Option<i64>) -> Option<i64> {
    let this = now.timestamp().div_euclid(STEP);
    let code = plain(code);
    // All three are compared: how long it takes tells nothing.
    let fitting = (this - 1..=this + 1).fold(None, |found, step| {
        let fits = same(at(secret, step).as_bytes(), code.as_bytes());
        if fits { Some(step) } else { found }
    });
    fitting.filter(|step| last.is_none_or(|last| last < *step))
}

/// The six digits of a step.
fn at(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let from = usize::from(hash[19] & 15);
    let bits = [hash[from] & 127, hash[from + 1], hash[from + 2], hash[from + 3]];
    format!("{:06}", u32::from_be_bytes(bits) % 1_000_000)
}

/// The code that a device with this secret shows.
pub fn shown(secret: &[u8], now: Instant) -> String {
    at(secret, now.timestamp().div_euclid(STEP))
}

/// New recovery codes, to be shown once.
pub(super) fn recovery_codes() -> Result<Vec<String>, getrandom::Error> {
    let code = |_| {
        let mut bits = [0; RECOVERY];
        getrandom::fill(&mut bits)?;
        Ok(grouped(&base32(&bits)))
    };
    (0..RECOVERIES).map(code).collect()
}

/// Whether it can only be a recovery code: longer than any one-time password.
pub(super) fn is_recovery(code: &str) -> bool {
    16 <= plain(code).len()
}

/// How a recovery code is kept. It has so many random bits that a plain hash tells nothing.
pub(super) fn recovery_hash(code: &str) -> Hash {
    Sha256::digest(plain(code).as_bytes()).into()
}

/// RFC 4648, without padding: how authenticators take a secret.
pub(super) fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|it| it >> (7 - at % 8) & 1 == 1);
    let letter = |from| (from..from + 5).fold(0, |letter, at| letter << 1 | usize::from(bit(at)));
    (0..bytes.len() * 8).step_by(5).map(|from| char::from(BASE32[letter(from)])).collect()
}

/// In fours, to be read and typed.
pub(super) fn grouped(text: &str) -> String {
    let letters: Vec<_> = text.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// What was meant: narrow, large, without what stands between.
fn plain(code: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    code.nfkc().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use precheck_shared::time::parse_instant;

    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238_and_rfc_4226() {
        let secret = b"12345678901234567890";
        // RFC 6238, appendix B, for SHA-1: the last six of the eight digits.
        for (time, code) in [
            ("1970-01-01T00:00:59Z", "287082"),
            ("2005-03-18T01:58:29Z", "081804"),
            ("2005-03-18T01:58:31Z", "050471"),
            ("2009-02-13T23:31:30Z", "005924"),
            ("2033-05-18T03:33:20Z", "279037"),
            ("2603-10-11T11:33:20Z", "353130"),
        ] {
            assert_eq!(shown(secret, parse_instant(time).unwrap()), code, "{time}");
        }
        // RFC 4226, appendix D.
        let all = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        for (step, code) in all.iter().enumerate() {
            assert_eq!(at(secret, step.try_into().unwrap()), *code);
        }
    }

    #[test]
    fn a_code_is_right_for_a_step_before_and_after_and_never_twice() {
        let (secret, now) = ([7; SECRET], parse_instant("2026-11-24T09:00:00+09:00").unwrap());
        let this = now.timestamp() / 30;
        for (seconds, found) in [
            (-60, None),
            (-30, Some(-1)),
            (-1, Some(-1)),
            (0, Some(0)),
            (29, Some(0)),
            (30, Some(1)),
            (60, None),
        ] {
            let code = shown(&secret, now + TimeDelta::seconds(seconds));
            assert_eq!(step_of(&secret, &code, now, None).map(|it| it - this), found, "{seconds}");
        }
        let code = shown(&secret, now);
        assert_eq!(step_of(&secret, &code, now, Some(this - 1)), Some(this));
        assert_eq!(step_of(&secret, &code, now, Some(this)), None);
        let (one, other) = code.split_at(3);
        assert_eq!(step_of(&secret, &format!(" {one} {other}\u{3000}"), now, None), Some(this));
        assert_eq!(step_of(&secret, "", now, None), None);
    }

    #[test]
    fn secrets_are_written_as_rfc_4648_has_it_and_recovery_codes_are_known_however_they_are_typed() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        let codes = recovery_codes().unwrap();
        assert_eq!((codes.len(), codes[0].len()), (10, 29));
        assert!(
            codes.iter().all(|it| is_recovery(it))
                && is_recovery("aaaa bbbb cccc dddd")
                && !is_recovery("123456")
        );
        assert!(codes.iter().enumerate().all(|(at, code)| !codes[..at].contains(code)));
        let typed = codes[0].to_lowercase().replace('-', "　");
        assert_eq!(recovery_hash(&typed), recovery_hash(&codes[0]));
        assert_ne!(recovery_hash(&codes[1]), recovery_hash(&codes[0]));
    }
}
