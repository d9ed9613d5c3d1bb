//! The spool's contract on the browser's own file system, in a Worker, where it is used.

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use frond::browser::spool::BrowserSpool;
use frond::bytes::Bytes;
use frond::port::Spool;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn a_blob_is_there_as_it_was_put() {
    let spool = BrowserSpool;
    let large: Vec<u8> = (0..9_000_000_u32).map(|i| i.to_be_bytes()[3]).collect();
    spool.put("a/00001", &Bytes::from(large.as_slice())).await.unwrap();
    spool.put("a/journal/00001", &Bytes::from(&b"page"[..])).await.unwrap();
    spool.put("b/00001", &Bytes::default()).await.unwrap();
    assert!(*spool.get("a/00001").await.unwrap().unwrap().bytes() == *large);
    assert_eq!(spool.get("b/00001").await.unwrap(), Some(Bytes::default()));
    assert_eq!(spool.get("a/00002").await.unwrap(), None);
    assert_eq!(spool.get("c/00001").await.unwrap(), None);

    spool.put("a/00001", &Bytes::from(&b"shorter"[..])).await.unwrap();
    assert_eq!(spool.get("a/00001").await.unwrap(), Some(Bytes::from(&b"shorter"[..])));
    assert_eq!(spool.list("a/").await.unwrap(), ["a/00001", "a/journal/00001"]);
    assert_eq!(spool.list("a/journal/").await.unwrap(), ["a/journal/00001"]);
    assert_eq!(spool.list("c/").await.unwrap(), Vec::<String>::new());

    spool.remove("a/journal/").await.unwrap();
    assert_eq!(spool.list("a/").await.unwrap(), ["a/00001"]);
    spool.remove("a/").await.unwrap();
    spool.remove("a/").await.unwrap();
    assert_eq!(spool.get("a/00001").await.unwrap(), None);
    assert_eq!(spool.list("b/").await.unwrap(), ["b/00001"]);
    spool.remove("b/").await.unwrap();
}

async fn called(on: &JsValue, method: &str, arguments: &[JsValue]) -> JsValue {
    let method: Function = Reflect::get(on, &method.into()).unwrap().unchecked_into();
    let arguments: js_sys::Array = arguments.iter().collect();
    let promised = method.apply(on, &arguments).unwrap();
    JsFuture::from(Promise::resolve(&promised)).await.unwrap()
}

#[wasm_bindgen_test]
async fn a_torn_spooled_part_counts_as_none() {
    let spool = BrowserSpool;
    spool.put("torn/00001", &Bytes::from(&b"whole"[..])).await.unwrap();
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).unwrap();
    let storage = Reflect::get(&navigator, &"storage".into()).unwrap();
    let root = called(&storage, "getDirectory", &[]).await;
    let folder = called(&root, "getDirectoryHandle", &["spool".into()]).await;
    let folder = called(&folder, "getDirectoryHandle", &["torn".into()]).await;
    let file = called(&folder, "getFileHandle", &["00001".into()]).await;
    for length in [36, 32, 5, 0] {
        let open = called(&file, "createSyncAccessHandle", &[]).await;
        called(&open, "truncate", &[length.into()]).await;
        called(&open, "close", &[]).await;
        assert_eq!(spool.get("torn/00001").await.unwrap(), None, "cut to {length}");
    }
    assert_eq!(spool.list("torn/").await.unwrap(), ["torn/00001"], "it can be found, and removed");
    spool.remove("torn/").await.unwrap();
}
