//! The system's random generator.

use frond::port::{Entropy, NoEntropy};

/// `getrandom(2)` or its equivalent.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)?;
        // All zeros indicate a broken generator: by chance, at most one in 2^64 for outputs of this
        // length.
        if bytes.len() >= 8 && bytes.iter().all(|byte| *byte == 0) {
            Err(NoEntropy)
        } else {
            Ok(())
        }
    }
}
