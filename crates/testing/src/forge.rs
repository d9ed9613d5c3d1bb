//! Tokens that only somebody with the key can make: the HMAC is right, something else is not.

use aes::Aes128;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use frond::secret::FernetKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs whatever stands before the HMAC.
pub fn sign(key: &FernetKey, signed: &[u8]) -> Vec<u8> {
    let (signing, _) = key.expose().split_at(16);
    let mac = Hmac::<Sha256>::new_from_slice(signing).unwrap().chain_update(signed);
    [signed, mac.finalize().into_bytes().as_slice()].concat()
}

/// A token of any version over any ciphertext.
pub fn token(key: &FernetKey, version: u8, time: u64, iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    sign(key, &[&[version], &time.to_be_bytes()[..], iv, ciphertext].concat())
}

/// A token whose plaintext blocks, padding included, are given.
pub fn padded(key: &FernetKey, blocks: &[u8]) -> Vec<u8> {
    let (_, encryption) = key.expose().split_at(16);
    let mut cbc = cbc::Encryptor::<Aes128>::new(encryption.try_into().unwrap(), &[3; 16].into());
    let mut ciphertext = Vec::new();
    for block in blocks.chunks_exact(16) {
        let mut block: [u8; 16] = block.try_into().unwrap();
        cbc.encrypt_block((&mut block).into());
        ciphertext.extend_from_slice(&block);
    }
    token(key, 0x80, 1_763_886_000, &[3; 16], &ciphertext)
}
