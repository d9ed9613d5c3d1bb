//! Each operation is one instruction.

use core::arch::wasm32::{
    i8x16_swizzle, u8x16, u32x4_add, u32x4_shl, u32x4_shr, u32x4_shuffle, u32x4_splat, u64x2,
    u64x2_extract_lane, u64x2_shuffle, v128, v128_and, v128_not, v128_xor,
};
use core::ops::{Add, BitAnd, BitXor, Not};

/// See the module.
#[derive(Clone, Copy)]
pub struct Vector(v128);

impl Vector {
    /// All bits zero.
    pub const ZERO: Self = Self::new([0; 16]);

    /// Of constants.
    #[inline(always)]
    pub const fn new(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
        Self(u8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))
    }

    /// The same, as a value that the compiler does not know: it would make a shuffle of
    /// [`Self::at`] with a known index, for which V8 builds the index anew each time.
    #[inline(always)]
    pub fn opaque(self) -> Self {
        core::hint::black_box(self)
    }

    /// Reads 16 bytes.
    #[inline(always)]
    pub fn load(bytes: &[u8; 16]) -> Self {
        let [low, high] = halves(bytes);
        Self(u64x2(u64::from_le_bytes(low), u64::from_le_bytes(high)))
    }

    /// The 16 bytes.
    #[inline(always)]
    pub fn store(self, bytes: &mut [u8; 16]) {
        let (low, high) = (u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0));
        let (to_low, to_high) = bytes.split_at_mut(8);
        to_low.copy_from_slice(&low.to_le_bytes());
        to_high.copy_from_slice(&high.to_le_bytes());
    }

    /// The same 32-bit number in each lane.
    #[inline(always)]
    pub fn splat(number: u32) -> Self {
        Self(u32x4_splat(number))
    }

    /// Byte `index[n]` of this vector at each place `n`; zero for an index above 15.
    #[inline(always)]
    pub fn at(self, index: Self) -> Self {
        Self(i8x16_swizzle(self.0, index.0))
    }

    /// Each lane shifted left.
    #[inline(always)]
    pub fn shl<const BITS: u32>(self) -> Self {
        Self(u32x4_shl(self.0, BITS))
    }

    /// Each lane shifted right, zeros moving in.
    #[inline(always)]
    pub fn shr<const BITS: u32>(self) -> Self {
        Self(u32x4_shr(self.0, BITS))
    }

    /// Rows to columns: lane `n` of vector `m` becomes lane `m` of vector `n`.
    #[inline(always)]
    pub fn transposed([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let (ab, cd) =
            (u32x4_shuffle::<0, 4, 1, 5>(a.0, b.0), u32x4_shuffle::<0, 4, 1, 5>(c.0, d.0));
        let (ab_high, cd_high) =
            (u32x4_shuffle::<2, 6, 3, 7>(a.0, b.0), u32x4_shuffle::<2, 6, 3, 7>(c.0, d.0));
        [
            Self(u64x2_shuffle::<0, 2>(ab, cd)),
            Self(u64x2_shuffle::<1, 3>(ab, cd)),
            Self(u64x2_shuffle::<0, 2>(ab_high, cd_high)),
            Self(u64x2_shuffle::<1, 3>(ab_high, cd_high)),
        ]
    }
}

#[inline(always)]
fn halves(bytes: &[u8; 16]) -> [[u8; 8]; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
    [[a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]]
}

impl BitXor for Vector {
    type Output = Self;

    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }
}

impl BitAnd for Vector {
    type Output = Self;

    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }
}

impl Not for Vector {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(v128_not(self.0))
    }
}

impl Add for Vector {
    type Output = Self;

    /// Lane by lane, modulo 2³².
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(u32x4_add(self.0, other.0))
    }
}
