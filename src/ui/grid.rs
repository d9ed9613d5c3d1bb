//! The tiles of a grid: how many stand side by side, which rows of them are drawn, and where a key
//! leads. Pure. All tiles are of one height, so nothing is measured.

use std::ops::Range;

/// Least width of a tile with the gap beside it, in CSS pixels.
const WIDTH: f64 = 168.0;
/// Height of a row of tiles with the gap below it, in CSS pixels; the style sheet has the same.
pub const HEIGHT: f64 = 232.0;
/// Rows drawn beyond either end of what is seen.
const BEYOND: usize = 2;

/// Tiles side by side in a grid of this width in CSS pixels, at least one.
#[must_use]
pub fn columns(width: f64) -> usize {
    whole(width / WIDTH).max(1)
}

/// The rows to draw, of `rows`, if the viewport covers `top` to `bottom` of the grid, in CSS pixels
/// from its first row.
#[must_use]
pub fn drawn(rows: usize, top: f64, bottom: f64) -> Range<usize> {
    let end = whole(bottom / HEIGHT).saturating_add(BEYOND).saturating_add(1).min(rows);
    let start = whole(top / HEIGHT).saturating_sub(BEYOND);
    start.min(end.saturating_sub(1))..end
}

/// Where a key leads from the tile `at`; `None` if it moves nothing. `page` is the height of the
/// window in CSS pixels. It may be beyond the last tile.
#[must_use]
pub fn step(key: &str, at: usize, columns: usize, page: f64) -> Option<usize> {
    let page = whole(page / HEIGHT).max(1).saturating_mul(columns);
    Some(match key {
        "ArrowRight" => at.saturating_add(1),
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at.saturating_add(columns),
        "ArrowUp" => at.checked_sub(columns).unwrap_or(at),
        "PageDown" => at.saturating_add(page),
        "PageUp" => at.checked_sub(page).unwrap_or(at % columns.max(1)),
        _ => return None,
    })
}

/// A count, rounded down; 0 for what is none. Grids have far fewer than 2^32 rows.
fn whole(count: f64) -> usize {
    let (mut low, mut high) = (0_u32, u32::MAX);
    while low < high {
        let middle = high - (high - low) / 2;
        if f64::from(middle) <= count { low = middle } else { high = middle - 1 }
    }
    usize::try_from(low).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_the_width() {
        assert_eq!([0.0, 167.0, 336.0, 358.0, 1_216.0].map(columns), [1, 1, 2, 2, 7]);
        assert_eq!(columns(f64::NAN), 1);
    }

    #[test]
    fn what_is_seen_is_drawn_and_little_more() {
        assert_eq!(drawn(100, 0.0, 800.0), 0..6);
        assert_eq!(drawn(100, 10.0 * HEIGHT, 10.0 * HEIGHT + 800.0), 8..16);
        assert_eq!(drawn(100, 1e9, 1e9 + 800.0), 99..100);
        assert_eq!(drawn(2, -300.0, 500.0), 0..2);
        assert_eq!(drawn(0, 0.0, 800.0), 0..0);
    }

    #[test]
    fn arrows_lead_in_two_dimensions() {
        let step = |key, at| step(key, at, 4, 2.5 * HEIGHT);
        assert_eq!(step("ArrowRight", 5), Some(6));
        assert_eq!(step("ArrowLeft", 0), Some(0));
        assert_eq!(step("ArrowDown", 5), Some(9));
        assert_eq!(step("ArrowUp", 5), Some(1));
        assert_eq!(step("ArrowUp", 3), Some(3), "no row above");
        assert_eq!(step("PageDown", 1), Some(9));
        assert_eq!(step("PageUp", 6), Some(2), "to the first row");
        assert_eq!(step("x", 6), None);
    }
}
