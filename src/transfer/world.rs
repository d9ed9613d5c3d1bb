//! What a transfer needs of the world.

use std::rc::Rc;

use crate::object::Geometry;
use crate::port::{BulkCipher, Clock, Entropy, Http, NoEntropy, Spool};

/// What a transfer needs of the world; a Worker builds its own.
#[derive(Clone)]
pub struct TransferWorld {
    /// HTTP.
    pub http: Rc<dyn Http>,
    /// Clock, for pauses between tries.
    pub clock: Rc<dyn Clock>,
    /// Randomness, for IVs and jitter.
    pub entropy: Rc<dyn Entropy>,
    /// Engine for the chunks.
    pub cipher: Rc<dyn BulkCipher>,
    /// Where ciphertext waits for the network.
    pub spool: Rc<dyn Spool>,
    /// [`Geometry::FORMAT_1`] wherever objects are kept.
    pub geometry: Geometry,
}

impl TransferWorld {
    /// 16 fresh random bytes.
    pub(super) fn iv(&self) -> Result<[u8; 16], NoEntropy> {
        let mut iv = [0; 16];
        self.entropy.fill(&mut iv)?;
        Ok(iv)
    }
}
