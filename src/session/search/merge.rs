//! Merging segments: few large ones are read faster than many small ones, and a deleted file leaves
//! the index.
//!
//! Segments of one size class, each four times the last, are merged once there are four of them; so
//! a word is written a number of times that grows with the logarithm of the text. A segment of
//! which a quarter of the files were deleted is written anew by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond_wire::{Name, SegmentId};

use super::{LoadedSegment, Search};
use crate::catalog::{File, Table};
use crate::object::ObjectId;
use crate::port::Merging;
use crate::segment::{MAX_SEGMENT, Segment};
use crate::session::stored::delete;
use crate::transfer::TransferError;

/// Segments of one size class that are merged.
const GROUP: usize = 4;
/// Length of the smallest segment in bytes, roughly: its padding.
const SMALLEST: usize = 4096;

impl Search {
    /// Merges until nothing is due.
    pub(super) async fn merge_some(&self) -> Result<(), TransferError> {
        loop {
            let group = due(&self.segments.borrow(), &self.log.history().state().files);
            if group.is_empty() {
                return Ok(());
            }
            self.merge(group).await?;
        }
    }

    async fn merge(&self, group: Vec<(SegmentId, Rc<LoadedSegment>)>) -> Result<(), TransferError> {
        let files: BTreeSet<_> = {
            let history = self.log.history();
            let all = group.iter().flat_map(|(_, known)| &known.segment.files);
            all.filter(|file| history.state().files.contains_key(*file)).copied().collect()
        };
        let files: Vec<_> = files.into_iter().collect();
        let number =
            |file: &ObjectId| files.binary_search(file).ok().and_then(|at| u32::try_from(at).ok());
        let parts: Vec<_> = group
            .iter()
            .map(|(_, known)| Merging {
                index: known.segment.index.clone(),
                numbers: known.segment.files.iter().map(number).collect(),
            })
            .collect();
        let mut replaced: Vec<_> = group.iter().map(|(id, _)| *id).collect();
        replaced.sort_unstable();
        if !files.is_empty() {
            let documents = u32::try_from(files.len()).map_err(|_| TransferError::TooLarge)?;
            let program = self.program().map_err(|_| TransferError::Engine)?;
            let Ok(index) = program.merge(documents, &parts).await else {
                // One of them is no index, though it was sealed with this vault's key.
                self.damaged.borrow_mut().extend(replaced.iter().copied());
                return self.leave_out(&replaced).await.map_err(Into::into);
            };
            self.write(Segment { replaced: replaced.clone(), files, index }).await?;
        }
        self.leave_out(&replaced).await?;
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let bucket = self.context.bucket(&*keys.endpoint);
        for id in replaced {
            delete(&bucket, Name::Segment(id)).await?;
        }
        Ok(())
    }
}

/// Which segments to merge next; none if that is not due.
fn due(
    segments: &BTreeMap<SegmentId, Rc<LoadedSegment>>,
    live: &Table<ObjectId, File>,
) -> Vec<(SegmentId, Rc<LoadedSegment>)> {
    let copy = |(id, known): (&SegmentId, &Rc<LoadedSegment>)| (*id, Rc::clone(known));
    let stale = segments.iter().find(|(_, known)| {
        let files = &known.segment.files;
        let gone = files.iter().filter(|file| !live.contains_key(*file)).count();
        gone > 0 && gone >= files.len().div_ceil(GROUP)
    });
    if let Some(stale) = stale {
        return vec![copy(stale)];
    }
    let mut classes: BTreeMap<u32, Vec<_>> = BTreeMap::new();
    for (id, known) in segments {
        let class = (known.length / SMALLEST).max(1).ilog(4);
        classes.entry(class).or_default().push((id, known));
    }
    for class in classes.into_values().filter(|class| class.len() >= GROUP) {
        let group: Vec<_> = class.into_iter().take(GROUP).map(copy).collect();
        // Each is padded, and words that they share are written once: the sum is never exceeded.
        if group.iter().map(|(_, known)| known.length).sum::<usize>() <= MAX_SEGMENT {
            return group;
        }
    }
    Vec::new()
}
