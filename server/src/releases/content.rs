//! What is in a kept file: read whole, unpacked, and held against the hash in its name before anybody gets it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use brotli_decompressor::Decompressor;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::name::{Form, HashedName};
use crate::vault::hex;

/// No file of a bundle is longer, packed or not; what is longer is none.
pub(super) const LONGEST: u64 = 4 * 1024 * 1024;

/// The bytes to be sent, and the SHA-256 of what they are once they are unpacked.
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: [u8; 32],
}

// A file's bytes say nothing to whoever reads a log.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({} bytes)", self.bytes.len())
    }
}

/// Why a file is not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("it is no file, or longer than any of a bundle")]
    Odd,
    #[error("it is not what its name says: half written, or changed")]
    Other,
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    place: (u64, i64, i64),
}

/// `None` where nothing is there.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::symlink_metadata(path).ok()?;
    Some(Stamp { length: found.len(), modified: found.modified().ok(), place: place(&found) })
}

#[cfg(unix)]
fn place(found: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.ino(), found.ctime(), found.ctime_nsec())
}

#[cfg(not(unix))]
fn place(_found: &fs::Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// Reads a file that holds `name` in one form, to be sent in the same or unpacked.
pub(super) fn read(path: &Path, name: &HashedName, from: Form, sent: Form) -> Result<Content, Refused> {
    let found = fs::symlink_metadata(path)?;
    // A pipe would never end, and a link leads somewhere else.
    if !found.is_file() || LONGEST < found.len() {
        return Err(Refused::Odd);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let plain = match from {
        Form::Plain => None,
        packed => Some(unpacked(packed, &bytes).ok_or(Refused::Other)?),
    };
    let digest: [u8; 32] = Sha256::digest(plain.as_ref().unwrap_or(&bytes)).into();
    if !hex(&digest).starts_with(name.hash()) {
        return Err(Refused::Other);
    }
    let bytes = if sent == from { bytes } else { plain.unwrap_or(bytes) };
    Ok(Content { bytes, digest })
}

/// What is packed, where that is one whole piece with nothing behind it.
fn unpacked(form: Form, packed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut rest = packed;
    match form {
        Form::Plain => return Some(packed.to_vec()),
        // One byte at a time, so that nothing behind the end is taken in.
        Form::Brotli => {
            let mut unpacking = Decompressor::new(&mut rest, 1);
            unpacking.by_ref().take(LONGEST + 1).read_to_end(&mut plain).ok()?;
        }
        // Of several pieces browsers read one or all: all of them have to be what the name says.
        Form::Gzip => {
            MultiGzDecoder::new(&mut rest).take(LONGEST + 1).read_to_end(&mut plain).ok()?;
        }
    }
    let fits = u64::try_from(plain.len()).is_ok_and(|it| it <= LONGEST);
    (rest.is_empty() && fits).then_some(plain)
}

/// The digits that stand in the name of a file with this content.
#[cfg(test)]
pub(super) fn digits(content: &[u8]) -> String {
    hex(&Sha256::digest(content)[..6])
}
