//! IndexedDB helper: one way to open a database, one way to run a transaction.
//!
//! Data is on disk when its transaction completes (`durability: "strict"`): with the browsers'
//! default, a power failure may lose data that this device has already reported to the bucket,
//! above all an event's sequence number.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use idb::event::VersionChangeEvent;
use idb::{DatabaseEvent, Factory, ObjectStore, ObjectStoreParams, Transaction, TransactionMode};
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbTransaction};

use super::clock::timer;
use crate::port::StoreFailed;

/// Object stores that each version of the database added. Append only: the length is the version,
/// and the browser refuses a page that is older than the database.
const MIGRATIONS: &[&[&str]] = &[&[RECORDS, KEPT], &[HANDLES]];

/// Object store of [`crate::port::Store`].
pub(super) const RECORDS: &str = "records";
/// Object store of [`crate::port::SessionKeyStore`].
pub(super) const KEPT: &str = "kept";
/// Object store of [`crate::port::Handles`].
pub(super) const HANDLES: &str = "handles";

/// Timeout in milliseconds for opening the database, which another tab blocks while it keeps an
/// older version open; after that, opening counts as failed.
const BLOCKED_MS: u64 = 10_000;

#[wasm_bindgen]
extern "C" {
    /// With the third argument, which web-sys has only behind an unstable flag.
    #[wasm_bindgen(extends = IdbDatabase)]
    type Options;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &Options,
        store: &str,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// An open database; closed when dropped.
struct Handle {
    database: idb::Database,
    /// The same database as its `web_sys` type.
    raw: IdbDatabase,
}

impl Handle {
    fn transaction(&self, store: &str, mode: TransactionMode) -> Result<Transaction, StoreFailed> {
        if mode != TransactionMode::ReadWrite {
            return self.database.transaction(&[store], mode).map_err(failed);
        }
        let strict = || -> Result<IdbTransaction, JsValue> {
            let options = Object::new();
            Reflect::set(&options, &"durability".into(), &"strict".into())?;
            self.raw.unchecked_ref::<Options>().transaction(store, "readwrite", &options)
        };
        strict().map(Transaction::from).map_err(|_| StoreFailed)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.database.close();
    }
}

/// The database of this origin, opened on first use.
pub(super) struct Database {
    connection: Rc<Connection>,
}

impl Database {
    pub(super) fn new(name: &str) -> Self {
        let (name, handle, absent) = (name.to_owned(), RefCell::new(None), Cell::new(false));
        Self { connection: Rc::new(Connection { name, handle, absent }) }
    }

    /// Whether the last attempt to open it found that there is no such storage.
    pub(super) fn is_absent(&self) -> bool {
        self.connection.absent.get()
    }

    /// Runs `work` atomically in one transaction on one object store.
    ///
    /// It runs to its end even if the caller drops this future, as a lock does with what is under
    /// way: the browser calls the transaction's callbacks in any case, and dropped ones throw.
    pub(super) async fn run<T: 'static>(
        &self,
        store: &'static str,
        mode: TransactionMode,
        work: impl AsyncFnOnce(&ObjectStore) -> Result<T, idb::Error> + 'static,
    ) -> Result<T, StoreFailed> {
        let (sender, receiver) = oneshot::channel();
        let connection = Rc::clone(&self.connection);
        spawn_local(async move {
            // A caller that is gone needs no result.
            let _ = sender.send(connection.run(store, mode, work).await);
        });
        receiver.await.unwrap_or(Err(StoreFailed))
    }
}

struct Connection {
    name: String,
    handle: RefCell<Option<Rc<Handle>>>,
    absent: Cell<bool>,
}

impl Connection {
    async fn run<T>(
        &self,
        store: &str,
        mode: TransactionMode,
        work: impl AsyncFnOnce(&ObjectStore) -> Result<T, idb::Error>,
    ) -> Result<T, StoreFailed> {
        let done = self.attempt(store, mode, work).await;
        if done.is_err() {
            // The browser may have closed it because of another tab: reopen on the next call.
            self.handle.take();
        }
        done
    }

    async fn attempt<T>(
        &self,
        store: &str,
        mode: TransactionMode,
        work: impl AsyncFnOnce(&ObjectStore) -> Result<T, idb::Error>,
    ) -> Result<T, StoreFailed> {
        let handle = self.handle().await?;
        let transaction = handle.transaction(store, mode)?;
        let records = transaction.object_store(store).map_err(failed)?;
        match work(&records).await {
            Ok(done) => {
                let end = transaction.await.map_err(failed)?;
                if end.is_committed() { Ok(done) } else { Err(StoreFailed) }
            }
            Err(error) => {
                // The transaction may already have aborted by itself.
                let _ = transaction.abort();
                Err(failed(error))
            }
        }
    }

    async fn handle(&self) -> Result<Rc<Handle>, StoreFailed> {
        if let Some(handle) = &*self.handle.borrow() {
            return Ok(Rc::clone(handle));
        }
        let opened = open(&self.name).await;
        self.absent.set(matches!(&opened, Err(Some(error)) if says_absent(error)));
        let handle = Rc::new(opened.map_err(|_| StoreFailed)?);
        self.handle.replace(Some(Rc::clone(&handle)));
        Ok(handle)
    }
}

/// Opens the database; an `Err(None)` means that another tab blocks it.
async fn open(name: &str) -> Result<Handle, Option<idb::Error>> {
    let version = u32::try_from(MIGRATIONS.len()).map_err(|_| None)?;
    let mut request =
        Factory::new().and_then(|factory| factory.open(name, Some(version))).map_err(Some)?;
    // An error here leaves the database without its stores, which the first transaction detects.
    request.on_upgrade_needed(|event| drop(migrate(&event)));
    let opened = match select(request.into_future(), timer(BLOCKED_MS)).await {
        Either::Left((opened, _)) => opened.map_err(Some)?,
        Either::Right((_, opening)) => {
            // Its callbacks must live until the browser calls them.
            spawn_local(async move { drop(opening.await.map(|database| database.close())) });
            return Err(None);
        }
    };
    let raw = IdbDatabase::from(opened);
    let mut handle = Handle { database: raw.clone().into(), raw };
    // A newer page wants to migrate: close the database instead of blocking it.
    handle
        .database
        .on_version_change(|event| drop(event.database().map(|database| database.close())));
    Ok(handle)
}

fn migrate(event: &VersionChangeEvent) -> Result<(), idb::Error> {
    let database = event.database()?;
    let from = usize::try_from(event.old_version()?).unwrap_or(usize::MAX);
    for store in MIGRATIONS.iter().skip(from).copied().flatten() {
        database.create_object_store(store, ObjectStoreParams::new())?;
    }
    Ok(())
}

/// Whether there is no such storage: the browser lacks it, the user forbids it for this origin
/// (`SecurityError`), or private windows disable it (`InvalidStateError`). Any other error is a
/// storage failure (<https://w3c.github.io/IndexedDB/#dom-idbfactory-open>).
fn says_absent(error: &idb::Error) -> bool {
    match error {
        idb::Error::IndexedDbNotFound(_) | idb::Error::IndexedDbOpenFailed(_) => true,
        idb::Error::DomException(exception) => {
            ["SecurityError", "InvalidStateError"].contains(&exception.name().as_str())
        }
        _ => false,
    }
}

/// Drops the reason, which would not change what the user can do.
fn failed(_: idb::Error) -> StoreFailed {
    StoreFailed
}
