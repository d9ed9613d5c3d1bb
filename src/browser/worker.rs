//! Whole transfers off the page's thread.
//!
//! Chromium runs bulk WebCrypto on the calling thread, so a pool of dedicated Workers does it: each
//! reads, seals and sends by itself, or receives, verifies and collects. Bytes of files never cross
//! the page's thread. Workers run a program of their own, with what the page has no use for.
//!
//! ```text
//! page                                                                                     Worker
//! WorkerPool ── WorkerHandle ─┬──── Begin, Hold, Cancel, Signed ────► run ── transfer::run
//!                             ◄─ Ready, Progress, Sign, Open, Alive, Ended ─┘
//! ```

mod handle;
mod inside;
mod pool;
mod sink;

pub use inside::run;
pub use pool::WorkerPool;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// The Worker that this instance runs in; `None` in the page.
#[must_use]
pub fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}
