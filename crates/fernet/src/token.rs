//! The frame of a raw token: `0x80 ‖ u64be timestamp ‖ IV(16) ‖ ciphertext ‖ HMAC(32)`.
//!
//! Framing is separate from the ciphers, so that every engine frames and validates the same way.

use std::ops::Range;

use subtle::ConstantTimeEq;

use super::{InvalidToken, Refusal};

/// The only version.
const VERSION: u8 = 0x80;
/// Bytes of version, timestamp and IV.
pub const PREFIX: usize = 1 + 8 + 16;
/// Bytes of an HMAC-SHA256.
pub const HMAC: usize = 32;
/// Block size of AES in bytes.
const BLOCK: usize = 16;

/// Length in bytes of the raw token of an `n`-byte message: `57 + 16·(⌊n/16⌋ + 1)`; `None` beyond
/// 2^64.
#[must_use]
pub const fn token_length(n: u64) -> Option<u64> {
    match (n / 16 + 1).checked_mul(16) {
        Some(ciphertext) => ciphertext.checked_add(57),
        None => None,
    }
}

/// The frame of a raw token, not yet verified: everything except the ciphertext.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Unix seconds, from the token.
    pub time: u64,
    /// Initialisation vector.
    pub iv: [u8; 16],
    /// HMAC-SHA256, from the token.
    hmac: [u8; HMAC],
    /// Length of the token.
    length: usize,
}

impl Frame {
    /// The frame of a new token, for a message of `message` bytes; its HMAC is computed elsewhere.
    #[must_use]
    pub fn sealed(time: u64, iv: [u8; 16], message: usize) -> Self {
        let length = PREFIX + (message / BLOCK + 1) * BLOCK + HMAC;
        Self { time, iv, hmac: [0; HMAC], length }
    }

    /// Version, timestamp and IV.
    #[must_use]
    pub fn prefix(&self) -> [u8; PREFIX] {
        let mut prefix = [VERSION; PREFIX];
        let (_, rest) = prefix.split_at_mut(1);
        let (time, iv) = rest.split_at_mut(8);
        time.copy_from_slice(&self.time.to_be_bytes());
        iv.copy_from_slice(&self.iv);
        prefix
    }

    /// Length of the token in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The frame of a raw token of `length` bytes, from its first [`PREFIX`] and last [`HMAC`]
    /// bytes: version 0x80, at least one block, whole blocks.
    pub fn read(
        length: usize,
        prefix: &[u8; PREFIX],
        hmac: [u8; HMAC],
    ) -> Result<Self, InvalidToken> {
        Ok(Self::judge(length, prefix, hmac)?)
    }

    fn judge(length: usize, prefix: &[u8; PREFIX], hmac: [u8; HMAC]) -> Result<Self, Refusal> {
        let (version, rest) = prefix.split_first().ok_or(Refusal::Length)?;
        let (time, iv) = rest.split_first_chunk().ok_or(Refusal::Length)?;
        let iv = *iv.first_chunk().ok_or(Refusal::Length)?;
        if *version != VERSION {
            return Err(Refusal::Version);
        }
        let blocks = length.checked_sub(PREFIX + HMAC).ok_or(Refusal::Length)?;
        if blocks == 0 || !blocks.is_multiple_of(BLOCK) {
            return Err(Refusal::Length);
        }
        Ok(Self { time: u64::from_be_bytes(*time), iv, hmac, length })
    }

    /// Range covered by the HMAC: everything before it.
    #[must_use]
    pub fn signed(&self) -> Range<usize> {
        0..self.length.saturating_sub(HMAC)
    }

    /// AES-128-CBC ciphertext: whole blocks, at least one.
    #[must_use]
    pub fn ciphertext(&self) -> Range<usize> {
        PREFIX..self.length.saturating_sub(HMAC)
    }

    /// Whether `computed`, the HMAC of [`Frame::signed`] under the right key, equals the token's.
    /// Constant time.
    #[must_use]
    pub fn authentic(&self, computed: &[u8; HMAC]) -> bool {
        self.hmac.ct_eq(computed).into()
    }
}

/// A parsed raw token, not yet verified.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// Everything except the ciphertext.
    pub frame: Frame,
    /// AES-128-CBC ciphertext: whole blocks, at least one.
    pub ciphertext: &'a [u8],
    /// Bytes covered by the HMAC: everything before it.
    pub signed: &'a [u8],
}

impl<'a> Token<'a> {
    /// Parses a raw token.
    pub fn parse(raw: &'a [u8]) -> Result<Self, InvalidToken> {
        Ok(Self::split(raw)?)
    }

    pub(super) fn split(raw: &'a [u8]) -> Result<Self, Refusal> {
        let prefix = raw.first_chunk().ok_or(Refusal::Length)?;
        let (signed, hmac) = raw.split_last_chunk().ok_or(Refusal::Length)?;
        let frame = Frame::judge(raw.len(), prefix, *hmac)?;
        let ciphertext = raw.get(frame.ciphertext()).ok_or(Refusal::Length)?;
        Ok(Self { frame, ciphertext, signed })
    }
}

/// A token under construction: an engine fills in the ciphertext, then the HMAC.
pub struct Unsigned(Vec<u8>);

impl Unsigned {
    /// The frame for a message of `length` bytes, with zero ciphertext and capacity for the HMAC.
    #[must_use]
    pub fn new(time: u64, iv: [u8; 16], length: usize) -> Self {
        let frame = Frame::sealed(time, iv, length);
        let mut token = Vec::with_capacity(frame.length);
        token.extend_from_slice(&frame.prefix());
        token.resize(frame.signed().end, 0);
        Self(token)
    }

    /// The ciphertext buffer: message and padding, whole blocks.
    pub fn ciphertext_mut(&mut self) -> &mut [u8] {
        self.0.split_at_mut(PREFIX).1
    }

    /// The bytes to sign.
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
