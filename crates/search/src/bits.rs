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

/// Bits that a look ahead has at least.
const WINDOW: u32 = 57;

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

    /// The next bits, 57 or more, the first the highest; zeros stand for those after the end.
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let next = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut next = [0; 8];
            next.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
            next
        });
        u64::from_be_bytes(next) << (self.at % 8)
    }

    /// A Rice code of a number of at most `most`; `k` is 57 at most.
    pub(crate) fn rice(&mut self, k: u32, most: u32) -> Result<u32, BadIndex> {
        let mut high = 0_u32;
        loop {
            let ones = self.window().leading_ones().min(WINDOW);
            high = high.saturating_add(ones);
            if high > most >> k {
                return Err(BadIndex);
            }
            self.skip(ones);
            if ones < WINDOW {
                break;
            }
        }
        self.skip(1);
        let low = self.window().checked_shr(u64::BITS - k).unwrap_or_default();
        self.skip(k);
        let number = u32::try_from(u64::from(high) << k | low).map_err(|_| BadIndex)?;
        let is_whole = self.at <= self.bytes.len().saturating_mul(8);
        if number <= most && is_whole { Ok(number) } else { Err(BadIndex) }
    }

    fn skip(&mut self, bits: u32) {
        self.at = self.at.saturating_add(usize::try_from(bits).unwrap_or(usize::MAX));
    }

    /// Whether only the zeros that fill the last byte are left.
    pub(crate) fn is_at_end(self) -> bool {
        self.bytes.len() == self.at.div_ceil(8) && self.window() == 0
    }
}
