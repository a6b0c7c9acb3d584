//! A piece of state that screens follow.
//!
//! leptos' own signals are compiled anew for every type they hold; with a dozen of them that was a tenth of the
//! widget. Here all share one trigger type, and only the borrow at the end knows the value's type.

use std::cell::RefCell;

use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};

/// A value of type `T` that tells its readers when it changes; a pointer, since every listener holds one.
///
/// What it points to stays for as long as the page does: a listener or an answer that comes late still finds it.
pub(crate) struct State<T: 'static>(&'static Held<T>);

struct Held<T> {
    changed: ArcTrigger,
    value: RefCell<T>,
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

impl<T> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Box::leak(Box::new(Held { changed: new_trigger(), value: RefCell::new(value) })))
    }

    /// Reads the value without following it.
    pub(crate) fn peek<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.0.value.borrow())
    }

    /// Reads the value and follows it.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.peek(read)
    }

    /// Reads the value by a way that leads to changing it as well, without following or telling.
    pub(crate) fn reach<R>(self, read: impl FnOnce(&mut T) -> R) -> R {
        read(&mut self.0.value.borrow_mut())
    }

    /// Changes the value and tells its readers.
    pub(crate) fn update<R>(self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = self.reach(change);
        tell(&self.0.changed);
        result
    }

    /// Replaces the value and tells its readers.
    pub(crate) fn set(self, value: T) {
        self.update(|it| *it = value);
    }

    /// Follows the value without reading it.
    pub(crate) fn track(self) {
        follow(&self.0.changed);
    }
}

impl<T: Clone> State<T> {
    /// A copy of the value, followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy of the value, not followed.
    pub(crate) fn get_now(self) -> T {
        self.peek(T::clone)
    }
}

#[inline(never)]
fn new_trigger() -> ArcTrigger {
    ArcTrigger::new()
}

#[inline(never)]
fn follow(trigger: &ArcTrigger) {
    trigger.track();
}

#[inline(never)]
fn tell(trigger: &ArcTrigger) {
    trigger.notify();
}
