//! Rows that do not read, or cannot be written: set aside, so that they keep time from no other row.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The reception numbers of such rows, as they stand in them. They are looked at again at the next start.
#[derive(Debug, Clone, Default)]
pub(super) struct SetAside(Arc<Mutex<HashSet<String>>>);

impl SetAside {
    fn held(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a row aside, and tells that once.
    pub(super) fn add(&self, number: &str, why: &dyn Display) {
        if self.held().insert(number.to_owned()) {
            let number = number.escape_debug();
            tracing::error!(%number, %why, "THE ROW OF A REQUEST CANNOT BE READ OR WRITTEN; time's own acts leave it as it is");
        }
    }

    /// Whether this one is.
    pub(super) fn has(&self, number: &str) -> bool {
        self.held().contains(number)
    }

    /// How many are.
    pub(super) fn count(&self) -> usize {
        self.held().len()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<String> {
        self.held().iter().cloned().collect()
    }
}
