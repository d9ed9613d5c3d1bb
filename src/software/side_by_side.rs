//! The software engine for bulk work in a browser, where Workers use it on pages without
//! WebCrypto: its ciphers are those of `frond-vectors`, and what is asked for at the same time is
//! computed side by side.
//!
//! Each call writes down what it is to do and lets the others write theirs; the first that goes on
//! does it for all, four of one length at a time. Whoever seals or opens several chunks
//! concurrently, as transfers do, so has them done in far less time.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::Poll;

use async_trait::async_trait;
use frond_fernet::{FernetKey, InvalidToken, Opened};
use frond_vectors::LANES;

use super::Software;
use super::tokens::{ToSeal, open, open_four, seal, seal_four};
use crate::bytes::Bytes;
use crate::port::{BulkCipher, EngineFailed, KeyDerivation};
use crate::secret::Root;

/// Seals and opens four tokens at a time where as many are asked for.
#[derive(Default)]
pub struct SideBySide {
    to_seal: Pending<Sealing>,
    to_open: Pending<Opening>,
}

/// What was asked for and is not done. A call that was dropped has left.
type Pending<T> = RefCell<Vec<Weak<T>>>;

struct Sealing {
    to_seal: ToSeal,
    plaintext: Bytes,
    sealed: Cell<Option<Bytes>>,
}

struct Opening {
    key: FernetKey,
    token: Bytes,
    opened: Cell<Option<Result<Opened, InvalidToken>>>,
}

#[async_trait(?Send)]
impl BulkCipher for SideBySide {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        let (to_seal, plaintext) = (ToSeal { key: copied(key), time, iv }, plaintext.clone());
        let mine = Rc::new(Sealing { to_seal, plaintext, sealed: Cell::default() });
        self.to_seal.borrow_mut().push(Rc::downgrade(&mine));
        after_others().await;
        if let Some(sealed) = mine.sealed.take() {
            return Ok(sealed);
        }
        batches(&self.to_seal, |sealing| sealing.plaintext.len(), seal_all);
        mine.sealed.take().ok_or(EngineFailed)
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        let (key, token) = (copied(key), token.clone());
        let mine = Rc::new(Opening { key, token, opened: Cell::default() });
        self.to_open.borrow_mut().push(Rc::downgrade(&mine));
        after_others().await;
        let opened = mine.opened.take().or_else(|| {
            batches(&self.to_open, |opening| opening.token.len(), open_all);
            mine.opened.take()
        });
        let Opened { time, plaintext } = opened.ok_or(InvalidToken)??;
        Ok(Opened { time, plaintext: plaintext.into() })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for SideBySide {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        Software.derive(password, salt, iterations).await
    }
}

/// Returns when every other future that is ready has been polled once more.
async fn after_others() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Does all that waits: four of one length at a time, what is left one by one.
fn batches<T>(waiting: &Pending<T>, length: impl Fn(&T) -> usize, work: impl Fn(&[Rc<T>])) {
    let mut all: Vec<_> = waiting.take().iter().filter_map(Weak::upgrade).collect();
    all.sort_by_key(|one| length(one));
    for alike in all.chunk_by(|one, other| length(one) == length(other)) {
        alike.chunks(LANES).for_each(&work);
    }
}

fn seal_all(all: &[Rc<Sealing>]) {
    if let [one, two, three, four] = all {
        let four = [one, two, three, four];
        let plaintexts = four.map(|sealing| sealing.plaintext.bytes());
        let to_seal = four.map(|sealing| &sealing.to_seal);
        if let Some(tokens) = seal_four(to_seal, plaintexts.each_ref().map(|bytes| &bytes[..])) {
            for (sealing, token) in four.into_iter().zip(tokens) {
                sealing.sealed.set(Some(token.into()));
            }
            return;
        }
    }
    for Sealing { to_seal: ToSeal { key, time, iv }, plaintext, sealed } in
        all.iter().map(Rc::as_ref)
    {
        sealed.set(Some(seal(key, *time, *iv, &plaintext.bytes()).into()));
    }
}

fn open_all(all: &[Rc<Opening>]) {
    if let [one, two, three, four] = all {
        let four = [one, two, three, four];
        let tokens = four.map(|opening| opening.token.bytes());
        let keys = four.map(|opening| &opening.key);
        if let Some(opened) = open_four(keys, tokens.each_ref().map(|bytes| &bytes[..])) {
            for (opening, opened) in four.into_iter().zip(opened) {
                opening.opened.set(Some(opened));
            }
            return;
        }
    }
    for Opening { key, token, opened } in all.iter().map(Rc::as_ref) {
        opened.set(Some(open(key, &token.bytes())));
    }
}

fn copied(key: &FernetKey) -> FernetKey {
    // EXPOSE: a copy for the batch, wiped with it.
    FernetKey::copied(key.expose())
}
