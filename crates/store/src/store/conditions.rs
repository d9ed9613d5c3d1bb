//! Conditional reads (RFC 9110, 13.2.2).

use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderValue};
use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::clock::http_date;
use crate::failure::Refusal;
use crate::index::{Object, matches};

/// Conditions for sending an object.
pub(super) struct Conditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// 412 or 304 if they do not hold. ETags take precedence over dates.
    pub(super) fn check(&self, object: &Object) -> S3Result<()> {
        let modified = http_date(object.modified);
        let current = match (&self.if_match, &self.if_unmodified_since) {
            (Some(condition), _) => matches(condition, object),
            (None, Some(date)) => modified <= *date,
            (None, None) => true,
        };
        if !current {
            return Err(Refusal::PreconditionFailed.into());
        }
        let known = match (&self.if_none_match, &self.if_modified_since) {
            (Some(condition), _) => matches(condition, object),
            (None, Some(date)) => modified <= *date,
            (None, None) => false,
        };
        if known { Err(not_modified(object)) } else { Ok(()) }
    }
}

impl Conditions {
    /// As [`Conditions::check`], for the source of a copy: nothing is sent, so every failed
    /// condition is 412.
    pub(super) fn check_source(&self, object: &Object) -> S3Result<()> {
        self.check(object).map_err(|_| Refusal::PreconditionFailed.into())
    }
}

fn not_modified(object: &Object) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", object.etag)) {
        error.set_headers(HeaderMap::from_iter([(ETAG, etag)]));
    }
    error
}
