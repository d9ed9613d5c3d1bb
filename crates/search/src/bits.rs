//! Numbers in bits, the first bit of a byte its highest, and numbers in bytes (LEB128).

use crate::BadIndex;

/// Appends a number: unsigned LEB128 in the fewest bytes.
pub(crate) fn put_number(to: &mut Vec<u8>, mut number: u32) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}

/// Takes a number off the front.
pub(crate) fn number(from: &mut &[u8]) -> Result<u32, BadIndex> {
    let mut number = 0_u32;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = from.split_first().ok_or(BadIndex)?;
        *from = rest;
        let low = u32::from(byte & 0x7f);
        let placed = low << shift;
        if placed >> shift != low || (*byte == 0 && shift > 0) {
            return Err(BadIndex);
        }
        number |= placed;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(BadIndex)
}

/// Writes bits.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    last: u8,
    used: u32,
}

impl Writer {
    fn bit(&mut self, bit: bool) {
        self.last = self.last << 1 | u8::from(bit);
        self.used += 1;
        if self.used == 8 {
            self.bytes.push(self.last);
            (self.last, self.used) = (0, 0);
        }
    }

    /// A Rice code: `number >> k` ones, a zero, and the lowest `k` bits of the number.
    pub(crate) fn rice(&mut self, number: u32, k: u32) {
        for _ in 0..number >> k {
            self.bit(true);
        }
        self.bit(false);
        for at in (0..k).rev() {
            self.bit(number >> at & 1 == 1);
        }
    }

    /// The bytes; zeros fill the last.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.bytes.push(self.last << (8 - self.used));
        }
        self.bytes
    }
}

/// Reads bits.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    pub(crate) at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn bit(&mut self) -> Result<bool, BadIndex> {
        let byte = self.bytes.get(self.at / 8).ok_or(BadIndex)?;
        let bit = byte << (self.at % 8) & 0x80;
        self.at += 1;
        Ok(bit != 0)
    }

    /// A Rice code of a number of at most `most`.
    pub(crate) fn rice(&mut self, k: u32, most: u32) -> Result<u32, BadIndex> {
        let mut number = 0_u32;
        while self.bit()? {
            number += 1;
            if number > most >> k {
                return Err(BadIndex);
            }
        }
        for _ in 0..k {
            number = number << 1 | u32::from(self.bit()?);
        }
        if number > most { Err(BadIndex) } else { Ok(number) }
    }

    /// Whether only the zeros that fill the last byte are left.
    pub(crate) fn is_at_end(mut self) -> bool {
        self.bytes.len() == self.at.div_ceil(8)
            && std::iter::from_fn(|| self.bit().ok()).all(|bit| !bit)
    }
}
