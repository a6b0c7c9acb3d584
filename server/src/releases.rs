//! The widget's hashed files of this release and of the ones before it, kept in `DATA/widget`.
//!
//! A loader, a page or a tab that came from an earlier release asks for the files of that release, as long as caches and tabs live.
//! So each start, and each day of a server that runs, copies this release's files there (`keeping`), and they are served for
//! `KEPT_DAYS` after the last day on which their release was served. Pages and the loader are never kept: they have to be the
//! present ones.
//!
//! Nothing here is needed to serve this release, and none of it can be relied on: whatever is wrong with the folder is a warning
//! in the log. A file is sent only where its name says which content it has, and it has it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use chrono::NaiveDate;
use tokio::sync::Semaphore;

pub(crate) use self::content::Content;
use self::held::Held;
pub use self::keeping::Outcome;
pub(crate) use self::name::{Form, HashedName};

mod content;
mod held;
mod keeping;
mod name;
mod note;
#[cfg(test)]
mod tests;

/// The folder beside the database.
const FOLDER: &str = "widget";

/// Whole days for which the files of a release stay after the last day on which that release was served.
const KEPT_DAYS: i64 = 30;

/// Files that are read and looked through at the same time: each is in memory whole meanwhile.
const READINGS: usize = 4;

/// A file of the release that this program is, with the forms that it is embedded in.
#[derive(Debug, Clone)]
pub(crate) struct OwnFile {
    pub(crate) name: HashedName,
    pub(crate) forms: Vec<(Form, &'static [u8])>,
}

/// The day as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Today {
    pub(crate) day: NaiveDate,
    /// Whether the clock is believed: what is too old by a clock that is not stays.
    pub(crate) is_believed: bool,
}

/// The kept files of all releases.
#[derive(Debug, Clone)]
pub struct Releases(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    held: Mutex<Held>,
    readings: Arc<Semaphore>,
    /// Whether other accounts can write into the folder.
    is_exposed: AtomicBool,
    /// One look at a time; what the last one that did everything was for.
    looked: Mutex<Option<Today>>,
}

impl Releases {
    /// Those beside this data. Nothing is read or written yet.
    pub fn beside(data: &Path) -> Self {
        Self(Arc::new(Kept {
            folder: data.join(FOLDER),
            held: Mutex::default(),
            readings: Arc::new(Semaphore::new(READINGS)),
            is_exposed: AtomicBool::new(false),
            looked: Mutex::default(),
        }))
    }

    /// A file of an earlier release in the first of these forms that is there and whole; which one, and its content.
    pub(crate) async fn find(&self, name: HashedName, wanted: Vec<Form>) -> Option<(Form, Arc<Content>)> {
        if self.0.is_exposed.load(Ordering::Relaxed) {
            return None;
        }
        // Never closed.
        let turn = Arc::clone(&self.0.readings).acquire_owned().await.ok()?;
        let kept = Arc::clone(&self.0);
        let found = tokio::task::spawn_blocking(move || {
            // Until it is read, also where whoever asked has gone.
            let _turn = turn;
            wanted.into_iter().find_map(|form| {
                // What is kept packed alone is sent plain all the same.
                let from = [form, Form::Brotli, Form::Gzip];
                let from = if form == Form::Plain { &from[..] } else { &from[..1] };
                let content =
                    from.iter().find_map(|&from| held(&kept.held, &kept.folder, &name, from, form))?;
                Some((form, content))
            })
        });
        // A panic has been told where it happened.
        found.await.ok()?
    }

    /// Keeps this release's files, and lets go those that are too old or too many. `None` where another look is on its way.
    pub(crate) fn look(&self, own: &[OwnFile], today: Today) -> Option<Outcome> {
        let mut looked = match self.0.looked.try_lock() {
            Ok(looked) => looked,
            Err(TryLockError::Poisoned(looked)) => looked.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let outcome = keeping::look(&self.0.folder, own, today);
        self.0.is_exposed.store(outcome.is_exposed, Ordering::Relaxed);
        *looked = outcome.warnings.is_empty().then_some(today);
        Some(outcome)
    }

    /// Whether a look for this day has done everything.
    pub(crate) fn has_looked(&self, today: Today) -> bool {
        self.0.looked.try_lock().is_ok_and(|it| *it == Some(today))
    }
}

/// The content in memory, where the file is still the same; otherwise it is read.
fn held(
    memory: &Mutex<Held>,
    folder: &Path,
    name: &HashedName,
    from: Form,
    sent: Form,
) -> Option<Arc<Content>> {
    let key = held::Key { file: name.file(from), sent };
    let path = folder.join(&key.file);
    let Some(stamp) = content::stamp(&path) else {
        locked(memory).forget(&key);
        return None;
    };
    if let Some(known) = locked(memory).get(&key, &stamp) {
        return known;
    }
    let content = content::read(&path, name, from, sent).map(Arc::new);
    if let Err(fault) = &content {
        tracing::warn!(file = %path.display(), %fault, "a kept file of the widget is not sent");
    }
    let content = content.ok();
    locked(memory).put(key, stamp, content.as_ref());
    content
}

fn locked(memory: &Mutex<Held>) -> MutexGuard<'_, Held> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
