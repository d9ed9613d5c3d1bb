//! Folders: what the paths of files say, since nothing else stores them.

use crate::session::FileRow;
use crate::unicode::lower;

/// A line of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A folder.
    Folder {
        /// Its path.
        path: String,
        /// How many files are below it.
        files: usize,
        /// Their size together, in bytes.
        size: u64,
    },
    /// A file.
    File(FileRow),
}

impl Entry {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Folder { path, .. } => path,
            Self::File(file) => &file.path,
        }
    }
}

/// The last part of a path.
#[must_use]
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The path of a path's folder; empty at the top.
#[must_use]
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folders that lead to `folder`, itself last, from the top.
#[must_use]
pub fn crumbs(folder: &str) -> Vec<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    ends.filter_map(|end| folder.get(..end))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What `folder` holds: its folders, then its files, each in the order of their names.
#[must_use]
pub fn list(files: &[FileRow], folder: &str) -> Vec<Entry> {
    let mut below_here: Vec<((String, &str), u64)> = Vec::new();
    let mut here = Vec::new();
    for file in files {
        let Some(below) = below(&file.path, folder) else { continue };
        match below.split_once('/') {
            // A path that begins with `/` has no first folder: the file stands here.
            Some((first, _)) if !first.is_empty() => below_here.push((order(first), file.size)),
            _ => here.push(file),
        }
    }
    here.sort_by_cached_key(|file| (order_owned(name(&file.path)), file.id));
    below_here.sort_unstable();
    let folders = below_here.chunk_by(|a, b| a.0 == b.0).map(|files| Entry::Folder {
        path: files.first().map_or_else(String::new, |((_, first), _)| match folder {
            "" => (*first).to_owned(),
            _ => format!("{folder}/{first}"),
        }),
        files: files.len(),
        size: files.iter().fold(0, |sum, (_, size)| sum.saturating_add(*size)),
    });
    folders.chain(here.into_iter().cloned().map(Entry::File)).collect()
}

/// Files whose path holds every word of `query`, in any case.
#[must_use]
pub fn search(files: &[FileRow], query: &str) -> Vec<Entry> {
    let query = lower(query);
    let words: Vec<&str> = query.split_whitespace().collect();
    let fits = |file: &&FileRow| {
        let path = lower(&file.path);
        words.iter().all(|word| path.contains(word))
    };
    files.iter().filter(fits).cloned().map(Entry::File).collect()
}

/// The rest of `path` below `folder`.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// Names sort without regard to case; the name itself settles a tie.
fn order(name: &str) -> (String, &str) {
    (lower(name), name)
}

fn order_owned(name: &str) -> (String, String) {
    (lower(name), name.to_owned())
}

#[cfg(test)]
mod tests;
