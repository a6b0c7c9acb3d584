//! Beside the key, outside of the database: where the staff's log ends, what has ended for good, and what was found to be wrong.
//!
//! One small file for each office, written whole beside itself and renamed, with a keyed hash over all of it: whoever can write the
//! database alone can neither forge it nor take it back. Commands beside a server write the same file, one at a time.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Hash, LogKey, hex, key_file, same};

const MARK: &str = "precheck-log-head-1 ";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Place of the last row of the log.
    pub place: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// When it was written, in milliseconds.
    pub at: i64,
    /// What has ended, the latest of each kind for each member of the staff.
    pub endings: Vec<Ending>,
    /// What was found to be wrong.
    pub breaks: Vec<Break>,
}

/// Something of somebody's account that ended, and what is still to end where an older database comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Whose.
    pub staff: String,
    /// What: see `service::audit::endings`.
    pub kind: String,
    /// Place of the row that tells of it.
    pub place: i64,
    /// When, in milliseconds.
    pub at: i64,
}

/// Something that was wrong with log, database or this file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// When it was found, in milliseconds.
    pub found_at: i64,
    /// What it was: see `service::audit::finding`.
    pub kind: String,
    /// Its numbers.
    pub numbers: (i64, i64),
    /// What was ended once more: whose, and what.
    pub ended: Vec<(String, String)>,
    /// Which manager has seen it.
    pub seen_by: Option<String>,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No file.
    Missing,
    /// One that this program did not write.
    Forged,
    /// What it says.
    There(Head),
}

/// The file.
#[derive(Clone)]
pub struct LogHead(Arc<Place>);

struct Place {
    path: PathBuf,
    office: String,
    key: LogKey,
    /// Names this server among those on one database; `None` where there is one alone.
    server: Option<String>,
}

impl Head {
    /// Of a log that ends there, and nothing else is known of.
    pub fn new(place: i64, hash: &Hash, at: i64) -> Self {
        Self { place, hash: hex(hash), at, endings: Vec::new(), breaks: Vec::new() }
    }
}

impl LogHead {
    pub(super) fn new(folder: &Path, office: &str, key: LogKey, server: Option<String>) -> Self {
        let path = folder.join(format!("log-head.{office}"));
        Self(Arc::new(Place { path, office: office.to_owned(), key, server }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Names this server among those on one database; `None` where there is one alone.
    pub fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    /// What it says now.
    ///
    /// # Errors
    /// The file system's.
    pub fn read(&self) -> std::io::Result<Found> {
        match fs::read_to_string(&self.0.path) {
            Ok(text) => Ok(self.parse(&text).map_or(Found::Forged, Found::There)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Missing),
            Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Found::Forged),
            Err(error) => Err(error),
        }
    }

    /// Writes what is made of what it says now, while no other process does; gives what it says then.
    ///
    /// # Errors
    /// The file system's.
    pub fn change(&self, make: impl FnOnce(Found) -> Head) -> std::io::Result<Head> {
        let folder = self.0.path.parent().unwrap_or(Path::new("."));
        // The key is there as long as anything is, and nobody else locks it.
        let turn = key_file::open_locked(folder)?;
        let found = self.read()?;
        let old = found.clone();
        let head = make(found);
        if old != Found::There(head.clone()) {
            self.write(folder, &head)?;
        }
        drop(turn);
        Ok(head)
    }

    fn write(&self, folder: &Path, head: &Head) -> std::io::Result<()> {
        let body = serde_json::to_string(head)?;
        let unfinished = self.0.path.with_extension("unfinished");
        let mut file = key_file::private_file().open(&unfinished)?;
        write!(file, "{MARK}{}\n{body}\n", hex(&self.mac(&body)))?;
        file.sync_all()?;
        fs::rename(&unfinished, &self.0.path)?;
        key_file::sync_folder(folder)
    }

    fn parse(&self, text: &str) -> Option<Head> {
        let (mac, body) = text.strip_prefix(MARK)?.split_once('\n')?;
        let body = body.trim_end_matches('\n');
        same(mac.as_bytes(), hex(&self.mac(body)).as_bytes()).then(|| serde_json::from_str(body).ok())?
    }

    fn mac(&self, body: &str) -> Hash {
        self.0.key.bind(&[1; 32], &["log head", &self.0.office, body])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::load_or_create;
    use crate::vault::tests::log_key;

    fn head(place: i64) -> Head {
        Head::new(place, &[7; 32], 0)
    }

    #[test]
    fn it_comes_back_as_written_and_nobody_without_the_key_or_of_another_office_writes_it() {
        let data = tempfile::tempdir().unwrap();
        load_or_create(data.path(), None).unwrap();
        let file = LogHead::new(data.path(), "otaru", log_key(), None);
        assert_eq!(file.read().unwrap(), Found::Missing);
        file.change(|_| head(5)).unwrap();
        assert_eq!(file.read().unwrap(), Found::There(head(5)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let text = fs::read_to_string(file.path()).unwrap();
        for forged in
            [text.replace(":5,", ":4,"), text.replacen('1', "2", 1), String::new(), text[..40].to_owned()]
        {
            fs::write(file.path(), forged).unwrap();
            assert_eq!(file.read().unwrap(), Found::Forged);
        }
        let other = LogHead::new(data.path(), "sapporo", log_key(), None);
        fs::write(other.path(), text).unwrap();
        assert_eq!(other.read().unwrap(), Found::Forged);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 3, "nothing unfinished is left");
    }
}
