//! Which rows of a long list are drawn. Pure.
//!
//! A list is divided into blocks of [`BLOCK`] rows. Blocks near the viewport are drawn; the others
//! are empty space of the same height. The height of a block is measured once it was drawn, because
//! rows differ (a long name wraps, a rename opens a field); until then it is the mean of those
//! measured.

use std::ops::Range;

/// Rows of a block.
pub const BLOCK: usize = 16;
/// Height of a row that was never measured, in CSS pixels.
const ROW: f64 = 45.0;

/// The heights of a list's blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blocks {
    rows: usize,
    /// Height of each block in CSS pixels, if it was measured.
    heights: Vec<Option<f64>>,
    /// The sum and the number of rows of the measured blocks.
    measured: (f64, usize),
}

/// A line of a list as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Empty space for rows that are not drawn, perhaps none.
    Space(Range<usize>),
    /// The row of this index.
    Row(usize),
}

/// The lines of a list of `rows` rows of which those in `drawn` are drawn, and the row `pinned`
/// wherever it is. Rows are always between two spaces.
#[must_use]
pub fn lines(rows: usize, drawn: Range<usize>, pinned: Option<usize>) -> Vec<Line> {
    let pinned = pinned.filter(|row| *row < rows && !drawn.contains(row));
    let mut runs: Vec<_> = pinned.map(|row| row..row.saturating_add(1)).into_iter().collect();
    runs.push(drawn);
    runs.sort_by_key(|run| run.start);
    let (mut lines, mut end) = (Vec::new(), 0);
    for run in runs {
        lines.push(Line::Space(end..run.start));
        end = run.end;
        lines.extend(run.map(Line::Row));
    }
    lines.push(Line::Space(end..rows));
    lines
}

impl Blocks {
    /// Sets the number of rows. Heights of blocks that keep their rows are kept.
    pub fn resize(&mut self, rows: usize) {
        if rows == self.rows {
            return;
        }
        let blocks = rows.div_ceil(BLOCK);
        // The last block, before or now, may have fewer rows than the others.
        let changed = blocks.min(self.heights.len()).saturating_sub(1);
        for block in changed..self.heights.len() {
            self.forget(block);
        }
        self.rows = rows;
        self.heights.resize(blocks, None);
    }

    /// Forgets all heights, because the width of the list has changed.
    pub fn reset(&mut self) {
        self.heights.fill(None);
        self.measured = (0.0, 0);
    }

    /// Records the measured height of a block; returns whether that changes anything by more than
    /// half a pixel. A block without a height is not displayed, which says nothing of it.
    pub fn measure(&mut self, block: usize, height: f64) -> bool {
        let rows = self.rows_of(block).len();
        let Some(known) = self.heights.get(block).copied() else { return false };
        if rows == 0 || height < 1.0 || known.is_some_and(|known| (known - height).abs() < 0.5) {
            return false;
        }
        self.forget(block);
        if let Some(slot) = self.heights.get_mut(block) {
            *slot = Some(height);
            self.measured = (self.measured.0 + height, self.measured.1.saturating_add(rows));
        }
        true
    }

    /// The rows to draw if the viewport covers `top` to `bottom` of the list, in CSS pixels from
    /// its first row: those of the blocks that it touches, and one block beyond at either end.
    #[must_use]
    pub fn drawn(&self, top: f64, bottom: f64) -> Range<usize> {
        let (mut at, mut first, mut end) = (0.0, None, self.heights.len());
        for block in 0..self.heights.len() {
            let below = at + self.height(block);
            if first.is_none() && below > top {
                first = Some(block);
            }
            if at > bottom {
                end = block;
                break;
            }
            at = below;
        }
        let last = self.heights.len().saturating_sub(1);
        let from = first.unwrap_or(last).saturating_sub(1);
        let to = end.saturating_add(1).min(self.heights.len()).max(from);
        self.rows_of(from).start..self.rows_of(to.saturating_sub(1)).end
    }

    /// The height of some rows, in CSS pixels.
    #[must_use]
    pub fn height_of(&self, rows: &Range<usize>) -> f64 {
        self.top_of(rows.end) - self.top_of(rows.start)
    }

    /// Where a row begins, in CSS pixels from the first; within its block by the block's mean.
    #[must_use]
    pub fn top_of(&self, row: usize) -> f64 {
        let block = row / BLOCK;
        let above: f64 = (0..block.min(self.heights.len())).map(|block| self.height(block)).sum();
        let rows = self.rows_of(block).len().max(1);
        above + self.height(block) * float(row % BLOCK) / float(rows)
    }

    /// How many rows a height has room for, by the mean; at least one.
    #[must_use]
    pub fn rows_in(&self, height: f64) -> usize {
        let mut rows = 1;
        while rows < self.rows && self.mean() * float(rows.saturating_add(1)) <= height {
            rows = rows.saturating_add(1);
        }
        rows
    }

    /// The rows of a block.
    #[must_use]
    pub fn rows_of(&self, block: usize) -> Range<usize> {
        let start = block.saturating_mul(BLOCK).min(self.rows);
        start..start.saturating_add(BLOCK).min(self.rows)
    }

    fn height(&self, block: usize) -> f64 {
        let measured = self.heights.get(block).copied().flatten();
        measured.unwrap_or_else(|| self.mean() * float(self.rows_of(block).len()))
    }

    /// The mean height of a row.
    fn mean(&self) -> f64 {
        match self.measured {
            (sum, rows @ 1..) => sum / float(rows),
            _ => ROW,
        }
    }

    fn forget(&mut self, block: usize) {
        let rows = self.rows_of(block).len();
        if let Some(height) = self.heights.get_mut(block).and_then(Option::take) {
            self.measured = (self.measured.0 - height, self.measured.1.saturating_sub(rows));
        }
    }
}

/// A number of rows as a factor; lists have far fewer than 2^32.
fn float(rows: usize) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(rows: usize) -> Blocks {
        let mut blocks = Blocks::default();
        blocks.resize(rows);
        blocks
    }

    #[test]
    fn a_short_list_is_drawn_whole() {
        assert_eq!(list(30).drawn(0.0, 800.0), 0..30);
    }

    #[test]
    fn an_empty_list_has_nothing_to_draw() {
        assert_eq!(list(0).drawn(0.0, 800.0), 0..0);
    }

    #[test]
    fn of_a_long_list_only_what_is_near_is_drawn() {
        let drawn = list(300_000).drawn(4_500_000.0, 4_500_800.0);
        assert!(drawn.contains(&100_000) && drawn.contains(&100_017), "{drawn:?}");
        assert!(drawn.len() <= 5 * BLOCK, "{drawn:?}");
    }

    #[test]
    fn a_viewport_beyond_the_end_draws_the_end() {
        let drawn = list(1_000).drawn(1e9, 1e9 + 800.0);
        assert_eq!(drawn.end, 1_000);
        assert!(!drawn.is_empty());
    }

    #[test]
    fn a_measured_block_counts_with_its_height() {
        let mut blocks = list(96);
        assert!(blocks.measure(0, 1_600.0));
        assert!(!blocks.measure(0, 1_600.2), "less than half a pixel changes nothing");
        assert_eq!(blocks.top_of(16), 1_600.0);
        assert_eq!(blocks.top_of(17), 1_700.0, "others are taken to be alike");
        assert_eq!(blocks.rows_in(350.0), 3);
        blocks.reset();
        assert_eq!(blocks, list(96));
    }

    #[test]
    fn a_page_is_at_least_a_row() {
        assert_eq!(list(96).rows_in(0.0), 1);
        assert_eq!(list(96).rows_in(450.0), 10);
        assert_eq!(list(96).rows_in(1e9), 96);
    }

    #[test]
    fn a_pinned_row_is_drawn_where_it_is() {
        use Line::{Row, Space};
        let far = lines(90, 40..42, Some(7));
        let all = [Space(0..7), Row(7), Space(8..40), Row(40), Row(41), Space(42..90)];
        assert_eq!(far, all);
        let below = lines(90, 40..41, Some(89));
        assert_eq!(below, [Space(0..40), Row(40), Space(41..89), Row(89), Space(90..90)]);
        let near = lines(90, 40..41, Some(40));
        assert_eq!(near, [Space(0..40), Row(40), Space(41..90)]);
        assert_eq!(near, lines(90, 40..41, Some(90)), "a row that the list does not have");
    }

    #[test]
    fn a_list_that_was_short_for_a_while_is_not_drawn_whole() {
        let mut blocks = list(100);
        for block in 0..4 {
            blocks.measure(block, 720.0);
        }
        blocks.resize(1);
        blocks.measure(0, 45.0);
        blocks.resize(100_000);
        assert!(blocks.drawn(0.0, 800.0).len() <= 5 * BLOCK);
        assert!(!blocks.measure(0, 0.0), "it is not displayed");
    }

    proptest! {
        #[test]
        fn the_mean_is_that_of_the_measured_blocks(
            steps in proptest::collection::vec((0_usize..200, 0_usize..8, 1_u32..2_000), 0..40)
        ) {
            let mut blocks = Blocks::default();
            for (rows, block, height) in steps {
                blocks.resize(rows);
                blocks.measure(block, f64::from(height));
                let known = blocks.heights.iter().enumerate().filter_map(|(at, height)| {
                    Some(((*height)?, blocks.rows_of(at).len()))
                });
                let (sum, count) = known.fold((0.0, 0), |(sum, count), (height, rows)| {
                    (sum + height, count + rows)
                });
                prop_assert!((blocks.measured.0 - sum).abs() < 0.001);
                prop_assert_eq!(blocks.measured.1, count);
            }
        }

        #[test]
        fn whatever_the_viewport_shows_is_drawn(
            rows in 0usize..5_000,
            heights in proptest::collection::vec((0usize..200, 1.0f64..4_000.0), 0..20),
            resized in 0usize..5_000,
            top in 0.0f64..300_000.0,
        ) {
            let mut blocks = list(rows);
            for (block, height) in heights {
                blocks.measure(block, height);
            }
            blocks.resize(resized);
            let drawn = blocks.drawn(top, top + 900.0);
            prop_assert!(drawn.end <= resized);
            let whole = blocks.height_of(&(0..resized));
            let above = blocks.height_of(&(0..drawn.start));
            let below = blocks.height_of(&(drawn.end..resized));
            prop_assert!((above + blocks.height_of(&drawn) + below - whole).abs() < 1.0);
            prop_assert!(above <= top || drawn.end == resized);
            prop_assert!(whole - below >= (top + 900.0).min(whole) - 1.0);
        }

        #[test]
        fn lines_are_all_rows_once_and_in_order(
            rows in 0usize..300,
            a in 0usize..300,
            b in 0usize..300,
            pinned in proptest::option::of(0usize..320),
        ) {
            let (a, b) = (a.min(rows), b.min(rows));
            let covered: Vec<_> = lines(rows, a.min(b)..a.max(b), pinned)
                .into_iter()
                .flat_map(|line| match line {
                    Line::Space(rows) => rows,
                    Line::Row(row) => row..row + 1,
                })
                .collect();
            prop_assert_eq!(covered, (0..rows).collect::<Vec<_>>());
        }
    }
}
