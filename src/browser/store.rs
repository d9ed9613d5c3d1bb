//! Small records on this device, in IndexedDB; Web Locks between tabs.

pub(super) mod lock;

use std::any::Any;

use async_trait::async_trait;
use idb::{KeyRange, Query, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::database::{Database, RECORDS};
use crate::port::{Store, StoreFailed};

/// Records in the named IndexedDB database.
pub struct BrowserStore {
    database: Database,
    name: String,
}

impl BrowserStore {
    /// Does not open the database yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { database: Database::new(name), name: name.to_owned() }
    }
}

#[async_trait(?Send)]
impl Store for BrowserStore {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed> {
        let key = JsValue::from_str(key);
        let value = self
            .database
            .run(RECORDS, TransactionMode::ReadOnly, async move |records| records.get(key)?.await);
        Ok(value.await?.map(bytes))
    }

    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed> {
        self.database
            .run(RECORDS, TransactionMode::ReadWrite, async move |records| {
                for (key, value) in changes {
                    let key = JsValue::from(key);
                    match value {
                        Some(value) => {
                            drop(records.put(&Uint8Array::from(value.as_slice()), Some(&key))?)
                        }
                        None => drop(records.delete(key)?),
                    }
                }
                Ok(())
            })
            .await
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed> {
        let range = range(prefix);
        let (keys, values) = self
            .database
            .run(RECORDS, TransactionMode::ReadOnly, async move |records| {
                let keys = records.get_all_keys(Some(range()?), None)?;
                let values = records.get_all(Some(range()?), None)?;
                Ok((keys.await?, values.await?))
            })
            .await?;
        Ok(keys
            .into_iter()
            .filter_map(|key| key.as_string())
            .zip(values.into_iter().map(bytes))
            .collect())
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreFailed> {
        let range = range(prefix);
        let keys = self
            .database
            .run(RECORDS, TransactionMode::ReadOnly, async move |records| {
                records.get_all_keys(Some(range()?), None)?.await
            })
            .await?;
        Ok(keys.into_iter().filter_map(|key| key.as_string()).collect())
    }

    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed> {
        let lock = lock::request(&format!("{}/{name}", self.name), false).await?;
        Ok(Box::new(lock.ok_or(StoreFailed)?))
    }

    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed> {
        let lock = lock::request(&format!("{}/{name}", self.name), true).await?;
        Ok(lock.map(|lock| -> Box<dyn Any> { Box::new(lock) }))
    }

    async fn persist(&self) {
        let asked =
            web_sys::window().and_then(|window| window.navigator().storage().persist().ok());
        if let Some(asked) = asked {
            // The result makes no difference here.
            let _ = JsFuture::from(asked).await;
        }
    }

    fn is_absent(&self) -> bool {
        self.database.is_absent()
    }
}

/// Makes the range of all keys that begin with `prefix`.
fn range(prefix: &str) -> impl Fn() -> Result<Query, idb::Error> + use<> {
    // Keys are compared by UTF-16 code units, of which this is the largest.
    let end = JsValue::from(format!("{prefix}\u{ffff}"));
    let prefix = JsValue::from_str(prefix);
    move || KeyRange::bound(&prefix, &end, None, None).map(Query::from)
}

fn bytes(value: JsValue) -> Vec<u8> {
    Uint8Array::from(value).to_vec()
}
