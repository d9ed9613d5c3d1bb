//! JavaScript's one kind of number, in which files have their sizes and clocks their time.

/// Rounded down, within the bounds of `u64`; what is not a number is 0.
#[expect(clippy::as_conversions, reason = "the one conversion that saturates")]
pub(super) fn to_u64(number: f64) -> u64 {
    number as u64
}

/// The nearest number; exact up to 2^53.
#[expect(clippy::as_conversions, reason = "no size or time reaches 2^53")]
pub(super) fn to_f64(number: u64) -> f64 {
    number as f64
}

/// Rounded towards zero, within the bounds of `i32`; what is not a number is 0.
#[expect(clippy::as_conversions, reason = "the one conversion that saturates")]
pub(super) fn to_i32(number: f64) -> i32 {
    number as i32
}
