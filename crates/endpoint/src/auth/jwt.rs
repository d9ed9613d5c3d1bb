//! The JWT of a request (RFC 7519, RFC 9864, claim names of RFC 9449), verified strictly.
//!
//! ```text
//! token = b64url(header) "." b64url(claims) "." b64url(signature)
//! signature = Ed25519 of all before the second dot
//! ```
//! One algorithm, one type, one encoding. Anything else is refused: a padded part, a fourth part,
//! an unknown or duplicate member, a key of small order or in a non-canonical encoding (RFC 8032
//! §5.1.3, §5.1.7).

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, VerifyingKey};
use frond_wire::{Claims, Header, JWT_ALGORITHM, JWT_SECONDS, JWT_TYPE, LoginId};
use sha2::{Digest, Sha256};

use crate::error::Refusal;
use frond_config::Origin;

/// Longest accepted token, in bytes.
pub const MAX_TOKEN: usize = 4_096;
/// How far the caller's clock may be ahead of ours, in seconds. A caller further ahead is refused
/// once and learns the difference from the response's `Date`. By our clock a token is valid for at
/// most [`JWT_SECONDS`] plus this.
pub const SKEW_SECONDS: u64 = 5;

/// The request that a token must be bound to.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `aud`.
    pub deployment: &'a str,
    /// Origins that `htu` may start with.
    pub origins: &'a [Origin],
    /// `htm`.
    pub method: &'a str,
    /// Path and query as received: the rest of `htu`.
    pub target: &'a str,
    /// Hashed in `bh`; `None` before it was read: then it is not compared.
    pub body: Option<&'a [u8]>,
    /// Unix seconds.
    pub now: u64,
}

/// The signer of a token.
#[derive(Clone, Debug)]
pub struct Signer {
    /// `iss`.
    pub login: LoginId,
    /// `pub`, in its canonical encoding.
    pub public_key: String,
}

/// Verifies the token for this request and no other.
///
/// # Errors
///
/// [`Refusal::Clock`] for a well-signed token outside its validity, [`Refusal::Token`] for
/// everything else.
pub fn verify(token: &str, request: &Request<'_>) -> Result<Signer, Refusal> {
    if token.len() > MAX_TOKEN {
        return Err(Refusal::Token);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Token)?;
    let (header, claims) = signed.split_once('.').ok_or(Refusal::Token)?;
    let header: Header = part(header)?;
    if header.alg != JWT_ALGORITHM || header.typ != JWT_TYPE {
        return Err(Refusal::Token);
    }
    // A third dot is not in the alphabet: a token of four parts fails here.
    let claims: Claims = part(claims)?;
    let login = check_signature(&claims, signed, signature)?;
    check_claims(&claims, request)?;
    check_time(&claims, request.now)?;
    Ok(Signer { login, public_key: claims.public_key })
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Refusal::Token)?;
    // serde would also accept an array of the values.
    if bytes.first() != Some(&b'{') {
        return Err(Refusal::Token);
    }
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Token)
}

fn check_signature(claims: &Claims, signed: &str, signature: &str) -> Result<LoginId, Refusal> {
    let (public, login) = public_key(&claims.public_key)?;
    if login != claims.iss {
        return Err(Refusal::Token);
    }
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| Refusal::Token)?;
    let signature = Signature::from_slice(&signature).map_err(|_| Refusal::Token)?;
    public.verify_strict(signed.as_bytes(), &signature).map_err(|_| Refusal::Token)?;
    Ok(login)
}

/// Parses a public key (canonical encoding, not of small order) and derives its login id.
///
/// # Errors
///
/// [`Refusal::Token`].
pub fn public_key(text: &str) -> Result<(VerifyingKey, LoginId), Refusal> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Refusal::Token)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| Refusal::Token)?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| Refusal::Token)?;
    if key.is_weak() || key.to_edwards().compress().as_bytes() != &bytes {
        return Err(Refusal::Token);
    }
    Ok((key, LoginId::of(&bytes)))
}

fn check_claims(claims: &Claims, request: &Request<'_>) -> Result<(), Refusal> {
    let is_hash = |body: &[u8]| claims.bh == BASE64URL_NOPAD.encode(&Sha256::digest(body));
    let url = |origin: &Origin| claims.htu.strip_prefix(origin.as_str()) == Some(request.target);
    let right = claims.aud == request.deployment
        && claims.htm == request.method
        && request.body.is_none_or(is_hash)
        && request.origins.iter().any(url);
    if right { Ok(()) } else { Err(Refusal::Token) }
}

/// `iat ≤ now + skew`, `now < exp`, `iat < exp ≤ iat + 60`.
fn check_time(claims: &Claims, now: u64) -> Result<(), Refusal> {
    let Claims { iat, exp, .. } = claims;
    let life = exp.checked_sub(*iat).ok_or(Refusal::Token)?;
    if !(1..=JWT_SECONDS).contains(&life) {
        return Err(Refusal::Token);
    }
    if *iat > now.saturating_add(SKEW_SECONDS) || *exp <= now {
        return Err(Refusal::Clock);
    }
    Ok(())
}
