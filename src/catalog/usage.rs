//! What the vault's files occupy.

use std::collections::BTreeMap;

use super::index::Index;
use super::listing::Totals;

/// Number and total size of the vault's files, by what they are. Every file counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The listed files, by media type; those without one under the empty type.
    pub types: BTreeMap<String, Totals>,
    /// Files in the trash, in its folders included, without older versions.
    pub trash: Totals,
    /// Older versions of files, listed or in the trash.
    pub versions: Totals,
}

impl Usage {
    /// Counts all files of an index; O(n log n).
    #[must_use]
    pub fn of(index: &Index) -> Self {
        let mut usage = Self::default();
        let trash = index.trash();
        for (id, file) in &index.state().files {
            let one = Totals { files: 1, bytes: file.size };
            if index.newer(id).is_some() {
                usage.versions.add(one);
            } else if trash.contains(id) {
                usage.trash.add(one);
            } else if let Some(totals) = usage.types.get_mut(&file.media_type) {
                totals.add(one);
            } else {
                usage.types.insert(file.media_type.clone(), one);
            }
        }
        usage
    }

    /// The listed files.
    #[must_use]
    pub fn listed(&self) -> Totals {
        let mut all = Totals::default();
        self.types.values().for_each(|totals| all.add(*totals));
        all
    }
}
