//! LRU cache of opened chunks, bounded in bytes.

use std::collections::VecDeque;

use crate::bytes::Bytes;

/// Keeps the most recently used chunks that fit.
pub(super) struct ChunkCache {
    /// Limit in bytes of content.
    most: usize,
    held: usize,
    /// Index and content; least recently used first.
    chunks: VecDeque<(u64, Bytes)>,
}

impl ChunkCache {
    /// A cache of at most `most` bytes of content; 0 disables it.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: 0, chunks: VecDeque::new() }
    }

    /// The content of chunk `i`, marked as most recently used.
    pub(super) fn get(&mut self, i: u64) -> Option<Bytes> {
        let at = self.chunks.iter().position(|(chunk, _)| *chunk == i)?;
        let chunk = self.chunks.remove(at)?;
        let content = chunk.1.clone();
        self.chunks.push_back(chunk);
        Some(content)
    }

    /// Caches chunk `i`, evicting the least recently used. One that is present, because another
    /// reader was faster, stays.
    pub(super) fn put(&mut self, i: u64, content: &Bytes) {
        if content.len() > self.most || self.chunks.iter().any(|(chunk, _)| *chunk == i) {
            return;
        }
        self.held = self.held.saturating_add(content.len());
        self.chunks.push_back((i, content.clone()));
        while self.held > self.most
            && let Some((_, oldest)) = self.chunks.pop_front()
        {
            self.held = self.held.saturating_sub(oldest.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkCache;
    use crate::bytes::Bytes;

    #[test]
    fn it_keeps_what_was_used_last_within_its_bytes() {
        let content = |length| Bytes::from(vec![7; length]);
        let mut cache = ChunkCache::new(10);
        for i in 0..3 {
            cache.put(i, &content(4));
        }
        assert_eq!(cache.get(0), None, "12 bytes do not fit");
        assert_eq!(cache.get(1), Some(content(4)));
        cache.put(3, &content(3));
        assert_eq!((cache.get(2), cache.held), (None, 7), "1 was used after 2");
        cache.put(3, &content(3));
        assert_eq!(cache.held, 7, "once, whoever brought it");
        cache.put(4, &content(11));
        assert_eq!((cache.get(4), cache.held), (None, 7), "larger than all of it");
        let mut none = ChunkCache::new(0);
        none.put(0, &content(1));
        assert_eq!(none.get(0), None);
    }
}
