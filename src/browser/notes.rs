//! Short public notes shared by all tabs of this origin: localStorage
//! (<https://html.spec.whatwg.org/multipage/webstorage.html>), which is read synchronously and
//! whose `storage` event notifies all other tabs of a change.

use std::rc::Rc;

use async_trait::async_trait;
use gloo_events::EventListener;
use web_sys::{Storage, window};

use crate::notify::Broadcast;
use crate::port::TabNotes;

/// Notes whose names begin with this prefix.
pub struct BrowserNotes {
    prefix: &'static str,
    changed: Rc<Broadcast>,
    _listener: Option<EventListener>,
}

impl BrowserNotes {
    /// Starts listening for changes.
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
        // Fails if the browser stores nothing; then nothing is shared.
        let _ = match text {
            Some(text) => storage.set_item(&self.name(name), text),
            None => storage.remove_item(&self.name(name)),
        };
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Unavailable if the user forbids it.
fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}
