//! The catalog as a replay of all its events: what it means by definition, without regard to cost.
//! The index is compared with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use frond::catalog::{
    Begun, Doubt, Event, EventHash, File, FileFault, FileRow, Op, Row, State, Totals,
};
use frond::object::ObjectId;
use frond::path::{MAX_NAME, cut, mended, split_ending};
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

    /// All rows, in path order.
    pub fn rows(&self, trashed: bool) -> Vec<FileRow> {
        let state = self.state();
        let files: Vec<_> =
            state.files.iter().filter(|(_, file)| file.trashed == trashed).collect();
        let paths = disambiguated(files.iter().map(|(_, file)| file.path.as_str()));
        let row = |((id, file), path): ((&ObjectId, &File), String)| FileRow {
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
        };
        let mut rows: Vec<_> = files.into_iter().zip(paths).map(row).collect();
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        rows
    }
}

fn apply(state: &mut State, event: &Event, op: &Op) {
    let file = op.object().and_then(|object| state.files.get_mut(object));
    match op {
        Op::Begin { object, upload, header, source }
            if file.is_none() && !state.purged.contains(object) =>
        {
            let begun = state.begun.entry(*object).or_insert_with(|| Begun {
                device: event.device,
                upload: upload.clone(),
                header: header.clone(),
                source: source.clone(),
            });
            if begun.device == event.device {
                begun.upload.clone_from(upload);
            }
        }
        Op::Add { object, .. } if state.purged.contains(object) => {
            state.former.insert(*object);
        }
        Op::Add { object, path, size, stored, header, media_type, modified, seal } => {
            state.begun.remove(object);
            let Some(file) = file else {
                let file = File {
                    path: path.clone(),
                    size: *size,
                    stored: *stored,
                    header: *header,
                    media_type: media_type.clone(),
                    modified: *modified,
                    seal: *seal,
                    added: event.id.milliseconds(),
                    trashed: false,
                    two_seals: false,
                    other_seals: Vec::new(),
                };
                state.files.insert(*object, file);
                return;
            };
            let same = (*size, *stored, *header) == (file.size, file.stored, file.header);
            file.two_seals |= !same || *seal != file.seal;
            let known = file.seal == *seal || file.other_seals.contains(seal);
            if same && !known && file.other_seals.len() < 8 {
                file.other_seals.push(*seal);
            }
        }
        Op::Move { path, .. } => drop(file.map(|file| file.path.clone_from(path))),
        Op::Trash { .. } => drop(file.map(|file| file.trashed = true)),
        Op::Restore { .. } => drop(file.map(|file| file.trashed = false)),
        Op::Free { object } => drop(state.freeing.insert(*object)),
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

/// What is directly in a folder.
pub fn list(rows: &[FileRow], folder: &str) -> Vec<Row> {
    let lower = |name: &str| name.replace('Σ', "σ").to_lowercase();
    let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let (mut folders, mut files) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let Some(below) = row.path.strip_prefix(&under) else { continue };
        match below.split_once('/') {
            Some((first, _)) => {
                let totals: &mut Totals =
                    folders.entry((lower(first), first.to_owned())).or_default();
                totals.files += 1;
                totals.bytes += row.size;
            }
            None => drop(files.insert((lower(below), below.to_owned(), row.id), row)),
        }
    }
    let folders = folders
        .into_iter()
        .map(|((_, name), totals)| Row::Folder { path: format!("{under}{name}"), totals });
    folders.chain(files.into_values().map(|row| Row::File(row.clone().into()))).collect()
}

/// All folders that the rows are in, the top among them.
pub fn folders(rows: &[FileRow]) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([String::new()]);
    for row in rows {
        let ends = row.path.match_indices('/');
        folders.extend(ends.filter_map(|(end, _)| row.path.get(..end)).map(str::to_owned));
    }
    folders
}
