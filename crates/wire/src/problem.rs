//! Error responses of the endpoint.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $type:literal;)*) => {
        /// Why the endpoint refused a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemKind {
            $($(#[$doc])* $name,)*
        }

        impl ProblemKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its `type`, which never changes.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("/problems/", $type),)*
                }
            }
        }
    };
}

kinds! {
    /// 401: no JWT, or one that is malformed, badly signed, or made for another request.
    Token = "token";
    /// 401: a well-signed JWT outside its validity. The response's `Date` header tells the caller
    /// its clock error.
    Clock = "clock";
    /// 404 for `GET /v1/login`: a wrong name and a wrong password alike.
    UnknownLogin = "unknown-login";
    /// 403: a valid JWT of a key that has no login record.
    NotListed = "not-listed";
    /// 403: the login, or the account, belongs to someone else.
    Forbidden = "forbidden";
    /// 403: a page of another origin sent it.
    Origin = "origin";
    /// 421: the request names another host.
    Host = "host";
    /// 400: the body, an id, a number or an operation violates the contract.
    Malformed = "malformed";
    /// 415: a body that is not `application/json`.
    MediaType = "media-type";
    /// 413: the body, or a length, is above the limit.
    TooLarge = "too-large";
    /// 413: the account would exceed its quota.
    Quota = "quota";
    /// 429: retry after `Retry-After` seconds.
    TooMany = "too-many";
    /// 403: registration is closed.
    Closed = "registration-closed";
    /// 403: the invite code is missing, wrong or used.
    Invite = "invite";
    /// 403: the key of the login to be added did not sign for it.
    Proof = "proof";
    /// 409: this login already has a different record.
    LoginExists = "login-exists";
    /// 409: something is already stored under this account.
    AccountExists = "account-exists";
    /// 409: the last login of an account cannot be removed.
    LastLogin = "last-login";
    /// 404: no such session, wrong secret, expired, or its login was removed. The response does not
    /// say which.
    SessionEnded = "session-ended";
    /// 404: no such route or file.
    NotFound = "not-found";
    /// 405: the route does not support the method.
    Method = "method";
    /// 408: the request did not arrive in time.
    Timeout = "timeout";
    /// 503: the store does not answer, or its response is invalid.
    Store = "store";
    /// 500: a bug in the endpoint.
    Internal = "internal";
}

impl ProblemKind {
    /// The kind with this `type`; `None` for one that this version does not know.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.uri() == uri)
    }
}

/// RFC 9457 problem details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// [`ProblemKind::uri`], or that of a kind which this version does not know.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
}
