//! Files added to the open folder.

use std::any::Any;
use std::rc::Rc;

use async_trait::async_trait;

use crate::bytes::Bytes;
use crate::port::{Source, Unreadable};

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
