//! Values that tell whoever read them when they change.
//!
//! A [`Signal`] is a value that is set, a [`Memo`] one that follows from others, and an [`effect`]
//! is run again when what it read last time has changed. All three are handles: cheap to copy, into
//! closures above all.
//!
//! What is made while an effect runs belongs to it, and goes when it runs again or goes itself;
//! [`on_cleanup`] says what else is to be done then. So the parts of a page live as long as the
//! page shows them.
//!
//! Changes are acted upon in one go, once the code that made them has returned (a microtask, in the
//! browser). A memo is only computed when somebody asks, and never shows a state between two
//! changes: the three colours of `graph`.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

mod graph;

use graph::{Id, Kind};
pub use graph::{apart, flush, on_cleanup};

/// A value that can be set.
pub struct Signal<T>(Id, PhantomData<fn() -> T>);

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: 'static> Signal<T> {
    /// A new one, which lives as long as what runs now.
    pub fn new(value: T) -> Self {
        Self(graph::insert(Kind::Value, Rc::new(RefCell::new(value))), PhantomData)
    }

    /// Looks at the value, and is told of changes from now on.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::track(self.0);
        self.with_untracked(look)
    }

    /// Looks at the value once.
    ///
    /// # Panics
    /// When what it belonged to is gone. Code that waited asks [`Signal::try_get`].
    #[expect(clippy::expect_used, reason = "a handle outlived its screen: a fault of the program")]
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        let cell = self.cell().expect("a signal that is still there");
        let value = cell.borrow();
        look(&value)
    }

    /// Replaces the value. Where nobody is there any more, as after a wait, nothing happens.
    pub fn set(self, value: T) {
        if let Some(cell) = self.cell() {
            // The old one is dropped when nothing is borrowed any more.
            let _old = cell.replace(value);
            graph::changed(self.0);
        }
    }

    /// Replaces the value, and tells of it only if it is another one.
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
    /// The value; tells of changes from now on.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value, once.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The value, once, if it is still there.
    pub fn try_get(self) -> Option<T> {
        self.cell().map(|cell| cell.borrow().clone())
    }
}

/// A value that follows from others. It tells of a change only when it is another value then.
pub struct Memo<T>(Signal<T>);

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// What `compute` gives, now and whenever what it read has changed and somebody asks.
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

    /// Looks at the value, and is told of changes from now on.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::refresh(self.0.0);
        self.0.with(look)
    }

    /// Looks at the value once.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        graph::refresh(self.0.0);
        self.0.with_untracked(look)
    }
}

impl<T: Clone + PartialEq + 'static> Memo<T> {
    /// The value; tells of changes from now on.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value, once.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
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

/// An owner for what is ended by hand, such as a row of a list.
pub struct Scope(Id);

impl Scope {
    /// A new one, which itself belongs to what runs now.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "it belongs to what runs now: not a value like another"
    )]
    pub fn new() -> Self {
        Self(graph::insert(Kind::Value, Rc::new(())))
    }

    /// Runs `make`; what it makes belongs to the scope, and what it reads is read once.
    pub fn within<R>(&self, make: impl FnOnce() -> R) -> R {
        graph::own(self.0, make)
    }

    /// Ends all that was made in it.
    pub fn end(self) {
        graph::dispose(self.0);
    }
}

#[cfg(test)]
mod tests;
