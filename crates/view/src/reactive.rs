//! Values that notify their readers of changes.
//!
//! A [`Signal`] is a settable value, a [`Memo`] a derived one, and an [`effect`] reruns when what
//! it read in its last run has changed. All three are handles: cheap to copy, above all into
//! closures.
//!
//! Everything created while an effect runs is owned by it, and ends when it reruns or ends;
//! [`on_cleanup`] adds further cleanup. So the parts of a page live as long as the page shows them.
//!
//! Changes are batched: effects run once the code that made the changes has returned (in a
//! microtask, in the browser). A memo is computed only when it is read, and never shows a state
//! between two changes: see the three colours of `graph`.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

mod graph;

use graph::{Id, Kind};
pub use graph::{apart, flush, on_cleanup};

/// A settable value.
pub struct Signal<T>(Id, PhantomData<fn() -> T>);

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: 'static> Signal<T> {
    /// A new signal, owned by the current effect or scope.
    pub fn new(value: T) -> Self {
        Self(graph::insert(Kind::Value, Rc::new(RefCell::new(value))), PhantomData)
    }

    /// Reads the value, and subscribes to changes.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::track(self.0);
        self.with_untracked(look)
    }

    /// Reads the value without subscribing.
    ///
    /// # Panics
    /// If its owner has ended. After an await, use [`Signal::try_get`].
    #[expect(clippy::expect_used, reason = "a handle outlived its screen: a fault of the program")]
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        let cell = self.cell().expect("a signal that is still there");
        let value = cell.borrow();
        look(&value)
    }

    /// Replaces the value. No effect if its owner has ended, as can happen after an await.
    pub fn set(self, value: T) {
        if let Some(cell) = self.cell() {
            // The old value is dropped outside the borrow.
            let _old = cell.replace(value);
            graph::changed(self.0);
        }
    }

    /// Replaces the value, and notifies only if it differs.
    pub fn change(self, value: T)
    where
        T: PartialEq,
    {
        if self.cell().is_some_and(|cell| *cell.borrow() != value) {
            self.set(value);
        }
    }

    /// Changes the value in place.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(cell) = self.cell() {
            change(&mut cell.borrow_mut());
            graph::changed(self.0);
        }
    }

    fn cell(self) -> Option<Rc<RefCell<T>>> {
        graph::value(self.0)?.downcast().ok()
    }
}

impl<T: Clone + 'static> Signal<T> {
    /// The value; subscribes to changes.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value, without subscribing.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The value, without subscribing; `None` if its owner has ended.
    pub fn try_get(self) -> Option<T> {
        self.cell().map(|cell| cell.borrow().clone())
    }
}

/// A derived value. It notifies its readers only if the new value differs.
pub struct Memo<T>(Signal<T>);

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// The result of `compute`, recomputed on read after what it read has changed.
    pub fn new(mut compute: impl FnMut() -> T + 'static) -> Self {
        let id = graph::insert(Kind::Memo, Rc::new(()));
        let first = Rc::new(RefCell::new(graph::run(id, &mut compute)));
        let cell = Rc::clone(&first);
        graph::fill(
            id,
            first,
            Box::new(move || {
                let new = compute();
                let another = *cell.borrow() != new;
                if another {
                    let _old = cell.replace(new);
                }
                another
            }),
        );
        Self(Signal(id, PhantomData))
    }

    /// Reads the value, and subscribes to changes.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::refresh(self.0.0);
        self.0.with(look)
    }

    /// Reads the value without subscribing.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::refresh(self.0.0);
        self.0.with_untracked(look)
    }
}

impl<T: Clone + PartialEq + 'static> Memo<T> {
    /// The value; subscribes to changes.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value, without subscribing.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The value, without subscribing; `None` if its owner has ended.
    pub fn try_get(self) -> Option<T> {
        graph::refresh(self.0.0);
        self.0.try_get()
    }
}

/// Runs `act` now, and again whenever what it read has changed.
pub fn effect(mut act: impl FnMut() + 'static) {
    let id = graph::insert(Kind::Effect, Rc::new(()));
    graph::run(id, &mut act);
    graph::fill(
        id,
        Rc::new(()),
        Box::new(move || {
            act();
            false
        }),
    );
}

/// An owner that is ended by hand, such as for a row of a list.
pub struct Scope(Id);

impl Scope {
    /// A new scope, itself owned by the current effect or scope.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "it belongs to what runs now: not a value like another"
    )]
    pub fn new() -> Self {
        Self(graph::insert(Kind::Value, Rc::new(())))
    }

    /// Runs `make`; the scope owns what it creates, and reads in it do not subscribe.
    pub fn within<R>(&self, make: impl FnOnce() -> R) -> R {
        graph::own(self.0, make)
    }

    /// Ends everything created in it.
    pub fn end(self) {
        graph::dispose(self.0);
    }
}

#[cfg(test)]
mod tests;
