//! Preserves the keys of an open session across a reload: one record in IndexedDB, and a device key
//! that the browser uses for this origin without exposing it to scripts.
//!
//! The key is exposed to anyone who reads the profile's files: Chromium and Firefox store a
//! non-extractable `CryptoKey` as plain bytes, and deleted data stays in their logs for a while. So
//! this key alone opens nothing: the record is also sealed under a share stored at the endpoint
//! (`session::kept`), because [`SessionKeyStore::wipe`] cannot erase the bytes on a disk. A script
//! in the page, and anyone who controls the browser, can use both while the session lives.

use async_trait::async_trait;
use idb::{ObjectStore, TransactionMode};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::database::{Database, KEPT};
use crate::port::SessionKeyStore;
use crate::secret::FernetKey;

const KEY: &str = "key";
const RECORD: &str = "record";
/// Stored by versions before the share: a key and what it opens.
const SEALED: &str = "sealed";

/// Key and record in the named IndexedDB database.
pub struct BrowserKeys {
    database: Database,
}

impl BrowserKeys {
    /// Does not open the database yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { database: Database::new(name) }
    }

    async fn get(&self, name: &str) -> Option<JsValue> {
        let name = JsValue::from_str(name);
        let found = self
            .database
            .run(KEPT, TransactionMode::ReadOnly, async move |kept| kept.get(name)?.await);
        found.await.ok()?
    }

    /// Applies a change in one transaction.
    async fn change(
        &self,
        change: impl AsyncFnOnce(&ObjectStore) -> Result<(), idb::Error> + 'static,
    ) -> Option<()> {
        self.database.run(KEPT, TransactionMode::ReadWrite, change).await.ok()
    }
}

#[async_trait(?Send)]
impl SessionKeyStore for BrowserKeys {
    async fn renew(&self) -> bool {
        let Some(key) = generate().await else { return false };
        let kept = self.change(async move |kept| {
            kept.clear()?.await?;
            kept.put(&key, Some(&KEY.into())).map(drop)
        });
        // Some browsers accept a key but do not return it.
        kept.await.is_some() && self.derive(b"probe").await.is_some()
    }

    async fn derive(&self, message: &[u8]) -> Option<FernetKey> {
        let key: CryptoKey = self.get(KEY).await?.dyn_into().ok()?;
        let message = Uint8Array::from(message);
        let signing = subtle()?.sign_with_str_and_js_u8_array("HMAC", &key, &message);
        let signed = JsFuture::from(signing.ok()?).await;
        message.fill(0, 0, message.length());
        let signed = Uint8Array::new(&signed.ok()?);
        let derived = FernetKey::filled(|key| {
            if signed.length() != 32 {
                return Err(());
            }
            signed.copy_to(key);
            Ok(())
        });
        signed.fill(0, 0, signed.length());
        derived.ok()
    }

    async fn save(&self, record: &[u8]) -> bool {
        let record = Uint8Array::from(record);
        self.change(async move |kept| kept.put(&record, Some(&RECORD.into())).map(drop))
            .await
            .is_some()
    }

    async fn load(&self) -> Option<Vec<u8>> {
        match self.get(RECORD).await {
            Some(record) => Some(record.dyn_into::<Uint8Array>().ok()?.to_vec()),
            None => {
                if self.get(SEALED).await.is_some() {
                    self.wipe().await;
                }
                None
            }
        }
    }

    async fn wipe(&self) {
        // If the storage fails, nothing more can be done: without the share the record is useless.
        let _ = self.change(async |kept| kept.clear()?.await).await;
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<JsValue>;
}

/// Unavailable on pages loaded over plain http from another machine.
fn subtle() -> Option<SubtleCrypto> {
    let crypto = CRYPTO.with(Clone::clone)?;
    Reflect::get(&crypto, &"subtle".into()).ok()?.dyn_into().ok()
}

/// Generates a 256-bit key for HMAC-SHA256.
async fn generate() -> Option<CryptoKey> {
    let kind = Object::new();
    for (name, value) in
        [("name", "HMAC".into()), ("hash", "SHA-256".into()), ("length", JsValue::from(256))]
    {
        Reflect::set(&kind, &name.into(), &value).ok()?;
    }
    let making = subtle()?.generate_key_with_object(&kind, false, &Array::of1(&"sign".into()));
    JsFuture::from(making.ok()?).await.ok()?.dyn_into().ok()
}
