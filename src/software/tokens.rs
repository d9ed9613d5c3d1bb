//! Raw tokens by `frond-vectors`, one or four at a time.

use frond_fernet::{FernetKey, InvalidToken, Opened, Token, Unsigned, hmac};
use frond_vectors::{LANES, decrypt, encrypt, encrypt_four, hmac_four};

/// What to seal.
pub(super) struct ToSeal {
    pub(super) key: FernetKey,
    /// Unix seconds.
    pub(super) time: u64,
    /// 16 fresh random bytes.
    pub(super) iv: [u8; 16],
}

/// Makes one raw token.
pub(super) fn seal(key: &FernetKey, time: u64, iv: [u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let mut token = padded(time, iv, plaintext);
    encrypt(key.encryption(), &iv, token.ciphertext_mut().as_chunks_mut().0);
    let hmac = hmac(key, token.signed());
    token.finish(&hmac)
}

/// Makes four, of messages of one length; `None` if the lengths differ.
pub(super) fn seal_four(
    to_seal: [&ToSeal; LANES],
    plaintexts: [&[u8]; LANES],
) -> Option<[Vec<u8>; LANES]> {
    let mut plaintexts = plaintexts.into_iter();
    let mut tokens = to_seal
        .map(|ToSeal { time, iv, .. }| padded(*time, *iv, plaintexts.next().unwrap_or_default()));
    encrypt_four(
        to_seal.map(|to_seal| to_seal.key.encryption()),
        to_seal.map(|to_seal| &to_seal.iv),
        tokens.each_mut().map(|token| token.ciphertext_mut().as_chunks_mut().0),
    );
    let signing = to_seal.map(|to_seal| to_seal.key.signing());
    let mut hmacs = hmac_four(signing, tokens.each_ref().map(Unsigned::signed))?.into_iter();
    Some(tokens.map(|token| token.finish(&hmacs.next().unwrap_or_default())))
}

/// Verifies, then decrypts, one raw token.
pub(super) fn open(key: &FernetKey, token: &[u8]) -> Result<Opened, InvalidToken> {
    let token = Token::parse(token)?;
    decrypted(key, &token, &hmac(key, token.signed))
}

/// Verifies, then decrypts, four of one length; `None` if the lengths differ or one of them is no
/// token.
pub(super) fn open_four(
    keys: [&FernetKey; LANES],
    tokens: [&[u8]; LANES],
) -> Option<[Result<Opened, InvalidToken>; LANES]> {
    let [one, two, three, four] = tokens.map(|token| Token::parse(token).ok());
    let tokens = [one?, two?, three?, four?];
    let signing = keys.map(FernetKey::signing);
    let [one, two, three, four] = hmac_four(signing, tokens.each_ref().map(|token| token.signed))?;
    let mut all = keys.into_iter().zip(&tokens);
    Some([one, two, three, four].map(|hmac| {
        let (key, token) = all.next().ok_or(InvalidToken)?;
        decrypted(key, token, &hmac)
    }))
}

/// The frame of a token with the padded plaintext where the ciphertext will be (RFC 5652 §6.3).
fn padded(time: u64, iv: [u8; 16], plaintext: &[u8]) -> Unsigned {
    let mut token = Unsigned::new(time, iv, plaintext.len());
    let room = token.ciphertext_mut();
    let padding = u8::try_from(room.len().saturating_sub(plaintext.len())).unwrap_or_default();
    room.iter_mut().rev().take(padding.into()).for_each(|byte| *byte = padding);
    if let Some((message, _)) = room.split_at_mut_checked(plaintext.len()) {
        message.copy_from_slice(plaintext);
    }
    token
}

/// Decrypts a token whose HMAC is this one: only then is a padding error no oracle.
fn decrypted(key: &FernetKey, token: &Token<'_>, hmac: &[u8; 32]) -> Result<Opened, InvalidToken> {
    if !token.frame.authentic(hmac) {
        return Err(InvalidToken);
    }
    let mut plaintext = token.ciphertext.to_vec();
    decrypt(key.encryption(), &token.frame.iv, plaintext.as_chunks_mut().0);
    let padding = *plaintext.last().ok_or(InvalidToken)?;
    let message = plaintext.len().checked_sub(padding.into()).ok_or(InvalidToken)?;
    let wrong = plaintext.iter().skip(message).any(|byte| *byte != padding);
    if wrong || !(1..=16).contains(&padding) {
        return Err(InvalidToken);
    }
    plaintext.truncate(message);
    Ok(Opened { time: token.frame.time, plaintext })
}
