//! A piece of state that screens follow.
//!
//! leptos' own signals are compiled anew for every type they hold; with a dozen of them that was a tenth of the
//! widget. Here all share one trigger type and one cell type, and only the borrow at the end knows the value's type.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::*;

/// A value of type `T` that tells its readers when it changes.
pub(crate) struct State<T> {
    changed: Trigger,
    cell: StoredValue<Rc<dyn Any>, LocalStorage>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

impl<T: 'static> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { changed: Trigger::new(), cell: new_cell(Rc::new(RefCell::new(value))), kind: PhantomData }
    }

    /// Reads the value without following it.
    pub(crate) fn peek<R>(self, read: impl FnOnce(&T) -> R) -> R {
        let cell = held(self.cell);
        let cell = cell.downcast_ref::<RefCell<T>>().expect("the cell was made with this type");
        read(&cell.borrow())
    }

    /// Reads the value and follows it.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.changed.track();
        self.peek(read)
    }

    /// Changes the value and tells its readers.
    pub(crate) fn update<R>(self, change: impl FnOnce(&mut T) -> R) -> R {
        let cell = held(self.cell);
        let cell = cell.downcast_ref::<RefCell<T>>().expect("the cell was made with this type");
        let result = change(&mut cell.borrow_mut());
        self.changed.notify();
        result
    }

    /// Replaces the value and tells its readers.
    pub(crate) fn set(self, value: T) {
        self.update(|it| *it = value);
    }

    /// Follows the value without reading it.
    pub(crate) fn track(self) {
        self.changed.track();
    }
}

impl<T: Clone + 'static> State<T> {
    /// A copy of the value, followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy of the value, not followed.
    pub(crate) fn get_now(self) -> T {
        self.peek(T::clone)
    }
}

fn new_cell(cell: Rc<dyn Any>) -> StoredValue<Rc<dyn Any>, LocalStorage> {
    StoredValue::new_local(cell)
}

fn held(cell: StoredValue<Rc<dyn Any>, LocalStorage>) -> Rc<dyn Any> {
    cell.get_value()
}
