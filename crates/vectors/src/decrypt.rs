//! AES-128 decryption (FIPS 197 §5.3) of eight blocks at a time, bit-sliced (Käsper and Schwabe,
//! *Faster and Timing-Attack Resistant AES-GCM*, CHES 2009).
//!
//! ```text
//! state = in ⊕ k₁₀
//! nine times: state = InvMixColumns(InvSubBytes(InvShiftRows(state)) ⊕ kᵣ)
//! out = InvSubBytes(InvShiftRows(state)) ⊕ k₀
//! ```
//!
//! CBC decrypts each block by itself, so eight fill eight vectors: vector `n` has bit `n` of every
//! byte, and in each of its bytes a bit of each block. A substitution is then arithmetic on whole
//! vectors, without a lookup, and ShiftRows and MixColumns permute their bytes.

use zeroize::ZeroizeOnDrop;

use crate::encrypt::{AFFINE, ROUNDS, RoundKeys};
use crate::vector::Vector;

/// Blocks decrypted together.
pub const BLOCKS: usize = 8;
/// Eight blocks, or their eight slices: bit 0 (the least significant) first.
pub type Eight = [Vector; BLOCKS];

/// InvShiftRows (§5.3.1): the byte in row r, column c comes from column c − r.
const INV_SHIFT_ROWS: Vector = Vector::new([0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3]);
/// Each column rotated up by one row, and by two.
const NEXT_ROW: Vector = Vector::new([1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12]);
const OPPOSITE_ROW: Vector = Vector::new([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13]);

/// AES-128, decryption only.
pub struct Decryption {
    keys: SlicedKeys,
    orders: [Vector; 2],
}

/// k₁₀ … k₁, with the S-box's constant, which InvSubBytes begins with and InvMixColumns keeps; and
/// k₀.
#[derive(ZeroizeOnDrop)]
struct SlicedKeys {
    rounds: [[[u8; 16]; BLOCKS]; ROUNDS],
    last: [[u8; 16]; BLOCKS],
}

impl Decryption {
    /// Expands a key.
    pub fn new(key: &[u8; 16]) -> Self {
        let round_keys = RoundKeys::new(key);
        let [first, rest @ ..] = &round_keys.0;
        let nothing = [[0; 16]; BLOCKS];
        let mut keys = SlicedKeys { rounds: [nothing; ROUNDS], last: nothing };
        for (to, key) in keys.rounds.iter_mut().zip(rest.iter().rev()) {
            slice_key(Vector::load(key) ^ AFFINE, to);
        }
        slice_key(Vector::load(first), &mut keys.last);
        Self { keys, orders: [INV_SHIFT_ROWS, NEXT_ROW].map(Vector::opaque) }
    }

    /// The inverse cipher (§5.3).
    #[inline(always)]
    pub fn decrypt(&self, blocks: Eight) -> Eight {
        let [inv_shift_rows, next_row] = self.orders;
        let [first, middle @ ..] = &self.keys.rounds;
        let mut state = with_key(sliced(blocks), first);
        for key in middle {
            let substituted = inv_sub_bytes(state.map(|slice| slice.at(inv_shift_rows)));
            state = inv_mix_columns(with_key(substituted, key), next_row);
        }
        let substituted = inv_sub_bytes(state.map(|slice| slice.at(inv_shift_rows)));
        sliced(with_key(substituted, &self.keys.last))
    }
}

/// The same key for all blocks.
fn slice_key(key: Vector, to: &mut [[u8; 16]; BLOCKS]) {
    for (to, slice) in to.iter_mut().zip(sliced([key; BLOCKS])) {
        slice.store(to);
    }
}

#[inline(always)]
fn with_key(mut state: Eight, key: &[[u8; 16]; BLOCKS]) -> Eight {
    for (slice, key) in state.iter_mut().zip(key) {
        *slice = *slice ^ Vector::load(key);
    }
    state
}

#[inline(always)]
fn added(mut one: Eight, two: &Eight) -> Eight {
    for (one, two) in one.iter_mut().zip(two) {
        *one = *one ^ *two;
    }
    one
}

/// Blocks to slices and back: transposes the 8 × 8 bits at each byte.
#[inline(always)]
fn sliced([a, b, c, d, e, f, g, h]: Eight) -> Eight {
    let [(a, b), (c, d), (e, f), (g, h)] =
        [swapped::<1>(a, b), swapped::<1>(c, d), swapped::<1>(e, f), swapped::<1>(g, h)];
    let [(a, c), (b, d), (e, g), (f, h)] =
        [swapped::<2>(a, c), swapped::<2>(b, d), swapped::<2>(e, g), swapped::<2>(f, h)];
    let [(a, e), (b, f), (c, g), (d, h)] =
        [swapped::<4>(a, e), swapped::<4>(b, f), swapped::<4>(c, g), swapped::<4>(d, h)];
    [a, b, c, d, e, f, g, h]
}

/// Swaps the upper bits of `low` with the lower bits of `high`, in groups of `BITS`.
#[inline(always)]
fn swapped<const BITS: u32>(low: Vector, high: Vector) -> (Vector, Vector) {
    let lower = Vector::new(match BITS {
        1 => [0x55; 16],
        2 => [0x33; 16],
        _ => [0x0f; 16],
    });
    let differing = (low.shr::<BITS>() ^ high) & lower;
    (low ^ differing.shl::<BITS>(), high ^ differing)
}

/// InvMixColumns (§5.3.3): MixColumns (§5.1.3) after adding 4 times the sum of a row and the
/// opposite one.
#[inline(always)]
fn inv_mix_columns(state: Eight, next_row: Vector) -> Eight {
    let four = doubled(doubled(state.map(|slice| slice ^ slice.at(OPPOSITE_ROW))));
    let state = added(state, &four);
    // Row r becomes 2·(r ⊕ r₊₁) ⊕ r₊₁ ⊕ (r₊₂ ⊕ r₊₃).
    let next = state.map(|slice| slice.at(next_row));
    let pairs = added(state, &next);
    let opposite = pairs.map(|slice| slice.at(OPPOSITE_ROW));
    added(added(doubled(pairs), &next), &opposite)
}

/// Times 2 in GF(2⁸).
#[inline(always)]
fn doubled([a, b, c, d, e, f, g, h]: Eight) -> Eight {
    [h, a ^ h, b, c ^ h, d ^ h, e, f, g]
}

/// InvSubBytes (§5.3.2) without its constant, which is in the keys. The circuit is of
/// Boyar and Peralta, *A Depth-16 Circuit for the AES S-box* (2011), in the order and with the
/// names that the crate `aes` gives it.
#[inline(always)]
fn inv_sub_bytes([u7, u6, u5, u4, u3, u2, u1, u0]: Eight) -> Eight {
    let t23 = u0 ^ u3;
    let t8 = u1 ^ t23;
    let m2 = t23 & t8;
    let t4 = u4 ^ t8;
    let t22 = u1 ^ u3;
    let t2 = u0 ^ u1;
    let t1 = u3 ^ u4;
    let t9 = u7 ^ t1;
    let m7 = t22 & t9;
    let t24 = u4 ^ u7;
    let t10 = t2 ^ t24;
    let m14 = t2 & t10;
    let r5 = u6 ^ u7;
    let t3 = t1 ^ r5;
    let t13 = t2 ^ r5;
    let t19 = t22 ^ r5;
    let t17 = u2 ^ t19;
    let t25 = u2 ^ t1;
    let r13 = u1 ^ u6;
    let t20 = t24 ^ r13;
    let m9 = t20 & t17;
    let r17 = u2 ^ u5;
    let t6 = t22 ^ r17;
    let m1 = t13 & t6;
    let y5 = u0 ^ r17;
    let m4 = t19 & y5;
    let m5 = m4 ^ m1;
    let m17 = m5 ^ t24;
    let r18 = u5 ^ u6;
    let t27 = t1 ^ r18;
    let t15 = t10 ^ t27;
    let m11 = t1 & t15;
    let m15 = m14 ^ m11;
    let m21 = m17 ^ m15;
    let m12 = t4 & t27;
    let m13 = m12 ^ m11;
    let t14 = t10 ^ r18;
    let m3 = t14 ^ m1;
    let m16 = m3 ^ m2;
    let m20 = m16 ^ m13;
    let r19 = u2 ^ u4;
    let t16 = r13 ^ r19;
    let t26 = t3 ^ t16;
    let m6 = t3 & t16;
    let m8 = t26 ^ m6;
    let m18 = m8 ^ m7;
    let m22 = m18 ^ m13;
    let m25 = m22 & m20;
    let m26 = m21 ^ m25;
    let m10 = m9 ^ m6;
    let m19 = m10 ^ m15;
    let m23 = m19 ^ t25;
    let m28 = m23 ^ m25;
    let m24 = m22 ^ m23;
    let m30 = m26 & m24;
    let m39 = m23 ^ m30;
    let m48 = m39 & y5;
    let m57 = m39 & t19;
    let m36 = m24 ^ m25;
    let m31 = m20 & m23;
    let m27 = m20 ^ m21;
    let m32 = m27 & m31;
    let m29 = m28 & m27;
    let m37 = m21 ^ m29;
    let m42 = m37 ^ m39;
    let m52 = m42 & t15;
    let m61 = m42 & t1;
    let p0 = m52 ^ m61;
    let p16 = m57 ^ m61;
    let m60 = m37 & t20;
    let m51 = m37 & t17;
    let m33 = m27 ^ m25;
    let m38 = m32 ^ m33;
    let m43 = m37 ^ m38;
    let m49 = m43 & t16;
    let p6 = m49 ^ m60;
    let p13 = m49 ^ m51;
    let m58 = m43 & t3;
    let m50 = m38 & t9;
    let m59 = m38 & t22;
    let p1 = m58 ^ m59;
    let p7 = p0 ^ p1;
    let m34 = m21 & m22;
    let m35 = m24 & m34;
    let m40 = m35 ^ m36;
    let m41 = m38 ^ m40;
    let m45 = m42 ^ m41;
    let m53 = m45 & t27;
    let p8 = m50 ^ m53;
    let p23 = p7 ^ p8;
    let m62 = m45 & t4;
    let p14 = m49 ^ m62;
    let s6 = p14 ^ p23;
    let m54 = m41 & t10;
    let p2 = m54 ^ m62;
    let p22 = p2 ^ p7;
    let s0 = p13 ^ p22;
    let p17 = m58 ^ p2;
    let p15 = m54 ^ m59;
    let m63 = m41 & t2;
    let m44 = m39 ^ m40;
    let m46 = m44 & t6;
    let p5 = m46 ^ m51;
    let p18 = m63 ^ p5;
    let p24 = p5 ^ p7;
    let p12 = m46 ^ m48;
    let s3 = p12 ^ p22;
    let m55 = m44 & t13;
    let p9 = m55 ^ m63;
    let s7 = p9 ^ p16;
    let m47 = m40 & t8;
    let p3 = m47 ^ m50;
    let p19 = p2 ^ p3;
    let s5 = p19 ^ p24;
    let p11 = p0 ^ p3;
    let p26 = p9 ^ p11;
    let m56 = m40 & t23;
    let p4 = m48 ^ m56;
    let p20 = p4 ^ p6;
    let p29 = p15 ^ p20;
    let s1 = p26 ^ p29;
    let p10 = m57 ^ p4;
    let p27 = p10 ^ p18;
    let s4 = p23 ^ p27;
    let p25 = p6 ^ p10;
    let p28 = p11 ^ p25;
    let s2 = p17 ^ p28;
    [s7, s6, s5, s4, s3, s2, s1, s0]
}
