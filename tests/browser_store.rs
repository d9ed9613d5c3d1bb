//! The store's contract and its locks, on the browser's own IndexedDB.

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use frond::browser::store::BrowserStore;
use frond::port::{Store, StoreFailed};
use futures_util::FutureExt;
use futures_util::future::{self, FusedFuture};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use idb::{DatabaseEvent, Factory, ObjectStoreParams};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

fn record(key: &str, value: &[u8]) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), Some(value.to_vec()))
}

#[wasm_bindgen_test]
async fn what_is_written_is_there_for_the_next_page() {
    let store = BrowserStore::new("what is written");
    store.write(vec![record("a", b"1"), record("b", b""), record("c", &[0, 255])]).await.unwrap();
    store.write(vec![record("a", b"2"), ("c".to_owned(), None)]).await.unwrap();

    let next = BrowserStore::new("what is written");
    assert_eq!(next.get("a").await.unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(next.get("b").await.unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(next.get("c").await.unwrap(), None);
    assert_eq!(BrowserStore::new("another").get("a").await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn a_scan_gives_what_begins_with_the_prefix_in_key_order() {
    let store = BrowserStore::new("a scan");
    let keys = ["log/b/2", "log/a/1", "log", "log0", "log/é", "lof/z", "log/b/10", "LOG/a"];
    store.write(keys.iter().map(|key| record(key, key.as_bytes())).collect()).await.unwrap();

    let found = store.scan("log/").await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|(key, value)| (key.as_str(), std::str::from_utf8(value).unwrap()))
        .collect();
    let expected = ["log/a/1", "log/b/10", "log/b/2", "log/é"];
    assert_eq!(found, expected.map(|key| (key, key)));
    assert_eq!(store.scan("none/").await.unwrap(), Vec::new());
    assert_eq!(store.scan("").await.unwrap().len(), keys.len());
}

/// Notes the `durability` that each transaction of this page is opened with, from now on.
fn note_durability() -> js_sys::Array {
    let noted = js_sys::Array::new();
    let script = "const open = IDBDatabase.prototype.transaction; \
        IDBDatabase.prototype.transaction = function (...given) { \
        const opened = open.apply(this, given); \
        noted.push(`${opened.mode} ${opened.durability}`); return opened; };";
    js_sys::Function::new_with_args("noted", script).call1(&JsValue::NULL, &noted).unwrap();
    noted
}

/// Else a power cut takes back what the bucket was told already.
#[wasm_bindgen_test]
async fn what_is_written_is_on_the_disk() {
    let noted = note_durability();
    let store = BrowserStore::new("durable");
    store.write(vec![record("a", b"1")]).await.unwrap();
    store.get("a").await.unwrap();
    let noted: Vec<_> = noted.iter().filter_map(|text| text.as_string()).collect();
    assert!(noted.contains(&"readwrite strict".to_owned()), "{noted:?}");
    assert!(
        noted.iter().all(|text| !text.starts_with("readwrite") || text == "readwrite strict"),
        "{noted:?}"
    );
}

/// Opens the database as a page of that version would, which adds an object store of its own.
async fn open_as(version: u32, name: &str) -> idb::Database {
    let mut request = Factory::new().unwrap().open(name, Some(version)).unwrap();
    request.on_upgrade_needed(move |event| {
        let database = event.database().unwrap();
        database
            .create_object_store(&format!("of version {version}"), ObjectStoreParams::new())
            .unwrap();
    });
    request.await.unwrap()
}

#[wasm_bindgen_test]
async fn an_older_page_refuses_a_newer_database_and_writes_nothing() {
    let newer = open_as(99, "newer").await;
    let store = BrowserStore::new("newer");
    assert_eq!(store.get("a").await, Err(StoreFailed));
    assert_eq!(store.write(vec![record("a", b"1")]).await, Err(StoreFailed));
    assert_eq!(newer.version().unwrap(), 99);
    assert_eq!(newer.store_names(), ["of version 99"]);
    newer.close();
}

#[wasm_bindgen_test]
async fn an_open_page_lets_a_newer_one_migrate() {
    let store = BrowserStore::new("migrates");
    store.write(vec![record("a", b"1")]).await.unwrap();
    // It would wait for ever, were the older page to hold on.
    let newer = open_as(99, "migrates").await;
    assert!(newer.store_names().contains(&"records".to_owned()));
    newer.close();
    assert_eq!(store.get("a").await, Err(StoreFailed));
}

#[wasm_bindgen_test]
async fn a_dropped_store_closes_its_database() {
    let store = BrowserStore::new("closes");
    store.write(vec![record("a", b"1")]).await.unwrap();
    drop(store);
    // Deleting waits for all that hold it open.
    Factory::new().unwrap().delete("closes").unwrap().await.unwrap();
    assert_eq!(BrowserStore::new("closes").get("a").await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn a_lock_has_one_holder_among_all_pages() {
    let (one, two) = (BrowserStore::new("locks"), BrowserStore::new("locks"));
    let held = one.lock("queue").await.unwrap();
    // Another name, and another database, are other locks.
    let _other = two.lock("pins").await.unwrap();
    let _apart = BrowserStore::new("other locks").lock("queue").await.unwrap();

    let mut waiting = Box::pin(two.lock("queue"));
    // Time for the browser to grant it, were it free: another lock is asked for and granted after
    // this one.
    assert!(waiting.as_mut().now_or_never().is_none());
    let _later = two.lock("asked for later").await.unwrap();
    assert!(waiting.as_mut().now_or_never().is_none());

    drop(held);
    waiting.await.unwrap();
}

#[wasm_bindgen_test]
async fn a_lock_that_is_held_is_not_waited_for() {
    let (one, two) = (BrowserStore::new("tried locks"), BrowserStore::new("tried locks"));
    let held = one.try_lock("upload").await.unwrap();
    assert!(held.is_some());
    assert!(two.try_lock("upload").await.unwrap().is_none());
    assert!(two.try_lock("another").await.unwrap().is_some());
    drop(held);
    // Let go of a moment later: whoever waits has it then, and lets go of it.
    drop(two.lock("upload").await.unwrap());
    let _later = two.lock("asked for later").await.unwrap();
    assert!(two.try_lock("upload").await.unwrap().is_some());
}

#[wasm_bindgen_test]
async fn who_stopped_waiting_for_a_lock_does_not_hold_it() {
    let store = BrowserStore::new("given up");
    let held = store.lock("queue").await.unwrap();
    let mut waiting = Box::pin(store.lock("queue"));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(waiting);
    drop(held);
    store.lock("queue").await.unwrap();
}

/// A lock drops what is under way, and the browser calls the callbacks of a transaction in any
/// case.
#[wasm_bindgen_test]
async fn a_call_that_is_dropped_ends_without_an_error() {
    let errors = Rc::new(Cell::new(0));
    let count = Rc::clone(&errors);
    let window = web_sys::window().unwrap();
    let listener = EventListener::new(&window, "error", move |_| count.set(count.get() + 1));
    let store = BrowserStore::new("a dropped call");
    store.write(vec![record("a", b"0")]).await.unwrap();
    for turns in 0..20 {
        let write = store.write(vec![record("a", &[turns])]);
        let scan = store.scan("");
        let mut both = pin!(future::join(write, scan).fuse());
        for _ in 0..turns {
            if !both.is_terminated() {
                let _ = both.as_mut().now_or_never();
            }
            TimeoutFuture::new(0).await;
        }
    }
    // Behind what was dropped: transactions on one store run one after another.
    store.write(vec![record("a", b"end")]).await.unwrap();
    assert_eq!(store.get("a").await.unwrap().as_deref(), Some(&b"end"[..]));
    drop(listener);
    assert_eq!(errors.get(), 0);
}
