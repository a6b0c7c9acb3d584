//! Whether the key file is still there while the server runs: what is sealed under a key that only this process has is lost with
//! it.

use std::fs::{self, Metadata};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::key_file::{key_path, read};

/// Looks at the key file.
#[derive(Debug)]
pub struct KeyWatch {
    path: PathBuf,
    id: String,
    seen: Mutex<Option<Stamp>>,
}

/// By what a file is known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    length: u64,
    written: Option<SystemTime>,
}

impl KeyWatch {
    /// Of the key with this id in a folder.
    pub(crate) fn new(folder: &std::path::Path, id: &str) -> Self {
        Self { path: key_path(folder), id: id.to_owned(), seen: Mutex::new(None) }
    }

    /// Whether the file is there and holds this key. It is read only when it is another file than at the last look.
    pub(crate) fn is_there(&self) -> bool {
        let Ok(found) = fs::metadata(&self.path).map(|it| stamp(&it)) else { return false };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == Some(found) {
            return true;
        }
        let right = read(&self.path).is_some_and(|key| key.id() == self.id);
        *seen = right.then_some(found);
        right
    }
}

fn stamp(of: &Metadata) -> Stamp {
    Stamp { place: place(of), length: of.len(), written: of.modified().ok() }
}

#[cfg(unix)]
fn place(of: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (of.dev(), of.ino())
}

#[cfg(not(unix))]
fn place(_of: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::load_or_create;

    #[test]
    fn a_key_is_there_until_it_is_moved_or_another_lies_in_its_place_and_again_when_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let key = load_or_create(folder.path(), None).unwrap();
        let watch = KeyWatch::new(folder.path(), &key.id());
        let (path, aside) = (key_path(folder.path()), folder.path().join("aside"));
        assert!(watch.is_there() && watch.is_there());
        fs::rename(&path, &aside).unwrap();
        assert!(!watch.is_there());
        // The same key in another file.
        fs::copy(&aside, &path).unwrap();
        assert!(watch.is_there());
        fs::write(&path, format!("precheck-key-1 {}\n", "7".repeat(64))).unwrap();
        assert!(!watch.is_there());
        fs::write(&path, "").unwrap();
        assert!(!watch.is_there());
        fs::rename(&aside, &path).unwrap();
        assert!(watch.is_there());
    }
}
