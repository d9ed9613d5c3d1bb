//! Small records that contain secrets, for a Worker or the device's wrapped storage: a version
//! byte, then fields in a fixed order; texts and bytes have a `u32be` length prefix. Wiped when
//! dropped.

use zeroize::Zeroizing;

/// Writes a record.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    pub(crate) fn new(version: u8) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(256))).byte(version)
    }

    /// Without enough capacity, moves the record to a larger buffer and wipes the old one. A `Vec`
    /// that grows by itself would leave an unwiped copy behind.
    fn append(mut self, bytes: &[u8]) -> Self {
        let length = self.0.len().saturating_add(bytes.len());
        if length > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.saturating_mul(2)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        self
    }

    /// One byte, such as the tag of an enum.
    pub(crate) fn byte(self, byte: u8) -> Self {
        self.append(&[byte])
    }

    pub(crate) fn array<const N: usize>(self, bytes: &[u8; N]) -> Self {
        self.append(bytes)
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

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.append(&length.to_be_bytes()).append(bytes)
    }

    /// A count (`u64be`), then the elements.
    pub(crate) fn list<T>(
        self,
        elements: impl ExactSizeIterator<Item = T>,
        write: impl Fn(Self, T) -> Self,
    ) -> Self {
        let count = u64::try_from(elements.len()).unwrap_or(u64::MAX);
        elements.fold(self.number(count), write)
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

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| *byte)
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

    /// Reads what [`Writer::list`] wrote. Nothing is allocated by the count: the first element that
    /// is missing ends the loop.
    pub(crate) fn list<T, C: Default + Extend<T>>(
        &mut self,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<C> {
        let mut elements = C::default();
        for _ in 0..self.number()? {
            elements.extend([read(self)?]);
        }
        Some(elements)
    }

    /// Checks that nothing follows.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
