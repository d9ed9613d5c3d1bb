//! The garbage collector: what lies in the bucket and belongs to nothing (`leftovers`), and what
//! ended uploads leave behind (`cleanup`).

mod cleanup;
mod leftovers;

use std::rc::Rc;

pub use self::leftovers::Leftovers;
use super::cleanups::Cleanups;
use super::context::Context;
use super::log::Log;

/// The garbage collector of an open session.
pub(super) struct Garbage {
    context: Rc<Context>,
    log: Rc<Log>,
    cleanups: Rc<Cleanups>,
}

impl Garbage {
    pub(super) fn new(context: &Rc<Context>, log: &Rc<Log>, cleanups: &Rc<Cleanups>) -> Self {
        Self { context: Rc::clone(context), log: Rc::clone(log), cleanups: Rc::clone(cleanups) }
    }
}
