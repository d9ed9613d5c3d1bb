//! Where an unlocked session outlives a reload: in IndexedDB, under AES-GCM (NIST SP 800-38D) with a key that the
//! browser will use for this origin but never show to it.
//!
//! It keeps secrets from who reads the profile's files as files. It does not keep them from a script in the page, nor
//! from who runs the browser: so the session locks when idle, and [`Keep::wipe`] leaves neither key nor ciphertext.

use async_trait::async_trait;
use idb::TransactionMode;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::database::{Database, KEPT};
use crate::port::Keep;

/// Bytes of the nonce, drawn anew for each key; each key seals once.
const NONCE: u32 = 12;

/// Secrets in the IndexedDB database of a name.
pub struct BrowserKeep {
    database: Database,
}

impl BrowserKeep {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { database: Database::new(name) }
    }

    async fn write(&self, secrets: &[u8]) -> Option<()> {
        let subtle = subtle()?;
        let (key, nonce, sealed) = seal(&subtle, secrets).await.ok()?;
        self.database
            .run(KEPT, TransactionMode::ReadWrite, async |kept| {
                for (name, value) in
                    [("key", key.as_ref()), ("nonce", nonce.as_ref()), ("sealed", sealed.as_ref())]
                {
                    drop(kept.put(value, Some(&name.into()))?);
                }
                Ok(())
            })
            .await
            .ok()
    }

    async fn read(&self) -> Option<Zeroizing<Vec<u8>>> {
        let subtle = subtle()?;
        let kept = self.database.run(KEPT, TransactionMode::ReadOnly, async |kept| {
            let [key, nonce, sealed] =
                ["key", "nonce", "sealed"].map(|name| kept.get(JsValue::from_str(name)));
            Ok((key?.await?, nonce?.await?, sealed?.await?))
        });
        let (Some(key), Some(nonce), Some(sealed)) = kept.await.ok()? else { return None };
        open(&subtle, &key.dyn_into().ok()?, &nonce, &sealed.dyn_into().ok()?).await.ok()
    }
}

#[async_trait(?Send)]
impl Keep for BrowserKeep {
    async fn save(&self, secrets: Zeroizing<Vec<u8>>) -> bool {
        let kept = match self.write(&secrets).await {
            Some(()) => self.read().await.is_some_and(|again| *again == *secrets),
            None => false,
        };
        if !kept {
            self.wipe().await;
        }
        kept
    }

    async fn load(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.read().await
    }

    async fn wipe(&self) {
        let wiped = self.database.run(KEPT, TransactionMode::ReadWrite, async |kept| kept.clear()?.await);
        // Where the storage fails there is nothing more to be done: what it held was of no use to begin with.
        let _ = wiped.await;
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<Crypto>;
}

/// Missing on pages that came over plain http from another machine.
fn subtle() -> Option<SubtleCrypto> {
    let crypto = CRYPTO.with(Clone::clone)?;
    let subtle = Reflect::get(&crypto, &"subtle".into()).ok()?;
    subtle.dyn_into().ok()
}

async fn seal(subtle: &SubtleCrypto, secrets: &[u8]) -> Result<(CryptoKey, Uint8Array, Uint8Array), JsValue> {
    let kind = Object::new();
    Reflect::set(&kind, &"name".into(), &"AES-GCM".into())?;
    Reflect::set(&kind, &"length".into(), &256.into())?;
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    let key = subtle.generate_key_with_object(&kind, false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.dyn_into()?;

    let nonce = Uint8Array::new_with_length(NONCE);
    CRYPTO.with(Clone::clone).ok_or(JsValue::NULL)?.get_random_values_with_js_u8_array(&nonce)?;
    let plain = Uint8Array::from(secrets);
    let sealed = match subtle.encrypt_with_object_and_js_u8_array(&algorithm(&nonce)?, &key, &plain) {
        Ok(sealing) => JsFuture::from(sealing).await,
        Err(error) => Err(error),
    };
    plain.fill(0, 0, plain.length());
    Ok((key, nonce, Uint8Array::new(&sealed?)))
}

async fn open(
    subtle: &SubtleCrypto,
    key: &CryptoKey,
    nonce: &JsValue,
    sealed: &Uint8Array,
) -> Result<Zeroizing<Vec<u8>>, JsValue> {
    let opening = subtle.decrypt_with_object_and_js_u8_array(&algorithm(nonce)?, key, sealed)?;
    let plain = Uint8Array::new(&JsFuture::from(opening).await?);
    let secrets = Zeroizing::new(plain.to_vec());
    plain.fill(0, 0, plain.length());
    Ok(secrets)
}

fn algorithm(nonce: &JsValue) -> Result<Object, JsValue> {
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into())?;
    Reflect::set(&algorithm, &"iv".into(), nonce)?;
    Ok(algorithm)
}
