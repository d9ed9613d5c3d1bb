//! The requests of a multipart upload, one function an S3 action. Only `NoSuchUpload` means that
//! the upload is gone: a 404 without it may come from anything between, and is asked again.

use std::collections::BTreeMap;
use std::rc::Rc;

use frond_wire::{Checksum, Operation, Part, UploadId};

use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::retry::{Verdict, judge};
use crate::transfer::xml::{self, ListedPart, NamedPart};

/// Largest answer in XML, in bytes: a thousand parts.
const MAX_XML: usize = 1024 * 1024;

/// What a store that took a part calls it.
pub(super) struct Taken {
    /// Where it can be read.
    pub(super) etag: Option<String>,
    /// What was verified.
    pub(super) checksum: Option<Checksum>,
}

impl Work<'_> {
    /// The upload's id, as the event or this device has it.
    fn upload_id(&self) -> Result<UploadId, TransferError> {
        UploadId::parse(&self.job.upload).map_err(|_| TransferError::InvalidResponse)
    }

    /// [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html); nothing
    /// where the upload is gone. Parts that are not as long as they must be are left out: they are
    /// sent again. Asked beside all else, for the journal may need it.
    pub(super) async fn list_parts(
        &self,
    ) -> Result<Option<BTreeMap<u32, ListedPart>>, TransferError> {
        let mut parts = BTreeMap::new();
        let mut after = None;
        loop {
            let (object, upload) = (self.job.id, self.upload_id()?);
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
            // Each page goes on where the last one ended, so this ends.
            if !more || u64::from(after.unwrap_or(u32::MAX)) >= self.layout.parts() {
                return Ok(Some(parts));
            }
        }
    }

    /// [UploadPart](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html), one try
    /// with the bucket's own patience. Nothing where the upload is gone.
    pub(super) async fn upload_part(
        &self,
        part: u32,
        body: Rc<Bytes>,
    ) -> Result<Option<Taken>, TransferError> {
        let (object, upload, length) = (self.job.id, self.upload_id()?, length(&body));
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
    /// every part bound by its ETag and, where the store knows it, its checksum. False where upload
    /// or parts are others than we think.
    ///
    /// True says nothing: the reply may be cut, or an error under status 200. What lies there
    /// decides.
    pub(super) async fn complete_upload(&self, parts: &[NamedPart]) -> Result<bool, TransferError> {
        let operation =
            Operation::CompleteUpload { object: self.job.id, upload: self.upload_id()? };
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
            // A store with conditional writes: something is there.
            Answer::Exists => Ok(true),
            Answer::OutOfRange => Err(TransferError::InvalidResponse),
        }
    }
}

fn part_number(part: u32) -> Result<Part, TransferError> {
    Part::new(part).map_err(|_| TransferError::InvalidResponse)
}
