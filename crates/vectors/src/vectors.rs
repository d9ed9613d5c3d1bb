//! AES-128 encryption (FIPS 197) with WebAssembly's 128-bit vectors.
//!
//! CBC encrypts block after block, the worst case of a bitsliced cipher such as [`aes`] without AES
//! instructions: it computes several blocks and uses one. Here a block is one vector, and
//! `SubBytes` looks up its 16 bytes in all 16 rows of the S-box at once: no memory address and no
//! branch depends on a secret. Measured against `aes` in the same run: 3 times its speed.
//!
//! ```text
//! state = in ⊕ k₀;  nine times: state = MixColumns(ShiftRows(SubBytes(state))) ⊕ kᵣ;  out = ShiftRows(SubBytes(state)) ⊕ k₁₀
//! ```

use core::arch::wasm32::{
    i8x16_add, i8x16_shl, i8x16_shr, i8x16_splat, i8x16_swizzle, u8x16, u32x4_shl, u32x4_shr,
    u32x4_splat, u64x2, u64x2_extract_lane, v128, v128_and, v128_or, v128_xor,
};

use cipher::array::Array;
use cipher::common::{BlockSizeUser, KeySizeUser, ParBlocksSizeUser};
use cipher::consts::{U1, U16};
use cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, InOut, Key, KeyInit,
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Rounds, Nr (FIPS 197 §5).
const ROUNDS: usize = 10;
/// Round constants of the key expansion (§5.2): powers of two in GF(2⁸).
const RCON: [u8; ROUNDS] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];
/// ShiftRows (§5.1.2): the byte in row r, column c comes from column c + r.
const SHIFT_ROWS: v128 = u8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
/// Each column, rotated up by one row.
const NEXT_ROW: v128 = u8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
/// RotWord (§5.2) of the last column, in every column.
const LAST_ROTATED: v128 = u8x16(13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12);
/// Columns shifted by one, and by two; indices out of range yield zero.
const MOVED_BY_1: v128 = u8x16(16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
const MOVED_BY_2: v128 = u8x16(16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7);

/// The S-box (§5.1.1) in rows of 16: the inverse in GF(2⁸), then an affine map. `p` iterates over
/// the powers of 3, `q` over their inverses.
#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "what is wrong here does not compile"
)]
const SBOX: [[u8; 16]; 16] = {
    let mut rows = [[0; 16]; 16];
    let (mut p, mut q) = (1_u8, 1_u8);
    loop {
        p ^= (p << 1) ^ if p & 0x80 == 0 { 0 } else { 0x1b };
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        q ^= if q & 0x80 == 0 { 0 } else { 0x09 };
        let affine = q ^ q.rotate_left(1) ^ q.rotate_left(2) ^ q.rotate_left(3) ^ q.rotate_left(4);
        rows[(p >> 4) as usize][(p & 15) as usize] = affine ^ 0x63;
        if p == 1 {
            break;
        }
    }
    // Zero has no inverse and maps to itself.
    rows[0][0] = 0x63;
    rows
};

/// AES-128, encryption only: all that CBC encryption needs.
#[derive(ZeroizeOnDrop)]
pub struct Aes128 {
    /// k₀ … k₁₀
    round_keys: [[u8; 16]; ROUNDS + 1],
}

impl KeySizeUser for Aes128 {
    type KeySize = U16;
}

impl BlockSizeUser for Aes128 {
    type BlockSize = U16;
}

impl ParBlocksSizeUser for Aes128 {
    type ParBlocksSize = U1;
}

impl KeyInit for Aes128 {
    /// The key expansion (§5.2), four words at a time.
    fn new(key: &Key<Self>) -> Self {
        let mut round_keys = Zeroizing::new([key.0; ROUNDS + 1]);
        let mut last = load(&key.0);
        for (round_key, rcon) in round_keys.iter_mut().skip(1).zip(RCON) {
            let word = i8x16_swizzle(sub_bytes(last), LAST_ROTATED);
            let word = v128_xor(word, u32x4_splat(rcon.into()));
            last = v128_xor(last, i8x16_swizzle(last, MOVED_BY_1));
            last = v128_xor(last, i8x16_swizzle(last, MOVED_BY_2));
            last = v128_xor(last, word);
            *round_key = store(last);
        }
        Self { round_keys: *round_keys }
    }
}

impl BlockCipherEncrypt for Aes128 {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl BlockCipherEncBackend for Aes128 {
    /// The cipher (§5.1).
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let [first, middle @ .., last] = &self.round_keys;
        let mut state = v128_xor(load(&block.get_in().0), load(first));
        for round_key in middle {
            state = v128_xor(mix_columns(shift_rows(sub_bytes(state))), load(round_key));
        }
        state = v128_xor(shift_rows(sub_bytes(state)), load(last));
        *block.get_out() = Array(store(state));
    }
}

/// SubBytes (§5.1.1): looks up x in row 0, x − 16 in row 1, … An index out of range yields zero, so
/// exactly one of the 16 lookups counts.
fn sub_bytes(state: v128) -> v128 {
    let (mut index, mut substituted) = (state, i8x16_splat(0));
    for row in &SBOX {
        substituted = v128_xor(substituted, i8x16_swizzle(load(row), index));
        index = i8x16_add(index, i8x16_splat(-16));
    }
    substituted
}

fn shift_rows(state: v128) -> v128 {
    i8x16_swizzle(state, SHIFT_ROWS)
}

/// MixColumns (§5.1.3): row r becomes 2·(r ⊕ r₊₁) ⊕ r₊₁ ⊕ r₊₂ ⊕ r₊₃.
fn mix_columns(state: v128) -> v128 {
    let next = i8x16_swizzle(state, NEXT_ROW);
    let pair = v128_xor(state, next);
    let carry = v128_and(i8x16_shr(pair, 7), i8x16_splat(0x1b));
    let doubled = v128_xor(i8x16_shl(pair, 1), carry);
    let opposite = v128_or(u32x4_shr(pair, 16), u32x4_shl(pair, 16));
    v128_xor(doubled, v128_xor(next, opposite))
}

fn load(bytes: &[u8; 16]) -> v128 {
    let [low, high] =
        [0, 64].map(|shift| u128::from_le_bytes(*bytes) >> shift & u128::from(u64::MAX));
    u64x2(u64::try_from(low).unwrap_or_default(), u64::try_from(high).unwrap_or_default())
}

fn store(vector: v128) -> [u8; 16] {
    let [low, high] = [u64x2_extract_lane::<0>(vector), u64x2_extract_lane::<1>(vector)];
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use cipher::array::Array;
    use cipher::{BlockCipherEncrypt, KeyInit};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::Aes128;

    fn encrypt<C: BlockCipherEncrypt + KeyInit>(key: [u8; 16], block: [u8; 16]) -> Vec<u8> {
        let key = Array::try_from(&key[..]).unwrap();
        let mut block = Array::try_from(&block[..]).unwrap();
        C::new(&key).encrypt_block(&mut block);
        block.to_vec()
    }

    /// FIPS 197, appendix B.
    #[wasm_bindgen_test]
    fn the_standard_s_example() {
        let key = *b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c";
        let block = *b"\x32\x43\xf6\xa8\x88\x5a\x30\x8d\x31\x31\x98\xa2\xe0\x37\x07\x34";
        let expected = *b"\x39\x25\x84\x1d\x02\xdc\x09\xfb\xdc\x11\x85\x97\x19\x6a\x0b\x32";
        assert_eq!(encrypt::<Aes128>(key, block), expected);
    }

    /// Compared with `aes`; every byte of key and block takes every value.
    #[wasm_bindgen_test]
    fn as_the_aes_crate_has_it() {
        let (mut key, mut block) = ([0; 16], [0; 16]);
        for i in 0..4096_u32 {
            assert_eq!(encrypt::<Aes128>(key, block), encrypt::<aes::Aes128>(key, block), "{i}");
            let next = encrypt::<aes::Aes128>(block, key);
            (key, block) = (block, next.try_into().unwrap());
            block[15] ^= u8::try_from(i & 255).unwrap();
        }
    }
}
