//! HMAC-SHA256 (RFC 2104) of four messages at a time.

use zeroize::Zeroizing;

use crate::LANES;
use crate::sha256::{BLOCK, DIGEST, Sha256};

/// The HMACs of four messages of one length, each under its own key; `None` if the lengths differ.
#[must_use]
#[inline(never)]
pub fn hmac_four(
    keys: [&[u8; 16]; LANES],
    messages: [&[u8]; LANES],
) -> Option<[[u8; DIGEST]; LANES]> {
    let [length, others @ ..] = messages.map(<[u8]>::len);
    if others.iter().any(|other| *other != length) {
        return None;
    }
    let inner = keyed(keys, 0x36).digest(BLOCK, messages);
    Some(keyed(keys, 0x5c).digest(BLOCK, inner.each_ref().map(|hash| &hash[..])))
}

/// Hashes that begin with the key, padded and masked.
fn keyed(keys: [&[u8; 16]; LANES], mask: u8) -> Sha256 {
    let blocks = Zeroizing::new(keys.map(|key| {
        let mut block = [mask; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    }));
    let mut hash = Sha256::new();
    hash.compress(blocks.each_ref());
    hash
}
