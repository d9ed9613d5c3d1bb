//! Signing a request to the endpoint: a JWT (RFC 7519) by Ed25519 (RFC 8037, RFC 9864), bound to
//! method, URL and body by the claims of DPoP (RFC 9449).

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{Claims, Header, JWT_ALGORITHM, JWT_SECONDS, JWT_TYPE};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Deployment, Login};

/// `b64url(header) . b64url(claims) . b64url(signature)`: follows `Authorization: Bearer`, valid
/// for this one request.
///
/// `method` in capitals, `url` with scheme, authority, path and query, `now` in Unix seconds.
#[must_use]
pub fn authorise(
    login: &Login,
    deployment: &Deployment,
    method: &str,
    url: &str,
    body: &[u8],
    now: u64,
) -> String {
    let header = Header { alg: JWT_ALGORITHM.to_owned(), typ: JWT_TYPE.to_owned() };
    let claims = Claims {
        iss: login.id(),
        public_key: Base64UrlUnpadded::encode_string(login.public_key()),
        aud: deployment.as_str().to_owned(),
        iat: now,
        exp: now.saturating_add(JWT_SECONDS),
        htm: method.to_owned(),
        htu: url.to_owned(),
        bh: Base64UrlUnpadded::encode_string(&Sha256::digest(body)),
    };
    let mut token = format!("{}.{}", part(&header), part(&claims));
    let signature = login.sign(token.as_bytes());
    token.push('.');
    token.push_str(&Base64UrlUnpadded::encode_string(&signature));
    token
}

#[expect(clippy::expect_used, reason = "strings and numbers are always JSON")]
fn part(value: &impl Serialize) -> String {
    Base64UrlUnpadded::encode_string(
        &serde_json::to_vec(value).expect("strings and numbers are always JSON"),
    )
}
