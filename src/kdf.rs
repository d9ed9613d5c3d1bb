//! HKDF-SHA256 (RFC 5869) as the format uses it: 32 bytes of output, written in place.

use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;

/// `Expand(prk, info, 32)`; `info` in pieces, concatenated.
#[expect(
    clippy::expect_used,
    reason = "Expand refuses only a PRK under 32 bytes and output over 255 · 32"
)]
pub(crate) fn expand(prk: &[u8; 32], info: &[&[u8]], out: &mut [u8; 32]) {
    let prk = Hkdf::<Sha256>::from_prk(prk).expect("the PRK has 32 bytes");
    prk.expand_multi_info(info, out).expect("32 bytes are one block");
}

/// `HKDF(ikm, salt, info, 32)` = `Expand(Extract(salt, ikm), info, 32)`; `ikm` in pieces,
/// concatenated.
#[expect(clippy::expect_used, reason = "Expand refuses only output over 255 · 32 bytes")]
pub(crate) fn hkdf(ikm: &[&[u8]], salt: &[u8], info: &[u8], out: &mut [u8; 32]) {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for piece in ikm {
        extract.input_ikm(piece);
    }
    let (_, prk) = extract.finalize();
    prk.expand(info, out).expect("32 bytes are one block");
}
