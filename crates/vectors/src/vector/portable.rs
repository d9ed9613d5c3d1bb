//! The same operations in plain Rust: what tests natively is what runs in a browser.

use core::ops::{Add, BitAnd, BitXor, Not};

/// See the module.
#[derive(Clone, Copy)]
pub struct Vector(u128);

impl Vector {
    /// All bits zero.
    pub const ZERO: Self = Self::new([0; 16]);

    /// Of constants.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    /// The same, as a value that the compiler does not know.
    pub fn opaque(self) -> Self {
        core::hint::black_box(self)
    }

    /// Reads 16 bytes.
    pub fn load(bytes: &[u8; 16]) -> Self {
        Self::new(*bytes)
    }

    /// The 16 bytes.
    pub fn store(self, bytes: &mut [u8; 16]) {
        *bytes = self.0.to_le_bytes();
    }

    /// The same 32-bit number in each lane.
    pub fn splat(number: u32) -> Self {
        Self::of([number; 4])
    }

    /// Byte `index[n]` of this vector at each place `n`; zero for an index above 15. Every byte is
    /// read for every place.
    pub fn at(self, index: Self) -> Self {
        let mut found = [0; 16];
        for (place, byte) in (0_u8..).zip(self.0.to_le_bytes()) {
            for (found, index) in found.iter_mut().zip(index.0.to_le_bytes()) {
                let differs = (u16::from(index ^ place) + 0xff) >> 8;
                let [mask, _] = differs.wrapping_sub(1).to_le_bytes();
                *found |= byte & mask;
            }
        }
        Self::new(found)
    }

    /// Each lane shifted left.
    pub fn shl<const BITS: u32>(self) -> Self {
        Self::of(self.lanes().map(|lane| lane << BITS))
    }

    /// Each lane shifted right, zeros moving in.
    pub fn shr<const BITS: u32>(self) -> Self {
        Self::of(self.lanes().map(|lane| lane >> BITS))
    }

    /// Rows to columns: lane `n` of vector `m` becomes lane `m` of vector `n`.
    pub fn transposed(rows: [Self; 4]) -> [Self; 4] {
        let [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]] = rows.map(Self::lanes);
        [[a, e, i, m], [b, f, j, n], [c, g, k, o], [d, h, l, p]].map(Self::of)
    }

    fn of([a, b, c, d]: [u32; 4]) -> Self {
        let lane = |number: u32, shift: u32| u128::from(number) << shift;
        Self(lane(a, 0) | lane(b, 32) | lane(c, 64) | lane(d, 96))
    }

    fn lanes(self) -> [u32; 4] {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = self.0.to_le_bytes();
        [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]].map(u32::from_le_bytes)
    }
}

impl BitXor for Vector {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl BitAnd for Vector {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Vector {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl Add for Vector {
    type Output = Self;

    /// Lane by lane, modulo 2³².
    fn add(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.lanes(), other.lanes());
        Self::of([(a, e), (b, f), (c, g), (d, h)].map(|(one, two)| one.wrapping_add(two)))
    }
}
