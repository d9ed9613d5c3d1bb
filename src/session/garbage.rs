//! The garbage collector: finds and removes garbage in the bucket (`leftovers`), and cleans up
//! after ended uploads (`cleanup`).

mod cleanup;
mod leftovers;

use std::rc::Rc;

use frond_wire::Part;

use super::cleanups::Cleanups;
use super::context::Context;
use super::log::SessionLog;
use crate::object::{ObjectId, UploadId};

/// Garbage in the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Objects that no event names.
    pub objects: Vec<ObjectId>,
    /// The total size of the objects in bytes.
    pub bytes: u64,
    /// Multipart uploads that no device continues; the store does not report their size.
    pub uploads: Vec<(ObjectId, UploadId)>,
    /// Journal pages of such uploads, by their first parts.
    pub pages: Vec<(ObjectId, Part)>,
    /// Thumbnails of objects that no event names.
    pub thumbnails: Vec<ObjectId>,
}

impl Leftovers {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.uploads.is_empty()
            && self.pages.is_empty()
            && self.thumbnails.is_empty()
    }
}

/// The garbage collector of an open session.
pub(super) struct Garbage {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    cleanups: Rc<Cleanups>,
}

impl Garbage {
    pub(super) fn new(
        context: &Rc<Context>,
        log: &Rc<SessionLog>,
        cleanups: &Rc<Cleanups>,
    ) -> Self {
        Self { context: Rc::clone(context), log: Rc::clone(log), cleanups: Rc::clone(cleanups) }
    }
}
