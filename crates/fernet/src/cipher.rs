//! Raw tokens in software: AES-128-CBC (NIST SP 800-38A) with PKCS7 (RFC 5652 §6.3), HMAC-SHA256
//! (RFC 2104).

use aes::Aes128;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{HMAC, InvalidToken, Opened, Refusal, Token, Unsigned};
use crate::FernetKey;

/// Makes one raw token. `time` is Unix seconds, `iv` 16 fresh random bytes.
#[must_use]
#[expect(clippy::expect_used, reason = "the frame has room for the padding")]
pub fn seal(key: &FernetKey, time: u64, iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let mut token = Unsigned::new(time, iv, plaintext.len());
    cbc::Encryptor::<Aes128>::new(key.encryption().into(), &iv.into())
        .encrypt_padded_b2b::<Pkcs7>(plaintext, token.ciphertext_mut())
        .expect("the frame has room for the padding");
    let hmac = hmac(key, token.signed());
    token.finish(&hmac)
}

/// Verifies, then decrypts, one raw token.
pub fn open(key: &FernetKey, token: &[u8]) -> Result<Opened, InvalidToken> {
    Ok(open_or_refuse(key, token)?)
}

pub(super) fn open_or_refuse(key: &FernetKey, token: &[u8]) -> Result<Opened, Refusal> {
    let token = Token::split(token)?;
    if !token.frame.authentic(&hmac(key, token.signed)) {
        return Err(Refusal::Hmac);
    }
    decrypt_verified(key, &token)
}

/// Decrypts a token after its HMAC was verified: only then is a padding error no oracle.
pub(super) fn decrypt_verified(key: &FernetKey, token: &Token<'_>) -> Result<Opened, Refusal> {
    let mut plaintext = vec![0; token.ciphertext.len()];
    let length = cbc::Decryptor::<Aes128>::new(key.encryption().into(), &token.frame.iv.into())
        .decrypt_padded_b2b::<Pkcs7>(token.ciphertext, &mut plaintext)
        .map_err(|_| Refusal::Padding)?
        .len();
    plaintext.truncate(length);
    Ok(Opened { time: token.frame.time, plaintext })
}

/// HMAC-SHA256 under the signing half, of all of a token before it.
#[must_use]
pub fn hmac(key: &FernetKey, signed: &[u8]) -> [u8; HMAC] {
    mac(key).chain_update(signed).finalize().into_bytes().into()
}

/// The same, in pieces.
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
pub(super) fn mac(key: &FernetKey) -> Hmac<Sha256> {
    Hmac::new_from_slice(key.signing()).expect("HMAC takes keys of any length")
}
