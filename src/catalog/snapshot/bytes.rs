//! Numbers, texts and byte strings in records. A number is LEB128 in the fewest bytes; a text or
//! byte string follows its length.

use super::BadSnapshot;

/// Appends a number: unsigned LEB128, at most 10 bytes.
pub(super) fn put_number(to: &mut Vec<u8>, mut number: u64) {
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

/// Appends a signed number, zigzag: 0, −1, 1, −2 … are the numbers 0, 1, 2, 3 …
pub(super) fn put_signed(to: &mut Vec<u8>, number: i64) {
    put_number(to, (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
}

/// Appends bytes after their number.
pub(super) fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    put_number(to, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    to.extend_from_slice(bytes);
}

/// Reads what the functions above wrote, and refuses what they would not have written.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes that are not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn byte(&mut self) -> Result<u8, BadSnapshot> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BadSnapshot> {
        let (array, rest) = self.0.split_first_chunk().ok_or(BadSnapshot)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn number(&mut self) -> Result<u64, BadSnapshot> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7f);
            let placed = low << shift;
            if placed >> shift != low || (byte == 0 && shift > 0) {
                return Err(BadSnapshot);
            }
            number |= placed;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(BadSnapshot)
    }

    pub(super) fn signed(&mut self) -> Result<i64, BadSnapshot> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], BadSnapshot> {
        let length = usize::try_from(self.number()?).map_err(|_| BadSnapshot)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(BadSnapshot)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<String, BadSnapshot> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| BadSnapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::{Reader, put_number, put_signed};

    #[test]
    fn each_number_has_one_spelling() {
        for number in [0, 1, 127, 128, 16_383, 16_384, u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.number(), Ok(number));
            assert!(reader.rest().is_empty());
            // One more byte that adds nothing.
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push(0);
            assert!(Reader::new(&bytes).number().is_err());
        }
        for bytes in [
            &[][..],
            &[0x80],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
        ] {
            assert!(Reader::new(bytes).number().is_err(), "{bytes:?}");
        }
        for (number, byte) in [(0, 0), (-1, 1), (1, 2), (-2, 3), (63, 126), (-64, 127)] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);
            assert_eq!(bytes, [byte]);
        }
        for number in [i64::MIN, i64::MAX] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);
            assert_eq!(Reader::new(&bytes).signed(), Ok(number));
        }
    }
}
