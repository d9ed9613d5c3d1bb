//! SHA-256 (FIPS 180-4) of four messages at a time: lane `n` of every vector is message `n`'s.

use zeroize::Zeroizing;

use crate::LANES;
use crate::vector::Vector;

/// Bytes of a block.
pub const BLOCK: usize = 64;
/// Bytes of a hash.
pub const DIGEST: usize = 32;
/// Bytes of the message's length, at the end of its padding (§5.1.1).
const LENGTH: usize = 8;

/// Big-endian words.
const SWAPPED: Vector = Vector::new([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);

/// Constants (§4.2.2): the first 32 bits of the fractions of the cube roots of the first 64 primes.
const K: [[u32; 16]; 4] = [
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174,
    ],
    [
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc,
        0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967,
    ],
    [
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
        0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
        0xf40e3585, 0x106aa070,
    ],
    [
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
        0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb,
        0xbef9a3f7, 0xc67178f2,
    ],
];
/// Initial hash value (§5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// Four hashes in progress.
#[derive(Clone, Copy)]
pub struct Sha256([Vector; 8]);

impl Sha256 {
    /// Of four empty messages.
    pub fn new() -> Self {
        Self(INITIAL.map(Vector::splat))
    }

    /// The hashes of what was compressed so far, `before` bytes each, and then of these messages,
    /// which have one length.
    pub fn digest(mut self, before: usize, messages: [&[u8]; LANES]) -> [[u8; DIGEST]; LANES] {
        let [length, ..] = messages.map(<[u8]>::len);
        let bits = u64::try_from(before.saturating_add(length)).unwrap_or(u64::MAX).wrapping_mul(8);
        let [(one, a), (two, b), (three, c), (four, d)] =
            messages.map(|message| message.as_chunks::<BLOCK>());
        for (((one, two), three), four) in one.iter().zip(two).zip(three).zip(four) {
            self.compress([one, two, three, four]);
        }
        // The rest, a bit 1, zeros, and the length in bits.
        let ends = [a, b, c, d].map(|rest| {
            let blocks = if rest.len() < BLOCK - LENGTH { 1 } else { 2 };
            let end = rest.iter().copied().chain([0x80]).chain(std::iter::repeat(0));
            let end = end.take(blocks * BLOCK - LENGTH).chain(bits.to_be_bytes());
            Zeroizing::new(end.collect::<Vec<_>>())
        });
        let [one, two, three, four] = ends.each_ref().map(|end| end.as_chunks::<BLOCK>().0);
        for (((one, two), three), four) in one.iter().zip(two).zip(three).zip(four) {
            self.compress([one, two, three, four]);
        }
        self.hashes()
    }

    /// The hash values: each message's eight words.
    fn hashes(self) -> [[u8; DIGEST]; LANES] {
        let [a, b, c, d, e, f, g, h] = self.0;
        let (low, high) = (Vector::transposed([a, b, c, d]), Vector::transposed([e, f, g, h]));
        let mut hashes = [[0; DIGEST]; LANES];
        for ((hash, low), high) in hashes.iter_mut().zip(low).zip(high) {
            for (half, words) in hash.as_chunks_mut::<16>().0.iter_mut().zip([low, high]) {
                words.at(SWAPPED).store(half);
            }
        }
        hashes
    }

    /// One block of each message (§6.2.2).
    pub fn compress(&mut self, blocks: [&[u8; BLOCK]; LANES]) {
        let mut schedule = words(blocks);
        let mut state = self.0;
        for (n, constants) in K.iter().enumerate() {
            if n > 0 {
                schedule = next(schedule);
            }
            for (word, constant) in schedule.iter().zip(constants) {
                state = round(state, *word + Vector::splat(*constant));
            }
        }
        for (sum, new) in self.0.iter_mut().zip(state) {
            *sum = *sum + new;
        }
    }
}

/// The sixteen words of each block.
#[inline(always)]
fn words(blocks: [&[u8; BLOCK]; LANES]) -> [Vector; 16] {
    let mut words = [Vector::ZERO; 16];
    let quarters = blocks.map(|block| block.as_chunks::<16>().0);
    for (n, words) in words.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *words = Vector::transposed(
            quarters
                .map(|all| all.get(n).map_or(Vector::ZERO, |part| Vector::load(part).at(SWAPPED))),
        );
    }
    words
}

/// One round.
#[inline(always)]
fn round([a, b, c, d, e, f, g, h]: [Vector; 8], word: Vector) -> [Vector; 8] {
    let sum1 = rotr::<6, 26>(e) ^ rotr::<11, 21>(e) ^ rotr::<25, 7>(e);
    let choice = g ^ (e & (f ^ g));
    let one = h + word + choice + sum1;
    let sum0 = rotr::<2, 30>(a) ^ rotr::<13, 19>(a) ^ rotr::<22, 10>(a);
    let majority = (a & b) ^ (c & (a ^ b));
    [one + (majority + sum0), a, b, c, d + one, e, f, g]
}

/// The next sixteen words of the schedule.
#[inline(always)]
fn next(mut words: [Vector; 16]) -> [Vector; 16] {
    for _ in 0..16 {
        let [first, w1, rest @ ..] = words;
        let [.., w9, _, _, _, _, w14, _] = words;
        let sigma0 = rotr::<7, 25>(w1) ^ rotr::<18, 14>(w1) ^ w1.shr::<3>();
        let sigma1 = rotr::<17, 15>(w14) ^ rotr::<19, 13>(w14) ^ w14.shr::<10>();
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = rest;
        words = [w1, a, b, c, d, e, f, g, h, i, j, k, l, m, n, first + sigma0 + w9 + sigma1];
    }
    words
}

/// Rotated right by `BITS`; `REST` is 32 minus that.
#[inline(always)]
fn rotr<const BITS: u32, const REST: u32>(word: Vector) -> Vector {
    word.shr::<BITS>() ^ word.shl::<REST>()
}
