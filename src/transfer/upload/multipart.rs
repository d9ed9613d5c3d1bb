//! The requests of a multipart upload, one function per S3 action. Only `NoSuchUpload` means that
//! the upload is gone: a 404 without it may come from any intermediary and is retried.

use std::collections::BTreeMap;
use std::rc::Rc;

use frond_wire::{Checksum, Operation, Part};

use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::object::UploadId;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::retry::{Verdict, judge};
use crate::transfer::xml::{self, ListedPart, NamedPart};

/// Maximum length of an XML response, in bytes: a thousand parts.
const MAX_XML: usize = 1024 * 1024;

/// The store's response to an uploaded part.
pub(super) struct Taken {
    /// The ETag, if CORS exposes it.
    pub(super) etag: Option<String>,
    /// The checksum that the store verified.
    pub(super) checksum: Option<Checksum>,
}

impl Work<'_> {
    /// The upload, which a file of several parts always has.
    fn upload(&self) -> Result<UploadId, TransferError> {
        self.job.upload.clone().ok_or(TransferError::InvalidResponse)
    }

    /// [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html); `None` if
    /// the upload is gone. Omits parts of the wrong length, which are sent again. Not subject to
    /// the request limit, because the journal may need it.
    pub(super) async fn list_parts(
        &self,
    ) -> Result<Option<BTreeMap<u32, ListedPart>>, TransferError> {
        let mut parts = BTreeMap::new();
        let mut after = None;
        loop {
            let (object, upload) = (self.job.id, self.upload()?);
            let from = after.map(part_number).transpose()?;
            let call = Call::new(Operation::ListParts { object, upload, after: from }, MAX_XML);
            let page = self.scheduler.beside(async || match self.bucket.call(&call).await? {
                Answer::Success(response) => xml::listed_parts(&response.body)
                    .map(Some)
                    .map_err(|_| TransferError::InvalidResponse),
                Answer::NoSuchUpload => Ok(None),
                Answer::NotFound => Err(TransferError::StoreDown),
                _ => Err(TransferError::InvalidResponse),
            });
            let Some((listed, more)) = page.await? else { return Ok(None) };
            for part in listed {
                if Some(part.number) <= after {
                    return Err(TransferError::InvalidResponse);
                }
                after = Some(part.number);
                let range = self.layout.part(part.number.into());
                if part.size == range.end.saturating_sub(range.start) && part.size > 0 {
                    parts.insert(part.number, part);
                }
            }
            // Each page must continue after the previous one, so this terminates.
            if !more || u64::from(after.unwrap_or(u32::MAX)) >= self.layout.parts() {
                return Ok(Some(parts));
            }
        }
    }

    /// [UploadPart](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html), with only
    /// the bucket's own retries. `None` if the upload is gone.
    pub(super) async fn upload_part(
        &self,
        part: u32,
        body: Rc<Bytes>,
    ) -> Result<Option<Taken>, TransferError> {
        let (object, upload, length) = (self.job.id, self.upload()?, length(&body));
        let number = part_number(part)?;
        let checksum = self.bucket.checksum(&body);
        let operation = Operation::UploadPart {
            object,
            upload,
            part: number,
            length,
            checksum: checksum.clone(),
        };
        let mut call = Call::new(operation, 0);
        call.body = body;
        let sent = |bytes| self.sent.part(part, bytes);
        match self.bucket.call_signed(&call, &Signed::default(), &sent).await? {
            Answer::Success(response) => {
                sent(length);
                Ok(Some(Taken { etag: response.header("etag").map(str::to_owned), checksum }))
            }
            Answer::NoSuchUpload => Ok(None),
            Answer::NotFound => Err(TransferError::StoreDown),
            Answer::Exists | Answer::InvalidPart | Answer::OutOfRange => {
                Err(TransferError::InvalidResponse)
            }
        }
    }

    /// [CompleteMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html),
    /// with every part bound by its ETag and, if the store has it, its checksum. False if the
    /// upload or its parts differ from what is expected.
    ///
    /// True proves nothing: the response may be truncated, or an error under status 200. The stored
    /// object decides.
    pub(super) async fn complete_upload(&self, parts: &[NamedPart]) -> Result<bool, TransferError> {
        let operation = Operation::CompleteUpload { object: self.job.id, upload: self.upload()? };
        let mut call = Call::with_body(operation, xml::complete_body(parts));
        call.max_response = MAX_XML;
        match self.bucket.call(&call).await? {
            Answer::Success(response) => match xml::completed(&response.body).unwrap_or_default() {
                None => Ok(true),
                Some(code) => match judge(400, Some(&code)) {
                    Verdict::Stop(error) => Err(error),
                    Verdict::NoSuchUpload | Verdict::InvalidPart => Ok(false),
                    _ => Ok(true),
                },
            },
            Answer::NoSuchUpload | Answer::InvalidPart => Ok(false),
            Answer::NotFound => Err(TransferError::StoreDown),
            // A store with conditional writes: the object already exists.
            Answer::Exists => Ok(true),
            Answer::OutOfRange => Err(TransferError::InvalidResponse),
        }
    }
}

fn part_number(part: u32) -> Result<Part, TransferError> {
    Part::new(part).map_err(|_| TransferError::InvalidResponse)
}
