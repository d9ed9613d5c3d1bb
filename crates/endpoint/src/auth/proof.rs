//! Proof that the caller who adds a login holds its key. Otherwise anyone who has seen a login id
//! could occupy it, and its owner could never use it.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signature;
use frond_wire::{LoginId, LoginRecord, added_login_message};

use super::jwt;
use crate::error::Refusal;

/// Verifies the signature of [`added_login_message`] under the record's own key, strictly (RFC 8032
/// §5.1.7).
///
/// # Errors
///
/// [`Refusal::Proof`].
pub fn verify(
    proof: &str,
    deployment: &str,
    by: &LoginId,
    record: &LoginRecord,
) -> Result<(), Refusal> {
    let (key, _) = jwt::public_key(&record.public_key).map_err(|_| Refusal::Proof)?;
    let proof = BASE64URL_NOPAD.decode(proof.as_bytes()).map_err(|_| Refusal::Proof)?;
    let proof = Signature::from_slice(&proof).map_err(|_| Refusal::Proof)?;
    let record = serde_json::to_vec(record).map_err(|_| Refusal::Internal)?;
    let message = added_login_message(deployment, by, &record);
    key.verify_strict(&message, &proof).map_err(|_| Refusal::Proof)
}
