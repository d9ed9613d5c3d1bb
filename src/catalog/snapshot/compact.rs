//! Which operations of a set of events can still matter, whatever events come later.
//!
//! What is kept of the operations on one object, in the order of their events:
//!
//! - if any is `purge`: the first `purge`, and whether the object was a file;
//! - otherwise, if any is `add`: the first `add` of each content;
//! - otherwise: each device's first and last `begin`, and the first `abandon`;
//! - unless any is `purge`: the last of `move` and `place`, the last of `trash` and `restore`, and
//!   the last `supersede`;
//! - in any case the first `free`.
//!
//! Of those on one folder: the last of `mkdir` and `move-folder`, the last `trash-folder`, the last
//! `restore-folder`, and the first `purge-folder`. A folder that paths name exists, whatever became
//! of the operations with these paths: the first event that names it goes on to ([`Op::Implicit`]).
//!
//! Of all `retention` the last.
//!
//! A later event comes anywhere in the order: a `move` that precedes every known `add` may follow
//! one that arrives later. Keeping what is kept of some events, together with others, keeps the
//! same as keeping from all of them, so devices that build on different snapshots agree.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::account::DeviceId;
use crate::catalog::event::{Op, folders};
use crate::catalog::hash::EventHash;
use crate::catalog::index::Index;
use crate::catalog::order::Placed;
use crate::catalog::state::Step;
use crate::object::Seal;

/// The operations that are kept, by their events: the index of each, and whether it purges what was
/// a file.
pub(super) struct KeptOps(Vec<(EventHash, Vec<(usize, bool)>)>);

impl KeptOps {
    /// None of these events' operations.
    pub(super) fn none_of(events: &[Rc<Placed>]) -> Self {
        let mut kept: Vec<_> = events.iter().map(|event| (event.hash, Vec::new())).collect();
        kept.sort_unstable_by_key(|(hash, _)| *hash);
        Self(kept)
    }

    /// Keeps an operation, by its index in its event.
    pub(super) fn put(&mut self, event: &EventHash, op: usize, former: bool) {
        let at = self.0.binary_search_by_key(event, |(hash, _)| *hash);
        if let Some((_, ops)) = at.ok().and_then(|at| self.0.get_mut(at)) {
            ops.push((op, former));
        }
    }

    /// What is kept of an event, in any order.
    pub(super) fn of(&self, event: &EventHash) -> &[(usize, bool)] {
        let at = self.0.binary_search_by_key(event, |(hash, _)| *hash);
        at.ok().and_then(|at| self.0.get(at)).map_or(&[], |(_, ops)| ops)
    }
}

/// What tells contents apart: size, stored length, header length, seal.
type Identity = (u64, u64, u32, Seal);

/// What can still matter of one object, or of one folder.
#[derive(Default)]
struct Matter<'a> {
    purge: Option<&'a Step>,
    /// Whether some event added the object.
    added: bool,
    adds: Vec<(Identity, &'a Step)>,
    begins: BTreeMap<DeviceId, (&'a Step, Option<&'a Step>)>,
    abandon: Option<&'a Step>,
    free: Option<&'a Step>,
    placed: Option<&'a Step>,
    /// Of a file: the last of `trash` and `restore`. A folder that was restored is shown even if it
    /// is empty and was put into the trash again, so of folders `restored` has the other.
    trashed: Option<&'a Step>,
    restored: Option<&'a Step>,
    superseded: Option<&'a Step>,
    purged_folder: Option<&'a Step>,
    retention: Option<&'a Step>,
}

/// Keeps what can matter of the operations on what an event is the first to name.
pub(super) fn keep_of_first(index: &Index, event: &Placed, kept: &mut KeptOps) {
    for (at, op) in event.event.ops.iter().enumerate() {
        let object = op.object().map(|id| index.history(id));
        let folder = op.folder().map(|id| index.folder_history(id));
        for history in object.into_iter().chain(folder) {
            let first = history.first();
            if first.is_some_and(|first| first.placed.hash == event.hash && first.op == at) {
                keep(history, kept);
            }
        }
    }
}

/// Keeps what can matter of the operations on one object or folder, or of all `retention`, given in
/// order.
pub(super) fn keep(history: &[Step], kept: &mut KeptOps) {
    let mut matter = Matter::default();
    for step in history {
        matter.add(step);
    }
    matter.into_kept(kept);
}

/// The folders that each event is the first to name, and that no operation kept of it names: their
/// paths, without those that another one goes through. `events` are in order; `step` is called
/// after each.
pub(super) async fn implicit<'a>(
    events: &'a [Rc<Placed>],
    kept: &KeptOps,
    step: impl AsyncFn(),
) -> BTreeMap<EventHash, BTreeSet<&'a str>> {
    let (mut seen, mut implicit) = (BTreeSet::new(), BTreeMap::new());
    for event in events {
        step().await;
        let mut first = BTreeSet::new();
        for op in &event.event.ops {
            first.extend(op.implicit().take_while(|path| seen.insert(*path)));
        }
        if first.is_empty() {
            continue;
        }
        let kept = kept.of(&event.hash).iter().filter_map(|(op, _)| event.event.ops.get(*op));
        for path in kept.flat_map(Op::implicit) {
            first.remove(path);
        }
        for path in first.clone() {
            for outer in folders(path).skip(1) {
                first.remove(outer);
            }
        }
        if !first.is_empty() {
            implicit.insert(event.hash, first);
        }
    }
    implicit
}

impl<'a> Matter<'a> {
    fn add(&mut self, step: &'a Step) {
        let Some((event, op)) = step.op() else { return };
        match op {
            Op::Begin { .. } => {
                let begin = self.begins.entry(event.device);
                begin.and_modify(|(_, last)| *last = Some(step)).or_insert((step, None));
            }
            Op::Add { content, .. } => {
                self.added = true;
                let identity = (content.size, content.stored, content.header, content.seal);
                if self.adds.iter().all(|(other, _)| *other != identity) {
                    self.adds.push((identity, step));
                }
            }
            Op::Move { .. } | Op::Place { .. } | Op::Mkdir { .. } | Op::MoveFolder { .. } => {
                self.placed = Some(step);
            }
            Op::Trash { .. } | Op::Restore { .. } | Op::TrashFolder { .. } => {
                self.trashed = Some(step);
            }
            Op::RestoreFolder { .. } => self.restored = Some(step),
            Op::Supersede { .. } => self.superseded = Some(step),
            Op::Abandon { .. } => drop(self.abandon.get_or_insert(step)),
            Op::Free { .. } => drop(self.free.get_or_insert(step)),
            Op::Purge { .. } => drop(self.purge.get_or_insert(step)),
            Op::PurgeFolder { .. } => drop(self.purged_folder.get_or_insert(step)),
            Op::Former { .. } => self.added = true,
            Op::Retention(_) => self.retention = Some(step),
            Op::Merge { .. } | Op::Implicit { .. } | Op::Unknown => {}
        }
    }

    fn into_kept(self, kept: &mut KeptOps) {
        let mut keep = |step: &Step, former| kept.put(&step.placed.hash, step.op, former);
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
        self.adds.into_iter().for_each(|(_, step)| keep(step, false));
        let Self { placed, trashed, restored, superseded, purged_folder, retention, .. } = self;
        let last = [placed, trashed, restored, superseded, purged_folder, retention];
        last.into_iter().flatten().for_each(|step| keep(step, false));
    }
}
