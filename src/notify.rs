//! Wake-ups on one thread: for one loop that may wait late ([`Notify`]), or for all tasks that wait
//! now ([`Broadcast`]).

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Wakes once, however often it was notified before the wait.
#[derive(Default)]
pub(crate) struct Notify {
    notified: Cell<bool>,
    listener: RefCell<Option<Waker>>,
}

impl Notify {
    pub(crate) fn notify(&self) {
        self.notified.set(true);
        let listener = self.listener.borrow_mut().take();
        if let Some(listener) = listener {
            listener.wake();
        }
    }

    /// Waits until it is notified, or returns at once if it was since the last wait.
    pub(crate) async fn notified(&self) {
        poll_fn(|context| {
            if self.notified.take() {
                return Poll::Ready(());
            }
            *self.listener.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Wakes all tasks that wait now; later waiters wait for the next notification. Check the announced
/// state before waiting: on one thread nothing is missed between the check and the wait.
#[derive(Default)]
pub(crate) struct Broadcast {
    times: Cell<u64>,
    listeners: RefCell<Vec<Waker>>,
}

impl Broadcast {
    pub(crate) fn notify(&self) {
        self.times.set(self.times.get().wrapping_add(1));
        let listeners = self.listeners.take();
        listeners.into_iter().for_each(Waker::wake);
    }

    /// Waits until it is notified.
    pub(crate) async fn notified(&self) {
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
