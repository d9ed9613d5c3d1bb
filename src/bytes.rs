//! File content in transit, wherever it is stored.
//!
//! In the tab the content stays in the browser's buffers, which its ciphers, network and disk use
//! directly: copying each chunk to this program's memory and back, several times, took longer than
//! sealing it. The core therefore passes [`Bytes`] around without looking inside, and reads only
//! what it verifies: frames, HMACs, padding.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// Size of the window through which external bytes are read; small enough for the CPU cache.
const WINDOW: usize = 64 * 1024;

/// A buffer outside this program's memory.
pub trait ExternalBuffer {
    /// Length in bytes.
    fn length(&self) -> usize;
    /// Copies the bytes from `at` on; fills all of `to`, or does nothing if there are too few.
    fn copy_to(&self, at: usize, to: &mut [u8]);
    /// For downcasting by the adapter that created it.
    fn as_any(&self) -> &dyn Any;
}

/// Bytes in one or more spans, in memory or in an [`ExternalBuffer`]. Clones and slices share
/// the memory, which is released with the last span that refers to it.
#[derive(Clone, Default)]
pub struct Bytes {
    spans: Vec<Span>,
}

/// A span of [`Bytes`]: never empty.
#[derive(Clone)]
pub struct Span {
    home: Home,
    range: Range<usize>,
}

#[derive(Clone)]
enum Home {
    Here(Rc<Vec<u8>>),
    ExternalBuffer(Rc<dyn ExternalBuffer>),
}

/// Where a span is stored.
pub enum Location<'a> {
    /// In this program's memory.
    Here(&'a [u8]),
    /// In this range of an external buffer.
    ExternalBuffer(&'a Rc<dyn ExternalBuffer>, Range<usize>),
}

impl Bytes {
    /// All bytes of an external buffer.
    #[must_use]
    pub fn outside(outside: Rc<dyn ExternalBuffer>) -> Self {
        let range = 0..outside.length();
        Self::of(Span { home: Home::ExternalBuffer(outside), range })
    }

    fn of(span: Span) -> Self {
        Self { spans: if span.range.is_empty() { Vec::new() } else { vec![span] } }
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.iter().map(|span| span.range.len()).sum()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The spans, in order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Appends `more`, without copying.
    pub fn append(&mut self, more: impl Into<Self>) {
        self.spans.extend(more.into().spans);
    }

    /// A slice that shares the memory; `None` if out of range.
    #[must_use]
    pub fn cut(&self, range: Range<usize>) -> Option<Self> {
        let mut spans = Vec::new();
        let mut from = 0;
        for Span { home, range: span } in &self.spans {
            let to = from + span.len();
            let (start, end) = (range.start.clamp(from, to), range.end.clamp(from, to));
            if start < end {
                let range = span.start + (start - from)..span.start + (end - from);
                spans.push(Span { home: home.clone(), range });
            }
            from = to;
        }
        (range.start <= range.end && range.end <= from).then_some(Self { spans })
    }

    /// The `N` bytes from `at` on, copied; `None` if there are too few.
    #[must_use]
    pub fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut array = [0; N];
        self.cut(at..at.checked_add(N)?)?.copy_to(&mut array);
        Some(array)
    }

    /// All bytes in this program's memory: borrowed if they are one in-memory span, otherwise
    /// copied.
    #[must_use]
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self.spans.as_slice() {
            [] => Cow::Borrowed(&[]),
            [span] if matches!(span.home, Home::Here(_)) => match span.location() {
                Location::Here(bytes) => Cow::Borrowed(bytes),
                Location::ExternalBuffer(..) => Cow::Borrowed(&[]),
            },
            _ => {
                let mut bytes = vec![0; self.len()];
                self.copy_to(&mut bytes);
                Cow::Owned(bytes)
            }
        }
    }

    /// Calls `see` with successive slices of the content, copying only external bytes, through a
    /// small window.
    pub fn read(&self, mut see: impl FnMut(&[u8])) {
        let mut window = Vec::new();
        for span in &self.spans {
            match span.location() {
                Location::Here(bytes) => see(bytes),
                Location::ExternalBuffer(outside, range) => {
                    for at in range.clone().step_by(WINDOW) {
                        window.resize(WINDOW.min(range.end - at), 0);
                        outside.copy_to(at, &mut window);
                        see(&window);
                    }
                }
            }
        }
    }

    /// Copies the bytes into this program's memory.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes().into_owned()
    }

    /// Fills `to`, which has the same length.
    fn copy_to(&self, mut to: &mut [u8]) {
        for span in &self.spans {
            let Some((here, rest)) = to.split_at_mut_checked(span.range.len()) else { return };
            match span.location() {
                Location::Here(bytes) => here.copy_from_slice(bytes),
                Location::ExternalBuffer(outside, range) => outside.copy_to(range.start, here),
            }
            to = rest;
        }
    }
}

impl Span {
    /// Where the span is stored.
    #[must_use]
    pub fn location(&self) -> Location<'_> {
        match &self.home {
            Home::Here(bytes) => Location::Here(bytes.get(self.range.clone()).unwrap_or_default()),
            Home::ExternalBuffer(outside) => Location::ExternalBuffer(outside, self.range.clone()),
        }
    }

    /// Whether this is the only reference to the underlying memory.
    #[must_use]
    pub fn is_sole(&self) -> bool {
        match &self.home {
            Home::Here(bytes) => Rc::strong_count(bytes) == 1,
            Home::ExternalBuffer(outside) => Rc::strong_count(outside) == 1,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self::of(Span { home: Home::Here(Rc::new(bytes)), range })
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// The content is a user's file, so it is never shown.
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bytes").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Bytes {}

impl PartialEq<[u8]> for Bytes {
    fn eq(&self, other: &[u8]) -> bool {
        *self.bytes() == *other
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::cell::Cell;
    use std::rc::Rc;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Bytes, ExternalBuffer, Location};

    /// External bytes that count how many of them were fetched.
    struct Elsewhere(Vec<u8>, Rc<Cell<usize>>);

    impl ExternalBuffer for Elsewhere {
        fn length(&self) -> usize {
            self.0.len()
        }

        fn copy_to(&self, at: usize, to: &mut [u8]) {
            self.1.set(self.1.get() + to.len());
            to.copy_from_slice(&self.0[at..at + to.len()]);
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    fn mixed(spans: &[(Vec<u8>, bool)]) -> (Bytes, Vec<u8>, Rc<Cell<usize>>) {
        let (mut whole, mut plain, fetched) =
            (Bytes::default(), Vec::new(), Rc::<Cell<usize>>::default());
        for (bytes, here) in spans {
            plain.extend_from_slice(bytes);
            let outside = || Bytes::outside(Rc::new(Elsewhere(bytes.clone(), Rc::clone(&fetched))));
            whole.append(if *here { Bytes::from(bytes.clone()) } else { outside() });
        }
        (whole, plain, fetched)
    }

    #[test]
    fn only_what_is_read_is_fetched() {
        let (whole, _, fetched) = mixed(&[(vec![1; 100], false), (vec![2; 100], false)]);
        let mut frame = whole.cut(50..150).unwrap();
        frame.append(vec![3; 10]);
        assert_eq!((frame.len(), fetched.get()), (110, 0));
        assert_eq!(frame.array(48), Some([1, 1, 2, 2]));
        assert_eq!(fetched.get(), 4);
        assert_eq!(frame.array::<4>(107), None);
    }

    #[test]
    fn memory_has_one_owner_once_the_others_are_gone() {
        let whole = Bytes::from(vec![1; 10]);
        let half = whole.cut(0..5).unwrap();
        assert!(!half.spans()[0].is_sole());
        drop(whole);
        assert!(half.spans()[0].is_sole());
    }

    #[test]
    fn what_lies_here_in_one_segment_is_lent() {
        let whole = Bytes::from(vec![7; 10]);
        assert!(matches!(whole.bytes(), std::borrow::Cow::Borrowed(_)));
        assert!(matches!(whole.spans()[0].location(), Location::Here(bytes) if bytes.len() == 10));
        assert_eq!(format!("{whole:?}"), "Bytes { len: 10, .. }");
    }

    #[test]
    fn what_lies_outside_is_read_through_a_window() {
        let bytes: Vec<u8> =
            (0..super::WINDOW * 2 + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let whole = Bytes::outside(Rc::new(Elsewhere(bytes.clone(), Rc::default())));
        let (mut read, mut most) = (Vec::new(), 0);
        whole.cut(3..bytes.len()).unwrap().read(|some| {
            most = most.max(some.len());
            read.extend_from_slice(some);
        });
        assert!(read == bytes[3..] && most == super::WINDOW);
    }

    proptest! {
        #[test]
        fn any_cut_of_any_segments_is_the_cut_of_their_bytes(
            spans in vec((vec(any::<u8>(), 0..20), any::<bool>()), 0..6),
            (start, end) in (0_usize..130, 0_usize..130),
        ) {
            let (whole, plain, _) = mixed(&spans);
            prop_assert_eq!(whole.len(), plain.len());
            prop_assert_eq!(&*whole.bytes(), &plain[..]);
            let mut read = Vec::new();
            whole.read(|bytes| read.extend_from_slice(bytes));
            prop_assert_eq!(&read, &plain);
            let cut = whole.cut(start..end).map(|cut| cut.to_vec());
            prop_assert_eq!(cut.as_deref(), plain.get(start..end));
        }
    }
}
