//! `seal = SHA-256("frond/1 seal" ‖ 0x00 ‖ commitment ‖ HMAC of the meta token ‖ table)`

use sha2::{Digest, Sha256};

use super::Header;

/// Pins every significant byte of an object. Public; stored in the catalog, in shares and on the
/// device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(pub [u8; 32]);

impl Seal {
    /// Computes the seal of an object with this header and table.
    #[must_use]
    pub fn of(header: &Header, table: &[u8]) -> Self {
        let seal = Sha256::new()
            .chain_update(b"frond/1 seal\0")
            .chain_update(header.commitment())
            .chain_update(header.meta_hmac())
            .chain_update(table);
        Self(seal.finalize().into())
    }
}
