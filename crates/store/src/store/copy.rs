//! CopyObject and UploadPartCopy, within the bucket.
//!
//! The bytes are copied, so that each blob has one reference, and verified on the way: a source
//! that no longer matches its stored ETag and checksums is not copied.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use data_encoding::{BASE64, HEXLOWER};
use s3s::dto::{
    ChecksumAlgorithm, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult,
    CopySource, ETag, ETagCondition, MetadataDirective, StreamingBlob, UploadPartCopyInput,
    UploadPartCopyOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::conditions::Conditions;
use super::get::{Opened, satisfy};
use super::multipart::part_number;
use super::put::MAX_BODY;
use super::{Store, attributes_of};
use crate::checksums::with_checksums;
use crate::clock::{now, timestamp};
use crate::digest::Claims;
use crate::index::{Body, Checksums, Object, Part, Precondition};
use crate::receive::{Announced, Received, receive};

impl Store {
    pub(super) async fn copy(&self, req: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
        let S3Request { input, headers, .. } = req;
        self.only(&input.bucket)?;
        let source = self.source(&input.copy_source)?;
        let replaced = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
            None | Some(MetadataDirective::COPY) if source == input.key => {
                return Err(s3_error!(
                    InvalidRequest,
                    "A copy onto itself must replace the metadata."
                ));
            }
            None | Some(MetadataDirective::COPY) => None,
            Some(MetadataDirective::REPLACE) => Some(attributes_of!(input)),
            Some(_) => {
                return Err(s3_error!(
                    InvalidArgument,
                    "The metadata directive is COPY or REPLACE."
                ));
            }
        };
        let conditions = Conditions {
            if_match: input.copy_source_if_match,
            if_none_match: input.copy_source_if_none_match,
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        };
        let precondition = Precondition {
            if_match: etag(&headers, IF_MATCH)?,
            if_none_match: etag(&headers, IF_NONE_MATCH)?,
        };
        let key = input.key;
        let (early_key, early) = (key.clone(), precondition.clone());
        self.ask(move |index| index.check(&early_key, &early)).await?;

        let opened = self
            .open(source, |object| {
                conditions.check_source(object)?;
                has_checksum(object, input.checksum_algorithm.as_ref())?;
                Ok(0..object.size)
            })
            .await?;
        let attributes = replaced.unwrap_or_else(|| opened.object.attributes.clone());
        let size = opened.object.size;
        let Received { draft, digests } = self.duplicate(opened).await?;
        let (etag, modified, checksums) = (digests.etag(), now(), digests.checksums);
        let body = Body::Blob(draft.id());
        let object = Object {
            size,
            etag: etag.clone(),
            modified,
            attributes,
            checksums: checksums.clone(),
            body,
        };
        self.commit(draft, move |index| index.put(&key, &object, &precondition)).await?;
        let result = with_checksums!(
            checksums,
            CopyObjectResult {
                e_tag: Some(ETag::Strong(etag)),
                last_modified: Some(timestamp(modified)),
                checksum_type: None,
            }
        );
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
    }

    pub(super) async fn copy_part(
        &self,
        input: UploadPartCopyInput,
    ) -> S3Result<UploadPartCopyOutput> {
        self.only(&input.bucket)?;
        let source = self.source(&input.copy_source)?;
        let number = part_number(input.part_number)?;
        let range = match input.copy_source_range.as_deref().map(s3s::dto::Range::parse) {
            None => None,
            Some(Ok(range @ s3s::dto::Range::Int { last: Some(_), .. })) => Some(range),
            Some(_) => {
                return Err(s3_error!(InvalidArgument, "The range to copy is bytes=first-last."));
            }
        };
        let conditions = Conditions {
            if_match: input.copy_source_if_match,
            if_none_match: input.copy_source_if_none_match,
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        };
        let (key, id) = (input.key, input.upload_id);
        let (early_key, early_id) = (key.clone(), id.clone());
        self.ask(move |index| index.upload(&early_key, &early_id)).await?;

        let opened = self
            .open(source, |object| {
                conditions.check_source(object)?;
                match range {
                    None => Ok(0..object.size),
                    // Unlike for GET, not clamped: the part would be shorter than the client
                    // expects.
                    Some(s3s::dto::Range::Int { last: Some(last), .. }) if last >= object.size => {
                        Err(s3_error!(InvalidRange, "The source has no such bytes."))
                    }
                    Some(range) => satisfy(range, object.size),
                }
            })
            .await?;
        let size = opened.bytes.end.saturating_sub(opened.bytes.start);
        let Received { draft, digests } = self.duplicate(opened).await?;
        let (etag, modified, checksums) = (digests.etag(), now(), digests.checksums);
        let part = Part {
            size,
            etag: etag.clone(),
            modified,
            checksums: checksums.clone(),
            blob: draft.id(),
        };
        self.commit(draft, move |index| index.put_part(&key, &id, number, &part)).await?;
        let result = with_checksums!(
            checksums,
            CopyPartResult {
                e_tag: Some(ETag::Strong(etag)),
                last_modified: Some(timestamp(modified)),
            }
        );
        Ok(UploadPartCopyOutput {
            copy_part_result: Some(result),
            ..UploadPartCopyOutput::default()
        })
    }

    /// The key of a source, which must be in this bucket.
    fn source<'a>(&self, source: &'a CopySource) -> S3Result<&'a str> {
        match source {
            CopySource::Bucket { bucket, key, version_id } => {
                self.only(bucket)?;
                match version_id.as_deref() {
                    None | Some("null") => Ok(key),
                    Some(_) => Err(s3_error!(NoSuchVersion, "The store keeps no versions.")),
                }
            }
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
                Err(s3_error!(NotImplemented, "The store has no access points."))
            }
        }
    }

    /// A new blob with the opened bytes.
    async fn duplicate(&self, opened: Opened) -> S3Result<Received> {
        let Opened { object, bytes, reader } = opened;
        let length = bytes.end.saturating_sub(bytes.start);
        if length > MAX_BODY {
            return Err(s3_error!(
                InvalidRequest,
                "One copy may be of 5 GiB; larger ones are made in parts."
            ));
        }
        let (md5, checksums) = match object.body {
            Body::Blob(_) if length == object.size => (stored_md5(&object), object.checksums),
            // Digests are known only for the whole object.
            Body::Blob(_) | Body::Parts(_) => (None, Checksums::default()),
        };
        let claims = Claims::new(md5, checksums, &HeaderMap::new(), None);
        let announced = Announced { length, hashed: false, claims };
        let body = StreamingBlob::wrap(reader.stream());
        receive(&self.0.blobs, Some(body), announced).await.map_err(broken_source)
    }
}

/// The ETag of an object stored as one blob, in the form of Content-MD5.
fn stored_md5(object: &Object) -> Option<String> {
    Some(BASE64.encode(&HEXLOWER.decode(object.etag.as_bytes()).ok()?))
}

/// [`receive`] blames the sender of the body; here the fault is the store's own: the source was
/// deleted during the read, or the disk returned other bytes than were written.
fn broken_source(error: S3Error) -> S3Error {
    match error.code() {
        S3ErrorCode::IncompleteBody => {
            s3_error!(OperationAborted, "The source went away while it was copied.")
        }
        S3ErrorCode::BadDigest => {
            tracing::error!(
                "an object does not have the digests it was stored with; it was not copied"
            );
            s3_error!(InternalError, "The source is damaged; nothing was copied.")
        }
        _ => error,
    }
}

/// A copy keeps the checksums of its source; others are not computed.
fn has_checksum(object: &Object, asked: Option<&ChecksumAlgorithm>) -> S3Result<()> {
    let Checksums { crc32, crc32c, crc64nvme, sha1, sha256 } = &object.checksums;
    let stored = match asked.map(ChecksumAlgorithm::as_str) {
        None => return Ok(()),
        Some(ChecksumAlgorithm::CRC32) => crc32,
        Some(ChecksumAlgorithm::CRC32C) => crc32c,
        Some(ChecksumAlgorithm::CRC64NVME) => crc64nvme,
        Some(ChecksumAlgorithm::SHA1) => sha1,
        Some(ChecksumAlgorithm::SHA256) => sha256,
        Some(_) => &None,
    };
    if stored.is_some() {
        return Ok(());
    }
    Err(s3_error!(NotImplemented, "The source has no such checksum, and a copy computes none."))
}

/// If-Match and If-None-Match for the object that the copy replaces; `s3s` does not parse them
/// here.
fn etag(headers: &HeaderMap, name: HeaderName) -> S3Result<Option<ETagCondition>> {
    let condition =
        headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
    condition.transpose().map_err(|_| s3_error!(InvalidArgument, "A condition is no ETag."))
}
