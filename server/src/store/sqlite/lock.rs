//! One server for each database file: a lock of the operating system on a file beside it.
//!
//! The lock ends with the process, however that ends. The file is removed when the server stops in order; what a killed one
//! leaves is taken over.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::OpenFault;
use crate::store::opening::Refusal;

/// Held as long as this lives.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    _held: File,
}

/// How often a file that was removed between opening and locking is made again.
const TRIES: usize = 16;

impl Lock {
    /// Takes the lock of a database, which need not be there yet.
    pub(super) fn take(database: &Path) -> Result<Self, OpenFault> {
        let path = beside(&real(database), ".lock");
        for _ in 0..TRIES {
            let file = open(&path).map_err(OpenFault::File)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Refusal::InUse.into()),
                Err(TryLockError::Error(error)) => return Err(OpenFault::File(error)),
            }
            // Whoever stopped meanwhile has removed it: then others would lock another file of that name.
            if is_at(&file, &path).map_err(OpenFault::File)? {
                return Ok(Self { path, _held: file });
            }
        }
        Err(Refusal::InUse.into())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held: nobody else can have locked it.
        let _ = fs::remove_file(&self.path);
    }
}

/// The file that a path leads to, by whatever links; a file that is missing has its name in the real folder.
pub(super) fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The path with something more at its end.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_lock_by_whatever_path_and_it_is_free_again_when_that_ends() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let lock = Lock::take(&database).unwrap();
        fs::write(&database, "").unwrap();
        let link = folder.path().join("link.db");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&database, &link).unwrap();
        #[cfg(not(unix))]
        let link = database.clone();
        for path in [&database, &link] {
            assert!(matches!(Lock::take(path), Err(OpenFault::Refused(Refusal::InUse))));
        }
        let other = Lock::take(&folder.path().join("b.db")).unwrap();
        drop((lock, other));
        assert!(!folder.path().join("a.db.lock").exists());
        drop(Lock::take(&link).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_of_a_lock_that_was_removed_locks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let file = open(&beside(&database, ".lock")).unwrap();
        fs::remove_file(beside(&database, ".lock")).unwrap();
        assert!(!is_at(&file, &beside(&database, ".lock")).unwrap());
    }
}
