//! Which operations of a history can still matter, whatever events come later.
//!
//! What is kept of one object's operations, in the order of their events:
//!
//! - if any is `purge`: the first `purge`, and whether the object was a file;
//! - otherwise, if any is `add`: the first `add` of each content, the last `move`, and the last of
//!   `trash` and `restore`;
//! - otherwise: each device's first and last `begin`, the first `abandon`, the last `move`, and the
//!   last of `trash` and `restore`;
//! - in any case the first `free`.
//!
//! A later event comes anywhere in the order: a `move` that precedes every known `add` may follow
//! one that arrives later. Keeping what is kept of some events, together with others, keeps the
//! same as keeping from all of them, so devices that build on different snapshots agree.

use std::collections::BTreeMap;

use crate::account::DeviceId;
use crate::catalog::event::Op;
use crate::catalog::hash::EventHash;
use crate::catalog::state::Step;
use crate::object::Seal;

/// An operation that is kept: its event, its index in that event, and whether it purges what was a
/// file.
pub(super) type Kept = (EventHash, usize, bool);

/// What a content is: size, stored length, header length, seal.
type Content = (u64, u64, u32, Seal);

/// What can still matter of one object.
#[derive(Default)]
struct Matter<'a> {
    purge: Option<&'a Step>,
    /// Whether some event added it.
    added: bool,
    adds: Vec<(Content, &'a Step)>,
    begins: BTreeMap<DeviceId, (&'a Step, Option<&'a Step>)>,
    moved: Option<&'a Step>,
    trashed: Option<&'a Step>,
    abandon: Option<&'a Step>,
    free: Option<&'a Step>,
}

/// Appends what is kept of one object's operations, given in order.
pub(super) fn keep(history: &[Step], kept: &mut Vec<Kept>) {
    let mut matter = Matter::default();
    for step in history {
        matter.add(step);
    }
    matter.into_kept(kept);
}

impl<'a> Matter<'a> {
    fn add(&mut self, step: &'a Step) {
        let Some((event, op)) = step.op() else { return };
        match op {
            Op::Begin { .. } => {
                let begin = self.begins.entry(event.device);
                begin.and_modify(|(_, last)| *last = Some(step)).or_insert((step, None));
            }
            Op::Add { size, stored, header, seal, .. } => {
                self.added = true;
                let content = (*size, *stored, *header, *seal);
                if self.adds.iter().all(|(other, _)| *other != content) {
                    self.adds.push((content, step));
                }
            }
            Op::Move { .. } => self.moved = Some(step),
            Op::Trash { .. } | Op::Restore { .. } => self.trashed = Some(step),
            Op::Abandon { .. } => drop(self.abandon.get_or_insert(step)),
            Op::Free { .. } => drop(self.free.get_or_insert(step)),
            Op::Purge { .. } => drop(self.purge.get_or_insert(step)),
            Op::Former { .. } => self.added = true,
            Op::Merge { .. } | Op::Unknown => {}
        }
    }

    fn into_kept(self, kept: &mut Vec<Kept>) {
        let mut keep = |step: &Step, former| kept.push((step.placed.hash, step.op, former));
        self.free.into_iter().for_each(|step| keep(step, false));
        if let Some(purge) = self.purge {
            keep(purge, self.added);
            return;
        }
        if self.adds.is_empty() {
            for (first, last) in self.begins.into_values() {
                std::iter::once(first).chain(last).for_each(|step| keep(step, false));
            }
            self.abandon.into_iter().for_each(|step| keep(step, false));
        }
        let adds = self.adds.into_iter().map(|(_, step)| step);
        adds.chain(self.moved).chain(self.trashed).for_each(|step| keep(step, false));
    }
}
