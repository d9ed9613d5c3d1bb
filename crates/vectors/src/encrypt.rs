//! AES-128 encryption (FIPS 197), by vector permutations.
//!
//! ```text
//! state = in ⊕ k₀
//! nine times: state = MixColumns(ShiftRows(SubBytes(state))) ⊕ kᵣ
//! out = ShiftRows(SubBytes(state)) ⊕ k₁₀
//! ```
//!
//! CBC encrypts block after block, so a block is one vector and what counts is how long a round
//! takes from end to end. SubBytes inverts in GF(2⁸) by looking up nibbles (see [`super::gf`]),
//! and its last lookup gives its result and twice that, all that MixColumns needs. Between the
//! rounds the state's bytes are i‖k; that map is linear, so the round keys are as well.

use zeroize::ZeroizeOnDrop;

use crate::gf;
use crate::vector::Vector;

/// Rounds, Nr (FIPS 197 §5).
pub const ROUNDS: usize = 10;
/// Round constants of the key expansion (§5.2): powers of two in GF(2⁸).
const RCON: [u8; ROUNDS] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];
/// The S-box's constant (§5.1.1). All of a state has it after SubBytes, and still after ShiftRows
/// and MixColumns: it is added with the round key.
pub const AFFINE: Vector = Vector::new([0x63; 16]);
/// ShiftRows (§5.1.2): the byte in row r, column c comes from column c + r.
const SHIFT_ROWS: Vector = Vector::new([0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11]);
/// ShiftRows, then each column rotated up by one row, and by three.
const SHIFT_ROWS_1: Vector = Vector::new([5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8, 1, 6, 11, 12]);
const SHIFT_ROWS_3: Vector = Vector::new([15, 0, 5, 10, 3, 4, 9, 14, 7, 8, 13, 2, 11, 12, 1, 6]);
/// Each column rotated up by one row.
const NEXT_ROW: Vector = Vector::new([1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12]);
/// RotWord (§5.2) of the last column, in every column.
const LAST_ROTATED: Vector =
    Vector::new([13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12]);
/// Columns moved by one, and by two, zeros moving in.
const MOVED_BY_1: Vector = Vector::new([128, 128, 128, 128, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
const MOVED_BY_2: Vector =
    Vector::new([128, 128, 128, 128, 128, 128, 128, 128, 0, 1, 2, 3, 4, 5, 6, 7]);
const LOW_NIBBLES: Vector = Vector::new([0x0f; 16]);
const A_OVER: Vector = Vector::new(gf::A_OVER);
const INVERSE: Vector = Vector::new(gf::INVERSE);
const SPLIT: [Vector; 2] = pair(gf::SPLIT);
const SUBSTITUTED: [Vector; 2] = pair(gf::SUBSTITUTED);
const DOUBLED: [Vector; 2] = pair(gf::DOUBLED);
const JOINED: [Vector; 2] = pair(gf::JOINED);

const fn pair([one, two]: [gf::Table; 2]) -> [Vector; 2] {
    [Vector::new(one), Vector::new(two)]
}

/// k₀ … k₁₀ as the standard has them (§5.2).
#[derive(ZeroizeOnDrop)]
pub struct RoundKeys(pub [[u8; 16]; ROUNDS + 1]);

impl RoundKeys {
    /// The key expansion, four words at a time.
    pub fn new(key: &[u8; 16]) -> Self {
        let mut keys = Self([*key; ROUNDS + 1]);
        let mut last = Vector::load(key);
        for (round_key, rcon) in keys.0.iter_mut().skip(1).zip(RCON) {
            let word = sum(JOINED, inverted(split(last))) ^ AFFINE;
            let word = word.at(LAST_ROTATED) ^ Vector::splat(rcon.into());
            last = last ^ last.at(MOVED_BY_1);
            last = last ^ last.at(MOVED_BY_2);
            last = last ^ word;
            last.store(round_key);
        }
        keys
    }
}

/// AES-128, encryption only.
#[derive(ZeroizeOnDrop)]
pub struct Encryption {
    /// k₀ as it is.
    first: [u8; 16],
    /// k₁ … k₉ as i‖k, the S-box's constant included.
    middle: [[u8; 16]; ROUNDS - 1],
    /// k₁₀, with that constant.
    last: [u8; 16],
}

impl Encryption {
    /// Expands a key.
    pub fn new(key: &[u8; 16]) -> Self {
        let keys = RoundKeys::new(key);
        let [first, middle @ .., last] = &keys.0;
        let (mut middle, mut last) = (*middle, *last);
        for key in &mut middle {
            split(Vector::load(key) ^ AFFINE).store(key);
        }
        (Vector::load(&last) ^ AFFINE).store(&mut last);
        Self { first: *first, middle, last }
    }
}

/// The cipher for `N` keys at a time.
pub struct Encryptions<const N: usize> {
    keys: [Encryption; N],
    orders: [Vector; 4],
}

impl<const N: usize> Encryptions<N> {
    /// Expands the keys.
    pub fn new(keys: [&[u8; 16]; N]) -> Self {
        let orders = [SHIFT_ROWS, SHIFT_ROWS_1, SHIFT_ROWS_3, NEXT_ROW].map(Vector::opaque);
        Self { keys: keys.map(Encryption::new), orders }
    }

    /// The cipher (§5.1), of one block under each key. One block waits for its own lookups most of
    /// the time; others use it.
    #[inline(always)]
    pub fn encrypt(&self, blocks: [Vector; N]) -> [Vector; N] {
        let [shift_rows, shift_rows_1, shift_rows_3, next_row] = self.orders;
        let mut states = self.each(blocks, |key, block| split(block ^ Vector::load(&key.first)));
        for round in 0..ROUNDS - 1 {
            states = self.each(states, |key, state| {
                let key = key.middle.get(round).map_or(AFFINE, Vector::load);
                let inverted = inverted(state);
                let (one, two) = (sum(SUBSTITUTED, inverted), sum(DOUBLED, inverted));
                let pair = two.at(shift_rows) ^ one.at(shift_rows_1);
                (one.at(shift_rows_3) ^ key) ^ pair ^ pair.at(next_row)
            });
        }
        self.each(states, |key, state| {
            sum(JOINED, inverted(state)).at(shift_rows) ^ Vector::load(&key.last)
        })
    }

    #[inline(always)]
    fn each(
        &self,
        mut states: [Vector; N],
        step: impl Fn(&Encryption, Vector) -> Vector,
    ) -> [Vector; N] {
        for (state, key) in states.iter_mut().zip(&self.keys) {
            *state = step(key, *state);
        }
        states
    }
}

/// A byte's low and high nibbles.
#[inline(always)]
fn nibbles(bytes: Vector) -> [Vector; 2] {
    [bytes & LOW_NIBBLES, bytes.shr::<4>() & LOW_NIBBLES]
}

/// x to i‖k.
#[inline(always)]
fn split(bytes: Vector) -> Vector {
    sum(SPLIT, nibbles(bytes))
}

/// i‖k to 1/p and 1/q.
#[inline(always)]
fn inverted(state: Vector) -> [Vector; 2] {
    let [k, i] = nibbles(state);
    let j = i ^ k;
    let over_k = A_OVER.at(k);
    let inverse = |of| INVERSE.at(of);
    [inverse(inverse(i) ^ over_k) ^ j, inverse(inverse(j) ^ over_k) ^ i]
}

/// Two lookups, added.
#[inline(always)]
fn sum([one, two]: [Vector; 2], [first, second]: [Vector; 2]) -> Vector {
    one.at(first) ^ two.at(second)
}
