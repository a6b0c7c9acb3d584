//! `precheck-server backup FILE`: a copy of the database while the server runs, that is there whole or not at all.
//!
//! Written beside FILE under a temporary name, synced, read through, and only then given its name. The key is not in it and
//! is to be kept elsewhere: whoever has both reads everything.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::{Database, Place};
use crate::store::sqlite::OpenFault;
use crate::store::sqlite::copy::{self, Contents};
use crate::vault::{self, KeyFault, Vault};

/// A backup that was written and read through.
#[derive(Debug)]
pub struct Backup {
    file: PathBuf,
    keys: PathBuf,
    contents: Contents,
}

/// Why there is no backup; FILE is then as it was, and nothing lies beside it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing to copy.
    #[error("there is no database {0}; name its folder with --data, or the file with --database-url")]
    NoDatabase(PathBuf),
    /// PostgreSQL has its own means.
    #[error(
        "a database on PostgreSQL is backed up by `pg_dump --format=custom --file=FILE DATABASE`, and the key by a copy of {0}"
    )]
    Postgres(PathBuf),
    /// FILE is never overwritten.
    #[error("{0} is there already; name another file")]
    Exists(PathBuf),
    /// FILE names no file.
    #[error("{0} is not the name of a file")]
    NoName(PathBuf),
    /// FILE's folder takes no files.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// FILE's folder is full.
    #[error("no room for {0}")]
    NoRoom(PathBuf),
    /// The database or FILE's folder failed.
    #[error("cannot copy the database {path}: {source}")]
    Copy {
        /// The database.
        path: PathBuf,
        /// Why.
        source: OpenFault,
    },
    /// What was written does not hold.
    #[error("the copy of {path} does not hold and was thrown away: {source}")]
    Unsound {
        /// The database.
        path: PathBuf,
        /// Why.
        source: OpenFault,
    },
    /// The key is missing, or another one.
    #[error("{0}")]
    Key(#[from] KeyFault),
    /// The key has the right name and does not fit.
    #[error("the key in {0} does not open what is sealed in the database; restore the right key")]
    NotOpened(PathBuf),
}

/// Copies the database at `place` into `file`, which must not be there yet.
///
/// # Errors
/// One line that says what is wrong; what had been written is removed.
pub fn write(place: &Place, file: &Path) -> Result<Backup, Fault> {
    let database = match &place.database {
        Database::Sqlite(path) => path,
        Database::Postgres(_) => return Err(Fault::Postgres(place.data.join("keys"))),
    };
    if !database.is_file() {
        return Err(Fault::NoDatabase(database.clone()));
    }
    if file.symlink_metadata().is_ok() {
        return Err(Fault::Exists(file.to_owned()));
    }
    let unfinished = Unfinished::make(file)?;
    copy::copy(database, &unfinished.path).map_err(|source| match source {
        OpenFault::NoRoom => Fault::NoRoom(file.to_owned()),
        source => Fault::Copy { path: database.clone(), source },
    })?;
    unfinished.sync()?;
    let unsound = |source| Fault::Unsound { path: database.clone(), source };
    let contents = copy::inspect(&unfinished.path).map_err(unsound)?;
    let keys = place.data.join("keys");
    opens(&contents, &keys)?;
    unfinished.finish(file)?;
    Ok(Backup { file: file.to_owned(), keys, contents })
}

/// Whether the key in the data folder is the one that this copy will need.
fn opens(contents: &Contents, keys: &Path) -> Result<(), Fault> {
    // A database that names no key has sealed nothing. Where one is needed none is made.
    let Some(needed) = &contents.key_id else { return Ok(()) };
    let key = vault::load_or_create(keys, Some(needed))?;
    match &contents.sealed {
        Some((name, sealed)) => Vault::new(&key).open(name, sealed).map(drop),
        None => Ok(()),
    }
    .map_err(|_| Fault::NotOpened(keys.to_owned()))
}

/// The file before it has its name; removed unless it is finished.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// An empty file beside the other, readable by its owner alone.
    fn make(file: &Path) -> Result<Self, Fault> {
        let mut name = file.file_name().ok_or_else(|| Fault::NoName(file.to_owned()))?.to_owned();
        name.push(format!(".{}.unfinished", std::process::id()));
        let path = file.with_file_name(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(source) => Err(failed(&path, source)),
        }
    }

    fn sync(&self) -> Result<(), Fault> {
        File::open(&self.path).and_then(|it| it.sync_all()).map_err(|source| failed(&self.path, source))
    }

    /// Gives it its name, unless something has taken that meanwhile.
    fn finish(self, file: &Path) -> Result<(), Fault> {
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(Fault::Exists(file.to_owned()));
            }
            // A file system without second names, as on a memory stick: there renaming has to do.
            Err(_) if file.symlink_metadata().is_ok() => return Err(Fault::Exists(file.to_owned())),
            Err(_) => fs::rename(&self.path, file).map_err(|source| failed(file, source))?,
        }
        drop(self);
        sync_folder(file).map_err(|source| failed(file, source))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, it is no longer there; what cannot be removed says by its name what it is. SQLite leaves the other ones
        // where it found no room.
        for more in ["", "-journal", "-wal", "-shm"] {
            let mut path = OsString::from(&self.path);
            path.push(more);
            let _ = fs::remove_file(path);
        }
    }
}

fn failed(path: &Path, source: std::io::Error) -> Fault {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Fault::NoRoom(path.to_owned()),
        _ => Fault::Write { path: path.to_owned(), source },
    }
}

/// A name survives a power cut when its folder was synced.
#[cfg(unix)]
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

// Elsewhere folders cannot be opened; the file system's own journal has to do.
#[cfg(not(unix))]
fn sync_folder(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contents { requests, schema, .. } = self.contents;
        let (file, keys) = (self.file.display(), self.keys.display());
        let plural = if requests == 1 { "" } else { "s" };
        writeln!(f, "{file}: {requests} request{plural}, schema {schema}, read through and found whole.")?;
        write!(
            f,
            "The key is not in it: keep a copy of {keys} elsewhere; without it nobody can read the requests."
        )
    }
}
