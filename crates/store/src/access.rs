//! Signature checks beyond those of `s3s`.

use async_trait::async_trait;
use axum::extract::Query;
use axum::http::header::AUTHORIZATION;
use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};
use serde::Deserialize;

/// Headers for features that the store lacks. Ignoring them would mislead the client.
const PROMISES: [&str; 7] = [
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-grant-",
    "x-amz-write-offset-bytes",
];

/// Headers of which only some values are supported, and those values: objects are private, and of
/// one storage class.
const KEPT: [(&str, &[&str]); 2] = [
    ("x-amz-acl", &["private", "bucket-owner-full-control", "bucket-owner-read"]),
    ("x-amz-storage-class", &["STANDARD"]),
];

/// Requires Signature Version 4 for this region, with every `x-amz-` header signed.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
pub(super) struct SignedForHere {
    /// The region that signatures must name.
    pub(super) region: String,
}

/// The two parts of a signature that `s3s` does not check.
#[derive(Deserialize)]
struct Signature {
    #[serde(rename = "X-Amz-Credential")]
    credential: String,
    #[serde(rename = "X-Amz-SignedHeaders")]
    signed_headers: String,
}

impl Signature {
    /// From the query, else from the Authorization header: the order of `s3s`.
    fn of(context: &S3AccessContext<'_>) -> Option<Self> {
        if let Ok(Query(signature)) = Query::try_from_uri(context.uri()) {
            return Some(signature);
        }
        let header = context.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let fields = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field =
            |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        Some(Self {
            credential: field("Credential=")?.to_owned(),
            signed_headers: field("SignedHeaders=")?.to_owned(),
        })
    }
}

#[async_trait]
impl S3Access for SignedForHere {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "The request is not signed."));
        }
        let Some(signature) = Signature::of(context) else {
            return Err(s3_error!(AccessDenied, "Only Signature Version 4 is accepted."));
        };
        // Credential = access key / date / region / service / "aws4_request"
        let mut scope = signature.credential.rsplit('/').skip(1);
        if scope.next() != Some("s3") || scope.next() != Some(self.region.as_str()) {
            return Err(s3_error!(
                AuthorizationHeaderMalformed,
                "The signature is for another region or service; expecting {}, s3.",
                self.region
            ));
        }
        for (name, value) in context.headers() {
            let name = name.as_str();
            if !name.starts_with("x-amz-") {
                continue;
            }
            if !signature.signed_headers.split(';').any(|signed| signed.eq_ignore_ascii_case(name))
            {
                return Err(s3_error!(AccessDenied, "The header {name} is not signed."));
            }
            let is_kept = |(kept, values): &(&str, &[&str])| {
                *kept != name || values.iter().any(|kept| value.as_bytes() == kept.as_bytes())
            };
            if PROMISES.iter().any(|promise| name.starts_with(promise)) || !KEPT.iter().all(is_kept)
            {
                return Err(s3_error!(NotImplemented, "The store does not do what {name} asks."));
            }
        }
        Ok(())
    }
}
