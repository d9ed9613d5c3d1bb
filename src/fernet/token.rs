//! The frame of a raw token: `0x80 ‖ u64be timestamp ‖ IV(16) ‖ ciphertext ‖ HMAC(32)`.
//!
//! Framing is apart from the ciphers, so that every engine frames, and judges, in the same way.

use subtle::ConstantTimeEq;

use super::{InvalidToken, Refusal};

/// The only version there is.
const VERSION: u8 = 0x80;
/// Version, timestamp and IV.
const PREFIX: usize = 1 + 8 + 16;
/// HMAC-SHA256.
const HMAC: usize = 32;
/// AES.
const BLOCK: usize = 16;

/// Length in bytes of the raw token of an `n`-byte message: `57 + 16·(⌊n/16⌋ + 1)`; `None` beyond 2^64.
#[must_use]
pub const fn token_length(n: u64) -> Option<u64> {
    match (n / 16 + 1).checked_mul(16) {
        Some(ciphertext) => ciphertext.checked_add(57),
        None => None,
    }
}

/// A raw token taken apart, nothing of it verified yet.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// Unix seconds, as the token says.
    pub time: u64,
    /// Initialisation vector.
    pub iv: &'a [u8; 16],
    /// AES-128-CBC ciphertext: whole blocks, at least one.
    pub ciphertext: &'a [u8],
    /// What the HMAC is over: all before it.
    pub signed: &'a [u8],
    /// HMAC-SHA256, as the token says.
    hmac: &'a [u8; 32],
}

impl<'a> Token<'a> {
    /// Takes a raw token apart: version, at least one block, whole blocks.
    pub fn parse(raw: &'a [u8]) -> Result<Self, InvalidToken> {
        Ok(Self::split(raw)?)
    }

    pub(super) fn split(raw: &'a [u8]) -> Result<Self, Refusal> {
        let (signed, hmac) = raw.split_last_chunk::<HMAC>().ok_or(Refusal::Length)?;
        let (version, rest) = signed.split_first().ok_or(Refusal::Length)?;
        if *version != VERSION {
            return Err(Refusal::Version);
        }
        let (time, rest) = rest.split_first_chunk::<8>().ok_or(Refusal::Length)?;
        let (iv, ciphertext) = rest.split_first_chunk::<16>().ok_or(Refusal::Length)?;
        if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(BLOCK) {
            return Err(Refusal::Length);
        }
        Ok(Self { time: u64::from_be_bytes(*time), iv, ciphertext, signed, hmac })
    }

    /// Whether `computed`, the HMAC of [`Token::signed`] under the right key, is the token's own. Constant time.
    #[must_use]
    pub fn authentic(&self, computed: &[u8; 32]) -> bool {
        self.hmac.ct_eq(computed).into()
    }
}

/// A token in the making: an engine fills in the ciphertext, then the HMAC.
pub struct Unsigned(Vec<u8>);

impl Unsigned {
    /// The frame for a message of `length` bytes, ciphertext still zero, room for the HMAC kept.
    #[must_use]
    pub fn new(time: u64, iv: &[u8; 16], length: usize) -> Self {
        let signed = PREFIX + (length / BLOCK + 1) * BLOCK;
        let mut frame = Vec::with_capacity(signed + HMAC);
        frame.push(VERSION);
        frame.extend_from_slice(&time.to_be_bytes());
        frame.extend_from_slice(iv);
        frame.resize(signed, 0);
        Self(frame)
    }

    /// Where the ciphertext goes: message and padding, whole blocks.
    pub fn ciphertext_mut(&mut self) -> &mut [u8] {
        self.0.split_at_mut(PREFIX).1
    }

    /// What is to be signed.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        &self.0
    }

    /// The raw token.
    #[must_use]
    pub fn finish(mut self, hmac: &[u8; 32]) -> Vec<u8> {
        self.0.extend_from_slice(hmac);
        self.0
    }
}
