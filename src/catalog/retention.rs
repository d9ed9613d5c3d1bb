//! What a vault's [`Retention`] deletes, and when.
//!
//! The time of an event is that of its id, but no earlier than that of any event before it in the
//! order: a device whose clock was slow does not make a change look old. An event whose time is in
//! the future counts as future, and no other event is measured by it. What is deleted together is
//! due together: an entry of the trash once nothing in it was added, moved, replaced or trashed for
//! the number of days; an older version once that many days passed since it was replaced.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Op, Retention};
use super::hash::EventHash;
use super::index::Index;
use super::listing::{RowId, Totals};
use super::state::Step;
use crate::object::ObjectId;

const DAY_MS: u64 = 86_400_000;

/// What is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Older versions.
    pub versions: Vec<ObjectId>,
    /// Files and folders that were put into the trash, a folder with all that it holds.
    pub trash: Vec<RowId>,
    /// Number and size of the older versions.
    pub of_versions: Totals,
    /// Number and size of the files in the trash, without their older versions.
    pub of_trash: Totals,
}

impl Due {
    /// What `retention` deletes of this vault at `now_ms`, in milliseconds since the Unix epoch;
    /// O(n log n).
    #[must_use]
    pub fn of(index: &Index, retention: &Retention, now_ms: u64) -> Self {
        let by_id = |step: &Step| step.placed.event.id.milliseconds();
        let due = Overdue { index, retention, now_ms, time: &by_id }.run();
        if due.is_empty() {
            // The times in the order are no earlier.
            return due;
        }
        let times = times(index, now_ms);
        let in_order = |step: &Step| times.get(&step.placed.hash).copied().unwrap_or(u64::MAX);
        Overdue { index, retention, now_ms, time: &in_order }.run()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.trash.is_empty()
    }
}

/// The time of each event; none of those in the future.
fn times(index: &Index, now_ms: u64) -> BTreeMap<EventHash, u64> {
    let mut latest = 0;
    let past = index.log().in_order().into_iter().filter_map(|placed| {
        let own = placed.event.id.milliseconds();
        if own > now_ms {
            return None;
        }
        latest = own.max(latest);
        Some((placed.hash, latest))
    });
    past.collect()
}

struct Overdue<'a> {
    index: &'a Index,
    retention: &'a Retention,
    now_ms: u64,
    time: &'a dyn Fn(&Step) -> u64,
}

impl Overdue<'_> {
    fn run(&self) -> Due {
        let mut due = Due::default();
        let mut gone = BTreeSet::new();
        if let Some(days) = self.retention.trash_days {
            let trash = self.index.trash();
            let entries = trash.own_files().map(RowId::File);
            for id in entries.chain(trash.folders().into_iter().map(RowId::Folder)) {
                let (files, folders) = match id {
                    RowId::File(file) => (vec![file], Vec::new()),
                    RowId::Folder(folder) => trash.below(&folder),
                };
                let versions = || files.iter().flat_map(|file| self.index.layout().versions(file));
                let is_old = files.iter().all(|file| self.is_old(self.index.history(file), days))
                    && versions().all(|file| self.is_old(self.index.history(&file), days))
                    && folders.iter().all(|id| self.is_old(self.index.folder_history(id), days));
                if is_old {
                    files.iter().for_each(|file| due.of_trash.add(self.one(file)));
                    gone.extend(files);
                    due.trash.push(id);
                }
            }
        }
        if self.retention.versions.is_none() && self.retention.version_days.is_none() {
            return due;
        }
        let mut versions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for id in self.index.layout().superseded() {
            if let Some(newest) = self.index.newest(id).filter(|newest| !gone.contains(newest)) {
                versions.entry(newest).or_default().push(*id);
            }
        }
        let layout = self.index.layout();
        for mut versions in versions.into_values() {
            // The one that was replaced last first.
            versions.sort_by(|a, b| layout.superseded_when(b).cmp(&layout.superseded_when(a)));
            for (at, id) in (0..).zip(versions) {
                let days = self.retention.version_days;
                if self.retention.versions.is_some_and(|most| at >= most)
                    || days.is_some_and(|days| self.is_old(self.index.history(&id), days))
                {
                    due.of_versions.add(self.one(&id));
                    due.versions.push(id);
                }
            }
        }
        due
    }

    /// Whether none of these operations changed anything in this number of days. Another `add` of
    /// the same file changes nothing.
    fn is_old(&self, history: &[Step], days: u32) -> bool {
        let since = self.now_ms.checked_sub(u64::from(days).saturating_mul(DAY_MS));
        let is_add = |step: &&Step| matches!(step.op(), Some((_, Op::Add { .. })));
        let first = history.iter().find(is_add);
        let changes = history.iter().filter(|step| !is_add(step)).chain(first);
        let last = changes.map(self.time).max().unwrap_or_default();
        since.is_some_and(|since| last <= since)
    }

    fn one(&self, id: &ObjectId) -> Totals {
        let size = self.index.state().files.get(id).map_or(0, |file| file.size);
        Totals { files: 1, bytes: size }
    }
}
