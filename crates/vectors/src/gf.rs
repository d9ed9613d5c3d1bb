//! The field of AES, GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1 (FIPS 197 §4), and the tables by which
//! [`super::encrypt`] computes in it. All of it is evaluated by the compiler.
//!
//! # Inversion with 16-entry tables
//!
//! Mike Hamburg, *Accelerating AES with Vector Permute Instructions* (CHES 2009), here as this
//! module derives it. Let F be the subfield of 16 elements, and β an element outside it with
//! β² = aβ + a, a in F. Every x is k + iβ with i, k in F, its conjugate is (k + ai) + iβ, and
//! N = k² + aik + ai² is the product of the two, so 1/x = conjugate / N. With j = i + k:
//!
//! ```text
//! p = 1/(1/(1/i + a/k) + j) = (k + ai) / N
//! q = 1/(1/(1/j + a/k) + i) = (k + ai + ak) / N
//! 1/x = p·(1 + β(1 + 1/a)/a) + q·β/a²
//! ```
//!
//! Each step looks up one nibble. 1/0 is [`INFINITY`], which lookups take to zero: by that the
//! formula holds for i, j, k = 0 as well.

/// What stands for 1/0: outside of every table, so that looking it up gives zero.
const INFINITY: u8 = 0x80;

/// Sixteen entries, for the 16 values of a nibble.
pub type Table = [u8; 16];

/// The product of two elements.
const fn mul(mut one: u8, mut two: u8) -> u8 {
    let mut product = 0;
    while two != 0 {
        if two & 1 == 1 {
            product ^= one;
        }
        one = (one << 1) ^ if one & 0x80 == 0 { 0 } else { 0x1b };
        two >>= 1;
    }
    product
}

/// The power of an element.
const fn pow(base: u8, exponent: u8) -> u8 {
    let (mut power, mut n) = (1, 0);
    while n < exponent {
        power = mul(power, base);
        n += 1;
    }
    power
}

/// 1/x; 0 for 0.
const fn inverse(x: u8) -> u8 {
    pow(x, 254)
}

/// The linear part of the S-box's affine map (FIPS 197 §5.1.1); the constant 0x63 is in the keys.
const fn affine(x: u8) -> u8 {
    x ^ x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(3) ^ x.rotate_left(4)
}

/// An element of F, by its nibble: the sum of g⁰, g¹, g², g³ for the bits that are set; g = 3¹⁷
/// generates F.
const fn subfield(nibble: u8) -> u8 {
    let (mut element, mut bit) = (0, 0);
    while bit < 4 {
        if nibble >> bit & 1 == 1 {
            element ^= pow(pow(3, 17), bit);
        }
        bit += 1;
    }
    element
}

/// The nibble of an element of F.
const fn nibble(element: u8) -> u8 {
    let mut nibble = 0;
    while subfield(nibble) != element {
        nibble += 1;
    }
    nibble
}

/// The first element outside F whose trace β + β¹⁶ and norm β¹⁷ are equal.
const BETA: u8 = {
    let mut beta = 2;
    while pow(beta, 16) == beta || beta ^ pow(beta, 16) != pow(beta, 17) {
        beta += 1;
    }
    beta
};
/// Trace and norm of β.
const A: u8 = pow(BETA, 17);

/// The byte i‖k for x = k + iβ: the form in which the cipher keeps its state.
const fn split(x: u8) -> u8 {
    let mut i = 0;
    loop {
        let k = x ^ mul(subfield(i), BETA);
        if pow(k, 16) == k {
            return i << 4 | nibble(k);
        }
        i += 1;
    }
}

/// A table of `$entry` for each value of the nibble `$n`.
macro_rules! table {
    (|$n:ident| $entry:expr) => {{
        let (mut table, mut $n): (Table, u8) = ([0; 16], 0);
        let mut rest: &mut [u8] = &mut table;
        while let Some((entry, after)) = rest.split_first_mut() {
            *entry = $entry;
            rest = after;
            $n += 1;
        }
        table
    }};
}

/// x to i‖k, by the low and by the high nibble of x; the sum of both.
pub const SPLIT: [Table; 2] = [table!(|n| split(n)), table!(|n| split(n << 4))];
/// 1/n in F.
pub const INVERSE: Table = table!(|n| if n == 0 { INFINITY } else { nibble(inverse(subfield(n))) });
/// a/n in F.
pub const A_OVER: Table =
    table!(|n| if n == 0 { INFINITY } else { nibble(mul(A, inverse(subfield(n)))) });

/// What 1/p contributes to the S-box's output, of which 1/x = p·… + q·… is linear.
const fn by_p(n: u8) -> u8 {
    let one_plus = 1 ^ inverse(A);
    affine(mul(inverse(subfield(n)), 1 ^ mul(BETA, mul(one_plus, inverse(A)))))
}

/// What 1/q contributes.
const fn by_q(n: u8) -> u8 {
    affine(mul(inverse(subfield(n)), mul(BETA, inverse(mul(A, A)))))
}

/// 1/p and 1/q to the S-box's output as i‖k; the sum of both.
pub const SUBSTITUTED: [Table; 2] = [table!(|n| split(by_p(n))), table!(|n| split(by_q(n)))];
/// The same, times 2.
pub const DOUBLED: [Table; 2] =
    [table!(|n| split(mul(2, by_p(n)))), table!(|n| split(mul(2, by_q(n))))];
/// The same, not as i‖k but as AES has it.
pub const JOINED: [Table; 2] = [table!(|n| by_p(n)), table!(|n| by_q(n))];
