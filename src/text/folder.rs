//! Folders, as the paths of files say.

pub use crate::path::{name, parent};

/// The folders that lead to `folder`, itself last, from the top.
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
