//! A store that is always right: what S3 answers to each operation. What goes wrong on the way is
//! `weather`'s.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::rc::Rc;

use data_encoding::HEXLOWER;
use frond::checksum::checksum as checksum_of;
use frond::port::{Request, Response};
use frond_wire::{
    AccountId, ChecksumAlgorithm, Key, Listing, Name, Operation, Part, SnapshotId, Vault,
};
use md5::{Digest, Md5};

use crate::cipher::name;
use crate::gate::civil;
use crate::net::BEGAN;
use crate::random::Random;

/// Keys on one page of a listing: few, so that there are pages.
pub(crate) const PAGE: usize = 4;

struct Stored {
    bytes: Rc<Vec<u8>>,
    /// When it was written, for lists that run behind.
    at: u64,
}

struct Upload {
    object: String,
    /// When it began.
    at: u64,
    parts: BTreeMap<u32, (String, Rc<Vec<u8>>)>,
}

/// Objects, events, journals and snapshots by key, without the vault's own prefix; uploads by their
/// ids.
#[derive(Default)]
pub struct Bucket {
    pub account: RefCell<String>,
    stored: RefCell<BTreeMap<String, Stored>>,
    uploads: RefCell<BTreeMap<String, Upload>>,
    made: Cell<u64>,
    /// Whether it knows `If-None-Match`: Garage, for one, overwrites instead.
    pub conditional: Cell<bool>,
    /// Whether an upload that is aborted goes on all the same: no store does that.
    pub ignores_aborts: Cell<bool>,
    /// What CORS keeps from the page. A store that hides ETags lists none either.
    pub hides_etags: Cell<bool>,
    pub hides_ranges: Cell<bool>,
    /// Whether it says of everything that it was written long ago.
    pub backdates: Cell<bool>,
}

impl Bucket {
    /// Carries one operation out; a list shows what was there `behind` milliseconds ago.
    pub fn perform(
        &self,
        operation: &Operation,
        request: &Request,
        now: u64,
        behind: u64,
    ) -> Response {
        let checked = match operation {
            Operation::Put { name: Name::Object(_), checksum, .. }
            | Operation::UploadPart { checksum, .. } => Some(checksum),
            _ => None,
        };
        let expected = checksum_of(ChecksumAlgorithm::Crc32c, &request.body);
        if checked.is_some_and(|checksum| checksum.as_ref() != Some(&expected)) {
            return error(400, "BadDigest");
        }
        match operation {
            Operation::Put { name, length, .. } => {
                let key = key(name);
                if u64::try_from(request.body.len()).unwrap() != *length || *length == 0 {
                    return error(400, "IncompleteBody");
                }
                if self.refuses(&key) {
                    return error(412, "PreconditionFailed");
                }
                let stored = Stored { bytes: Rc::new(request.body.to_vec()), at: now };
                self.stored.borrow_mut().insert(key, stored);
                answer(200, Vec::new())
            }
            Operation::Get(name) => self.get(&key(name), request),
            Operation::Head(object) => match self.object(&object.to_string()) {
                Some(bytes) => {
                    with(answer(200, Vec::new()), "content-length", bytes.len().to_string())
                }
                None => answer(404, Vec::new()),
            },
            Operation::Delete(name) => {
                self.stored.borrow_mut().remove(&key(name));
                answer(204, Vec::new())
            }
            Operation::List(listing) => {
                let folders = matches!(listing, Listing::Devices { .. });
                let after = VAULT.start_after(listing).map(relative);
                let prefix = relative(VAULT.prefix(listing));
                self.list(&prefix, after, folders, now.saturating_sub(behind))
            }
            Operation::CreateUpload(object) => self.create(&object.to_string(), now),
            Operation::UploadPart { upload, part, length, .. } => {
                self.part(upload.as_str(), part.get(), *length, request)
            }
            Operation::ListParts { upload, after, .. } => {
                self.list_parts(upload.as_str(), after.map(Part::get))
            }
            Operation::ListUploads { object } => {
                self.list_uploads(object.map(|object| object.to_string()).as_deref())
            }
            Operation::CompleteUpload { object, upload } => {
                self.complete(&object.to_string(), upload.as_str(), request, now)
            }
            Operation::AbortUpload { .. } if self.ignores_aborts.get() => answer(204, Vec::new()),
            Operation::AbortUpload { upload, .. } => {
                let there = self.uploads.borrow_mut().remove(upload.as_str()).is_some();
                if there { answer(204, Vec::new()) } else { error(404, "NoSuchUpload") }
            }
        }
    }

    /// Number of snapshots.
    pub fn manifests(&self) -> usize {
        let is_manifest = |id: &String| SnapshotId::parse(id).unwrap().is_manifest();
        self.keys("snapshots/").iter().filter(|id| is_manifest(id)).count()
    }

    /// Loses, cuts or changes some pages and manifests; what is left of them may be old.
    pub fn spoil_snapshots(&self, random: &Random) {
        for id in self.keys("snapshots/") {
            let key = format!("snapshots/{id}");
            let mut stored = self.stored.borrow_mut();
            let Some(one) = stored.get_mut(&key) else { continue };
            let mut bytes = one.bytes.to_vec();
            match random.below(5) {
                0 => drop(stored.remove(&key)),
                1 => {
                    bytes.truncate(bytes.len() / 2);
                    one.bytes = Rc::new(bytes);
                }
                2 => {
                    let length = u64::try_from(bytes.len()).unwrap();
                    let at = usize::try_from(random.below(length)).unwrap();
                    bytes[at] ^= 1;
                    one.bytes = Rc::new(bytes);
                }
                _ => {}
            }
        }
    }

    /// Whether a conditional write to this key fails.
    fn refuses(&self, key: &str) -> bool {
        self.conditional.get() && self.stored.borrow().contains_key(key)
    }

    fn get(&self, key: &str, request: &Request) -> Response {
        let stored = self.stored.borrow();
        let Some(Stored { bytes, .. }) = stored.get(key) else { return error(404, "NoSuchKey") };
        let Some((first, end)) = range(request) else { return answer(200, bytes.to_vec()) };
        if first >= bytes.len() {
            return error(416, "InvalidRange");
        }
        let end = end.min(bytes.len());
        let response = answer(206, bytes[first..end].to_vec());
        if self.hides_ranges.get() {
            return response;
        }
        with(response, "content-range", format!("bytes {first}-{}/{}", end - 1, bytes.len()))
    }

    fn create(&self, object: &str, at: u64) -> Response {
        self.made.set(self.made.get() + 1);
        let id = format!("u{}", self.made.get());
        let body = format!(
            "<InitiateMultipartUploadResult>\
             <UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
        );
        let upload = Upload { object: object.to_owned(), at, parts: BTreeMap::new() };
        self.uploads.borrow_mut().insert(id, upload);
        answer(200, body.into_bytes())
    }

    fn part(&self, upload: &str, part: u32, length: u64, request: &Request) -> Response {
        let mut uploads = self.uploads.borrow_mut();
        let Some(upload) = uploads.get_mut(upload) else { return error(404, "NoSuchUpload") };
        if u64::try_from(request.body.len()).unwrap() != length {
            return error(400, "IncompleteBody");
        }
        let etag = format!("\"{}\"", name(&request.body.bytes()));
        upload.parts.insert(part, (etag.clone(), Rc::new(request.body.to_vec())));
        let response = answer(200, Vec::new());
        if self.hides_etags.get() { response } else { with(response, "etag", etag) }
    }

    fn list_parts(&self, upload: &str, after: Option<u32>) -> Response {
        let uploads = self.uploads.borrow();
        let Some(upload) = uploads.get(upload) else { return error(404, "NoSuchUpload") };
        let rest: Vec<_> =
            upload.parts.iter().filter(|(number, _)| Some(**number) > after).collect();
        let mut body = String::from("<ListPartsResult>");
        for (number, (etag, bytes)) in rest.iter().take(PAGE) {
            let size = bytes.len();
            write!(
                body,
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>\
                 <Size>{size}</Size></Part>"
            )
            .unwrap();
        }
        write!(body, "<IsTruncated>{}</IsTruncated></ListPartsResult>", rest.len() > PAGE).unwrap();
        answer(200, body.into_bytes())
    }

    fn list_uploads(&self, object: Option<&str>) -> Response {
        let mut body = String::from("<ListMultipartUploadsResult>");
        for (id, upload) in self.uploads.borrow().iter() {
            if object.is_none_or(|object| object == upload.object) {
                let key = self.full(&object_key(&upload.object));
                let at = self.written(upload.at);
                write!(
                    body,
                    "<Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
                     <Initiated>{at}</Initiated></Upload>"
                )
                .unwrap();
            }
        }
        body.push_str("<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
        answer(200, body.into_bytes())
    }

    fn complete(&self, object: &str, upload: &str, request: &Request, now: u64) -> Response {
        if self.refuses(&object_key(object)) {
            return error(412, "PreconditionFailed");
        }
        let mut uploads = self.uploads.borrow_mut();
        let Some(found) = uploads.get(upload).filter(|found| found.object == object) else {
            return error(404, "NoSuchUpload");
        };
        let named = String::from_utf8(request.body.to_vec()).unwrap();
        let mut whole = Vec::new();
        let mut last = 0;
        for part in named.split("<Part>").skip(1) {
            let number: u32 = between(part, "<PartNumber>", "</PartNumber>").parse().unwrap();
            if number <= last {
                return error(400, "InvalidPartOrder");
            }
            last = number;
            match found.parts.get(&number) {
                Some((etag, bytes)) if etag == between(part, "<ETag>", "</ETag>") => {
                    whole.extend_from_slice(bytes)
                }
                _ => return error(400, "InvalidPart"),
            }
        }
        uploads.remove(upload);
        self.stored
            .borrow_mut()
            .insert(object_key(object), Stored { bytes: Rc::new(whole), at: now });
        answer(200, b"<CompleteMultipartUploadResult/>".to_vec())
    }

    /// ListObjectsV2 of what was there at `seen`; with `folders` only what lies one level down.
    fn list(&self, below: &str, after: Option<String>, folders: bool, seen: u64) -> Response {
        let stored = self.stored.borrow();
        let keys = stored.range(below.to_owned()..).take_while(|(key, _)| key.starts_with(below));
        let keys = keys
            .filter(|(key, one)| one.at <= seen && after.as_ref().is_none_or(|after| *key > after));
        let mut names = BTreeSet::new();
        for (key, _) in keys {
            let folder = key.split_at(below.len()).1.find('/').filter(|_| folders);
            names.insert(folder.map_or(key.as_str(), |at| key.split_at(below.len() + at + 1).0));
            if names.len() > PAGE {
                break;
            }
        }
        let mut body =
            format!("<ListBucketResult><IsTruncated>{}</IsTruncated>", names.len() > PAGE);
        for name in names.iter().take(PAGE) {
            let stored = stored.get(*name);
            let (size, at) = stored.map_or((0, 0), |stored| (stored.bytes.len(), stored.at));
            let etag = stored.filter(|_| !self.hides_etags.get()).map_or_else(String::new, md5);
            let (name, at) = (self.full(name), self.written(at));
            let end = if folders {
                write!(body, "<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>")
            } else {
                write!(
                    body,
                    "<Contents><Key>{name}</Key><LastModified>{at}</LastModified>\
                     <Size>{size}</Size>{etag}</Contents>"
                )
            };
            end.unwrap();
        }
        body.push_str("</ListBucketResult>");
        answer(200, body.into_bytes())
    }

    /// When something was written, as a list says it.
    fn written(&self, at: u64) -> String {
        if self.backdates.get() { "2020-01-01T00:00:00.000Z".to_owned() } else { iso(at) }
    }

    fn full(&self, key: &str) -> String {
        format!("vaults/{}/{key}", self.account.borrow())
    }

    /// The stored object, if it is there.
    pub fn object(&self, id: &str) -> Option<Rc<Vec<u8>>> {
        self.stored.borrow().get(&object_key(id)).map(|one| Rc::clone(&one.bytes))
    }

    /// All keys that begin so, without the beginning.
    pub fn keys(&self, below: &str) -> Vec<String> {
        let stored = self.stored.borrow();
        stored.keys().filter_map(|key| key.strip_prefix(below).map(str::to_owned)).collect()
    }

    /// The store loses something: a fault that no client can mend, for showing that it is noticed.
    pub fn lose(&self, key: &str) {
        self.stored.borrow_mut().remove(key);
    }

    /// An object that nobody named.
    pub fn leave(&self, id: &str, at: u64) {
        self.stored
            .borrow_mut()
            .insert(object_key(id), Stored { bytes: Rc::new(vec![7; 700]), at });
    }

    /// The ids of all unfinished uploads.
    pub fn unfinished(&self) -> Vec<String> {
        self.uploads.borrow().keys().cloned().collect()
    }

    /// A lifecycle rule aborts an upload.
    pub fn expire(&self, upload: &str) {
        self.uploads.borrow_mut().remove(upload);
    }
}

/// The ETag of an object, as a list says it.
fn md5(stored: &Stored) -> String {
    let md5 = Md5::digest(stored.bytes.as_slice());
    format!("<ETag>\"{}\"</ETag>", HEXLOWER.encode(&md5))
}

/// Milliseconds since the world began, as S3 writes times.
fn iso(ms: u64) -> String {
    let ((year, month, day), rest) = civil(BEGAN + ms / 1000);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Keys are kept without this: there is one account.
const VAULT: Vault = Vault(AccountId::from_bytes([0; 16]));

fn relative(key: Key) -> String {
    key.as_str().strip_prefix(VAULT.all().as_str()).unwrap().to_owned()
}

fn key(name: &Name) -> String {
    relative(VAULT.name(name))
}

fn object_key(id: &str) -> String {
    format!("objects/{id}")
}

/// First byte and end of the asked range.
pub fn range(request: &Request) -> Option<(usize, usize)> {
    let (_, range) = request.headers.iter().find(|(name, _)| name == "range")?;
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<usize>().ok()? + 1))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

pub fn answer(status: u16, body: Vec<u8>) -> Response {
    Response { status, headers: Vec::new(), body }
}

pub fn error(status: u16, code: &str) -> Response {
    answer(status, format!("<Error><Code>{code}</Code></Error>").into_bytes())
}

pub fn with(mut response: Response, name: &str, value: String) -> Response {
    response.headers.push((name.to_owned(), value));
    response
}
