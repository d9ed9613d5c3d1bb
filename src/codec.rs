//! Small records that contain secrets, for a Worker or the device's wrapped storage: a version
//! byte, then fields in a fixed order; texts and bytes have a `u32be` length prefix. Wiped when
//! dropped.

use zeroize::Zeroizing;

/// Writes a record.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Allocates `capacity` bytes at once, because a growing buffer would leave unwiped copies
    /// behind.
    pub(crate) fn new(version: u8, capacity: usize) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        bytes.push(version);
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(mut self, bytes: &[u8; N]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.array(&number.to_be_bytes())
    }

    pub(crate) fn time(self, time: Option<i64>) -> Self {
        let (known, time) = time.map_or((0, 0), |time| (1, time));
        self.array(&[known]).array(&time.to_be_bytes())
    }

    pub(crate) fn flag(self, flag: bool) -> Self {
        self.array(&[u8::from(flag)])
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// Reads a record; any field may be missing.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(version: u8, bytes: &'a [u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        (*first == version).then_some(Self(rest))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(array)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().copied().map(u64::from_be_bytes)
    }

    pub(crate) fn time(&mut self) -> Option<Option<i64>> {
        let [known] = *self.array()?;
        let time = i64::from_be_bytes(*self.array()?);
        match known {
            0 => Some(None),
            1 => Some(Some(time)),
            _ => None,
        }
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(u32::from_be_bytes(*self.array()?)).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Checks that nothing follows.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
