//! Contents of a request's JWT (RFC 7519).

use serde::{Deserialize, Serialize};

use crate::LoginId;

/// `alg` of every request's JWT (RFC 9864).
pub const JWT_ALGORITHM: &str = "Ed25519";
/// `typ` of every request's JWT.
pub const JWT_TYPE: &str = "frond+jwt";
/// Longest lifetime of a request's JWT, `exp − iat`, in seconds.
pub const JWT_SECONDS: u64 = 60;

/// JOSE header of a request's JWT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`JWT_ALGORITHM`].
    pub alg: String,
    /// [`JWT_TYPE`].
    pub typ: String,
}

/// Claims of a request's JWT (RFC 7519; names of DPoP, RFC 9449).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Login id.
    pub iss: LoginId,
    /// Ed25519 public key, base64url without padding; its hash is `iss`.
    #[serde(rename = "pub")]
    pub public_key: String,
    /// Deployment.
    pub aud: String,
    /// Issued at, Unix seconds.
    pub iat: u64,
    /// Expires, Unix seconds, at most [`JWT_SECONDS`] after `iat`.
    pub exp: u64,
    /// HTTP method.
    pub htm: String,
    /// Full URL with scheme, authority, path and query.
    pub htu: String,
    /// SHA-256 of the body (of nothing, if there is none), base64url without padding.
    pub bh: String,
}
