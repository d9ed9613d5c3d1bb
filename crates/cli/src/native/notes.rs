//! Notes of one process: a command is a single tab, and exits.

use std::cell::RefCell;
use std::collections::BTreeMap;

use async_trait::async_trait;
use frond::port::TabNotes;

/// Notes in memory.
#[derive(Default)]
pub struct OwnNotes(RefCell<BTreeMap<String, String>>);

#[async_trait(?Send)]
impl TabNotes for OwnNotes {
    fn get(&self, name: &str) -> Option<String> {
        self.0.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, text: Option<&str>) {
        let mut notes = self.0.borrow_mut();
        match text {
            Some(text) => drop(notes.insert(name.to_owned(), text.to_owned())),
            None => drop(notes.remove(name)),
        }
    }

    /// There is no other tab.
    async fn changed(&self) {
        std::future::pending().await
    }
}
