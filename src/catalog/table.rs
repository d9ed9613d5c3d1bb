//! A sorted map that is about as small as what it holds.
//!
//! Entries lie in sorted vectors of at most [`CHUNK`]. Keys that are added in ascending order fill
//! them, where they would leave half of each node of a B-tree empty; and a kind of map costs the
//! page a fraction of the code that a B-tree takes.

use std::borrow::Borrow;
use std::fmt;

/// Most entries of a chunk: so few that an insertion moves little, so many that there are few
/// chunks.
const CHUNK: usize = 128;

/// A sorted map.
#[derive(Clone)]
pub struct Table<K, V> {
    /// None is empty.
    chunks: Vec<Vec<(K, V)>>,
    len: usize,
}

/// Where an entry is, or would be: the chunk, and the index in it.
pub(super) type Spot = (usize, usize);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<K, V> Table<K, V> {
    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries, ascending by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flatten().map(|(key, value)| (key, value))
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, ascending by key.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    fn at(&self, (chunk, at): Spot) -> Option<&(K, V)> {
        self.chunks.get(chunk)?.get(at)
    }
}

impl<K: Ord, V> Table<K, V> {
    /// The spot of a key; `Err` with the one where it would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Spot, Spot>
    where
        K: Borrow<Q>,
    {
        let begins = |chunk: &Vec<(K, V)>| chunk.first().is_some_and(|(k, _)| k.borrow() <= key);
        // What is added last often is the largest.
        let chunk = match self.chunks.last() {
            Some(last) if begins(last) => self.chunks.len(),
            _ => self.chunks.partition_point(begins),
        };
        let chunk = chunk.saturating_sub(1);
        let Some(entries) = self.chunks.get(chunk) else { return Err((0, 0)) };
        match entries.last() {
            Some((last, _)) if last.borrow() < key => Err((chunk, entries.len())),
            _ => match entries.binary_search_by(|(k, _)| k.borrow().cmp(key)) {
                Ok(at) => Ok((chunk, at)),
                Err(at) => Err((chunk, at)),
            },
        }
    }

    /// The value of a key. `near` is where the key before was found: for keys that are looked up in
    /// about ascending order.
    pub(super) fn get_near(&self, key: &K, near: &mut Spot) -> Option<&V> {
        let (chunk, at) = *near;
        let next = (chunk, at.saturating_add(1));
        if let Some((_, value)) = self.at(next).filter(|(k, _)| k == key) {
            *near = next;
            return Some(value);
        }
        let entries = self.chunks.get(chunk);
        let has = |entries: &&Vec<(K, V)>| {
            entries.first().is_some_and(|(first, _)| first <= key)
                && entries.last().is_some_and(|(last, _)| key <= last)
        };
        if let Some(entries) = entries.filter(has) {
            *near = (chunk, entries.binary_search_by(|(k, _)| k.cmp(key)).ok()?);
        } else {
            *near = self.find(key).ok()?;
        }
        self.at(*near).map(|(_, value)| value)
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.at(self.find(key).ok()?).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (chunk, at) = self.find(key).ok()?;
        self.chunks.get_mut(chunk)?.get_mut(at).map(|(_, value)| value)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// The entries after a key, ascending; all, if there is none.
    pub fn after<Q: Ord + ?Sized>(&self, key: Option<&Q>) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
    {
        let (chunk, at) = match key.map(|key| self.find(key)) {
            Some(Ok((chunk, at))) => (chunk, at.saturating_add(1)),
            Some(Err(spot)) => spot,
            None => (0, 0),
        };
        let mut chunks = self.chunks.get(chunk..).unwrap_or_default().iter();
        let first = chunks.next().and_then(|chunk| chunk.get(at..)).unwrap_or_default();
        first.iter().chain(chunks.flatten()).map(|(key, value)| (key, value))
    }

    /// Sets the value of a key; returns the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (chunk, at) = match self.find(&key) {
            Ok((chunk, at)) => {
                let (_, old) = self.chunks.get_mut(chunk)?.get_mut(at)?;
                return Some(std::mem::replace(old, value));
            }
            Err(spot) => spot,
        };
        self.len = self.len.saturating_add(1);
        let entry = (key, value);
        match self.chunks.get_mut(chunk) {
            None => self.chunks.push(vec![entry]),
            Some(entries) if entries.len() < CHUNK => entries.insert(at, entry),
            Some(entries) => {
                // At the end of a chunk the next one begins, so that ascending keys fill all.
                let next = if at == CHUNK {
                    vec![entry]
                } else {
                    let mut next = entries.split_off(CHUNK / 2);
                    match at.checked_sub(CHUNK / 2) {
                        Some(at) => next.insert(at, entry),
                        None => entries.insert(at, entry),
                    }
                    next
                };
                self.chunks.insert(chunk.saturating_add(1), next);
            }
        }
        None
    }

    /// Changes the value of a key, at first the default one.
    pub fn update<R>(&mut self, key: K, change: impl FnOnce(&mut V) -> R) -> R
    where
        V: Default,
    {
        if let Some(value) = self.get_mut(&key) {
            return change(value);
        }
        let mut value = V::default();
        let result = change(&mut value);
        self.insert(key, value);
        result
    }

    /// Removes a key; returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (chunk, at) = self.find(key).ok()?;
        let entries = self.chunks.get_mut(chunk)?;
        let (_, value) = entries.remove(at);
        if entries.is_empty() {
            self.chunks.remove(chunk);
        }
        self.len = self.len.saturating_sub(1);
        Some(value)
    }
}

/// However the entries are divided into chunks.
impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Table<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ops::Bound;

    use proptest::prelude::*;

    use super::{CHUNK, Spot, Table};

    #[test]
    fn ascending_keys_fill_the_chunks() {
        let mut table = Table::default();
        for key in 0..CHUNK * 3 + 1 {
            assert_eq!(table.insert(key, ()), None);
        }
        let lengths: Vec<_> = table.chunks.iter().map(Vec::len).collect();
        assert_eq!(lengths, [CHUNK, CHUNK, CHUNK, 1]);
    }

    proptest! {
        /// More keys than a chunk has, in an order that divides chunks.
        #[test]
        fn it_is_a_map(changes in prop::collection::vec((0..600_u32, 0..5_u8), 0..2_000)) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (at, (key, kind)) in changes.into_iter().enumerate() {
                match kind {
                    0 => prop_assert_eq!(table.remove(&key), map.remove(&key)),
                    1 => {
                        table.update(key, |value| *value += 1);
                        *map.entry(key).or_default() += 1;
                    }
                    _ => prop_assert_eq!(table.insert(key, at), map.insert(key, at)),
                }
                prop_assert_eq!(table.len(), map.len());
                prop_assert_eq!(table.get(&key), map.get(&key));
            }
            prop_assert!(table.iter().eq(map.iter()));
            prop_assert!(table.chunks.iter().all(|chunk| (1..=CHUNK).contains(&chunk.len())));
            for key in [0, 300, 599] {
                let after = map.range((Bound::Excluded(key), Bound::Unbounded));
                prop_assert!(table.after(Some(&key)).eq(after));
                prop_assert_eq!(table.contains_key(&key), map.contains_key(&key));
            }
            prop_assert!(table.after::<u32>(None).eq(map.iter()));
            let mut near = Spot::default();
            for key in (0..600).chain([3, 597, 300]) {
                prop_assert_eq!(table.get_near(&key, &mut near), map.get(&key));
            }
        }
    }
}
