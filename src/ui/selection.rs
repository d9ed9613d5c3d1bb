//! The selected rows of a list: one by one, in ranges, or all, as in file managers. Pure.

/// Selected rows, by their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection<K> {
    /// Ascending.
    chosen: Vec<K>,
    /// Where a range begins: the row that was chosen last without Shift.
    anchor: Option<K>,
}

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self { chosen: Vec::new(), anchor: None }
    }
}

impl<K: Clone + Ord> Selection<K> {
    /// Number of selected rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Whether a row is selected.
    #[must_use]
    pub fn contains(&self, key: &K) -> bool {
        self.chosen.binary_search(key).is_ok()
    }

    /// The selected rows, ascending by key.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.chosen.iter()
    }

    /// Selects one row and no other (a click).
    pub fn only(&mut self, key: K) {
        self.chosen = vec![key.clone()];
        self.anchor = Some(key);
    }

    /// Adds or removes one row (Ctrl and click, or its checkbox).
    pub fn toggle(&mut self, key: K) {
        match self.chosen.binary_search(&key) {
            Ok(at) => drop(self.chosen.remove(at)),
            Err(at) => self.chosen.insert(at, key.clone()),
        }
        self.anchor = Some(key);
    }

    /// Selects the rows from the anchor to `key` and no others (Shift and click); `order` are the
    /// list's rows from first to last. Without an anchor in the list, selects that one row.
    pub fn extend(&mut self, key: &K, order: &[K]) {
        let at = |key: &K| order.iter().position(|other| other == key);
        let Some(end) = at(key) else { return };
        let start = self.anchor.as_ref().and_then(at).unwrap_or(end);
        let rows = order.get(start.min(end)..=start.max(end)).unwrap_or_default();
        self.all(rows.iter().cloned());
        self.anchor = order.get(start).cloned();
    }

    /// Selects all rows of the list.
    pub fn all(&mut self, order: impl IntoIterator<Item = K>) {
        self.chosen = order.into_iter().collect();
        self.chosen.sort_unstable();
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Removes rows that are no longer in the list.
    pub fn retain(&mut self, is_there: impl Fn(&K) -> bool) {
        self.chosen.retain(&is_there);
        self.anchor = self.anchor.take().filter(is_there);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [u8; 6] = [9, 3, 7, 1, 5, 2];

    fn chosen(selection: &Selection<u8>) -> Vec<u8> {
        selection.iter().copied().collect()
    }

    #[test]
    fn a_click_selects_one_and_no_other() {
        let mut selection = Selection::default();
        selection.only(3);
        selection.only(7);
        assert_eq!(chosen(&selection), [7]);
    }

    #[test]
    fn ctrl_adds_and_removes_one() {
        let mut selection = Selection::default();
        selection.only(3);
        selection.toggle(5);
        selection.toggle(3);
        assert_eq!(chosen(&selection), [5]);
    }

    #[test]
    fn shift_selects_from_the_anchor_in_the_order_of_the_list() {
        let mut selection = Selection::default();
        selection.only(5);
        selection.extend(&3, &ROWS);
        assert_eq!(chosen(&selection), [1, 3, 5, 7]);
        // The anchor stays: a second range begins at the same row, and replaces the first.
        selection.extend(&2, &ROWS);
        assert_eq!(chosen(&selection), [2, 5]);
    }

    #[test]
    fn shift_without_an_anchor_selects_one() {
        let mut selection = Selection::default();
        selection.extend(&7, &ROWS);
        assert_eq!(chosen(&selection), [7]);
        selection.extend(&8, &ROWS);
        assert_eq!(chosen(&selection), [7], "a row that is not in the list");
    }

    #[test]
    fn rows_that_are_gone_leave_the_selection() {
        let mut selection = Selection::default();
        selection.all(ROWS);
        assert_eq!(selection.len(), 6);
        selection.retain(|row| *row != 9);
        assert!(!selection.contains(&9));
        selection.clear();
        assert!(selection.is_empty());
    }
}
