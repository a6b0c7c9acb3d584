//! What lies beneath a running server: the database's files, the key, the schema. As long as one of them is not what the server
//! was started on, nothing is acknowledged: it would be there for this process alone, and gone with it.
//!
//! The look costs a few system calls. It is taken before a write and once more between its commit and its answer.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::StoreError;
use crate::vault::KeyWatch;

/// What is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The database's file.
    File,
    /// The log beside it, in which the newest commits are, or the index of that.
    Log,
    /// What is in the file.
    Content,
    /// Another program wrote to the file while it lay elsewhere.
    Changed,
    /// The key.
    Key,
    /// The schema has another number than the program knows.
    Schema {
        /// The schema's.
        found: i64,
        /// The program's.
        known: i64,
    },
}

/// For an operator: what is wrong, and what to do.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const RESTORE: &str = "stop the server, restore the database as README says, and start it again";
        match self {
            Self::File => write!(
                f,
                "the database's file was moved, replaced or removed; put the same file back, or {RESTORE}"
            ),
            Self::Log => write!(
                f,
                "the database's log (`-wal`, `-shm`) was moved, replaced or removed; put the same files back, or {RESTORE}"
            ),
            Self::Content => write!(f, "the database's file was overwritten under the server; {RESTORE}"),
            Self::Changed => {
                write!(f, "the database's file is back, but was written to meanwhile; restart the server")
            }
            Self::Key => write!(
                f,
                "the key file is gone, or holds another key: what is sealed now could not be read after a restart; put \
                 the right file back"
            ),
            Self::Schema { found, known } => write!(
                f,
                "the database's schema now has number {found}, and this program knows {known}: another program has \
                 migrated it; start that one instead"
            ),
        }
    }
}

/// Looks at the database's files; `None` where they are as they were.
pub(super) type FilesLook = Box<dyn Fn() -> Option<Loss> + Send + Sync>;

/// All of it, and what was told of it.
pub(super) struct Ground {
    files: Option<FilesLook>,
    key: Option<KeyWatch>,
    known_schema: i64,
    schema: AtomicI64,
    told: Mutex<Option<Loss>>,
}

impl Ground {
    /// As it is now.
    pub(super) fn new(files: Option<FilesLook>, key: Option<KeyWatch>, schema: i64) -> Self {
        Self { files, key, known_schema: schema, schema: AtomicI64::new(schema), told: Mutex::new(None) }
    }

    /// The number that the schema was found to have.
    pub(super) fn found_schema(&self, number: i64) {
        self.schema.store(number, Ordering::Release);
    }

    /// Whether anything may be acknowledged. That it may not is told once, and that it may again as well.
    pub(super) fn stands(&self) -> Result<(), StoreError> {
        let found = self.look();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != found {
            if let Some(loss) = found {
                tracing::error!("NOTHING IS ACKNOWLEDGED ANY MORE: {loss}");
            } else {
                tracing::warn!("what lies beneath the server is as it was; requests are taken again");
            }
            *told = found;
        }
        found.map_or(Ok(()), |loss| Err(StoreError::Ground(loss)))
    }

    fn look(&self) -> Option<Loss> {
        let (found, known) = (self.schema.load(Ordering::Acquire), self.known_schema);
        let newer = (known < found).then_some(Loss::Schema { found, known });
        let files = || self.files.as_ref().and_then(|look| look());
        let key = || self.key.as_ref().is_some_and(|it| !it.is_there()).then_some(Loss::Key);
        files().or_else(key).or(newer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn nothing_stands_while_one_thing_is_lost_and_everything_when_all_are_back() {
        let lost = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&lost);
        let ground = Ground::new(Some(Box::new(move || *seen.lock().unwrap())), None, 4);
        let stands = || ground.stands().map_err(|error| error.to_string());
        assert_eq!(stands(), Ok(()));
        *lost.lock().unwrap() = Some(Loss::File);
        assert!(stands().unwrap_err().contains("moved, replaced or removed"));
        ground.found_schema(5);
        assert!(stands().unwrap_err().contains("moved"));
        *lost.lock().unwrap() = None;
        assert!(stands().unwrap_err().contains("number 5"), "and what else was lost stays lost");
        ground.found_schema(4);
        assert_eq!(stands(), Ok(()));
        ground.found_schema(0);
        assert_eq!(stands(), Ok(()), "only a newer schema is another program's");
    }
}
