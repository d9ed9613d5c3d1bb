//! The catalog as a replay of all its events: what it means by definition, without regard to cost.
//! The index is compared with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use frond::catalog::{
    Begun, Content, Doubt, Event, EventHash, File, FileFault, FileRow, FolderEntry, FolderId, Op,
    Origin, Row, State, Totals,
};
use frond::object::ObjectId;
use frond::path::{MAX_NAME, cut, mended, mended_name, split_ending};
use unicode_normalization::UnicodeNormalization;

/// A set of events, and what was found out about files.
#[derive(Default)]
pub struct Model {
    pub events: BTreeMap<EventHash, Event>,
    pub faults: BTreeMap<ObjectId, FileFault>,
}

impl Model {
    /// Kahn's algorithm with the smallest ready hash first.
    pub fn order(&self) -> Vec<&Event> {
        let here = |event: &Event| {
            event.parents.iter().filter(|parent| self.events.contains_key(parent)).count()
        };
        let mut waits_for: BTreeMap<_, _> =
            self.events.iter().map(|(hash, event)| (*hash, here(event))).collect();
        let ready = waits_for.iter().filter(|(_, count)| **count == 0);
        let mut ready: BinaryHeap<_> = ready.map(|(hash, _)| Reverse(*hash)).collect();
        let mut ordered = Vec::new();
        while let Some(Reverse(next)) = ready.pop() {
            ordered.push(&self.events[&next]);
            for (hash, event) in &self.events {
                if event.parents.contains(&next) {
                    let left = waits_for.get_mut(hash).unwrap();
                    *left -= 1;
                    if *left == 0 {
                        ready.push(Reverse(*hash));
                    }
                }
            }
        }
        ordered
    }

    pub fn heads(&self) -> Vec<EventHash> {
        let parents: BTreeSet<_> = self.events.values().flat_map(|event| &event.parents).collect();
        self.events.keys().filter(|hash| !parents.contains(hash)).copied().collect()
    }

    pub fn forks(&self) -> Vec<EventHash> {
        let ops = self.events.values().flat_map(|event| &event.ops);
        let merged: BTreeSet<_> = ops
            .filter_map(|op| if let Op::Merge { events } = op { Some(events) } else { None })
            .flatten()
            .collect();
        let mut claims: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (hash, event) in &self.events {
            claims.entry((event.device, event.seq)).or_default().push(*hash);
        }
        let open = claims
            .into_values()
            .filter(|claims| claims.len() > 1 && claims.iter().any(|hash| !merged.contains(hash)));
        let mut forks: Vec<_> = open.flatten().collect();
        forks.sort_unstable();
        forks
    }

    pub fn doubts(&self) -> BTreeSet<Doubt> {
        let mut doubts = BTreeSet::new();
        let mut numbers: BTreeMap<_, BTreeSet<u64>> = BTreeMap::new();
        for event in self.events.values() {
            if event.parents.iter().any(|parent| !self.events.contains_key(parent)) {
                doubts.insert(Doubt::MissingParent);
            }
            numbers.entry(event.device).or_default().insert(event.seq);
        }
        if numbers.values().any(|numbers| !numbers.iter().copied().eq((0..).take(numbers.len()))) {
            doubts.insert(Doubt::Hole);
        }
        if !self.forks().is_empty() {
            doubts.insert(Doubt::Fork);
        }
        doubts
    }

    pub fn state(&self) -> State {
        let events = self.order();
        let mut state = State::default();
        // The first places of folders, those that paths name, come before all others.
        for op in events.iter().flat_map(|event| &event.ops) {
            if let Op::Add { path, .. } | Op::Move { path, .. } = op {
                split(&mut state, path);
            }
        }
        let ops = || events.iter().flat_map(|event| &event.ops);
        let purged = ops().filter(|op| matches!(op, Op::Purge { .. }));
        state.purged.extend(purged.filter_map(Op::object));
        let abandoned = ops().filter(|op| matches!(op, Op::Abandon { .. }));
        let abandoned: BTreeSet<_> = abandoned.filter_map(Op::object).collect();
        for event in &events {
            event.ops.iter().for_each(|op| apply(&mut state, event, op));
        }
        let begun = std::mem::take(&mut state.begun);
        (state.abandoned, state.begun) =
            begun.into_iter().partition(|(object, _)| abandoned.contains(object));
        state
    }

    /// All that the lists show.
    pub fn lists(&self) -> Lists {
        let state = self.state();
        let places = Places::of(self, &state);
        let mut lists = Lists::default();
        places.list(None, "", &mut lists, &|id, path| self.row(&state, id, path));
        lists.rows.sort_by(|a, b| a.path.cmp(&b.path));

        let file = |id: &ObjectId| {
            let file = state.files.get(id).unwrap();
            let folder = places.path(places.files[id]);
            (*id, joined(&folder, &mended_name(&file.name)))
        };
        let mut files: Vec<_> = places
            .files
            .keys()
            .filter(|id| state.files.get(id).unwrap().trashed)
            .map(file)
            .collect();
        let own = disambiguated(files.iter().map(|(_, path)| path.as_str()));
        let mut own: Vec<_> =
            files.iter().zip(own).map(|((id, _), path)| self.row(&state, id, path)).collect();
        own.sort_by(|a, b| a.path.cmp(&b.path));
        let folders =
            places.folders.keys().filter(|id| state.folders[id].trashed && places.counts(**id));
        let folders: Vec<_> = folders.map(|id| (*id, places.path(Some(*id)))).collect();
        let paths = disambiguated(folders.iter().map(|(_, path)| path.as_str()));
        for ((id, plain), path) in folders.into_iter().zip(paths) {
            let mut below = Lists::default();
            places.list(Some(id), &plain, &mut below, &|id, path| self.row(&state, id, path));
            files.extend(below.rows.iter().map(|row| (row.id, row.path.clone())));
            lists.trash.push(Row::Folder { id, path, totals: totals(&below.rows) });
        }
        lists.trash.sort_by(|a, b| a.path().cmp(b.path()));
        lists.trash.extend(own.into_iter().map(|row| Row::File(row.into())));
        files.sort();
        let paths = disambiguated(files.iter().map(|(_, path)| path.as_str()));
        lists.trash_rows =
            files.iter().zip(paths).map(|((id, _), path)| self.row(&state, id, path)).collect();
        lists.trash_rows.sort_by(|a, b| a.path.cmp(&b.path));
        for id in state.files.keys() {
            let mut newest = *id;
            while let Some(newer) = places.newer.get(&newest) {
                newest = *newer;
            }
            if newest != *id {
                lists.versions.entry(newest).or_default().insert(*id);
            }
        }
        lists
    }

    fn row(&self, state: &State, id: &ObjectId, path: String) -> FileRow {
        let file = state.files.get(id).unwrap();
        FileRow {
            id: *id,
            path,
            size: file.size,
            media_type: file.media_type.clone(),
            modified: file.modified,
            added: file.added,
            fault: if file.two_seals {
                Some(FileFault::TwoSeals)
            } else {
                self.faults.get(id).copied()
            },
        }
    }

    /// Where in the order each place of a folder, and each `supersede` of a file, was set.
    fn set_when(&self) -> (BTreeMap<FolderId, usize>, BTreeMap<ObjectId, usize>) {
        let (mut folders, mut files) = (BTreeMap::new(), BTreeMap::new());
        for (at, op) in self.order().iter().flat_map(|event| &event.ops).enumerate() {
            match op {
                Op::Mkdir { folder, .. } | Op::MoveFolder { folder, .. } => {
                    folders.insert(*folder, at);
                }
                Op::Supersede { object, .. } => drop(files.insert(*object, at)),
                _ => {}
            }
        }
        (folders, files)
    }
}

/// What the lists show.
#[derive(Default)]
pub struct Lists {
    /// Files, in path order.
    pub rows: Vec<FileRow>,
    /// The entries of each folder, by path.
    pub folders: BTreeMap<String, Vec<Row>>,
    /// What was put into the trash.
    pub trash: Vec<Row>,
    /// All files in the trash, in path order.
    pub trash_rows: Vec<FileRow>,
    /// The older versions of each file that has any.
    pub versions: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

/// Where things are shown.
struct Places<'a> {
    state: &'a State,
    /// The folders that exist, and those that they are in.
    folders: BTreeMap<FolderId, Option<FolderId>>,
    /// The files that are no older versions, and the folders that they are in.
    files: BTreeMap<ObjectId, Option<FolderId>>,
    newer: BTreeMap<ObjectId, ObjectId>,
}

impl<'a> Places<'a> {
    fn of(model: &Model, state: &'a State) -> Self {
        let (folders_when, files_when) = model.set_when();
        let parents = state
            .folders
            .iter()
            .filter_map(|(id, folder)| Some((*id, folder.place.as_ref()?.parent?)));
        let parents = without_cycles(parents.collect(), &folders_when);
        let there = |id: &ObjectId| state.files.contains_key(id);
        let newer = state.files.iter().filter_map(|(id, file)| {
            file.superseded.as_deref().copied().filter(there).map(|by| (*id, by))
        });
        let newer = without_cycles(newer.collect(), &files_when);
        let shown_in = |mut folder: Option<FolderId>| {
            while let Some(id) = folder {
                let found = state.folders.get(&id);
                if found.is_some_and(|found| found.place.is_some() && !found.purged) {
                    break;
                }
                folder = parents.get(&id).copied();
            }
            folder
        };
        let folders = state.folders.iter();
        let folders = folders.filter(|(_, folder)| folder.place.is_some() && !folder.purged);
        let folders = folders.map(|(id, _)| (*id, shown_in(parents.get(id).copied()))).collect();
        let files = state.files.iter().filter(|(id, _)| !newer.contains_key(id));
        let files = files.map(|(id, file)| (*id, shown_in(file.folder))).collect();
        Self { state, folders, files, newer }
    }

    /// Whether there is a reason to show a folder.
    fn counts(&self, id: FolderId) -> bool {
        let (mut files, mut folders) = (self.files.iter(), self.folders.iter());
        self.state.folders[&id].kept
            || files
                .any(|(file, at)| *at == Some(id) && !self.state.files.get(file).unwrap().trashed)
            || folders.any(|(folder, at)| {
                *at == Some(id) && !self.state.folders[folder].trashed && self.counts(*folder)
            })
    }

    /// The folders of a folder that are not in the trash, with the names that they are shown under.
    fn folders_in(&self, parent: Option<FolderId>) -> Vec<(FolderId, String)> {
        let here = self.folders.iter().filter(|(id, at)| {
            **at == parent && !self.state.folders[id].trashed && self.counts(**id)
        });
        let here: Vec<_> = here.map(|(id, _)| *id).collect();
        let given = here.iter().map(|id| self.name(id)).collect::<Vec<_>>();
        here.into_iter().zip(disambiguated(given.iter().map(String::as_str))).collect()
    }

    fn name(&self, id: &FolderId) -> String {
        mended_name(&self.state.folders[id].place.as_ref().unwrap().name).into_owned()
    }

    fn path(&self, folder: Option<FolderId>) -> String {
        let Some(id) = folder else { return String::new() };
        let parent = self.folders[&id];
        let shown = self.folders_in(parent).into_iter().find(|(other, _)| *other == id);
        joined(&self.path(parent), &shown.map_or_else(|| self.name(&id), |(_, name)| name))
    }

    /// Lists a folder and all that is below it.
    fn list(
        &self,
        folder: Option<FolderId>,
        path: &str,
        lists: &mut Lists,
        row: &dyn Fn(&ObjectId, String) -> FileRow,
    ) {
        let mut entries = BTreeMap::new();
        for (id, name) in self.folders_in(folder) {
            let (mut below, path) = (Lists::default(), joined(path, &name));
            self.list(Some(id), &path, &mut below, row);
            let entry = Row::Folder { id, path, totals: totals(&below.rows) };
            entries.insert((false, lower(&name), name), entry);
            lists.rows.extend(below.rows);
            lists.folders.extend(below.folders);
        }
        let here = self.files.iter();
        let here =
            here.filter(|(id, at)| **at == folder && !self.state.files.get(id).unwrap().trashed);
        let here: Vec<_> = here.map(|(id, _)| *id).collect();
        let given =
            here.iter().map(|id| mended_name(&self.state.files.get(id).unwrap().name).into_owned());
        let given: Vec<_> = given.collect();
        for (id, name) in here.iter().zip(disambiguated(given.iter().map(String::as_str))) {
            let row = row(id, joined(path, &name));
            entries.insert((true, lower(&name), name), Row::File(row.clone().into()));
            lists.rows.push(row);
        }
        lists.folders.insert(path.to_owned(), entries.into_values().collect());
    }
}

/// Pointers without those of each cycle that were set last; unset ones come before all.
fn without_cycles<Id: Copy + Ord>(
    all: BTreeMap<Id, Id>,
    when: &BTreeMap<Id, usize>,
) -> BTreeMap<Id, Id> {
    let mut left = all.clone();
    for from in all.keys() {
        let mut cycle = vec![*from];
        while let Some(next) = all.get(cycle.last().unwrap()).filter(|next| *next != from) {
            if cycle.contains(next) {
                break;
            }
            cycle.push(*next);
        }
        if all.get(cycle.last().unwrap()) == Some(from) {
            left.remove(cycle.iter().max_by_key(|id| when.get(id)).unwrap());
        }
    }
    left
}

fn totals(rows: &[FileRow]) -> Totals {
    Totals { files: rows.len(), bytes: rows.iter().map(|row| row.size).sum() }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn lower(name: &str) -> String {
    name.replace('Σ', "σ").to_lowercase()
}

/// A path as folder and name; adds the folders that it names.
fn split<'a>(state: &mut State, path: &'a str) -> (Option<FolderId>, &'a str) {
    let mut names: Vec<_> = path.split('/').collect();
    let (last, mut folder) = (names.pop().unwrap(), None);
    for name in names {
        let id = FolderId::derived(folder.as_ref(), name);
        let place = FolderEntry { parent: folder, name: name.to_owned() };
        state.folders.entry(id).or_default().place.get_or_insert(place);
        folder = Some(id);
    }
    (folder, last)
}

fn apply(state: &mut State, event: &Event, op: &Op) {
    let place = match op {
        Op::Add { path, .. } | Op::Move { path, .. } => Some(split(state, path)),
        _ => None,
    };
    let folder = op.folder().map(|folder| state.folders.entry(*folder).or_default());
    let file = op.object().and_then(|object| state.files.get_mut(object));
    match op {
        Op::Begin { object, upload, header, source }
            if file.is_none() && !state.purged.contains(object) =>
        {
            let begun = state.begun.entry(*object).or_insert_with(|| Begun {
                device: event.device,
                upload: upload.clone(),
                header: header.clone(),
                source: Origin::clone(source),
            });
            if begun.device == event.device {
                begun.upload.clone_from(upload);
            }
        }
        Op::Add { object, .. } if state.purged.contains(object) => {
            state.former.insert(*object);
        }
        Op::Add { object, content, .. } => {
            state.begun.remove(object);
            let Some(file) = file else {
                let (folder, name) = place.unwrap();
                let file = File {
                    folder,
                    name: name.into(),
                    content: Rc::clone(content),
                    added: event.id.milliseconds(),
                    trashed: false,
                    superseded: None,
                    two_seals: false,
                    other_seals: Vec::new(),
                };
                state.files.insert(*object, file);
                return;
            };
            let Content { size, stored, header, seal, .. } = **content;
            let same = (size, stored, header) == (file.size, file.stored, file.header);
            file.two_seals |= !same || seal != file.seal;
            let known = file.seal == seal || file.other_seals.contains(&seal);
            if same && !known && file.other_seals.len() < 8 {
                file.other_seals.push(seal);
            }
        }
        Op::Move { .. } => {
            let (folder, name) = place.unwrap();
            let _ = file.map(|file| (file.folder, file.name) = (folder, name.into()));
        }
        Op::Place { folder, name, .. } => {
            let _ = file.map(|file| (file.folder, file.name) = (*folder, name.as_str().into()));
        }
        Op::Supersede { by, .. } => drop(file.map(|file| file.superseded = by.map(Box::new))),
        Op::Mkdir { parent, name, .. } | Op::MoveFolder { parent, name, .. } => {
            let folder = folder.unwrap();
            folder.place = Some(FolderEntry { parent: *parent, name: name.clone() });
            folder.kept = true;
        }
        Op::TrashFolder { .. } => folder.unwrap().trashed = true,
        Op::RestoreFolder { .. } => {
            let folder = folder.unwrap();
            (folder.trashed, folder.kept) = (false, true);
        }
        Op::PurgeFolder { .. } => folder.unwrap().purged = true,
        Op::Trash { .. } => drop(file.map(|file| file.trashed = true)),
        Op::Restore { .. } => drop(file.map(|file| file.trashed = false)),
        Op::Free { object } => drop(state.freeing.insert(*object)),
        Op::Retention(retention) => state.retention = *retention,
        _ => {}
    }
}

/// Paths told apart, of files in the order of their ids: those that keep theirs first, then each of
/// the others takes the first free number.
pub fn disambiguated<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<_> = paths.map(|path| mended(path).into_owned()).collect();
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let twins: Vec<_> =
        names.iter_mut().filter(|path| taken.insert(folded(path), 2).is_some()).collect();
    for name in twins {
        let path = std::mem::take(name);
        let mut n = taken[&folded(&path)];
        *name = loop {
            let name = numbered(&path, n);
            n += 1;
            if !taken.contains_key(&folded(&name)) {
                break name;
            }
        };
        taken.insert(folded(name), 2);
        taken.insert(folded(&path), n);
    }
    names
}

fn folded(path: &str) -> String {
    path.nfc().collect::<String>().replace('Σ', "σ").to_lowercase().nfc().collect()
}

fn numbered(path: &str, n: u64) -> String {
    let (folder, name) = path
        .rsplit_once('/')
        .map_or((String::new(), path), |(folder, name)| (format!("{folder}/"), name));
    let (stem, ending) = split_ending(name);
    let number = format!(" ({n})");
    format!("{folder}{}{number}{ending}", cut(stem, MAX_NAME - number.len() - ending.len()))
}
