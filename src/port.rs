//! What the core asks of the world: time, randomness, the network, the disk and the fast ciphers
//! as traits. `browser` implements them in the tab, `native` on a native machine, tests in memory.
//!
//! Nothing here needs `Send`: a tab's page and each of its Workers is one thread.

use std::any::Any;
use std::rc::Rc;

use async_trait::async_trait;

use crate::bytes::Bytes;
use crate::fernet::{InvalidToken, Opened};
use crate::secret::{FernetKey, Root};

/// Wall clock and timers.
#[async_trait(?Send)]
pub trait Clock {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
    /// Minutes that local time is ahead of UTC at that moment (milliseconds since the Unix epoch).
    /// UTC where the world does not say.
    fn local_offset(&self, _at_ms: i64) -> i32 {
        0
    }
    /// Returns after `ms` milliseconds.
    async fn sleep(&self, ms: u64);
}

/// The system's random generator failed, or gave what cannot be random. Nothing may be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness to be had")]
pub struct NoEntropy;

/// The system's random generator.
pub trait Entropy {
    /// Fills `bytes`, all of them, or fails.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

impl dyn Entropy + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// A request to the endpoint or the store. Redirects are never followed, credentials and referrer
/// never sent.
pub struct Request {
    /// HTTP method in capitals.
    pub method: String,
    /// Absolute URL. It may hold a signature: never logged.
    pub url: String,
    /// Headers; `content-length` is set by the sender from `body`.
    pub headers: Vec<(String, String)>,
    /// Body, possibly empty.
    pub body: Rc<Bytes>,
    /// Largest body of a success (2xx) that is accepted, in bytes.
    pub max_response: usize,
}

/// Largest body of any other answer, in bytes: stores say in a few lines what is wrong.
pub const MAX_REFUSAL: usize = 64 * 1024;

impl Request {
    /// Largest body of an answer with this status, in bytes.
    #[must_use]
    pub fn most(&self, status: u16) -> usize {
        if is_success(status) { self.max_response } else { MAX_REFUSAL }
    }
}

/// 2xx ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-15.3)).
#[must_use]
pub fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A whole answer, with whatever status.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers that the page may read, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, at most [`Request::most`] bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no [`Response`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No connection, a broken one, or an answer that CORS hides.
    #[error("no answer")]
    NoAnswer,
    /// Nothing moved for the stall time.
    #[error("the connection stalled")]
    Stalled,
    /// The answer is larger than [`Request::most`].
    #[error("the answer is too large")]
    TooLarge,
}

/// HTTP. Dropping the future aborts the request.
#[async_trait(?Send)]
pub trait Http {
    /// Whether the device knows that there is no line at all: then it is of no use to try once more
    /// in a moment.
    fn is_offline(&self) -> bool {
        false
    }

    /// Whether what has this URL answers, and only lets this page read none of it (CORS): asked
    /// after [`HttpError::NoAnswer`], which does not tell the two apart. False where nobody can
    /// tell.
    async fn is_hidden(&self, _url: &str) -> bool {
        false
    }

    /// Sends and waits for the whole answer; `sent` is told of body bytes as they leave, counted
    /// from zero.
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError>;

    /// As [`Http::send`], for content: what a success (2xx) brings comes beside the answer,
    /// wherever it lies best, in pieces of `piece` bytes if need be; the answer's own body is then
    /// empty. `received` is told of body bytes as they come, counted from zero.
    async fn receive(
        &self,
        request: Request,
        piece: usize,
        received: &dyn Fn(u64),
    ) -> Result<(Response, Bytes), HttpError> {
        let _ = piece;
        let mut response = self.send(request, &|_| {}).await?;
        let content = if is_success(response.status) {
            std::mem::take(&mut response.body)
        } else {
            Vec::new()
        };
        received(u64::try_from(content.len()).unwrap_or(u64::MAX));
        Ok((response, content.into()))
    }
}

/// The engine could not seal (no memory, no such algorithm). Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cipher engine failed")]
pub struct EngineFailed;

/// An engine for key derivation.
#[async_trait(?Send)]
pub trait KeyDerivation {
    /// PBKDF2-HMAC-SHA256 to 32 bytes (RFC 8018).
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed>;
}

/// A Fernet engine for bulk chunks. Both engines give the same bytes.
#[async_trait(?Send)]
pub trait BulkCipher: KeyDerivation {
    /// One raw token. `iv` is 16 fresh random bytes.
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed>;
    /// Verifies, then decrypts, one raw token.
    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken>;
}

/// The source cannot be read any more: moved, changed, permission lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file could not be read")]
pub struct Unreadable;

/// A file that somebody wants to put into the vault.
#[async_trait(?Send)]
pub trait Source {
    /// Path below the place it was picked from, parts joined by `/`; for a single file its name.
    fn path(&self) -> String;
    /// Size in bytes.
    fn size(&self) -> u64;
    /// Media type, possibly empty.
    fn media_type(&self) -> String;
    /// Modification time in milliseconds since the Unix epoch.
    fn modified(&self) -> Option<i64>;
    /// `length` bytes from `offset`, exactly, or fails.
    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable>;
    /// For the adapter that made it and has to hand it to a Worker.
    fn as_any(&self) -> &dyn Any;
}

/// A blob was not kept. Others are untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// No room.
    #[error("no room on this device")]
    Full,
    /// No such storage, or it failed.
    #[error("this browser's storage failed")]
    Failed,
}

/// Ciphertext that waits on this device for the network: blobs under names such as
/// `<object_id>/00001`.
#[async_trait(?Send)]
pub trait Spool {
    /// Keeps a blob, whole or not at all, in place of an older one.
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError>;
    /// The blob, exactly as it was put; a torn one is none.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError>;
    /// Names that begin with `prefix`, in order; also of torn blobs.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError>;
    /// Removes what has names that begin with `prefix`, if there is anything.
    async fn remove(&self, prefix: &str) -> Result<(), SpoolError>;
}

/// Files that can be read again after a reload, where the browser has such.
#[async_trait(?Send)]
pub trait Handles {
    /// Keeps the way to a file under a name; false where there is none.
    async fn keep(&self, name: &str, source: &dyn Source) -> bool;
    /// The file again, as it is now. Where the person has to allow it, only if `ask`, which needs a
    /// fresh click.
    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>>;
    /// Forgets it.
    async fn forget(&self, name: &str);
}

/// What takes files that were looked for.
pub type TakeSources = Box<dyn FnOnce(Vec<Rc<dyn Source>>)>;

/// Why a target was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The disk is full.
    #[error("no room for the file")]
    Full,
    /// Nothing may be written there.
    #[error("no right to write the file")]
    Denied,
    /// A file of that name is there, and was not to be replaced.
    #[error("the file is there already")]
    Exists,
    /// The person took it away, or the device failed.
    #[error("the file could not be written")]
    Failed,
}

/// Where verified plaintext goes, in order. Dropped without `finish`, nothing of it may be left
/// under the final name.
#[async_trait(?Send)]
pub trait Sink {
    /// The next verified bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable>;
    /// All were written and verified: the file is whole.
    async fn finish(&mut self) -> Result<(), Unwritable>;
}

/// The device's storage failed or is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this browser's storage failed")]
pub struct StoreFailed;

/// Small records on this device: pins, the log's cache, the outbox. Keys are text with `/` between
/// parts. What is written here is ciphertext or public; the keys of an open session go to
/// [`SessionKeyStore`].
#[async_trait(?Send)]
pub trait Store {
    /// The value, if there is one.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed>;
    /// Writes all, or nothing, in one transaction; `None` removes. When it returns, a power cut
    /// does not take it back.
    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed>;
    /// All records whose key begins with `prefix`, in key order.
    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed>;
    /// Waits until no other tab of this origin holds `name` (Web Locks); held until the guard is
    /// dropped.
    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed>;
    /// As `lock`, or nothing where another tab, or this one, holds it.
    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed>;
    /// Asks the browser not to evict what is stored here.
    async fn persist(&self);
    /// After a failure: whether this device offers no such storage at all, as some browsers do in
    /// private windows or where a person forbids it. False where there is one that failed: it may
    /// hold what could not be read now.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Where the keys of an open session outlive a reload: a key of the device, which is used and never
/// read, and one record. Whoever copies the device has both, so the record is sealed under more
/// than the device's key (`session::kept`, docs/decisions/0013-session-share.md).
#[async_trait(?Send)]
pub trait SessionKeyStore {
    /// Makes a new device key in place of the last one, and forgets the record; false where nothing
    /// can be kept.
    async fn renew(&self) -> bool;
    /// HMAC-SHA256 (RFC 2104) of `message` under the device's key, where there is one.
    async fn derive(&self, message: &[u8]) -> Option<FernetKey>;
    /// Keeps the record in place of the last one; false where it cannot be.
    async fn save(&self, record: &[u8]) -> bool;
    /// The record last kept, if any.
    async fn load(&self) -> Option<Vec<u8>>;
    /// Forgets the record and the device's key.
    async fn wipe(&self);
}

/// Short public notes that all tabs of this origin share, read and written without waiting
/// (localStorage in a browser).
#[async_trait(?Send)]
pub trait TabNotes {
    /// The note of that name.
    fn get(&self, name: &str) -> Option<String>;
    /// Writes it, or removes it. Where nothing can be kept, nothing is.
    fn set(&self, name: &str, text: Option<&str>);
    /// Returns once another tab has changed a note since the last call.
    async fn changed(&self);
}

/// A strength meter for passwords (zxcvbn), loaded when first asked.
#[async_trait(?Send)]
pub trait Meter {
    /// Decimal logarithm of the guesses that a password takes; `inputs`, such as the username,
    /// count as guessed. `None` when the meter could not be loaded.
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64>;
    /// Ends what passwords went through. The next question starts it again.
    fn stop(&self) {}
}
