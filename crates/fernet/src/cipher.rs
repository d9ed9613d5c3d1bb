//! Raw tokens in software: AES-128-CBC (NIST SP 800-38A) with PKCS7 (RFC 5652 §6.3), HMAC-SHA256
//! (RFC 2104).

use aes::Aes128;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{InvalidToken, Opened, Refusal, Token, Unsigned};
use crate::FernetKey;

/// Makes one raw token. `time` is Unix seconds, `iv` 16 fresh random bytes.
#[must_use]
pub fn seal(key: &FernetKey, time: u64, iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    seal_with::<Aes128>(key, time, iv, plaintext)
}

/// As [`seal`], with another implementation of AES-128. `Aes` MUST be AES-128: 16-byte key and
/// blocks.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "key and IV have 16 bytes, and the frame has room for the padding"
)]
pub fn seal_with<Aes: BlockCipherEncrypt + KeyInit>(
    key: &FernetKey,
    time: u64,
    iv: [u8; 16],
    plaintext: &[u8],
) -> Vec<u8> {
    let mut token = Unsigned::new(time, iv, plaintext.len());
    cbc::Encryptor::<Aes>::new_from_slices(key.encryption(), &iv)
        .expect("AES-128 has keys and blocks of 16 bytes")
        .encrypt_padded_b2b::<Pkcs7>(plaintext, token.ciphertext_mut())
        .expect("the frame has room for the padding");
    let hmac = mac(key).chain_update(token.signed()).finalize().into_bytes();
    token.finish(&hmac.into())
}

/// Verifies, then decrypts, one raw token.
pub fn open(key: &FernetKey, token: &[u8]) -> Result<Opened, InvalidToken> {
    Ok(open_or_refuse(key, token)?)
}

pub(super) fn open_or_refuse(key: &FernetKey, token: &[u8]) -> Result<Opened, Refusal> {
    let token = Token::split(token)?;
    let hmac = mac(key).chain_update(token.signed).finalize().into_bytes();
    if !token.frame.authentic(&hmac.into()) {
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

/// HMAC-SHA256 under the signing half.
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
pub(super) fn mac(key: &FernetKey) -> Hmac<Sha256> {
    Hmac::new_from_slice(key.signing()).expect("HMAC takes keys of any length")
}
