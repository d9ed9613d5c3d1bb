//! Handles of the user's files, in IndexedDB (<https://wicg.github.io/file-system-access/>): with a
//! handle, a file can be read again after a reload. Chromium provides them for dropped files; other
//! browsers have none.

use std::rc::Rc;

use async_trait::async_trait;
use idb::TransactionMode;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::database::{Database, HANDLES};
use super::file::BrowserFile;
use crate::port::{Handles, Source};

/// Handles in the named IndexedDB database.
pub struct BrowserHandles {
    database: Database,
}

impl BrowserHandles {
    /// Does not open the database yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { database: Database::new(name) }
    }
}

#[async_trait(?Send)]
impl Handles for BrowserHandles {
    async fn keep(&self, files: &[(String, Rc<dyn Source>)]) -> Vec<bool> {
        let handle = |(name, source): &(String, Rc<dyn Source>)| {
            let handle = source.as_any().downcast_ref::<BrowserFile>()?.handle.clone()?;
            Some((JsValue::from_str(name), handle))
        };
        let found: Vec<_> = files.iter().map(handle).collect();
        let all: Vec<_> = found.iter().flatten().cloned().collect();
        if all.is_empty() {
            return vec![false; files.len()];
        }
        let kept = self.database.run(HANDLES, TransactionMode::ReadWrite, async move |handles| {
            all.iter().try_for_each(|(key, handle)| handles.put(handle, Some(key)).map(drop))
        });
        let kept = kept.await.is_ok();
        found.iter().map(|handle| kept && handle.is_some()).collect()
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        let key = JsValue::from_str(name);
        let found = self
            .database
            .run(HANDLES, TransactionMode::ReadOnly, async move |handles| handles.get(key)?.await);
        let handle = found.await.ok()??;
        let mut allowed = permission(&handle, "queryPermission").await;
        if allowed.as_deref() == Some("prompt") && ask {
            allowed = permission(&handle, "requestPermission").await;
        }
        if allowed.as_deref() != Some("granted") {
            return None;
        }
        let file: File =
            called(&handle, "getFile", &JsValue::UNDEFINED).await.ok()?.dyn_into().ok()?;
        Some(Rc::new(BrowserFile::picked(file)))
    }

    async fn forget(&self, names: &[String]) {
        let keys: Vec<_> = names.iter().map(|name| JsValue::from_str(name)).collect();
        let forgotten =
            self.database.run(HANDLES, TransactionMode::ReadWrite, async move |handles| {
                keys.into_iter().try_for_each(|key| handles.delete(key).map(drop))
            });
        // A handle that remains is harmless: its upload has ended.
        let _ = forgotten.await;
    }
}

async fn permission(handle: &JsValue, method: &str) -> Option<String> {
    let mode = Object::new();
    Reflect::set(&mode, &"mode".into(), &"read".into()).ok()?;
    called(handle, method, &mode).await.ok()?.as_string()
}

/// Calls a method by name and awaits its promise: only some browsers have these methods, and in
/// web-sys they are unstable.
async fn called(handle: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(handle, &method.into())?.dyn_into()?;
    JsFuture::from(method.call1(handle, argument)?.dyn_into::<Promise>()?).await
}
