//! What a vault's [`Retention`] deletes, and when.
//!
//! The time of an event is that of its id, but no earlier than that of any event before it in the
//! order: a device whose clock was slow does not make a change look old. An event whose time is in
//! the future counts as future, and no other event is measured by it. What is deleted together is
//! due together: an entry of the trash once nothing in it was added, moved, replaced or trashed for
//! the number of days; an older version once that many days passed since it was replaced.

use std::collections::{BTreeMap, BTreeSet};

use frond_wire::FolderId;

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
        let due = Expiry { index, retention, time: &by_id }.due(now_ms);
        if due.is_empty() {
            // The times in the order are no earlier.
            return due;
        }
        let times = times(index, now_ms);
        let in_order = |step: &Step| times.get(&step.placed.hash).copied().unwrap_or(u64::MAX);
        Expiry { index, retention, time: &in_order }.due(now_ms)
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.trash.is_empty()
    }
}

/// When single entries are deleted by the vault itself, in milliseconds since the Unix epoch, and
/// `None` if that does not happen. Not before: it takes a device that has the vault open, and where
/// the clock of one was slow it is later.
impl Index {
    /// When an entry of the trash is deleted.
    #[must_use]
    pub fn trash_expiry(&self, entry: RowId) -> Option<u64> {
        self.expiry().of_trash(entry)
    }

    /// When an older version is deleted; 0 if there are more than the limit says.
    #[must_use]
    pub fn version_expiry(&self, version: &ObjectId) -> Option<u64> {
        let (layout, newest) = (self.layout(), self.newest(version)?);
        let replaced = layout.superseded_when(version);
        let versions = layout.versions(&newest).into_iter();
        let later = versions.filter(|other| layout.superseded_when(other) > replaced).count();
        self.expiry().of_version(version, later)
    }

    fn expiry(&self) -> Expiry<'_> {
        Expiry { index: self, retention: &self.state().retention, time: &by_id }
    }
}

/// The time of an event by its own id.
fn by_id(step: &Step) -> u64 {
    step.placed.event.id.milliseconds()
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

/// When what is deleted: times in milliseconds since the Unix epoch, `None` for never.
struct Expiry<'a> {
    index: &'a Index,
    retention: &'a Retention,
    time: &'a dyn Fn(&Step) -> u64,
}

impl Expiry<'_> {
    fn due(&self, now_ms: u64) -> Due {
        let is_due = |expiry: Option<u64>| expiry.is_some_and(|expiry| expiry <= now_ms);
        let mut due = Due::default();
        let mut gone = BTreeSet::new();
        if self.retention.trash_days.is_some() {
            let trash = self.index.trash();
            let entries = trash.own_files().map(RowId::File);
            for id in entries.chain(trash.folders().into_iter().map(RowId::Folder)) {
                if is_due(self.of_trash(id)) {
                    let (files, _) = self.held(id);
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
            for (later, id) in versions.into_iter().enumerate() {
                if is_due(self.of_version(&id, later)) {
                    due.of_versions.add(self.one(&id));
                    due.versions.push(id);
                }
            }
        }
        due
    }

    /// Of an entry of the trash.
    fn of_trash(&self, entry: RowId) -> Option<u64> {
        let days = self.retention.trash_days?;
        let (files, folders) = self.held(entry);
        let file = |id: &ObjectId| self.changed(self.index.history(id));
        let with_versions = |id: &ObjectId| {
            let versions = self.index.layout().versions(id);
            versions.iter().map(file).fold(file(id), u64::max)
        };
        let folder = |id: &FolderId| self.changed(self.index.folder_history(id));
        let changes = files.iter().map(with_versions).chain(folders.iter().map(folder));
        Some(after(changes.max().unwrap_or_default(), days))
    }

    /// Of an older version; so many of the same file were replaced later.
    fn of_version(&self, id: &ObjectId, later: usize) -> Option<u64> {
        let most = self.retention.versions.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        if most.is_some_and(|most| later >= most) {
            return Some(0);
        }
        let days = self.retention.version_days?;
        Some(after(self.changed(self.index.history(id)), days))
    }

    /// The files and folders of an entry of the trash.
    fn held(&self, entry: RowId) -> (Vec<ObjectId>, Vec<FolderId>) {
        match entry {
            RowId::File(file) => (vec![file], Vec::new()),
            RowId::Folder(folder) => self.index.trash().below(&folder),
        }
    }

    /// When these operations changed something last. Another `add` of the same file changes
    /// nothing.
    fn changed(&self, history: &[Step]) -> u64 {
        let is_add = |step: &&Step| matches!(step.op(), Some((_, Op::Add { .. })));
        let first = history.iter().find(is_add);
        let changes = history.iter().filter(|step| !is_add(step)).chain(first);
        changes.map(self.time).max().unwrap_or_default()
    }

    fn one(&self, id: &ObjectId) -> Totals {
        let size = self.index.state().files.get(id).map_or(0, |file| file.size);
        Totals { files: 1, bytes: size }
    }
}

/// So many days after `time`.
fn after(time: u64, days: u32) -> u64 {
    time.saturating_add(u64::from(days).saturating_mul(DAY_MS))
}
