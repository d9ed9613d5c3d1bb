//! Base32 (RFC 4648 §6) of 128 bits, lower case, without padding: 26 digits, one spelling.

const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// `⌈128 / 5⌉`; the last digit holds three bits of the number and two that are zero.
const LENGTH: u32 = 26;

/// The first `digits` digits of a number; all of them are 26.
pub(crate) fn encode(number: u128, digits: u32) -> String {
    let digit = |at: u32| {
        let value = number.unbounded_shl(5 * at) >> 123;
        usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied()
    };
    (0..digits.min(LENGTH)).filter_map(digit).map(char::from).collect()
}

/// The number that those 26 digits stand for.
pub(crate) fn decode(text: &str) -> Option<u128> {
    let value = |digit: &u8| {
        DIGITS.iter().zip(0_u128..).find(|(known, _)| *known == digit).map(|(_, value)| value)
    };
    let (last, first) = text.as_bytes().split_last()?;
    let last = value(last)?;
    if first.len() != 25 || last & 3 != 0 {
        return None;
    }
    first
        .iter()
        .try_fold(0, |number, digit| Some(number << 5 | value(digit)?))
        .map(|number| number << 3 | last >> 2)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;
    use proptest::prelude::*;

    use super::{decode, encode};

    fn reference(number: u128) -> String {
        BASE32_NOPAD.encode(&number.to_be_bytes()).to_ascii_lowercase()
    }

    proptest! {
        #[test]
        fn as_the_reference_spells_it(number: u128) {
            prop_assert_eq!(encode(number, 26), reference(number));
            prop_assert_eq!(decode(&reference(number)), Some(number));
        }
    }

    #[test]
    fn its_edges() {
        for number in [0, 1, u128::MAX, u128::MAX << 3, 1 << 127] {
            assert_eq!(encode(number, 26), reference(number));
            assert_eq!(decode(&reference(number)), Some(number));
        }
        assert_eq!(encode(u128::MAX, 16), "7".repeat(16));
        assert_eq!(encode(u128::MAX, 27).len(), 26);
    }

    #[test]
    fn one_spelling() {
        let good = "a".repeat(26);
        assert_eq!(decode(&good), Some(0));
        let bad =
            |at: usize, digit: &str| format!("{}{digit}{}", "a".repeat(at), "a".repeat(25 - at));
        for text in [
            "",
            "a",
            &"a".repeat(25),
            &format!("{good}a"),
            &good.to_uppercase(),
            &bad(0, "1"),
            &bad(3, "8"),
            &bad(9, "="),
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
        for (last, accepted) in
            [("b", false), ("c", false), ("d", false), ("e", true), ("7", false), ("4", true)]
        {
            assert_eq!(decode(&bad(25, last)).is_some(), accepted, "{last}");
        }
    }
}
