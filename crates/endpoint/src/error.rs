//! Every refusal, as RFC 9457 problem details: a stable `type`, one fixed sentence, a status.
//! Responses reveal nothing else.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frond_wire::{InvalidId, Problem, ProblemKind};

use crate::s3::StoreError;

/// Why a request was refused. The wire carries `type` `/problems/<name>`, `title` and `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// `token`, 401: no JWT, or one that is malformed, badly signed, or made for another request.
    Token,
    /// `clock`, 401: a well-signed JWT outside its validity. The response's `Date` header tells the
    /// caller its clock error.
    Clock,
    /// `unknown-login`, 404 for `GET /v1/login`: a wrong name and a wrong password alike.
    UnknownLogin,
    /// `not-listed`, 403: a valid JWT of a key that has no login record.
    NotListed,
    /// `forbidden`, 403: the login, or the account, belongs to someone else.
    Forbidden,
    /// `origin`, 403: a page of another origin sent it.
    Origin,
    /// `host`, 421: the request names another host.
    Host,
    /// `malformed`, 400: the body, an id, a number or an operation violates the contract.
    Malformed,
    /// `media-type`, 415: a body that is not `application/json`.
    MediaType,
    /// `too-large`, 413: the body, or a length, is above the limit.
    TooLarge,
    /// `quota`, 413: the account would exceed its quota.
    Quota,
    /// `too-many`, 429: retry after `Retry-After` seconds.
    TooMany(u64),
    /// `registration-closed`, 403.
    Closed,
    /// `invite`, 403: the invite code is missing, wrong or used.
    Invite,
    /// `proof`, 403: the key of the login to be added did not sign for it.
    Proof,
    /// `login-exists`, 409: this login already has a different record.
    LoginExists,
    /// `account-exists`, 409: something is already stored under this account.
    AccountExists,
    /// `last-login`, 409: the last login of an account cannot be removed.
    LastLogin,
    /// `session-ended`, 404: no such session, wrong secret, expired, or its login was removed. The
    /// response does not say which.
    SessionEnded,
    /// `not-found`, 404: no such route or file.
    NotFound,
    /// `method`, 405: the route does not support the method.
    Method,
    /// `timeout`, 408: the request did not arrive in time.
    Timeout,
    /// `store`, 503: the store does not answer, or its response is invalid.
    Store,
    /// `internal`, 500: a bug in this program.
    Internal,
}

impl Refusal {
    /// Kind, status, sentence.
    const fn parts(self) -> (ProblemKind, StatusCode, &'static str) {
        match self {
            Self::Token => (
                ProblemKind::Token,
                StatusCode::UNAUTHORIZED,
                "The request is not signed as it must be.",
            ),
            Self::Clock => (
                ProblemKind::Clock,
                StatusCode::UNAUTHORIZED,
                "The request was signed for another time.",
            ),
            Self::UnknownLogin => {
                (ProblemKind::UnknownLogin, StatusCode::NOT_FOUND, "Unknown login.")
            }
            Self::NotListed => {
                (ProblemKind::NotListed, StatusCode::FORBIDDEN, "No account has this login.")
            }
            Self::Forbidden => {
                (ProblemKind::Forbidden, StatusCode::FORBIDDEN, "This belongs to another account.")
            }
            Self::Origin => (
                ProblemKind::Origin,
                StatusCode::FORBIDDEN,
                "Pages of this origin may not call this endpoint.",
            ),
            Self::Host => (
                ProblemKind::Host,
                StatusCode::MISDIRECTED_REQUEST,
                "This endpoint does not answer for this host.",
            ),
            Self::Malformed => {
                (ProblemKind::Malformed, StatusCode::BAD_REQUEST, "The request is malformed.")
            }
            Self::MediaType => (
                ProblemKind::MediaType,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be application/json.",
            ),
            Self::TooLarge => (
                ProblemKind::TooLarge,
                StatusCode::PAYLOAD_TOO_LARGE,
                "This is larger than the limit.",
            ),
            Self::Quota => (
                ProblemKind::Quota,
                StatusCode::PAYLOAD_TOO_LARGE,
                "The account's storage is full.",
            ),
            Self::TooMany(_) => {
                (ProblemKind::TooMany, StatusCode::TOO_MANY_REQUESTS, "Too many requests.")
            }
            Self::Closed => (ProblemKind::Closed, StatusCode::FORBIDDEN, "Registration is closed."),
            Self::Invite => {
                (ProblemKind::Invite, StatusCode::FORBIDDEN, "The invite code is not valid.")
            }
            Self::Proof => (
                ProblemKind::Proof,
                StatusCode::FORBIDDEN,
                "The new login's key did not sign for it.",
            ),
            Self::LoginExists => {
                (ProblemKind::LoginExists, StatusCode::CONFLICT, "This login exists.")
            }
            Self::AccountExists => {
                (ProblemKind::AccountExists, StatusCode::CONFLICT, "This account exists.")
            }
            Self::LastLogin => {
                (ProblemKind::LastLogin, StatusCode::CONFLICT, "The last login cannot be removed.")
            }
            Self::SessionEnded => {
                (ProblemKind::SessionEnded, StatusCode::NOT_FOUND, "This session has ended.")
            }
            Self::NotFound => {
                (ProblemKind::NotFound, StatusCode::NOT_FOUND, "There is nothing here.")
            }
            Self::Method => (
                ProblemKind::Method,
                StatusCode::METHOD_NOT_ALLOWED,
                "This method is not served here.",
            ),
            Self::Timeout => (
                ProblemKind::Timeout,
                StatusCode::REQUEST_TIMEOUT,
                "The request did not arrive in time.",
            ),
            Self::Store => (
                ProblemKind::Store,
                StatusCode::SERVICE_UNAVAILABLE,
                "The store cannot be reached.",
            ),
            Self::Internal => {
                (ProblemKind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "The endpoint failed.")
            }
        }
    }

    /// Seconds to wait before a retry, if a retry can help.
    const fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(seconds),
            Self::Store => Some(2),
            _ => None,
        }
    }
}

impl From<InvalidId> for Refusal {
    fn from(_: InvalidId) -> Self {
        Self::Malformed
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        // The cause is for the operator; the caller must not see it.
        tracing::warn!(%error, "store");
        Self::Store
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (kind, status, title) = self.parts();
        let problem = Problem {
            kind: kind.uri().to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
