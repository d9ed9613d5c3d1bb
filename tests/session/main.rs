//! Stories of whole sessions, against the real endpoint and its embedded store.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

mod archive;
mod files;
mod folders;
mod history;
mod hostile;
mod inventory;
mod lifetime;
mod logins;
mod outages;
mod owners;
mod passkeys;
mod queue;
mod removal;
mod retention;
mod search;
mod several;
mod shares;
mod snapshots;
mod thumbnails;
mod verification;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use frond::object::ObjectId;
use frond::path::BadName;
use frond::port::Source;
use frond::secret::Password;
use frond::session::{
    ChangeError, Doubt, FileFault, FileRow, Over, Restored, Session, SnapshotLimits, TransferRow,
    TransferState, UnlockError,
};
use frond::transfer::TransferError;
use frond_testing::deployment::Deployment;
use frond_testing::seen::{Look, Seen};
use frond_testing::tab::{Fate, MemorySource, Tab};
use tokio::task::{AbortHandle, LocalSet, spawn_local};

const NAME: &str = "ada";

fn password() -> Password {
    Password::new("cake-gauge-patch-three-candy-ghost-peace".to_owned())
}

fn story(story: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(story));
}

/// Waits for a state; the time is only there so that a test that never sees it ends.
async fn until(session: &Session, what: &str, seen: impl Fn(&Seen) -> bool) -> Seen {
    for _ in 0..6_000 {
        let view = session.look();
        if seen(&view) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}; last seen: {:#?}", session.look());
}

fn works(session: &Session) -> &Session {
    let working = session.clone();
    let work = spawn_local(async move { working.work().await });
    WORKING.with_borrow_mut(|all| all.push(work.abort_handle()));
    session
}

thread_local! {
    /// What the sessions of a story do, oldest first.
    static WORKING: RefCell<Vec<AbortHandle>> = const { RefCell::new(Vec::new()) };
}

/// The oldest tab dies, with all that it does and holds.
async fn kill(tab: &Tab) {
    WORKING.with_borrow_mut(|all| all.remove(0)).abort();
    tokio::task::yield_now().await;
    tab.storage.release();
}

async fn create(tab: &Tab) -> Session {
    WORKING.take();
    let session = tab.locked.create(NAME, &password(), None).await.unwrap();
    session.keep().await;
    works(&session);
    session
}

/// A deployment of its own, a tab, and a new vault that is open and working in it.
async fn vault() -> (Deployment, Tab, Session) {
    let deployment = Deployment::start().await;
    let tab = Tab::new(&deployment.base_url());
    let session = create(&tab).await;
    (deployment, tab, session)
}

/// Another tab of the same browser, or the same one after a reload.
fn beside(deployment: &Deployment, tab: &Tab) -> Tab {
    Tab::of(&deployment.base_url(), tab.storage.clone(), tab.kept.clone())
}

/// The keys of all events in the bucket, in order.
async fn events_of(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/log/"));
    keys.sort();
    keys
}

async fn sign_in(tab: &Tab) -> Session {
    let session = tab.locked.sign_in(NAME, &password()).await.unwrap();
    session.keep().await;
    works(&session);
    session
}

fn source(path: &str, bytes: &[u8]) -> Rc<dyn Source> {
    Rc::new(MemorySource { path: path.to_owned(), bytes: bytes.to_vec() })
}

/// Bytes that are not all alike, and not like those of another seed.
fn content(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

fn file(view: &Seen, path: &str) -> FileRow {
    let row = view.files.iter().chain(&view.trash).find(|row| row.path == path);
    row.unwrap_or_else(|| panic!("no {path} in {view:#?}")).clone()
}

fn paths(rows: &[FileRow]) -> Vec<&str> {
    rows.iter().map(|row| row.path.as_str()).collect()
}

async fn add(session: &Session, files: &[(&str, &[u8])]) {
    session
        .transfers()
        .add(files.iter().map(|(path, bytes)| source(path, bytes)).collect())
        .unwrap();
    let all_done = |view: &Seen| view.transfers.iter().all(|row| row.state == TransferState::Done);
    until(session, "all uploads done", all_done).await;
    session.transfers().clear_ended();
}

/// Adds files that hold their names, each by an event of its own.
async fn add_each(session: &Session, names: &[&str]) {
    for name in names {
        add(session, &[(name, name.as_bytes())]).await;
    }
}

async fn download(session: &Session, id: ObjectId) -> TransferState {
    session.transfers().download(id).unwrap();
    let ended =
        |row: &TransferRow| matches!(row.state, TransferState::Done | TransferState::Failed(_));
    let view = until(session, "the download ended", |view| view.transfers.iter().all(ended)).await;
    session.transfers().clear_ended();
    view.transfers.last().unwrap().state.clone()
}

/// The bytes of a file, as a download saves them.
async fn fetch(tab: &Tab, session: &Session, path: &str) -> Vec<u8> {
    let row = file(&session.look(), path);
    assert_eq!(download(session, row.id).await, TransferState::Done, "{path}");
    let name = frond::transfer::safe_name(path);
    let (bytes, finished) = tab.folder.0.borrow()[&name].clone();
    assert!(finished);
    bytes
}

fn object_key(keys: &[String], id: ObjectId) -> String {
    keys.iter().find(|key| key.ends_with(&format!("/objects/{id}"))).unwrap().clone()
}
