//! What a good store does with an operation.

use data_encoding::{BASE64, HEXLOWER};
use frond::bytes::Bytes;
use frond::port::{Request, Response};
use frond_wire::{Checksum, Listing, Name, ObjectId, Operation, Part};
use sha2::Digest;

use super::FakeStore;

impl FakeStore {
    pub(super) fn perform(&self, operation: &Operation, request: &Request) -> Response {
        if !is_intact(operation, &request.body) {
            return refusal(400, "BadDigest");
        }
        if let Operation::Put { length, .. } | Operation::UploadPart { length, .. } = operation {
            assert_eq!(*length, u64::try_from(request.body.len()).unwrap());
        }
        match operation {
            Operation::Put { name: Name::Object(object), .. } => {
                self.put(object.to_string(), &request.body)
            }
            Operation::Head(object) => self.head(&object.to_string()),
            Operation::Get(Name::Object(object)) => self.get(&object.to_string(), request),
            Operation::UploadPart { upload, part, checksum, .. } => {
                self.put_part(upload.to_string(), part.get(), checksum.as_ref(), &request.body)
            }
            Operation::ListParts { upload, after, .. } => {
                self.list_parts(&upload.to_string(), after.map(Part::get))
            }
            Operation::CompleteUpload { object, upload } => {
                self.complete(object.to_string(), &upload.to_string(), &request.body)
            }
            Operation::Put { name: Name::Journal(object, part), .. } => {
                self.put_page((object.to_string(), part.get()), &request.body)
            }
            Operation::Get(Name::Journal(object, part)) => {
                match self.journals.borrow().get(&(object.to_string(), part.get())) {
                    Some(page) => answer(200, page.clone()),
                    None => refusal(404, "NoSuchKey"),
                }
            }
            Operation::Delete(Name::Journal(object, part)) => {
                self.journals.borrow_mut().remove(&(object.to_string(), part.get()));
                answer(204, Vec::new())
            }
            Operation::List(Listing::Journal { object, .. }) => {
                self.list_pages(&object.to_string())
            }
            Operation::List(Listing::Objects { after }) => self.list_objects(after.as_ref()),
            other => panic!("no transfer asks for {other:?}"),
        }
    }

    fn put(&self, object: String, body: &Bytes) -> Response {
        let mut objects = self.objects.borrow_mut();
        if objects.contains_key(&object) {
            return refusal(412, "PreconditionFailed");
        }
        objects.insert(object.clone(), body.to_vec());
        let etag = self.etag(&body.bytes());
        self.etags.borrow_mut().insert(object, etag.clone());
        with_etag(answer(200, Vec::new()), etag)
    }

    fn head(&self, object: &str) -> Response {
        let objects = self.objects.borrow();
        let Some(bytes) = objects.get(object) else { return answer(404, Vec::new()) };
        let put = self.etags.borrow().get(object).cloned();
        let mut response = answer(200, Vec::new());
        response.headers.push(("content-length".to_owned(), bytes.len().to_string()));
        response.headers.push(("etag".to_owned(), put.unwrap_or_else(|| self.etag(bytes))));
        response
    }

    /// Two objects a page.
    fn list_objects(&self, after: Option<&ObjectId>) -> Response {
        let (objects, etags) = (self.objects.borrow(), self.etags.borrow());
        let after = after.map(ObjectId::to_string);
        let mut rest = objects.iter().filter(|(id, _)| Some(*id) > after.as_ref());
        let page = rest.by_ref().take(2).map(|(id, bytes)| {
            let etag = etags.get(id).cloned().unwrap_or_else(|| self.etag(bytes));
            format!(
                "<Contents><Key>vaults/a/objects/{id}</Key><ETag>{etag}</ETag><Size>{}</Size>\
                 <LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>",
                bytes.len()
            )
        });
        let page: String = page.collect();
        let more = rest.next().is_some();
        let body =
            format!("<ListBucketResult>{page}<IsTruncated>{more}</IsTruncated></ListBucketResult>");
        answer(200, body.into_bytes())
    }

    fn get(&self, object: &str, request: &Request) -> Response {
        let objects = self.objects.borrow();
        let Some(bytes) = objects.get(object) else { return refusal(404, "NoSuchKey") };
        let (first, last) = range(request);
        if first >= bytes.len() {
            return refusal(416, "InvalidRange");
        }
        self.part_of(bytes, first, last.min(bytes.len() - 1))
    }

    /// The answer to a request for these bytes, both ends included.
    pub(super) fn part_of(&self, bytes: &[u8], first: usize, last: usize) -> Response {
        let mut response = answer(206, bytes[first..=last].to_vec());
        if !self.hides_ranges.get() {
            let range = format!("bytes {first}-{last}/{}", bytes.len());
            response.headers.push(("content-range".to_owned(), range));
        }
        response
    }

    fn put_part(
        &self,
        upload: String,
        part: u32,
        checksum: Option<&Checksum>,
        body: &Bytes,
    ) -> Response {
        if self.has_ended(&upload) {
            return refusal(404, "NoSuchUpload");
        }
        if let Some(Checksum::Crc32c(value)) = checksum {
            self.verified.borrow_mut().insert((upload.clone(), part), value.clone());
        }
        self.uploads.borrow_mut().entry(upload).or_default().insert(part, body.to_vec());
        with_etag(answer(200, Vec::new()), self.etag(&body.bytes()))
    }

    /// One part a page.
    fn list_parts(&self, upload: &str, after: Option<u32>) -> Response {
        if self.has_ended(upload) {
            return refusal(404, "NoSuchUpload");
        }
        let mut uploads = self.uploads.borrow_mut();
        let parts = uploads.entry(upload.to_owned()).or_default();
        let mut rest = parts.iter().filter(|(number, _)| Some(**number) > after);
        let first = rest.next().map(|(number, bytes)| {
            let (size, etag, crc) = (bytes.len(), self.etag(bytes), self.verified(upload, *number));
            format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{crc}\
                 <Size>{size}</Size></Part>"
            )
        });
        let more = rest.next().is_some();
        let body = format!(
            "<ListPartsResult>{}<IsTruncated>{more}</IsTruncated></ListPartsResult>",
            first.unwrap_or_default()
        );
        answer(200, body.into_bytes())
    }

    fn complete(&self, object: String, upload: &str, body: &Bytes) -> Response {
        if self.has_ended(upload) {
            return refusal(404, "NoSuchUpload");
        }
        let parts = self.uploads.borrow().get(upload).cloned().unwrap_or_default();
        let part = |(number, bytes): (&u32, &Vec<u8>)| {
            let (etag, crc) = (self.etag(bytes), self.verified(upload, *number));
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{crc}</Part>")
        };
        let there: String = parts.iter().map(part).collect();
        let there = format!("<CompleteMultipartUpload>{there}</CompleteMultipartUpload>");
        let named = String::from_utf8(body.to_vec()).unwrap();
        if !self.ignores_etags.get() && named != there {
            return refusal(400, "InvalidPart");
        }
        self.abort(upload);
        self.objects.borrow_mut().insert(object, parts.into_values().flatten().collect());
        answer(200, b"<CompleteMultipartUploadResult/>".to_vec())
    }

    fn put_page(&self, page: (String, u32), body: &Bytes) -> Response {
        let mut journals = self.journals.borrow_mut();
        if journals.contains_key(&page) {
            return refusal(412, "PreconditionFailed");
        }
        journals.insert(page, body.to_vec());
        answer(200, Vec::new())
    }

    fn list_pages(&self, object: &str) -> Response {
        let journals = self.journals.borrow();
        let pages = journals.keys().filter(|(of, _)| of == object);
        let keys = pages.map(|(of, part)| {
            format!("<Contents><Key>vaults/a/uploads/{of}/{part:05}</Key></Contents>")
        });
        let body = format!("<ListBucketResult>{}</ListBucketResult>", keys.collect::<String>());
        answer(200, body.into_bytes())
    }

    fn etag(&self, body: &[u8]) -> String {
        let mut md5 = md5::Md5::digest(body);
        if self.encrypts.get() {
            md5.reverse();
        }
        format!("\"{}\"", HEXLOWER.encode(&md5))
    }

    fn has_ended(&self, upload: &str) -> bool {
        self.ended.borrow().iter().any(|ended| ended == upload)
    }

    /// The checksum of a part, as lists and Complete spell it.
    fn verified(&self, upload: &str, part: u32) -> String {
        let verified = self.verified.borrow();
        let value = verified.get(&(upload.to_owned(), part));
        value.map(|value| format!("<ChecksumCRC32C>{value}</ChecksumCRC32C>")).unwrap_or_default()
    }
}

/// First and last byte that a request asks for.
pub(super) fn range(request: &Request) -> (usize, usize) {
    let (_, range) = request.headers.iter().find(|(name, _)| name == "range").unwrap();
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

/// Whether a body has the checksum that was signed.
fn is_intact(operation: &Operation, body: &Bytes) -> bool {
    let (Operation::Put { checksum, .. } | Operation::UploadPart { checksum, .. }) = operation
    else {
        return true;
    };
    let body = body.bytes();
    match checksum {
        None => true,
        Some(Checksum::Crc32c(value)) => {
            *value == BASE64.encode(&crc32c::crc32c(&body).to_be_bytes())
        }
        Some(Checksum::Sha256(value)) => *value == BASE64.encode(&sha2::Sha256::digest(&body)),
        Some(Checksum::Md5(value)) => *value == BASE64.encode(&md5::Md5::digest(&body)),
    }
}

fn with_etag(mut response: Response, etag: String) -> Response {
    response.headers.push(("etag".to_owned(), etag));
    response
}

pub(super) fn answer(status: u16, body: Vec<u8>) -> Response {
    Response { status, headers: Vec::new(), body }
}

pub(super) fn refusal(status: u16, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code></Error>");
    answer(status, body.into_bytes())
}
