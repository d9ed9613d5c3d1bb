//! The system's random generator.

use crate::port::{Entropy, NoEntropy};

/// `getrandom(2)` and its like.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)?;
        // A generator that gives nothing but zeros is none: one in 2^64 at the least that is asked
        // for.
        if bytes.len() >= 8 && bytes.iter().all(|byte| *byte == 0) {
            Err(NoEntropy)
        } else {
            Ok(())
        }
    }
}
