//! Article 6: sealing of personal data, keyed hashes, and the key file.
//!
//! One master secret of 32 bytes lies outside the database, in the data folder's `keys/`, readable by the server's own
//! account alone. From it come three keys: one seals, one hashes job-seeker numbers for look-ups, one hashes request
//! bodies for idempotency. Each sealed blob is stored with the key's id. What is sealed, and under which name, is the
//! service's business.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use precheck_shared::person::JobSeekerNumber;

mod key_file;
pub mod log_head;
pub(crate) mod private;
mod watch;

pub use key_file::{KeyFault, load_or_create};
pub(crate) use key_file::{key_path, private_file, private_folder};
use log_head::LogHead;
pub use watch::KeyWatch;

/// The master secret.
pub struct MasterKey([u8; 32]);

/// A keyed or plain SHA-256.
pub type Hash = [u8; 32];

/// A sealed blob and the key it needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Id of the key.
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// A blob that this key does not open: damaged, of another row, or of another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed blob does not open with the key in use")]
pub struct NotOpened;

/// Seals, opens and hashes.
pub struct Vault {
    key_id: String,
    cipher: XChaCha20Poly1305,
    number_key: Hash,
    body_key: Hash,
    name_key: Hash,
    meeting_key: Hash,
    log_key: LogKey,
    visit_key: Hash,
    log_head: Option<LogHead>,
    sign_in_key: Hash,
}

const NONCE_LENGTH: usize = 24;

impl MasterKey {
    /// From 32 secret bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new secret of the operating system's randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Names the key without telling anything about it.
    pub fn id(&self) -> String {
        hex(&self.derive("id")[..6])
    }

    fn derive(&self, purpose: &str) -> Hash {
        keyed(&self.0, &[b"online-counselling-precheck/1/", purpose.as_bytes()])
    }
}

impl Vault {
    /// Derives the keys.
    pub fn new(master: &MasterKey) -> Self {
        Self {
            key_id: master.id(),
            cipher: XChaCha20Poly1305::new(&master.derive("seal").into()),
            number_key: master.derive("job-seeker number"),
            body_key: master.derive("request body"),
            name_key: master.derive("folded name"),
            meeting_key: master.derive("meeting id"),
            log_key: LogKey(master.derive("log of the desk")),
            visit_key: master.derive("visit"),
            log_head: None,
            sign_in_key: master.derive("sign-in"),
        }
    }

    /// With what lies beside the key of an office; `server` names this one where several use one database.
    #[must_use]
    pub fn beside(self, folder: &std::path::Path, office: &str, server: Option<String>) -> Self {
        let log_head = LogHead::new(folder, office, self.log_key(), server);
        Self { log_head: Some(log_head), ..self }
    }

    /// The file that knows where the staff's log ends; none for a vault without a folder.
    pub fn log_head(&self) -> Option<&LogHead> {
        self.log_head.as_ref()
    }

    /// Id of the key in use.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Seals `plain` so that it opens only under the same `name`, which says what and whose it is.
    pub fn seal(&self, name: &str, plain: &[u8]) -> Result<Sealed, getrandom::Error> {
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: plain, aad: name.as_bytes() };
        let ciphertext = self.cipher.encrypt(&XNonce::from(nonce), payload);
        // Encryption into memory fails for lengths beyond 256 GiB alone.
        let ciphertext = ciphertext.map_err(|_| getrandom::Error::UNSUPPORTED)?;
        let mut bytes = Vec::with_capacity(NONCE_LENGTH + ciphertext.len());
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        Ok(Sealed { key_id: self.key_id.clone(), bytes })
    }

    /// Opens what was sealed under `name`.
    pub fn open(&self, name: &str, sealed: &Sealed) -> Result<Vec<u8>, NotOpened> {
        let (nonce, ciphertext) = sealed.bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(NotOpened)?;
        let payload = Payload { msg: ciphertext, aad: name.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| NotOpened)
    }

    /// The hash under which bookings of one number are found.
    pub fn number_hash(&self, number: &JobSeekerNumber) -> Hash {
        keyed(&self.number_key, &[number.as_str().as_bytes()])
    }

    /// The hash under which a folded name, or a part of it, is found.
    pub fn name_token(&self, folded: &str) -> Hash {
        keyed(&self.name_key, &[folded.as_bytes()])
    }

    /// The hash under which counsellings with the same meeting ID are found.
    pub fn meeting_hash(&self, id: &str) -> Hash {
        keyed(&self.meeting_key, &[id.as_bytes()])
    }

    /// What binds the rows of the log.
    pub fn log_key(&self) -> LogKey {
        self.log_key.clone()
    }

    /// The pseudonym of a tab in a month, `2026-11`: each month has a key of its own, so that months do not join.
    pub fn pseudonym(&self, month: &str, tab: &str) -> Hash {
        keyed(&keyed(&self.visit_key, &[month.as_bytes()]), &[tab.as_bytes()])
    }

    /// The hash under which failed sign-ins are counted: of a login, of a browser, of a session.
    pub fn sign_in_hash(&self, kind: &str, of: &[&[u8]]) -> Hash {
        keyed(&keyed(&self.sign_in_key, &[kind.as_bytes()]), of)
    }

    /// The hash by which the same body is known again, whatever its spaces and the order of its fields.
    pub fn fingerprint(&self, body: &Value) -> Hash {
        let mut canonical = Vec::with_capacity(2048);
        write_canonical(body, &mut canonical);
        keyed(&self.body_key, &[&canonical])
    }
}

/// Binds the rows of the log.
#[derive(Clone)]
pub struct LogKey(Hash);

impl LogKey {
    /// The hash that binds a row to all before it: nobody without the key writes another row in its place.
    pub fn bind(&self, previous: &Hash, fields: &[&str]) -> Hash {
        let lengths: Vec<_> = fields.iter().map(|it| (it.len() as u64).to_be_bytes()).collect();
        let fields = lengths.iter().zip(fields).flat_map(|(length, it)| [length.as_slice(), it.as_bytes()]);
        let parts: Vec<_> = std::iter::once(previous.as_slice()).chain(fields).collect();
        keyed(&self.0, &parts)
    }
}

/// Under which name a booking's personal data is sealed.
pub fn person_name(office: &str, number: &ReceptionNumber) -> String {
    person_name_of(office, number.as_str())
}

/// The same of a number as it is stored.
pub(crate) fn person_name_of(office: &str, number: &str) -> String {
    format!("person/{office}/{number}")
}

/// Under which name it is sealed how a counselling is joined, as the booking's `version` arranged it.
pub fn meeting_name(office: &str, number: &ReceptionNumber, version: u32) -> String {
    format!("meeting/{office}/{}/{version}", number.as_str())
}

/// Under which name it is sealed what an actor wrote about the change to `version`.
pub fn words_name(office: &str, number: &ReceptionNumber, version: u32) -> String {
    format!("words/{office}/{}/{version}", number.as_str())
}

/// Under which name it is sealed what the job seeker is told with the state of `version`.
pub fn told_name(office: &str, number: &ReceptionNumber, version: u32) -> String {
    format!("told/{office}/{}/{version}", number.as_str())
}

/// Under which name a kept answer is sealed.
pub fn answer_name(office: &str, key: uuid::Uuid) -> String {
    format!("answer/{office}/{key}")
}

/// How a receipt code is stored. It has 130 random bits, so a plain hash tells nothing.
pub fn receipt_hash(code: &ReceiptCode) -> Hash {
    Sha256::digest(code.as_str().as_bytes()).into()
}

/// Compares without telling by its duration where the first difference is.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|it| char::from_digit(it.into(), 16))
        .collect()
}

fn keyed(key: &Hash, parts: &[&[u8]]) -> Hash {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length")
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// JSON with sorted keys and without spaces, whatever the parser's map is built on.
fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (name, value) in fields {
                write_scalar(&Value::String(name.clone()), out);
                out.push(b':');
                write_canonical(value, out);
                out.push(b',');
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(item, out);
                out.push(b',');
            }
            out.push(b']');
        }
        scalar => write_scalar(scalar, out),
    }
}

fn write_scalar(scalar: &Value, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to memory cannot fail.
    let _ = write!(out, "{scalar}");
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.key_id)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, ..)", self.key_id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// Some key for stores that are tested without a key file.
    pub(crate) fn log_key() -> LogKey {
        vault(1).log_key()
    }

    fn vault(byte: u8) -> Vault {
        Vault::new(&MasterKey::from_bytes([byte; 32]))
    }

    #[test]
    fn article_6_a_sealed_blob_opens_with_its_key_and_under_its_name_alone() {
        let sealed = vault(1).seal("person/otaru/1", "小樽 花子".as_bytes()).unwrap();
        assert_eq!(vault(1).open("person/otaru/1", &sealed).unwrap(), "小樽 花子".as_bytes());
        assert_eq!(vault(1).open("person/otaru/2", &sealed), Err(NotOpened));
        assert_eq!(vault(2).open("person/otaru/1", &sealed), Err(NotOpened));
        let mut damaged = sealed.clone();
        damaged.bytes[30] ^= 1;
        assert_eq!(vault(1).open("person/otaru/1", &damaged), Err(NotOpened));
        damaged.bytes.truncate(5);
        assert_eq!(vault(1).open("person/otaru/1", &damaged), Err(NotOpened));
    }

    #[test]
    fn article_6_sealing_twice_gives_two_blobs() {
        assert_ne!(vault(1).seal("n", b"x").unwrap().bytes, vault(1).seal("n", b"x").unwrap().bytes);
    }

    #[test]
    fn a_fingerprint_knows_the_body_again_and_depends_on_the_key() {
        let one: Value = serde_json::from_str(r#"{"a": [1, {"c": null, "b": "é"}], "d": true}"#).unwrap();
        let same: Value = serde_json::from_str(r#"{"d":true,"a":[1,{"b":"\u00e9","c":null}]}"#).unwrap();
        assert_eq!(vault(1).fingerprint(&one), vault(1).fingerprint(&same));
        assert_ne!(vault(1).fingerprint(&one), vault(2).fingerprint(&one));
        for other in
            [json!({"a": [1], "d": true}), json!({"a": "[1]"}), json!({"a": ["1"]}), json!({"ab": 1})]
        {
            assert_ne!(vault(1).fingerprint(&one), vault(1).fingerprint(&other));
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_lines() {
        let master = MasterKey::from_bytes([0xAB; 32]);
        let shown =
            format!("{master:?} {:?} {:?}", Vault::new(&master), vault(1).seal("n", b"plain").unwrap());
        assert!(!shown.contains("abab") && !shown.contains("171") && !shown.contains("plain"), "{shown}");
    }
}
