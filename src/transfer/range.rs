//! Range requests (RFC 9110, section 14), answered from content of known size.

use std::ops::Range;

/// How a request for content is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeAnswer {
    /// All of it (200).
    Whole,
    /// These bytes, at least one (206).
    Part(Range<u64>),
    /// Nothing: the range begins after the end (416).
    Unsatisfiable,
}

impl RangeAnswer {
    /// The answer to a request with this `Range` header for content of `size` bytes. A header of
    /// another unit, of several ranges or against the grammar counts as none, which the RFC
    /// permits: no player sends one.
    #[must_use]
    pub fn to(header: Option<&str>, size: u64) -> Self {
        let Some((first, last)) = header.and_then(parse) else { return Self::Whole };
        let range = match (first, last) {
            (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
            (Some(first), None) => first..size,
            (None, suffix) => size.saturating_sub(suffix.unwrap_or_default())..size,
        };
        if range.is_empty() { Self::Unsatisfiable } else { Self::Part(range) }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Whole => 200,
            Self::Part(_) => 206,
            Self::Unsatisfiable => 416,
        }
    }

    /// The bytes that follow the headers, of content of `size` bytes.
    #[must_use]
    pub fn body(&self, size: u64) -> Range<u64> {
        match self {
            Self::Whole => 0..size,
            Self::Part(range) => range.clone(),
            Self::Unsatisfiable => 0..0,
        }
    }

    /// The header `Content-Range`, for content of `size` bytes.
    #[must_use]
    pub fn content_range(&self, size: u64) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Part(Range { start, end }) => {
                Some(format!("bytes {start}-{}/{size}", end.saturating_sub(1)))
            }
            Self::Unsatisfiable => Some(format!("bytes */{size}")),
        }
    }
}

/// First and last position of the one range; without a first one, the length of a suffix.
fn parse(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    match (position(first)?, position(last)?) {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        range => Some(range),
    }
}

/// A position, if there is one; `None` for what is no number. Beyond every size is beyond.
fn position(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::RangeAnswer::{self, Part, Unsatisfiable, Whole};

    const SIZE: u64 = 1000;

    fn to(header: &str) -> RangeAnswer {
        RangeAnswer::to(Some(header), SIZE)
    }

    #[test]
    fn first_and_last_position() {
        assert_eq!(to("bytes=0-499"), Part(0..500));
        assert_eq!(to("bytes=999-999"), Part(999..1000));
        assert_eq!(to("bytes=500-9999"), Part(500..1000), "to the end at most");
        assert_eq!(to("bytes=0-99999999999999999999999"), Part(0..1000));
        assert_eq!(to("Bytes = 0-0 "), Part(0..1), "units are case-insensitive");
    }

    #[test]
    fn open_end_and_suffix() {
        assert_eq!(to("bytes=0-"), Part(0..1000));
        assert_eq!(to("bytes=999-"), Part(999..1000));
        assert_eq!(to("bytes=-1"), Part(999..1000));
        assert_eq!(to("bytes=-9999"), Part(0..1000), "all, if the suffix is longer");
    }

    #[test]
    fn what_begins_after_the_end_is_not_satisfiable() {
        for header in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"]
        {
            assert_eq!(to(header), Unsatisfiable, "{header}");
        }
        assert_eq!(RangeAnswer::to(Some("bytes=0-"), 0), Unsatisfiable);
        assert_eq!(Unsatisfiable.content_range(SIZE).as_deref(), Some("bytes */1000"));
        assert_eq!((Unsatisfiable.status(), Unsatisfiable.body(SIZE)), (416, 0..0));
    }

    #[test]
    fn any_other_header_counts_as_none() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5",
            "bytes=5-1",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=1 - 2",
            "bytes=--1",
            "bytes=0-0,5-6",
            "bytes=0-,",
            "items=0-5",
        ] {
            assert_eq!(to(header), Whole, "{header:?}");
        }
        assert_eq!(RangeAnswer::to(None, SIZE), Whole);
        assert_eq!((Whole.status(), Whole.body(SIZE)), (200, 0..1000));
        assert_eq!(Whole.content_range(SIZE), None);
    }

    proptest! {
        #[test]
        fn no_header_reaches_beyond_the_content(
            header in "(bytes ?= ?)?[0-9]{0,21}[-, a]{0,2}[0-9]{0,21}",
            size: u64,
        ) {
            let answer = RangeAnswer::to(Some(&header), size);
            let Range { start, end } = answer.body(size);
            prop_assert!(start <= end && end <= size);
            prop_assert_eq!(answer == Unsatisfiable, answer.status() == 416);
            if let Part(range) = answer {
                prop_assert!(!range.is_empty());
            }
        }

        #[test]
        fn a_range_within_is_answered_exactly(size in 1..u64::MAX, a: u64, b: u64) {
            let (a, b) = (a % size, b % size);
            let (first, last) = (a.min(b), a.max(b));
            let answer = |header: String| RangeAnswer::to(Some(&header), size);
            let part = answer(format!("bytes={first}-{last}"));
            prop_assert_eq!(&part, &Part(first..last + 1));
            let said = format!("bytes {first}-{last}/{size}");
            prop_assert_eq!(part.content_range(size), Some(said));
            prop_assert_eq!(answer(format!("bytes={first}-")), Part(first..size));
            prop_assert_eq!(answer(format!("bytes=-{}", last + 1)), Part(size - last - 1..size));
        }
    }
}
