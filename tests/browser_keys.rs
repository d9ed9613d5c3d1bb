//! What a session leaves in the browser, and what it does not: T30 of docs/THREATS.md.

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use frond::browser::keys::BrowserKeys;
use frond::port::SessionKeyStore;
use idb::{Database, Factory, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::CryptoKey;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// All that lies in the database, as a script of the page finds it.
async fn lying_there(name: &str) -> Vec<JsValue> {
    let database: Database = Factory::new().unwrap().open(name, None).unwrap().await.unwrap();
    let transaction = database.transaction(&["kept"], TransactionMode::ReadOnly).unwrap();
    let found =
        transaction.object_store("kept").unwrap().get_all(None, None).unwrap().await.unwrap();
    database.close();
    found
}

#[wasm_bindgen_test]
async fn key_and_record_are_there_after_a_reload() {
    let keys = BrowserKeys::new("reload");
    assert!(keys.load().await.is_none() && keys.derive(b"message").await.is_none());
    assert!(keys.renew().await && keys.save(b"record").await);
    let derived = keys.derive(b"message").await.unwrap();
    let again = BrowserKeys::new("reload");
    assert_eq!(again.load().await.as_deref(), Some(&b"record"[..]));
    assert_eq!(again.derive(b"message").await, Some(derived));
    assert_ne!(again.derive(b"message").await, again.derive(b"another").await);
}

#[wasm_bindgen_test]
async fn no_script_reads_the_key_out() {
    let keys = BrowserKeys::new("no export");
    assert!(keys.renew().await && keys.save(b"record").await);
    let found = lying_there("no export").await;
    let found: Vec<&CryptoKey> = found.iter().filter_map(|value| value.dyn_ref()).collect();
    let [key] = found[..] else { panic!("{} keys", found.len()) };
    assert!(!key.extractable());
    let subtle = web_sys::window().unwrap().crypto().unwrap().subtle();
    for format in ["raw", "jwk"] {
        JsFuture::from(subtle.export_key(format, key).unwrap()).await.unwrap_err();
    }
}

#[wasm_bindgen_test]
async fn each_session_has_a_key_of_its_own() {
    let keys = BrowserKeys::new("own key");
    assert!(keys.renew().await && keys.save(b"record").await);
    let before = keys.derive(b"message").await;
    assert!(keys.renew().await);
    assert_ne!(keys.derive(b"message").await, before);
    assert!(keys.load().await.is_none(), "the record of the last one is gone");
}

#[wasm_bindgen_test]
async fn wiping_leaves_neither_key_nor_record() {
    let keys = BrowserKeys::new("wiped");
    assert!(keys.renew().await && keys.save(b"record").await);
    keys.wipe().await;
    assert!(lying_there("wiped").await.is_empty());
    assert!(keys.load().await.is_none() && keys.derive(b"message").await.is_none());
}

/// Versions before the share kept a key, and what it alone opened.
#[wasm_bindgen_test]
async fn what_an_older_version_kept_is_wiped() {
    let keys = BrowserKeys::new("older");
    assert!(keys.renew().await);
    let database: Database = Factory::new().unwrap().open("older", None).unwrap().await.unwrap();
    let transaction = database.transaction(&["kept"], TransactionMode::ReadWrite).unwrap();
    let kept = transaction.object_store("kept").unwrap();
    kept.put(&Uint8Array::from(&b"sealed"[..]), Some(&"sealed".into())).unwrap();
    transaction.await.unwrap();
    database.close();
    assert!(keys.load().await.is_none());
    assert!(lying_there("older").await.is_empty());
}
