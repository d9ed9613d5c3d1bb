//! Tokens as text, in canonical base64url (RFC 4648 §5) with padding; and their age.

use base64ct::{Base64Url, Base64UrlUnpadded, Encoding};
use hmac::Mac;
use subtle::ConstantTimeEq;

use super::{InvalidToken, Opened, Refusal, Token, cipher};
use crate::FernetKey;

/// How far a token's time may be ahead of `now`, in seconds, when its age is checked (the spec's
/// "clock skew").
pub const MAX_CLOCK_SKEW: u64 = 60;

/// Digits decoded per step: whole groups of four.
const WINDOW: usize = 4096;

/// Makes one token as text. `time` is Unix seconds, `iv` 16 fresh random bytes.
#[must_use]
pub fn encrypt(key: &FernetKey, time: u64, iv: [u8; 16], message: &[u8]) -> String {
    to_text(&cipher::seal(key, time, iv, message))
}

/// Verifies, then decrypts; any age.
pub fn decrypt(key: &FernetKey, text: &str) -> Result<Opened, InvalidToken> {
    Ok(open_text(key, text)?)
}

/// Verifies, then decrypts, a token at most `max_age` seconds old at `now`, and at most
/// [`MAX_CLOCK_SKEW`] ahead of it.
pub fn decrypt_within(
    key: &FernetKey,
    text: &str,
    max_age: u64,
    now: u64,
) -> Result<Opened, InvalidToken> {
    let opened = open_text(key, text)?;
    check_age(opened.time, max_age, now)?;
    Ok(opened)
}

/// The timestamp of an authentic token, Unix seconds.
pub fn timestamp(key: &FernetKey, text: &str) -> Result<u64, InvalidToken> {
    Ok(open_text(key, text)?.time)
}

/// A raw token as text.
#[must_use]
pub fn to_text(token: &[u8]) -> String {
    Base64Url::encode_string(token)
}

/// Decodes a raw token without verifying it. Non-canonical text is refused.
pub fn from_text(text: &str) -> Result<Vec<u8>, InvalidToken> {
    Ok(decode(digits(text)?)?)
}

fn check_age(time: u64, max_age: u64, now: u64) -> Result<(), Refusal> {
    let too_old = time.saturating_add(max_age) < now;
    let ahead = time > now.saturating_add(MAX_CLOCK_SKEW);
    if too_old || ahead { Err(Refusal::Age) } else { Ok(()) }
}

pub(super) fn open_text(key: &FernetKey, text: &str) -> Result<Opened, Refusal> {
    let digits = digits(text)?;
    verify(key, digits)?;
    let raw = decode(digits)?;
    cipher::decrypt_verified(key, &Token::split(&raw)?)
}

/// The text without its padding, which must complete groups of four. Non-digits in the rest fail to
/// decode.
fn digits(text: &str) -> Result<&[u8], Refusal> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return Err(Refusal::Text);
    }
    Ok(text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text))
}

fn decode(digits: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut raw = Vec::with_capacity(decoded_length(digits)?);
    windows(digits, |bytes| raw.extend_from_slice(bytes))?;
    Ok(raw)
}

/// Verifies the HMAC window by window, so that no memory is allocated for text before it is known
/// to be authentic.
fn verify(key: &FernetKey, digits: &[u8]) -> Result<(), Refusal> {
    // Only 0x80 to 0x83 encode to a first digit `g`: other input of any length is refused at once.
    if digits.first() != Some(&b'g') {
        return Err(Refusal::Version);
    }
    let mut signed = decoded_length(digits)?.checked_sub(32).ok_or(Refusal::Length)?;
    let (mut mac, mut hmac) = (cipher::mac(key), Vec::with_capacity(32));
    windows(digits, |bytes| {
        let (before, after) = bytes.split_at(signed.min(bytes.len()));
        mac.update(before);
        hmac.extend_from_slice(after);
        signed -= before.len();
    })?;
    let computed = mac.finalize().into_bytes();
    if bool::from(computed.ct_eq(&*hmac)) { Ok(()) } else { Err(Refusal::Hmac) }
}

fn decoded_length(digits: &[u8]) -> Result<usize, Refusal> {
    let rest = match digits.len() % 4 {
        0 => 0,
        2 => 1,
        3 => 2,
        _ => return Err(Refusal::Text),
    };
    Ok(digits.len() / 4 * 3 + rest)
}

/// Decodes window by window.
fn windows(digits: &[u8], mut take: impl FnMut(&[u8])) -> Result<(), Refusal> {
    let mut buffer = [0; WINDOW / 4 * 3];
    for window in digits.chunks(WINDOW) {
        take(Base64UrlUnpadded::decode(window, &mut buffer).map_err(|_| Refusal::Text)?);
    }
    Ok(())
}
