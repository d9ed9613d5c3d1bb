//! The core's interfaces to its environment: time, randomness, network, disk and fast ciphers as
//! traits. `browser` implements them in the tab, `native` natively, tests in memory.
//!
//! Nothing here needs `Send`: a tab's page and each of its Workers are single-threaded.

use std::any::Any;
use std::future::pending;
use std::ops::Range;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::mpsc;

use frond_preview::{Encoding, MediaType, Playable, Preview};
use frond_search::{Line, Match};

use crate::bytes::Bytes;
use crate::fernet::{InvalidToken, Opened};
use crate::secret::{FernetKey, Root};

/// Wall clock and timers.
#[async_trait(?Send)]
pub trait Clock {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
    /// Local time's offset from UTC in minutes, positive if ahead, at that moment (milliseconds
    /// since the Unix epoch). 0 (UTC) if unknown.
    fn local_offset(&self, _at_ms: i64) -> i32 {
        0
    }
    /// Returns after `ms` milliseconds.
    async fn sleep(&self, ms: u64);
}

/// The system's random generator failed, or returned what cannot be random. Nothing may be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness to be had")]
pub struct NoEntropy;

/// The system's random generator.
pub trait Entropy {
    /// Fills all of `bytes`, or fails.
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

/// A request to the endpoint or the store. Redirects are never followed; credentials and referrer
/// are never sent.
pub struct Request {
    /// HTTP method in capitals.
    pub method: String,
    /// Absolute URL. It may contain a signature: MUST NOT be logged.
    pub url: String,
    /// Headers; the implementation sets `content-length` from `body`.
    pub headers: Vec<(String, String)>,
    /// Body, possibly empty.
    pub body: Rc<Bytes>,
    /// Maximum length of the body of a success (2xx), in bytes.
    pub max_response: usize,
}

/// Maximum length of the body of any other response, in bytes: stores describe errors in a few
/// lines.
pub const MAX_REFUSAL: usize = 64 * 1024;

impl Request {
    /// Maximum length of the body of a response with this status, in bytes.
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

/// A complete response, whatever its status.
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
    /// The first header with that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no [`Response`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No connection, a broken one, or a response that CORS hides.
    #[error("no answer")]
    NoAnswer,
    /// No progress for the stall timeout.
    #[error("the connection stalled")]
    Stalled,
    /// The response is larger than [`Request::most`].
    #[error("the answer is too large")]
    TooLarge,
}

/// HTTP. Dropping the future aborts the request.
#[async_trait(?Send)]
pub trait Http {
    /// Whether the device knows that it is offline: then a retry after a moment is pointless.
    fn is_offline(&self) -> bool {
        false
    }

    /// Whether the server at this URL responds but CORS hides its responses from this page: called
    /// after [`HttpError::NoAnswer`], which does not distinguish the two. False if unknown.
    async fn is_hidden(&self, _url: &str) -> bool {
        false
    }

    /// Sends, and waits for the complete response; `sent` is called with the number of body bytes
    /// sent, counted from zero.
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError>;

    /// Like [`Http::send`], for content: the body of a success (2xx) is returned separately, stored
    /// wherever is best, in pieces of `piece` bytes if necessary; the response's own body is then
    /// empty. `received` is called with the number of body bytes received, counted from zero.
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

/// The engine could not seal (out of memory, algorithm missing). Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cipher engine failed")]
pub struct EngineFailed;

/// A key derivation engine.
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

/// A Fernet engine for bulk chunks. All engines produce the same bytes.
#[async_trait(?Send)]
pub trait BulkCipher: KeyDerivation {
    /// Seals one raw token. `iv` is 16 fresh random bytes.
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed>;
    /// Verifies, then decrypts one raw token.
    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken>;
}

/// The source can no longer be read: moved, changed or permission lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file could not be read")]
pub struct Unreadable;

/// A file to be uploaded to the vault.
#[async_trait(?Send)]
pub trait Source {
    /// Path relative to the picked folder, parts joined by `/`; for a single file its name.
    fn path(&self) -> String;
    /// Size in bytes.
    fn size(&self) -> u64;
    /// Media type, possibly empty.
    fn media_type(&self) -> String;
    /// Modification time in milliseconds since the Unix epoch.
    fn modified(&self) -> Option<i64>;
    /// Reads exactly `length` bytes from `offset`, or fails.
    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable>;
    /// For downcasting by the adapter that created it, which passes it to a Worker.
    fn as_any(&self) -> &dyn Any;
}

/// A blob was not stored. Others are unaffected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// No space.
    #[error("no room on this device")]
    Full,
    /// No such storage, or it failed.
    #[error("this browser's storage failed")]
    Failed,
}

/// Ciphertext on this device that waits for the network: blobs under names such as
/// `<object_id>/00001`.
#[async_trait(?Send)]
pub trait Spool {
    /// Stores a blob atomically, replacing an older one.
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError>;
    /// The blob exactly as stored; `None` for a torn one.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError>;
    /// Names that begin with `prefix`, in order; includes torn blobs.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError>;
    /// Removes all blobs whose names begin with `prefix`, if any.
    async fn remove(&self, prefix: &str) -> Result<(), SpoolError>;
}

/// Files that can be read again after a reload, if the browser supports that.
#[async_trait(?Send)]
pub trait Handles {
    /// Stores the handles of files under names, all at once; for each whether it has one.
    async fn keep(&self, files: &[(String, Rc<dyn Source>)]) -> Vec<bool>;
    /// Gets the file again, in its current state. If the user must grant permission, only if `ask`,
    /// which requires a recent click.
    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>>;
    /// Deletes the handles under these names, all at once.
    async fn forget(&self, names: &[String]);
}

/// Receives files as they are found.
pub type TakeSources = Box<dyn FnOnce(Vec<Rc<dyn Source>>, Vec<String>)>;

/// Why a target was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The disk is full.
    #[error("no room for the file")]
    Full,
    /// Writing there is not permitted.
    #[error("no right to write the file")]
    Denied,
    /// A file with that name exists and must not be replaced.
    #[error("the file is there already")]
    Exists,
    /// The user removed it, or the device failed.
    #[error("the file could not be written")]
    Failed,
}

/// Receives verified plaintext, in order. If it is dropped without `finish`, nothing may remain
/// under the final name.
#[async_trait(?Send)]
pub trait Sink {
    /// How many chunks of this object's content the sink has from an earlier download, counted from
    /// the first, each recognised as verified then. Asked once, before the first write; only what
    /// follows these chunks is written.
    async fn kept(&mut self) -> Result<u64, Unwritable> {
        Ok(0)
    }
    /// Writes the next verified bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable>;
    /// All bytes were written and verified: the file is complete.
    async fn finish(&mut self) -> Result<(), Unwritable>;
    /// Returns once nobody takes more bytes, if that can happen between two writes. Dropping the
    /// future changes nothing.
    async fn gone(&mut self) {
        pending().await
    }
}

/// A file that a download can be written to. It has its content only once that is whole.
pub trait WritableFile {
    /// For the runner of transfers, which knows its own kind.
    fn as_any(&self) -> &dyn Any;
}

/// A folder of this device that the user picked.
#[async_trait(?Send)]
pub trait PickedFolder {
    /// A new file at this path, in folders that are made if they are missing; parts of the path are
    /// joined by `/`. `None` if there is a file of `size` bytes already.
    ///
    /// # Errors
    /// [`Unwritable::Exists`] if there is something else at this path, or in place of a folder.
    async fn file(&self, path: &str, size: u64)
    -> Result<Option<Rc<dyn WritableFile>>, Unwritable>;
}

/// Has the user pick a folder.
#[async_trait(?Send)]
pub trait FolderPicker {
    /// Whether this browser can.
    fn is_there(&self) -> bool;
    /// Asks the user; `None` if they pick none. To be called from a click.
    async fn pick(&self) -> Option<Rc<dyn PickedFolder>>;
}

/// The device's storage failed or is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this browser's storage failed")]
pub struct StoreFailed;

/// Small records on this device: pins, the log's cache, the outbox. Keys are text with `/` between
/// components. Values are ciphertext or public; the keys of an open session go to
/// [`SessionKeyStore`].
#[async_trait(?Send)]
pub trait Store {
    /// The value, if any.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed>;
    /// Writes all or nothing, in one transaction; `None` removes. Once it returns, the writes
    /// survive a power failure.
    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed>;
    /// All records whose key begins with `prefix`, in key order.
    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed>;
    /// The keys of all records whose key begins with `prefix`, in order.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreFailed> {
        Ok(self.scan(prefix).await?.into_iter().map(|(key, _)| key).collect())
    }
    /// Waits until no other tab of this origin holds `name` (Web Locks); the lock is held until the
    /// guard is dropped.
    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed>;
    /// Like `lock`, but returns `None` if another tab, or this one, holds it.
    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed>;
    /// Asks the browser not to evict what is stored here.
    async fn persist(&self);
    /// After a failure: whether this device has no such storage at all, as in some browsers'
    /// private windows or if the user forbids it. False if the storage exists but failed: it may
    /// hold data that could not be read now.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Why a passkey gave no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// It was made, or is there, but cannot compute keys: it lacks the extension `prf`.
    #[error("the passkey computes no keys")]
    NoPrf,
    /// The user or the device declined, or no passkey of this page was at hand.
    #[error("no passkey was given")]
    Dismissed,
    /// This browser has no passkeys, or they failed.
    #[error("passkeys failed")]
    Failed,
}

/// Passkeys of this page's host (WebAuthn Level 3), which compute a root with the extension `prf`.
/// The authenticator asks the user for consent and verifies who it is.
#[async_trait(?Send)]
pub trait Passkeys {
    /// Makes a passkey that the authenticator finds by itself, and lists under `name`; returns its
    /// root for `salt`. `handle` are random bytes that it stores with the passkey.
    async fn create(
        &self,
        name: &str,
        handle: [u8; 16],
        salt: [u8; 32],
    ) -> Result<Root, PasskeyFault>;
    /// Has the user choose a passkey; returns its root for `salt`.
    async fn get(&self, salt: [u8; 32]) -> Result<Root, PasskeyFault>;
}

/// Preserves the keys of an open session across a reload: a device key that can be used but not
/// read, and one record. An attacker who copies the device has both, so the record is sealed under
/// more than the device's key (`session::kept`, docs/decisions/0013-session-share.md).
#[async_trait(?Send)]
pub trait SessionKeyStore {
    /// Replaces the device key with a new one, and deletes the record; false if nothing can be
    /// stored.
    async fn renew(&self) -> bool;
    /// HMAC-SHA256 (RFC 2104) of `message` under the device's key, if there is one.
    async fn derive(&self, message: &[u8]) -> Option<FernetKey>;
    /// Stores the record, replacing the last one; false if that fails.
    async fn save(&self, record: &[u8]) -> bool;
    /// The last stored record, if any.
    async fn load(&self) -> Option<Vec<u8>>;
    /// Deletes the record and the device's key.
    async fn wipe(&self);
}

/// Short public notes shared by all tabs of this origin, accessed synchronously (localStorage in a
/// browser).
#[async_trait(?Send)]
pub trait TabNotes {
    /// The note with that name.
    fn get(&self, name: &str) -> Option<String>;
    /// Writes or removes a note. Does nothing if there is no storage.
    fn set(&self, name: &str, text: Option<&str>);
    /// Returns when another tab has changed a note since the last call.
    async fn changed(&self);
}

/// Works out what files show, away from the caller: files are hostile, and some take long to read.
#[async_trait(?Send)]
pub trait Previewer {
    /// The preview of a file with this name that begins with `bytes`, or the next part of a text
    /// in this encoding; `whole` says whether nothing follows the bytes. `None` if the program
    /// could not be loaded, or failed. Dropping the future ends it.
    async fn preview(
        &self,
        name: &str,
        encoding: Option<Encoding>,
        bytes: &Bytes,
        whole: bool,
    ) -> Option<Preview>;
}

/// A request for a range of a file's content.
pub struct RangeRequest {
    /// The bytes asked for, within the content.
    pub range: Range<u64>,
    /// Takes them.
    pub sink: Box<dyn Sink>,
}

/// A file as the page's players see it. Once `requests` is dropped, the URL names nothing.
pub struct MediaSource {
    /// A URL of this page; it cannot be guessed, and works in this tab alone.
    pub url: String,
    /// What players ask for.
    pub requests: mpsc::UnboundedReceiver<RangeRequest>,
}

/// Gives files URLs, for the page's players.
#[async_trait(?Send)]
pub trait MediaServer {
    /// A URL for a file of this type and size in bytes. `None` where the browser has no service
    /// worker for this page.
    async fn offer(&self, kind: Playable, size: u64) -> Option<MediaSource>;
}

/// Why a PDF file, or a page of it, is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdfFault {
    /// The program could not be loaded.
    NotLoaded,
    /// The file is encrypted.
    Encrypted,
    /// The file is damaged, or made the program fail.
    Damaged,
    /// The program took too long, and was ended.
    Slow,
}

/// A page of a PDF file, drawn on white.
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub pixels: Bytes,
}

/// Draws PDF files, away from the caller: files are hostile, and some take long to draw.
#[async_trait(?Send)]
pub trait PdfOpener {
    /// Opens a file.
    ///
    /// # Errors
    /// [`PdfFault`]
    async fn open(&self, bytes: Bytes) -> Result<Rc<dyn OpenPdf>, PdfFault>;
}

/// An open PDF file. Dropping it ends what draws it.
#[async_trait(?Send)]
pub trait OpenPdf {
    /// How many pages it has, at least one.
    fn pages(&self) -> u32;
    /// Draws a page, counted from 0, for a place that is so wide in CSS pixels.
    ///
    /// # Errors
    /// [`PdfFault`]; no page can be drawn after that.
    async fn draw(&self, page: u32, width: u32) -> Result<Picture, PdfFault>;
    /// The text of a page, counted from 0, in the order in which it is drawn.
    ///
    /// # Errors
    /// [`PdfFault`]; no page can be drawn after that.
    async fn read(&self, page: u32) -> Result<Vec<PdfLine>, PdfFault>;
}

/// Text of a PDF page along a straight line. Lengths are parts of the page's width.
#[derive(Clone, Debug, PartialEq)]
pub struct PdfLine {
    /// What it says; hostile.
    pub text: String,
    /// Where its baseline begins, from the left and from the top of the page.
    pub place: (f64, f64),
    /// How long it is.
    pub length: f64,
    /// Size of its font.
    pub size: f64,
    /// Its direction, clockwise from the right, in degrees.
    pub angle: f64,
}

/// Why the program that searches gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchFault {
    /// The program could not be loaded.
    NotLoaded,
    /// What it was given made it fail, or take too long.
    Failed,
}

/// An index that is merged with others.
pub struct Merging {
    /// [`frond_search::Index`]
    pub index: Vec<u8>,
    /// The new number of each of its documents; `None` for one that is left out.
    pub numbers: Vec<Option<u32>>,
}

/// Reads the text of files, makes indexes of it and searches in them, away from the caller: files
/// are hostile, and indexes large.
#[async_trait(?Send)]
pub trait SearchProgram {
    /// The text of a file with this name, in lines; `None` if it has none that can be read.
    ///
    /// # Errors
    /// [`SearchFault`]
    async fn text(&self, name: &str, bytes: &Bytes) -> Result<Option<String>, SearchFault>;
    /// The index of these texts, numbered in their order.
    ///
    /// # Errors
    /// [`SearchFault`]
    async fn index(&self, texts: &[String]) -> Result<Vec<u8>, SearchFault>;
    /// One index of so many documents from several.
    ///
    /// # Errors
    /// [`SearchFault`]
    async fn merge(&self, documents: u32, indexes: &[Merging]) -> Result<Vec<u8>, SearchFault>;
    /// Opens an index of so many documents.
    ///
    /// # Errors
    /// [`SearchFault`]
    async fn open(&self, documents: u32, index: &[u8]) -> Result<Rc<dyn OpenIndex>, SearchFault>;
    /// The line where the first of these terms is in a text ([`frond_search::line`]).
    ///
    /// # Errors
    /// [`SearchFault`]
    async fn line(
        &self,
        text: &str,
        required: &[String],
        other: &[String],
    ) -> Result<Option<Line>, SearchFault>;
    /// Ends what has read texts or indexes.
    fn stop(&self);
}

/// An open index. Dropping it closes it.
#[async_trait(?Send)]
pub trait OpenIndex {
    /// The documents that have each of these terms ([`frond_search::Term::find`]).
    ///
    /// # Errors
    /// [`SearchFault`]; the index is then closed.
    async fn find(&self, terms: &[String]) -> Result<Vec<Vec<(u32, Match)>>, SearchFault>;
}

/// What a thumbnail is made of.
pub enum Depicted<'a> {
    /// An image, whose type and dimensions were checked.
    Image(&'a Bytes, MediaType),
    /// The first page of a PDF file.
    Page(&'a Picture),
    /// A video, by its URL ([`MediaSource`]).
    Video(&'a str),
}

/// Makes small pictures of files.
#[async_trait(?Send)]
pub trait Thumbnailer {
    /// A picture of at most `room` bytes, in a format for an `<img>`; `None` if there is none, for
    /// any reason.
    async fn thumbnail(&self, of: Depicted<'_>, room: usize) -> Option<Vec<u8>>;
}

/// A password strength meter (zxcvbn), loaded on first use.
#[async_trait(?Send)]
pub trait Meter {
    /// Decimal logarithm of the number of guesses that a password takes; `inputs`, such as the
    /// username, count as guessed. `None` if the meter could not be loaded.
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64>;
    /// Terminates the instance that has processed passwords. The next call starts a new one.
    fn stop(&self) {}
}
