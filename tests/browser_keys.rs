//! What a session leaves in the browser, and what it does not; T30 and row 97 of docs/THREATS.md.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed, and says where")]
#![cfg(target_arch = "wasm32")]

use frond::browser::keep::BrowserKeep;
use frond::port::Keep;
use idb::{Database, Factory, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const SECRETS: &[u8] = b"marker: seed, vault key, username";

fn secrets() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(SECRETS.to_vec())
}

/// All that lies in the database, as whoever opens the profile finds it.
async fn lying_there(name: &str) -> Vec<JsValue> {
    let database: Database = Factory::new().unwrap().open(name, None).unwrap().await.unwrap();
    let transaction = database.transaction(&["kept"], TransactionMode::ReadOnly).unwrap();
    let found = transaction.object_store("kept").unwrap().get_all(None, None).unwrap().await.unwrap();
    database.close();
    found
}

#[wasm_bindgen_test]
async fn a_session_is_there_after_a_reload() {
    assert!(BrowserKeep::new("reload").load().await.is_none());
    assert!(BrowserKeep::new("reload").save(secrets()).await);
    assert_eq!(BrowserKeep::new("reload").load().await, Some(secrets()));

    let next = Zeroizing::new(b"another session".to_vec());
    assert!(BrowserKeep::new("reload").save(next.clone()).await);
    assert_eq!(BrowserKeep::new("reload").load().await, Some(next));
}

#[wasm_bindgen_test]
async fn it_lies_there_as_ciphertext_under_a_key_that_nobody_can_export() {
    assert!(BrowserKeep::new("ciphertext").save(secrets()).await);
    let found = lying_there("ciphertext").await;
    let keys: Vec<&CryptoKey> = found.iter().filter_map(|value| value.dyn_ref()).collect();
    let [key] = keys[..] else { panic!("{} keys", keys.len()) };
    assert!(!key.extractable());
    let subtle = web_sys::window().unwrap().crypto().unwrap().subtle();
    for format in ["raw", "jwk"] {
        JsFuture::from(subtle.export_key(format, key).unwrap()).await.unwrap_err();
    }

    let bytes = bytes(&found);
    assert_eq!(bytes.len(), 2);
    for bytes in bytes {
        assert!(!bytes.windows(6).any(|part| SECRETS.windows(6).any(|secret| secret == part)));
    }
}

#[wasm_bindgen_test]
async fn each_save_has_its_own_key_and_nonce() {
    let keep = BrowserKeep::new("own key");
    assert!(keep.save(secrets()).await);
    let before = bytes(&lying_there("own key").await);
    assert!(keep.save(secrets()).await);
    let after = bytes(&lying_there("own key").await);
    assert!(before.iter().all(|value| !after.contains(value)));
}

fn bytes(found: &[JsValue]) -> Vec<Vec<u8>> {
    found.iter().filter_map(|value| value.dyn_ref().map(Uint8Array::to_vec)).collect()
}

#[wasm_bindgen_test]
async fn wiping_leaves_neither_key_nor_ciphertext() {
    let keep = BrowserKeep::new("wiped");
    assert!(keep.save(secrets()).await);
    keep.wipe().await;
    assert!(lying_there("wiped").await.is_empty());
    assert!(keep.load().await.is_none());
}

#[wasm_bindgen_test]
async fn changed_ciphertext_is_no_session() {
    let keep = BrowserKeep::new("changed");
    assert!(keep.save(secrets()).await);
    let database: Database = Factory::new().unwrap().open("changed", None).unwrap().await.unwrap();
    let transaction = database.transaction(&["kept"], TransactionMode::ReadWrite).unwrap();
    let kept = transaction.object_store("kept").unwrap();
    let sealed: Uint8Array =
        kept.get(JsValue::from("sealed")).unwrap().await.unwrap().unwrap().unchecked_into();
    sealed.set_index(0, sealed.get_index(0) ^ 1);
    kept.put(&sealed, Some(&"sealed".into())).unwrap();
    transaction.await.unwrap();
    database.close();
    assert!(keep.load().await.is_none());
}
