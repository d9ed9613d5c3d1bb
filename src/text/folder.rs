//! Folders, by their paths.

pub use crate::path::{joined, name, parent};

/// The folders that lead to `folder`, from the top, itself last.
#[must_use]
pub fn crumbs(folder: &str) -> Vec<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    ends.filter_map(|end| folder.get(..end))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
