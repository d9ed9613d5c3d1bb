//! The garbage collector: what lies in the bucket and belongs to nothing (`leftovers`), and what
//! ended uploads leave behind (`cleanup`).

mod cleanup;
mod leftovers;

use std::rc::Rc;

use frond_wire::{Part, UploadId};

use super::cleanups::Cleanups;
use super::context::Context;
use super::log::Log;
use crate::object::ObjectId;

/// What lies in the bucket and belongs to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Objects that no event names.
    pub objects: Vec<ObjectId>,
    /// Their bytes, all together.
    pub bytes: u64,
    /// Multipart uploads that no device continues; the store does not tell their length.
    pub uploads: Vec<(ObjectId, UploadId)>,
    /// Pages of journals of such, by their first parts.
    pub pages: Vec<(ObjectId, Part)>,
}

impl Leftovers {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.uploads.is_empty() && self.pages.is_empty()
    }
}

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
