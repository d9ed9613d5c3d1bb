//! GetObject and HeadObject.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use std::ops::Range;
use std::sync::Arc;

use axum::http::header::{CONTENT_RANGE, IF_RANGE};
use axum::http::{HeaderMap, HeaderValue};
use s3s::dto::{
    ChecksumMode, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    StreamingBlob,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::Store;
use super::conditions::Conditions;
use crate::checksums::with_checksums;
use crate::clock::http_date;
use crate::failure::blocking;
use crate::index::{Checksums, Object};
use crate::read::{Reader, cut};

/// Most retries of a lookup when an object is replaced between lookup and open.
const ATTEMPTS: usize = 5;

/// An object with a range of its bytes open for reading.
pub(super) struct Opened {
    pub(super) object: Object,
    /// The range.
    pub(super) bytes: Range<u64>,
    pub(super) reader: Reader,
}

impl Store {
    pub(super) async fn get(&self, req: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let S3Request { input, headers, .. } = req;
        self.only(&input.bucket)?;
        if input.part_number.is_some() {
            return Err(s3_error!(
                NotImplemented,
                "The store does not give single parts of an object."
            ));
        }
        let conditions = Conditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let range = |object: &Object| input.range.filter(|_| if_range_holds(&headers, object));
        let Opened { object, bytes, reader } = self
            .open(&input.key, |object| {
                conditions.check(object)?;
                range(object).map_or(Ok(0..object.size), |range| satisfy(range, object.size))
            })
            .await?;
        let partial = range(&object).is_some();
        Ok(found(object, &bytes, partial, input.checksum_mode.as_ref(), reader))
    }

    /// Opens the bytes of an object that `choose` selects, or fails as `choose` does.
    pub(super) async fn open(
        &self,
        key: &str,
        choose: impl Fn(&Object) -> S3Result<Range<u64>>,
    ) -> S3Result<Opened> {
        for _ in 0..ATTEMPTS {
            let key = key.to_owned();
            let (object, segments) = self
                .ask(move |index| {
                    let object = index.object(&key)?;
                    let segments = index.blobs_of(&object)?;
                    Ok((object, segments))
                })
                .await?;
            let bytes = choose(&object)?;
            let (blobs, segments) = (Arc::clone(&self.0.blobs), cut(segments, &bytes));
            if let Some(reader) = blocking(move || Ok(Reader::open(blobs, segments)?)).await? {
                return Ok(Opened { object, bytes, reader });
            }
        }
        Err(s3_error!(
            OperationAborted,
            "The object was replaced again and again while it was opened."
        ))
    }

    pub(super) async fn head(&self, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
        self.only(&input.bucket)?;
        let key = input.key;
        let object = self.ask(move |index| index.object(&key)).await?;
        let conditions = Conditions {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        conditions.check(&object)?;
        let checksums = shown(&object, input.checksum_mode.as_ref());
        Ok(with_checksums!(
            checksums,
            HeadObjectOutput {
                accept_ranges: Some("bytes".to_owned()),
                content_length: i64::try_from(object.size).ok(),
                e_tag: Some(ETag::Strong(object.etag)),
                last_modified: Some(http_date(object.modified)),
                content_type: object.attributes.content_type,
                content_encoding: object.attributes.content_encoding,
                content_language: object.attributes.content_language,
                content_disposition: object.attributes.content_disposition,
                cache_control: object.attributes.cache_control,
                metadata: Some(object.attributes.metadata.into_iter().collect()),
                ..HeadObjectOutput::default()
            }
        ))
    }
}

fn found(
    object: Object,
    bytes: &Range<u64>,
    partial: bool,
    mode: Option<&ChecksumMode>,
    reader: Reader,
) -> GetObjectOutput {
    // Clients would compare a checksum of the whole object with the partial content.
    let checksums = if partial { Checksums::default() } else { shown(&object, mode) };
    let last = bytes.end.saturating_sub(1);
    with_checksums!(
        checksums,
        GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::wrap(reader.stream())),
            content_length: i64::try_from(bytes.end.saturating_sub(bytes.start)).ok(),
            content_range: partial.then(|| format!("bytes {}-{last}/{}", bytes.start, object.size)),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(http_date(object.modified)),
            content_type: object.attributes.content_type,
            content_encoding: object.attributes.content_encoding,
            content_language: object.attributes.content_language,
            content_disposition: object.attributes.content_disposition,
            cache_control: object.attributes.cache_control,
            metadata: Some(object.attributes.metadata.into_iter().collect()),
            ..GetObjectOutput::default()
        }
    )
}

/// Checksums are sent only on request.
fn shown(object: &Object, mode: Option<&ChecksumMode>) -> Checksums {
    if mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED) {
        object.checksums.clone()
    } else {
        Checksums::default()
    }
}

/// If-Range (RFC 9110, 13.1.5): the range applies only if the client's part is of this object.
/// Dates are too coarse to tell, so a date never matches.
fn if_range_holds(headers: &HeaderMap, object: &Object) -> bool {
    headers
        .get(IF_RANGE)
        .is_none_or(|etag| etag.as_bytes() == format!("\"{}\"", object.etag).as_bytes())
}

pub(super) fn satisfy(range: s3s::dto::Range, size: u64) -> S3Result<Range<u64>> {
    match range.check(size) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => {
            let mut error =
                S3Error::with_message(S3ErrorCode::InvalidRange, "The object has no such bytes.");
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
                error.set_headers(HeaderMap::from_iter([(CONTENT_RANGE, value)]));
            }
            Err(error)
        }
    }
}
