//! Which idempotency keys are being worked on.
//!
//! What a repetition is told depends on what became of the first sending. While that is open, nobody judges the repetition:
//! by then a deadline may have passed, and a final refusal would stand beside a booking that is committed a moment later.
//! Bounded by the open connections and the store's queue.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// The keys.
#[derive(Debug, Clone, Default)]
pub struct KeysInFlight(Arc<Mutex<HashSet<Uuid>>>);

/// Holds a key until its last clone is dropped. One clone goes with the write, which is committed also when whoever asked
/// has gone away.
#[derive(Debug, Clone)]
pub struct HeldKey {
    _held: Arc<Entry>,
}

#[derive(Debug)]
struct Entry {
    key: Uuid,
    keys: KeysInFlight,
}

impl KeysInFlight {
    /// Takes the key; `None` while somebody else holds it.
    pub fn hold(&self, key: Uuid) -> Option<HeldKey> {
        let entered = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        entered.then(|| HeldKey { _held: Arc::new(Entry { key, keys: self.clone() }) })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_until_its_last_holder_lets_go_and_others_are_free() {
        let keys = KeysInFlight::default();
        let first = keys.hold(Uuid::from_u128(1)).unwrap();
        let written = first.clone();
        assert!(keys.hold(Uuid::from_u128(1)).is_none());
        assert!(keys.hold(Uuid::from_u128(2)).is_some());
        drop(first);
        assert!(keys.hold(Uuid::from_u128(1)).is_none());
        drop(written);
        assert!(keys.hold(Uuid::from_u128(1)).is_some());
    }
}
