//! Whether the time that the ciphers take natively tells one key and message from others: Welch's
//! t-test over many measurements (Reparaz, Balasch and Verbauwhede, *Dude, is my code constant
//! time?*, 2017). `cargo run --release -p frond-vectors --example dudect`
//!
//! One class is a fixed key and message, the other random ones; which one comes next is random.
//! |t| above 10 says that the times differ; it stays below 5 where they do not. A busy machine adds
//! noise and hides small differences, so run it on a quiet one.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use frond_vectors::{Blocks, LANES, decrypt, encrypt, encrypt_four, hmac_four};

/// Measurements of each cipher.
const RUNS: usize = 20_000;
/// |t| from which times differ.
const DIFFERENT: f64 = 10.0;
/// Blocks of a message.
const BLOCKS: usize = 16;

type Cipher = fn(&[u8; 16], &mut Blocks);

const CIPHERS: [(&str, Cipher); 4] = [
    ("encrypt", |key, blocks| encrypt(key, &[0; 16], blocks)),
    ("encrypt_four", |key, blocks| {
        let mut others = [const { [[0; 16]; BLOCKS] }; LANES - 1];
        let [two, three, four] = &mut others;
        encrypt_four([key; LANES], [&[0; 16]; LANES], [blocks, two, three, four]);
    }),
    ("decrypt", |key, blocks| decrypt(key, &[0; 16], blocks)),
    ("hmac_four", |key, blocks| {
        black_box(hmac_four([key; LANES], [blocks.as_flattened(); LANES]));
    }),
];

#[expect(clippy::print_stdout, reason = "a command that prints its result")]
fn main() -> ExitCode {
    let mut same = true;
    for (name, cipher) in CIPHERS {
        let t = tested(cipher);
        println!("{name}: t = {t:.2}");
        same &= t.abs() < DIFFERENT;
    }
    if same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Welch's t of the two classes' times, without the slowest tenth of all: those were interrupted.
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn tested(cipher: Cipher) -> f64 {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let class = next(&mut random) & 1;
        // Both are drawn in either class, so that what happens before the measurement is the same.
        let drawn =
            ([(); 16].map(|()| byte(&mut random)), [(); BLOCKS].map(|()| [byte(&mut random); 16]));
        let (key, mut blocks) = if class == 0 { ([0; 16], [[0; 16]; BLOCKS]) } else { drawn };
        let begin = Instant::now();
        cipher(black_box(&key), black_box(&mut blocks));
        let nanoseconds = u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX);
        times.push((nanoseconds, class));
    }
    let mut sorted: Vec<u32> = times.iter().map(|(time, _)| *time).collect();
    sorted.sort_unstable();
    let most = sorted.get(RUNS * 9 / 10).copied().unwrap_or(u32::MAX);
    let [(mean0, error0), (mean1, error1)] = [0, 1].map(|class| {
        let of = times.iter().filter(|(time, its)| *its == class && *time <= most);
        let values: Vec<f64> = of.map(|(time, _)| f64::from(*time)).collect();
        let count = u32::try_from(values.len()).map_or(1.0, f64::from);
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (mean, variance / count)
    });
    (mean0 - mean1) / (error0 + error1).sqrt()
}

/// Xorshift: which class comes next need not be secret.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

fn byte(state: &mut u64) -> u8 {
    let [byte, ..] = next(state).to_le_bytes();
    byte
}
