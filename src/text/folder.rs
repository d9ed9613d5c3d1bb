//! Folders, by their paths.

pub use crate::path::{name, parent};

/// The folders that lead to `folder`, from the top, itself last.
#[must_use]
pub fn crumbs(folder: &str) -> Vec<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    ends.filter_map(|end| folder.get(..end))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The path of a name, or of a path, in a folder; an empty folder is the top.
#[must_use]
pub fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests;
