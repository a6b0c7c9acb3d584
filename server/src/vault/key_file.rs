//! The key file: written once, readable by the server's own account alone, never silently replaced.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::{MasterKey, hex};

const FILE: &str = "master.key";
const MARK: &str = "precheck-key-1 ";

/// Why the key cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// Others could read what it seals.
    #[error("{0} can be read by other accounts; run `chmod 600 {0}`, and think of the key as known to them")]
    Readable(PathBuf),
    /// Others could put another key in its place.
    #[error("{0} can be written by other accounts; run `chmod 700 {0}`")]
    FolderWritable(PathBuf),
    /// It is not what the server wrote.
    #[error("{0} is no key file of this program; restore it from the backup")]
    Unreadable(PathBuf),
    /// The database needs a key that is not there.
    #[error(
        "{path} is missing, but the database holds data sealed with key {needed}; restore the file from the backup"
    )]
    Lost {
        /// Where it should be.
        path: PathBuf,
        /// Id of the key.
        needed: String,
    },
    /// The database needs another key.
    #[error(
        "{path} holds key {found}, but the database was sealed with key {needed}; restore the right file"
    )]
    Other {
        /// Where it is.
        path: PathBuf,
        /// Id of the key in the file.
        found: String,
        /// Id of the key that the database names.
        needed: String,
    },
    /// The file system refused.
    #[error("cannot use {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No randomness.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// Where the key of a folder lies.
pub(crate) fn key_path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Reads the key in `folder`, or makes one when the database has sealed nothing yet (`needed` is `None`).
pub fn load_or_create(folder: &Path, needed: Option<&str>) -> Result<MasterKey, KeyFault> {
    let path = folder.join(FILE);
    let io = |source| KeyFault::Io { path: path.clone(), source };
    let key = match fs::read_to_string(&path) {
        Ok(text) => {
            refuse_shared(folder, &path).map_err(io)??;
            parse(&text).ok_or_else(|| KeyFault::Unreadable(path.clone()))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match needed {
            Some(needed) => return Err(KeyFault::Lost { path, needed: needed.to_owned() }),
            None => create(folder, &path)?,
        },
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(KeyFault::Unreadable(path)),
        Err(error) => return Err(io(error)),
    };
    match needed {
        Some(needed) if needed != key.id() => {
            Err(KeyFault::Other { path, found: key.id(), needed: needed.to_owned() })
        }
        _ => Ok(key),
    }
}

fn create(folder: &Path, path: &Path) -> Result<MasterKey, KeyFault> {
    let io = |source| KeyFault::Io { path: path.to_owned(), source };
    let key = MasterKey::random().map_err(KeyFault::Random)?;
    private_folder(folder).map_err(io)?;
    // Written beside and renamed: a crash in between leaves no half key.
    let unfinished = path.with_extension("new");
    let write = || {
        let mut file = private_file().open(&unfinished)?;
        writeln!(file, "{MARK}{}", hex(&key.0))?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(io)?;
    refuse_shared(folder, path).map_err(io)??;
    Ok(key)
}

/// The key file, locked until it is dropped: one process at a time writes what lies beside it.
pub(super) fn open_locked(folder: &Path) -> std::io::Result<fs::File> {
    let file = fs::File::open(folder.join(FILE))?;
    file.lock()?;
    Ok(file)
}

/// A name survives a power cut when its folder was synced.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

// Elsewhere folders cannot be opened; the file system's own journal has to do.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The key in a file, if it is one.
pub(super) fn read(path: &Path) -> Option<MasterKey> {
    parse(&fs::read_to_string(path).ok()?)
}

fn parse(text: &str) -> Option<MasterKey> {
    let digits = text.trim_end().strip_prefix(MARK)?;
    if digits.len() != 64 || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(MasterKey::from_bytes(bytes))
}

/// Makes a folder, with its parents, that the server's own account alone can enter.
#[cfg(unix)]
pub(crate) fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(unix)]
pub(crate) fn private_file() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
}

#[cfg(unix)]
fn refuse_shared(folder: &Path, path: &Path) -> std::io::Result<Result<(), KeyFault>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = |it: &Path| fs::metadata(it).map(|it| it.permissions().mode());
    if mode(path)? & 0o077 != 0 {
        return Ok(Err(KeyFault::Readable(path.to_owned())));
    }
    if mode(folder)? & 0o022 != 0 {
        return Ok(Err(KeyFault::FolderWritable(folder.to_owned())));
    }
    Ok(Ok(()))
}

// Elsewhere the folder's own access list guards it.
#[cfg(not(unix))]
pub(crate) fn private_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(not(unix))]
pub(crate) fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    options
}

#[cfg(not(unix))]
fn refuse_shared(_folder: &Path, _path: &Path) -> std::io::Result<Result<(), KeyFault>> {
    Ok(Ok(()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn article_6_the_key_is_made_once_and_readable_by_its_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("keys");
        let made = load_or_create(&folder, None).unwrap();
        assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
        assert_eq!(load_or_create(&folder, Some(&made.id())).unwrap().id(), made.id());
    }

    #[test]
    fn article_6_a_key_that_others_can_read_is_refused_with_what_to_do() {
        let data = tempfile::tempdir().unwrap();
        load_or_create(data.path(), None).unwrap();
        let file = data.path().join(FILE);
        for shared in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file, fs::Permissions::from_mode(shared)).unwrap();
            let fault = load_or_create(data.path(), None).unwrap_err().to_string();
            assert!(fault.contains("chmod 600"), "{fault}");
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(data.path(), fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(load_or_create(data.path(), None), Err(KeyFault::FolderWritable(_))));
    }

    #[test]
    fn article_6_a_lost_or_exchanged_key_is_never_silently_replaced() {
        let data = tempfile::tempdir().unwrap();
        assert!(matches!(load_or_create(data.path(), Some("0a0b")), Err(KeyFault::Lost { .. })));
        assert!(!data.path().join(FILE).exists());
        load_or_create(data.path(), None).unwrap();
        assert!(matches!(load_or_create(data.path(), Some("0a0b")), Err(KeyFault::Other { .. })));
        fs::write(data.path().join(FILE), "precheck-key-1 00").unwrap();
        assert!(matches!(load_or_create(data.path(), None), Err(KeyFault::Unreadable(_))));
    }
}
