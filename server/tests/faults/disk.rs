//! A disk of a few megabytes that is really full.
//!
//! The disk is a file system in memory, mounted where only its keeper and the server see it (a mount namespace of their own):
//! nothing has to be unmounted, whatever ends this program. As somebody else than root that takes a user namespace.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::program::Running;
use crate::site::Through;

/// The database and a log of its usual length, 4 MB, leave room for what is sent meanwhile.
const SIZE: &str = "size=8m,mode=700";

/// The mounted disk; it goes with its keeper.
pub(crate) struct SmallDisk {
    keeper: Running,
    place: TempDir,
    as_root: bool,
}

impl SmallDisk {
    pub(crate) fn mount() -> Self {
        let id = Command::new("id").arg("-u").output().unwrap();
        let as_root = id.stdout.trim_ascii() == b"0";
        let place = tempfile::tempdir().unwrap();
        let mut keeper = Command::new("unshare");
        if !as_root {
            keeper.args(["--user", "--map-root-user"]);
        }
        // It ends when nobody holds the other end of its input any more.
        let keep = format!("mount -t tmpfs -o {SIZE} tmpfs \"$0\" && echo mounted && exec cat");
        keeper.args(["--mount", "--propagation", "private", "sh", "-c", &keep]).arg(place.path());
        let mut keeper = Running(keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(keeper.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n", "a disk of a few megabytes cannot be mounted here");
        Self { keeper, place, as_root }
    }

    /// How programs are started so that they see the disk.
    pub(crate) fn through(&self) -> Through {
        let target = format!("--target={}", self.keeper.id());
        let user = ["--user", "--preserve-credentials"].map(str::to_owned);
        let command = ["nsenter".to_owned(), "--mount".to_owned(), target];
        let user = user.into_iter().filter(|_| !self.as_root);
        Through {
            command: command.into_iter().chain(user).collect(),
            data: self.place.path().join("data"),
            seen_at: self.seen("data"),
        }
    }

    fn seen(&self, name: &str) -> PathBuf {
        let place = self.place.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.keeper.id())).join(place).join(name)
    }

    /// Writes a file until there is no room for another byte.
    pub(crate) fn fill(&self) -> Filler {
        let path = self.seen("filler");
        let mut file = File::create(&path).unwrap();
        let filler = Filler(path);
        for size in [64 * 1024, 1] {
            let error = loop {
                if let Err(error) = file.write_all(&vec![1; size]) {
                    break error;
                }
            };
            assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        }
        filler
    }
}

/// Takes all the room that there is until it is dropped.
pub(crate) struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
