//! Whether the files under our connections are those at their paths. SQLite goes on with a file that was moved or removed as if
//! nothing had happened, and with one that was overwritten too; what it commits then is gone with the process.
//!
//! A file is known by device and inode. One that was overwritten in place keeps them: so each start writes a random number into
//! the file's header (SQLite's `user_version`), and a copy made by `backup` has none.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use rusqlite::Connection;

use super::OpenFault;
use super::lock::{beside, real};
use crate::store::ground::Loss;

/// Where SQLite's header has the number, and how it begins.
const MARK_AT: usize = 60;
const BEGINNING: &[u8; 16] = b"SQLite format 3\0";

/// The database's files as they were at the start.
#[derive(Debug)]
pub(super) struct Files {
    /// As it was named: where links lead may change as well.
    path: PathBuf,
    /// The log and its index, which SQLite names by itself.
    beside: [PathBuf; 2],
    known: [Place; 3],
    /// Ours as long as SQLite's connections: closed earlier, it would take their locks away.
    file: File,
    mark: Option<[u8; 4]>,
    away: Mutex<Away>,
}

type Place = (u64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    /// It is where it was.
    No,
    /// It is not. Who else opens it meanwhile changes one of these.
    Since { written: Option<SystemTime>, length: u64 },
    /// Somebody did: what our connections remember of it is wrong.
    Changed,
}

impl Files {
    /// Marks the database and remembers where its files are. `file` was opened before the connection was.
    pub(super) fn of(path: &Path, file: File, connection: &Connection) -> Result<Self, OpenFault> {
        let mut mark = [0; 4];
        getrandom::fill(&mut mark).map_err(|error| OpenFault::File(io::Error::other(error.to_string())))?;
        // Never the number of a copy.
        mark[3] |= 1;
        connection.pragma_update(None, "user_version", i32::from_be_bytes(mark))?;
        // So that it is in the file itself and not only in the log.
        connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
        let base = real(path);
        let beside = [beside(&base, "-wal"), beside(&base, "-shm")];
        let known = [place(&file.metadata().map_err(OpenFault::File)?), at(&beside[0])?, at(&beside[1])?];
        let mut files =
            Self { path: path.to_owned(), beside, known, file, mark: None, away: Mutex::new(Away::No) };
        // Whoever reads since before keeps the log from being folded; then the file has not got it.
        files.mark = files.read_mark().filter(|it| *it == mark);
        Ok(files)
    }

    /// What is not as it was.
    pub(super) fn look(&self) -> Option<Loss> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = self.lost();
        let now = || {
            let found = self.file.metadata();
            let written = found.as_ref().ok().and_then(|it| it.modified().ok());
            (written, found.map_or(0, |it| it.len()))
        };
        match (*away, lost) {
            (Away::Changed, None) => return Some(Loss::Changed),
            (Away::No, Some(_)) => {
                let (written, length) = now();
                *away = Away::Since { written, length };
            }
            (Away::Since { written, length }, None) => {
                if (written, length) != now() {
                    *away = Away::Changed;
                    return Some(Loss::Changed);
                }
                *away = Away::No;
            }
            _ => {}
        }
        lost
    }

    fn lost(&self) -> Option<Loss> {
        let is = |path: &Path, known| fs::metadata(path).is_ok_and(|it| place(&it) == known);
        if !is(&self.path, self.known[0]) {
            return Some(Loss::File);
        }
        if !(is(&self.beside[0], self.known[1]) && is(&self.beside[1], self.known[2])) {
            return Some(Loss::Log);
        }
        (self.mark.is_some() && self.read_mark() != self.mark).then_some(Loss::Content)
    }

    fn read_mark(&self) -> Option<[u8; 4]> {
        let mut header = [0; MARK_AT + 4];
        read_at(&self.file, &mut header).ok()?;
        let mark = header.last_chunk::<4>()?;
        header.starts_with(BEGINNING).then_some(*mark)
    }
}

fn at(path: &Path) -> Result<Place, OpenFault> {
    fs::metadata(path).map(|it| place(&it)).map_err(OpenFault::File)
}

fn place(of: &Metadata) -> Place {
    use std::os::unix::fs::MetadataExt as _;
    (of.dev(), of.ino())
}

fn read_at(file: &File, header: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, header, 0)
}
