//! Conversions of JavaScript's only number type, used for file sizes and times.

/// Rounds down and clamps to `u64`; NaN becomes 0.
#[expect(clippy::as_conversions, reason = "the one conversion that saturates")]
pub(super) fn to_u64(number: f64) -> u64 {
    number as u64
}

/// The nearest number; exact up to 2^53.
#[expect(clippy::as_conversions, reason = "no size or time reaches 2^53")]
pub(super) fn to_f64(number: u64) -> f64 {
    number as f64
}

/// Rounds towards zero and clamps to `i32`; NaN becomes 0.
#[expect(clippy::as_conversions, reason = "the one conversion that saturates")]
pub(super) fn to_i32(number: f64) -> i32 {
    number as i32
}
