//! SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): one seed, and all that is random in a world
//! follows from it.

use std::cell::Cell;

use frond::port::{Entropy, NoEntropy};

/// A stream of random numbers.
pub struct Random(Cell<u64>);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// Another stream, which goes its own way from here.
    pub fn fork(&self) -> Self {
        Self::new(self.next())
    }

    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        mix(self.0.get())
    }

    /// From 0 to `n` − 1.
    pub fn below(&self, n: u64) -> u64 {
        self.next() % n
    }

    /// Both ends included.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True so many times in a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of several, if there are any.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let n = u64::try_from(from.len()).unwrap();
        if n == 0 { None } else { from.get(usize::try_from(self.below(n)).unwrap()) }
    }
}

/// SplitMix64's output function: a bijection in which every bit of the input moves every bit of the
/// output.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
