//! What of the kept files is in memory: each content once, however many people are being sent it, and the latest a while longer.
//!
//! So memory is bounded by the folder, which is bounded itself, and slow readers cost nothing but their connection.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

use super::content::{Content, Stamp};
use super::name::Form;

/// Bytes of the latest contents that stay in memory when nobody is being sent them.
const STAYING: usize = 4 * 1024 * 1024;

/// Files that something is remembered of; beyond that all is forgotten, and read again.
const MOST: usize = 2_000;

/// A file, and how what is in it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) file: String,
    pub(super) sent: Form,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    /// None for a file that is not sent.
    content: Option<Weak<Content>>,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    known: HashMap<Key, Known>,
    latest: VecDeque<Arc<Content>>,
}

impl Held {
    /// What is known of a file in this state: its content, or (`Some(None)`) that it is not to be sent.
    #[expect(clippy::option_option, reason = "what is known, and whether anything is")]
    pub(super) fn get(&self, key: &Key, stamp: &Stamp) -> Option<Option<Arc<Content>>> {
        let known = self.known.get(key).filter(|it| it.stamp == *stamp)?;
        match &known.content {
            None => Some(None),
            Some(content) => content.upgrade().map(Some),
        }
    }

    pub(super) fn put(&mut self, key: Key, stamp: Stamp, content: Option<&Arc<Content>>) {
        if MOST <= self.known.len() {
            self.known.clear();
        }
        self.forget(&key);
        self.known.insert(key, Known { stamp, content: content.map(Arc::downgrade) });
        self.latest.extend(content.map(Arc::clone));
        while STAYING < self.latest.iter().map(|it| it.bytes.len()).sum() {
            self.latest.pop_front();
        }
    }

    pub(super) fn forget(&mut self, key: &Key) {
        if let Some(content) = self.known.remove(key).and_then(|it| it.content?.upgrade()) {
            self.latest.retain(|it| !Arc::ptr_eq(it, &content));
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.latest.is_empty()
    }
}
