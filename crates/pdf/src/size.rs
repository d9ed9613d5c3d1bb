//! How large a page is drawn.

/// Pixels of the largest picture: 64 MB.
pub const MAX_PIXELS: u32 = 16_000_000;
/// Pixels of its longest side, which every browser's canvas has.
pub const MAX_SIDE: u16 = 16_384;

/// Width and height in pixels of a page of these dimensions in any unit: `width` wide, or smaller.
pub(crate) fn fitted(across: f64, down: f64, width: u32) -> (u16, u16) {
    let ratio = Some(down / across).filter(|ratio| ratio.is_finite()).unwrap_or(1.0);
    let width = f64::from(width).min(f64::from(MAX_SIDE));
    let width = width
        .min(f64::from(MAX_SIDE) / ratio)
        .min((f64::from(MAX_PIXELS) / ratio).sqrt())
        .clamp(1.0, f64::from(MAX_SIDE));
    (pixels(width), pixels((width * ratio).clamp(1.0, f64::from(MAX_SIDE))))
}

/// Rounds down.
#[expect(clippy::as_conversions, reason = "the one conversion that saturates")]
fn pixels(side: f64) -> u16 {
    side as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_PIXELS, MAX_SIDE, fitted};

    #[test]
    fn a_page_is_as_wide_as_asked_for() {
        assert_eq!(fitted(595.0, 842.0, 1190), (1190, 1684));
        assert_eq!(fitted(842.0, 595.0, 842), (842, 595));
        assert_eq!(fitted(1.0, 1.0, 0), (1, 1));
    }

    #[test]
    fn a_page_of_any_dimensions_is_small_enough() {
        for side in [0.0, 1e-30, 1.0, 14_400.0, 1e9, 1e300, f64::INFINITY, f64::NAN, -5.0] {
            for other in [0.0, 1e-30, 1.0, 14_400.0, 1e9, 1e300, f64::INFINITY, f64::NAN, -5.0] {
                let (width, height) = fitted(side, other, u32::MAX);
                assert!(u32::from(width) * u32::from(height) <= MAX_PIXELS, "{side} × {other}");
                assert!((1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height));
            }
        }
    }

    proptest! {
        #[test]
        fn the_shape_is_kept(across in 100.0..2000.0_f64, down in 100.0..2000.0_f64, width: u32) {
            let (wide, high) = fitted(across, down, width.max(500));
            let (shape, shown) = (across / down, f64::from(wide) / f64::from(high));
            prop_assert!((shape / shown - 1.0).abs() < 0.02);
        }
    }
}
