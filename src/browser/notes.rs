//! Short public notes that all tabs of this origin share: localStorage
//! (<https://html.spec.whatwg.org/multipage/webstorage.html>), which is read without waiting, and
//! whose `storage` event tells every other tab of a change.

use std::rc::Rc;

use async_trait::async_trait;
use gloo_events::EventListener;
use web_sys::{Storage, window};

use crate::notify::Broadcast;
use crate::port::TabNotes;

/// Notes under names that begin with this.
pub struct BrowserNotes {
    prefix: &'static str,
    changed: Rc<Broadcast>,
    _listener: Option<EventListener>,
}

impl BrowserNotes {
    /// Listens from now on.
    #[must_use]
    pub fn new(prefix: &'static str) -> Self {
        let changed = Rc::<Broadcast>::default();
        let broadcast = Rc::clone(&changed);
        let listener = window()
            .map(|window| EventListener::new(&window, "storage", move |_| broadcast.notify()));
        Self { prefix, changed, _listener: listener }
    }

    fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }
}

#[async_trait(?Send)]
impl TabNotes for BrowserNotes {
    fn get(&self, name: &str) -> Option<String> {
        storage()?.get_item(&self.name(name)).ok()?
    }

    fn set(&self, name: &str, text: Option<&str>) {
        let Some(storage) = storage() else { return };
        // It fails where the browser keeps nothing, and then nothing is shared.
        let _ = match text {
            Some(text) => storage.set_item(&self.name(name), text),
            None => storage.remove_item(&self.name(name)),
        };
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Missing where the person forbids it.
fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}
