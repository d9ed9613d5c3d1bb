//! Files added to the open folder.

use std::any::Any;
use std::rc::Rc;

use async_trait::async_trait;

use crate::bytes::Bytes;
use crate::path;
use crate::port::{Source, Unreadable};
use crate::text::words;

/// A source whose path starts with a folder of the vault.
struct InFolder {
    folder: String,
    source: Rc<dyn Source>,
}

/// The same sources, below `folder`; an empty folder is the top.
#[must_use]
pub fn place(sources: Vec<Rc<dyn Source>>, folder: &str) -> Vec<Rc<dyn Source>> {
    if folder.is_empty() {
        return sources;
    }
    sources
        .into_iter()
        .map(|source| -> Rc<dyn Source> { Rc::new(InFolder { folder: folder.to_owned(), source }) })
        .collect()
}

/// Files that systems put into folders for themselves.
const CLUTTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// Whether a path is that of a file which systems put into folders for themselves.
#[must_use]
pub fn is_clutter(path: &str) -> bool {
    CLUTTER.contains(&path::name(path))
}

/// The sources without what systems put into folders for themselves, and how many those were. A
/// file that was picked by itself stays, whatever its name.
#[must_use]
pub fn without_clutter(sources: Vec<Rc<dyn Source>>) -> (Vec<Rc<dyn Source>>, usize) {
    let all = sources.len();
    let is_clutter = |source: &Rc<dyn Source>| {
        let path = source.path();
        path.contains('/') && is_clutter(&path)
    };
    let kept: Vec<_> = sources.into_iter().filter(|source| !is_clutter(source)).collect();
    let skipped = all.saturating_sub(kept.len());
    (kept, skipped)
}

/// What was left out, in words; `None` if nothing was.
#[must_use]
pub fn skipped(unchanged: usize, clutter: usize) -> Option<String> {
    let unchanged = (unchanged > 0).then(|| words::count(unchanged, "unchanged file"));
    let clutter = (clutter > 0).then(|| words::count(clutter, "system file"));
    let both: Vec<_> = unchanged.into_iter().chain(clutter).collect();
    (!both.is_empty()).then(|| format!("Skipped {}.", both.join(" and ")))
}

#[async_trait(?Send)]
impl Source for InFolder {
    fn path(&self) -> String {
        format!("{}/{}", self.folder, self.source.path())
    }

    fn size(&self) -> u64 {
        self.source.size()
    }

    fn media_type(&self) -> String {
        self.source.media_type()
    }

    fn modified(&self) -> Option<i64> {
        self.source.modified()
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        self.source.read(offset, length).await
    }

    /// So that the adapter recognises its own source, not this wrapper.
    fn as_any(&self) -> &dyn Any {
        self.source.as_any()
    }
}

#[cfg(test)]
mod tests {
    use super::skipped;

    #[test]
    fn what_was_left_out_is_counted() {
        assert_eq!(skipped(0, 0), None);
        assert_eq!(skipped(1, 0).as_deref(), Some("Skipped 1 unchanged file."));
        assert_eq!(skipped(0, 2).as_deref(), Some("Skipped 2 system files."));
        let both = skipped(3, 1);
        assert_eq!(both.as_deref(), Some("Skipped 3 unchanged files and 1 system file."));
    }
}
