//! Randomness: `crypto.getRandomValues` through `getrandom`, rejected if it cannot be random.

use std::cell::Cell;

use crate::port::{Entropy, NoEntropy};

type Generator = fn(&mut [u8]) -> Result<(), NoEntropy>;

/// The system's generator. A block of 16 bytes is rejected if it is all zero, equals the block
/// before it, or, as the first of an output, equals the first of the previous output. Each happens
/// by chance once in 2^128; otherwise the generator is broken, replaced or stuck.
pub struct SystemEntropy {
    generator: Generator,
    first: Cell<[u8; 16]>,
}

impl SystemEntropy {
    /// Uses the browser's generator.
    #[must_use]
    pub fn new() -> Self {
        Self::over(|bytes| getrandom::fill(bytes).map_err(|_| NoEntropy))
    }

    /// Uses another generator, with the same checks.
    #[must_use]
    pub fn over(generator: Generator) -> Self {
        Self { generator, first: Cell::new([0; 16]) }
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        (self.generator)(bytes)?;
        let blocks = bytes.as_chunks::<16>().0;
        let stuck = blocks.first().is_some_and(|first| self.first.replace(*first) == *first);
        let zero = blocks.contains(&[0; 16]);
        let repeats =
            blocks.iter().zip(blocks.iter().skip(1)).any(|(before, block)| before == block);
        if stuck || zero || repeats { Err(NoEntropy) } else { Ok(()) }
    }
}
