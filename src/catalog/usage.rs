//! What the vault's files occupy.

use std::collections::BTreeMap;

use super::index::Index;
use super::listing::Totals;

/// Number and total size of the vault's files, by what they are. Every file counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage<Kind> {
    /// The listed files, by kind.
    pub kinds: BTreeMap<Kind, Totals>,
    /// Files in the trash, in its folders included, without older versions.
    pub trash: Totals,
    /// Older versions of files, listed or in the trash.
    pub versions: Totals,
}

impl<Kind: Ord> Usage<Kind> {
    /// Counts all files of an index; O(n log n). `kind` tells a file's kind by its name.
    #[must_use]
    pub fn of(index: &Index, kind: impl Fn(&str) -> Kind) -> Self {
        let (trashed, versions) = (Totals::default(), Totals::default());
        let mut usage = Self { kinds: BTreeMap::new(), trash: trashed, versions };
        let trash = index.trash();
        for (id, file) in index.state().files.iter() {
            let one = Totals { files: 1, bytes: file.size };
            if index.newer(id).is_some() {
                usage.versions.add(one);
            } else if trash.contains(id) {
                usage.trash.add(one);
            } else {
                usage.kinds.entry(kind(&file.name)).or_default().add(one);
            }
        }
        usage
    }

    /// All files.
    #[must_use]
    pub fn all(&self) -> Totals {
        let mut all = self.listed();
        all.add(self.trash);
        all.add(self.versions);
        all
    }

    /// The listed files.
    #[must_use]
    pub fn listed(&self) -> Totals {
        let mut all = Totals::default();
        self.kinds.values().for_each(|totals| all.add(*totals));
        all
    }
}
