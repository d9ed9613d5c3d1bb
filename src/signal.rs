//! Bells: rung from anywhere, heard by one loop that may come late ([`Signal`]), or by all who wait now ([`Bell`]).

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Rings once however often it was rung before it was heard.
#[derive(Default)]
pub(crate) struct Signal {
    rung: Cell<bool>,
    listener: RefCell<Option<Waker>>,
}

impl Signal {
    pub(crate) fn ring(&self) {
        self.rung.set(true);
        let listener = self.listener.borrow_mut().take();
        if let Some(listener) = listener {
            listener.wake();
        }
    }

    /// Waits until it was rung since last heard.
    pub(crate) async fn heard(&self) {
        poll_fn(|context| {
            if self.rung.take() {
                return Poll::Ready(());
            }
            *self.listener.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Wakes all who wait; who comes later waits for the next time. What it announces is to be looked at first: on one
/// thread nothing is missed between the look and the wait.
#[derive(Default)]
pub(crate) struct Bell {
    times: Cell<u64>,
    listeners: RefCell<Vec<Waker>>,
}

impl Bell {
    pub(crate) fn ring(&self) {
        self.times.set(self.times.get().wrapping_add(1));
        let listeners = self.listeners.take();
        listeners.into_iter().for_each(Waker::wake);
    }

    /// Waits until it is rung.
    pub(crate) async fn heard(&self) {
        let before = self.times.get();
        poll_fn(|context| {
            if self.times.get() != before {
                return Poll::Ready(());
            }
            let mut listeners = self.listeners.borrow_mut();
            if !listeners.iter().any(|listener| listener.will_wake(context.waker())) {
                listeners.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
