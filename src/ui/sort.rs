//! The order of a list's rows: by a column, in either direction. Pure.
//!
//! Names are compared by the browser, which is slow: [`sorted`] works in steps, between which the
//! page can do other things.

use std::cmp::Ordering;

/// A column to sort by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// The name, in natural order: `2` before `10`.
    #[default]
    Name,
    /// The size in bytes.
    Size,
    /// The time of the last change.
    Modified,
    /// The extension.
    Type,
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// From large to small, new to old, z to a.
    pub descending: bool,
}

impl Sort {
    /// The sort after a click on a column's heading: that column, or its other direction. Sizes and
    /// times begin with the largest and the newest.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        if self.column == column {
            return Self { descending: !self.descending, ..self };
        }
        let descending = matches!(column, Column::Size | Column::Modified);
        Self { column, descending }
    }

    /// The value of `aria-sort` for a column's heading.
    #[must_use]
    pub fn aria(self, column: Column) -> &'static str {
        match self.descending {
            _ if self.column != column => "none",
            true => "descending",
            false => "ascending",
        }
    }
}

/// The first ones of [`sorted`], at most `count`.
pub async fn first<T: Copy>(
    items: impl Iterator<Item = T>,
    count: usize,
    mut compare: impl FnMut(T, T) -> Ordering,
    mut step: impl AsyncFnMut(),
) -> Vec<T> {
    let mut first = Vec::with_capacity(count.saturating_add(1));
    for item in items {
        let last = first.get(count.saturating_sub(1)).copied();
        if last.is_none_or(|last| compare(last, item).is_gt()) {
            let at = first.partition_point(|other| compare(*other, item).is_le());
            first.insert(at, item);
            first.truncate(count);
        }
        step().await;
    }
    first
}

/// The items in ascending order; equal ones keep theirs. A merge of ascending runs: items that are
/// nearly in order cost little more than one comparison each. `step` is awaited after each
/// comparison, and decides when to let others go on.
pub async fn sorted<T: Copy>(
    items: &[T],
    mut compare: impl FnMut(T, T) -> Ordering,
    mut step: impl AsyncFnMut(),
) -> Vec<T> {
    let mut runs = Vec::<Vec<T>>::new();
    for item in items.iter().copied() {
        match runs.last_mut() {
            Some(run) if run.last().is_none_or(|last| compare(*last, item).is_le()) => {
                run.push(item)
            }
            _ => runs.push(vec![item]),
        }
        step().await;
    }
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut rest = runs.into_iter();
        while let Some(left) = rest.next() {
            let Some(right) = rest.next() else {
                merged.push(left);
                break;
            };
            let mut run = Vec::with_capacity(left.len().saturating_add(right.len()));
            let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
            while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                let first = if compare(*a, *b).is_le() { left.next() } else { right.next() };
                run.extend(first);
                step().await;
            }
            run.extend(left);
            run.extend(right);
            merged.push(run);
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    fn sort<T: Copy>(items: &[T], compare: impl FnMut(T, T) -> Ordering) -> Vec<T> {
        sorted(items, compare, async || {}).now_or_never().unwrap()
    }

    #[test]
    fn a_second_click_turns_the_direction() {
        let by_name = Sort::default();
        assert_eq!(by_name.aria(Column::Name), "ascending");
        let turned = by_name.clicked(Column::Name);
        assert_eq!(turned.aria(Column::Name), "descending");
        assert_eq!(turned.clicked(Column::Name), by_name);
    }

    #[test]
    fn sizes_and_times_begin_with_the_largest() {
        for column in [Column::Size, Column::Modified] {
            let sort = Sort::default().clicked(column);
            assert_eq!((sort.aria(column), sort.aria(Column::Name)), ("descending", "none"));
        }
        assert_eq!(Sort::default().clicked(Column::Type).aria(Column::Type), "ascending");
    }

    #[test]
    fn what_is_nearly_in_order_costs_little() {
        let mut items: Vec<u32> = (0..10_000).collect();
        items.push(500);
        let compared = Cell::new(0);
        let sorted = sort(&items, |a, b| {
            compared.set(compared.get() + 1);
            a.cmp(&b)
        });
        assert!(sorted.is_sorted());
        assert!(compared.get() <= 2 * items.len(), "{} comparisons", compared.get());
    }

    proptest! {
        #[test]
        fn the_first_ones_are_those_of_all(
            items in proptest::collection::vec((0u8..9, 0u32..1_000_000), 0..200),
            count in 0usize..20,
        ) {
            let compare = |a: (u8, u32), b: (u8, u32)| a.0.cmp(&b.0);
            let first = first(items.iter().copied(), count, compare, async || {});
            let mut expected = sort(&items, compare);
            expected.truncate(count);
            prop_assert_eq!(first.now_or_never().unwrap(), expected);
        }

        #[test]
        fn it_sorts_as_the_standard_library_does(
            items in proptest::collection::vec((0u8..9, 0u32..1_000_000), 0..200),
        ) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            prop_assert_eq!(sort(&items, |a, b| a.0.cmp(&b.0)), expected);
        }
    }
}
