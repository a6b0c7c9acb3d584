//! Whether what the server relies on is its own: folders and files that another account could change, or put others in place
//! of, are refused at the start, in words.
//!
//! Links are followed: what counts is where they lead, and that nobody else can change the folders on both sides.

use std::path::{Path, PathBuf};

/// What another account could do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Exposed {
    /// Write it.
    #[error("{0} can be written by other accounts; run `chmod go-w {0}`")]
    Writable(PathBuf),
    /// Whatever it wants, since it owns it.
    #[error(
        "{path} belongs to account {owner}, and this server runs as account {ours}: start it as that account, or run `chown {ours} {path}`"
    )]
    Foreign {
        /// Which file or folder.
        path: PathBuf,
        /// Number of its account.
        owner: u32,
        /// Number of ours.
        ours: u32,
    },
}

/// Judges what is there of these and of the folders in which they really lie; what is missing is no fault here.
///
/// # Errors
/// The first that another account can change.
#[cfg(unix)]
pub(crate) fn judge<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Exposed> {
    let ours = rustix::process::geteuid().as_raw();
    paths.into_iter().try_for_each(|path| {
        judge_one(path, ours)?;
        match (path.is_symlink(), path.canonicalize()) {
            (true, Ok(real)) => real.parent().map_or(Ok(()), |folder| judge_one(folder, ours)),
            _ => Ok(()),
        }
    })
}

#[cfg(unix)]
fn judge_one(path: &Path, ours: u32) -> Result<(), Exposed> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(found) = path.metadata() else { return Ok(()) };
    // In a folder with this bit, as /tmp, nobody removes what is somebody else's.
    let sticky = found.is_dir() && found.mode() & 0o1000 != 0;
    if found.mode() & 0o022 != 0 && !sticky {
        return Err(Exposed::Writable(path.to_owned()));
    }
    // The administrator can do everything anyway.
    if ![ours, 0].contains(&found.uid()) {
        return Err(Exposed::Foreign { path: path.to_owned(), owner: found.uid(), ours });
    }
    Ok(())
}

// Elsewhere the folder's own access list guards it.
#[cfg(not(unix))]
pub(crate) fn judge<'a>(_paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Exposed> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_can_write_is_refused_and_what_they_can_only_enter_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for good in [0o700, 0o755, 0o1777] {
            set(path, good);
            judge([path]).unwrap();
        }
        for bad in [0o777, 0o775, 0o702] {
            set(path, bad);
            let told = judge([path]).unwrap_err().to_string();
            assert!(told.contains("chmod go-w"), "{told}");
        }
        set(path, 0o700);
        judge([path.join("missing").as_path()]).unwrap();
    }

    #[test]
    fn a_link_is_as_good_as_the_folder_that_it_leads_into() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (real, link) = (there.path().join("key"), here.path().join("key"));
        fs::write(&real, "").unwrap();
        symlink(&real, &link).unwrap();
        judge([link.as_path()]).unwrap();
        set(there.path(), 0o777);
        assert!(matches!(judge([link.as_path()]), Err(Exposed::Writable(it)) if it.ends_with(there.path())));
    }

    #[test]
    fn what_belongs_to_another_account_is_refused_and_what_belongs_to_the_administrator_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let owner = fs::metadata(folder.path()).unwrap().uid();
        judge_one(folder.path(), owner).unwrap();
        let refused = judge_one(folder.path(), owner + 1);
        assert!(matches!(refused, Err(Exposed::Foreign { .. })) || owner == 0);
        if owner == 0 && std::os::unix::fs::chown(folder.path(), Some(4711), None).is_ok() {
            let told = judge([folder.path()]).unwrap_err().to_string();
            assert!(told.contains("4711") && told.contains("chown 0"), "{told}");
        }
    }
}
