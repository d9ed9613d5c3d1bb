//! A bell: rung from anywhere, heard by one loop.

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
