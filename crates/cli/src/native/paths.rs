//! Files that a later run can read again: their paths on this machine.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Handles, Source, Store};

use super::file::LocalFile;

/// The records `source/…`: one per upload, the path of its source.
pub struct Paths {
    store: Rc<dyn Store>,
    /// Whether this run may read files that were not named in its arguments.
    pub willing: Cell<bool>,
}

impl Paths {
    /// The sources of this account, among its records. A run reads the files named in its
    /// arguments, and others only once it is `willing`.
    #[must_use]
    pub fn new(store: Rc<dyn Store>) -> Self {
        Self { store, willing: Cell::new(false) }
    }
}

#[async_trait(?Send)]
impl Handles for Paths {
    async fn keep(&self, files: &[(String, Rc<dyn Source>)]) -> Vec<bool> {
        let place = |(name, source): &(String, Rc<dyn Source>)| {
            let place = source.as_any().downcast_ref::<LocalFile>()?.place().to_str()?;
            Some((record(name), Some(place.as_bytes().to_vec())))
        };
        let places: Vec<_> = files.iter().map(place).collect();
        let kept = self.store.write(places.iter().flatten().cloned().collect()).await.is_ok();
        places.iter().map(|place| kept && place.is_some()).collect()
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        if !(ask || self.willing.get()) {
            return None;
        }
        let place = String::from_utf8(self.store.get(&record(name)).await.ok()??).ok()?;
        let path = Path::new(&place).file_name()?.to_str()?.to_owned();
        Some(Rc::new(LocalFile::find(Path::new(&place), path).ok()?))
    }

    async fn forget(&self, names: &[String]) {
        // A path that remains is harmless: its upload has ended.
        let _ = self.store.write(names.iter().map(|name| (record(name), None)).collect()).await;
    }
}

fn record(name: &str) -> String {
    format!("source/{name}")
}
