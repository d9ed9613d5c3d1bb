//! PutObject.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use axum::http::HeaderMap;
use s3s::dto::{ContentLength, ETag, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Result, s3_error};

use super::{Store, attributes_of};
use crate::checksums::{checksums_of, with_checksums};
use crate::clock::now;
use crate::digest::Claims;
use crate::index::{Body, Object, Precondition};
use crate::receive::{Announced, Received, receive};

/// Largest body of one request, in bytes: 5 GiB, as on AWS.
pub(super) const MAX_BODY: u64 = 5 * 1024 * 1024 * 1024;

impl Store {
    pub(super) async fn put(&self, req: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let S3Request { input, headers, trailing_headers, .. } = req;
        self.only(&input.bucket)?;
        let checksums = checksums_of!(input);
        let claims = Claims::new(input.content_md5, checksums, &headers, trailing_headers);
        let announced = announced(input.content_length, &headers, claims)?;
        let size = announced.length;
        let attributes = attributes_of!(input);
        let key = input.key;
        let precondition =
            Precondition { if_match: input.if_match, if_none_match: input.if_none_match };

        // An early refusal saves sending the body (Expect: 100-continue). The authoritative check
        // follows below.
        let (early_key, early) = (key.clone(), precondition.clone());
        self.ask(move |index| index.check(&early_key, &early)).await?;

        let Received { draft, digests } = receive(&self.0.blobs, input.body, announced).await?;
        let etag = digests.etag();
        let checksums = digests.checksums;
        let object = Object {
            size,
            etag: etag.clone(),
            modified: now(),
            attributes,
            checksums: checksums.clone(),
            body: Body::Blob(draft.id()),
        };
        self.commit(draft, move |index| index.put(&key, &object, &precondition)).await?;
        Ok(with_checksums!(
            checksums,
            PutObjectOutput { e_tag: Some(ETag::Strong(etag)), ..PutObjectOutput::default() }
        ))
    }
}

/// What a request announces about its body; without a length it is refused (411).
pub(super) fn announced(
    length: Option<ContentLength>,
    headers: &HeaderMap,
    claims: Claims,
) -> S3Result<Announced> {
    let Some(length) = length.and_then(|length| u64::try_from(length).ok()) else {
        return Err(s3_error!(MissingContentLength, "Content-Length is missing."));
    };
    if length > MAX_BODY {
        return Err(s3_error!(EntityTooLarge, "One request may carry 5 GiB."));
    }
    let digest = headers.get("x-amz-content-sha256").map_or(&[][..], |value| value.as_bytes());
    let hashed = digest.len() == 64 && digest.iter().all(u8::is_ascii_hexdigit);
    Ok(Announced { length, hashed, claims })
}
