//! Cipher block chaining (NIST SP 800-38A §6.2), without padding.

use crate::decrypt::{BLOCKS, Decryption};
use crate::encrypt::Encryptions;
use crate::vector::Vector;
use crate::{Blocks, LANES};

/// Encrypts in place.
#[inline(never)]
pub fn encrypt(key: &[u8; 16], iv: &[u8; 16], blocks: &mut Blocks) {
    side_by_side([key], [iv], [blocks]);
}

/// Encrypts four messages in place, each under its own key. Messages of one length take the least
/// time.
#[inline(never)]
pub fn encrypt_four(
    keys: [&[u8; 16]; LANES],
    ivs: [&[u8; 16]; LANES],
    messages: [&mut Blocks; LANES],
) {
    side_by_side(keys, ivs, messages);
}

/// A message that has ended is encrypted on, into nothing.
#[inline(always)]
fn side_by_side<const N: usize>(
    keys: [&[u8; 16]; N],
    ivs: [&[u8; 16]; N],
    messages: [&mut Blocks; N],
) {
    let ciphers = Encryptions::new(keys);
    let mut chained = ivs.map(Vector::load);
    let mut messages = messages.map(|message| message.iter_mut());
    loop {
        let mut blocks = messages.each_mut().map(Iterator::next);
        if blocks.iter().all(Option::is_none) {
            return;
        }
        for (chained, block) in chained.iter_mut().zip(&blocks) {
            if let Some(block) = block {
                *chained = *chained ^ Vector::load(block);
            }
        }
        chained = ciphers.encrypt(chained);
        for (chained, block) in chained.iter().zip(&mut blocks) {
            if let Some(block) = block {
                chained.store(block);
            }
        }
    }
}

/// Decrypts in place.
#[inline(never)]
pub fn decrypt(key: &[u8; 16], iv: &[u8; 16], blocks: &mut Blocks) {
    let cipher = Decryption::new(key);
    let mut previous = Vector::load(iv);
    let (groups, rest) = blocks.as_chunks_mut();
    for group in groups {
        previous = decrypt_group(&cipher, previous, group);
    }
    let mut last = [[0; 16]; BLOCKS];
    last.iter_mut().zip(rest.iter()).for_each(|(to, from)| *to = *from);
    decrypt_group(&cipher, previous, &mut last);
    rest.iter_mut().zip(last).for_each(|(to, from)| *to = from);
}

/// Decrypts eight blocks; returns the last one's ciphertext.
#[inline(always)]
fn decrypt_group(
    cipher: &Decryption,
    mut previous: Vector,
    group: &mut [[u8; 16]; BLOCKS],
) -> Vector {
    let blocks = group.each_ref().map(Vector::load);
    for ((to, decrypted), block) in group.iter_mut().zip(cipher.decrypt(blocks)).zip(blocks) {
        (decrypted ^ previous).store(to);
        previous = block;
    }
    previous
}
