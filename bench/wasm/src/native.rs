//! One run, side by side: every round measures both; ratios are medians over the rounds.

use std::process::{Command, ExitCode};
use std::rc::Rc;
use std::time::Instant;

use frond::bytes::Bytes;
use frond::port::{BulkCipher, Entropy, NoEntropy};
use frond::software::Software;
use frond_bench::{catalog, open, seal, search};
use futures_util::FutureExt;

const MIB: usize = 1 << 20;
const SIZE: usize = 32 * MIB;
const ROUNDS: usize = 5;

struct System;

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

/// Prints the table; fails where Python or `cryptography` is missing.
#[expect(clippy::print_stdout, reason = "a command that prints a table")]
pub fn run() -> ExitCode {
    println!("\nThe catalog's index, natively\n");
    catalog().iter().for_each(|line| println!("{line}"));
    println!("\nSearch in contents, natively\n");
    search().iter().for_each(|line| println!("{line}"));
    let Some(rounds) = (0..ROUNDS).map(|_| Some((frond()?, pyca()?))).collect::<Option<Vec<_>>>()
    else {
        println!("the bench did not run: is FROND_PYTHON a Python with cryptography?");
        return ExitCode::FAILURE;
    };
    println!(
        "\nNatively ({ROUNDS} rounds): MB/s and, in brackets, ratio to pyca's Fernet with 1 MiB \
         tokens\n"
    );
    println!("| candidate | seal | open |\n|---|---|---|");
    let row = |name: &str, speed: &dyn Fn(usize) -> (f64, f64)| {
        let column = |pick: &dyn Fn((f64, f64)) -> f64, reference: &dyn Fn(usize) -> f64| {
            let speeds: Vec<f64> = (0..ROUNDS).map(|round| pick(speed(round))).collect();
            let ratios =
                speeds.iter().enumerate().map(|(round, speed)| speed / reference(round)).collect();
            format!("{:.0} ({:.2})", median(speeds), median(ratios))
        };
        let reference = |round: usize| rounds.get(round).map_or((1.0, 1.0), |(_, pyca)| *pyca);
        let seal = column(&|pair| pair.0, &|round| reference(round).0);
        let open = column(&|pair| pair.1, &|round| reference(round).1);
        println!("| {name} | {seal} | {open} |");
    };
    row("pyca Fernet, 1 MiB", &|round| rounds.get(round).map_or((1.0, 1.0), |(_, pyca)| *pyca));
    row("frond software, 512 KiB", &|round| {
        rounds.get(round).map_or((1.0, 1.0), |(frond, _)| *frond)
    });
    ExitCode::SUCCESS
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn catalog() -> Vec<String> {
    let begin = Instant::now();
    catalog::table(&|| begin.elapsed().as_secs_f64() * 1_000.0)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn search() -> Vec<String> {
    let begin = Instant::now();
    search::table(&|| begin.elapsed().as_secs_f64() * 1_000.0)
}

/// MB/s of seal and open by the software engine.
fn frond() -> Option<(f64, f64)> {
    let cipher: Rc<dyn BulkCipher> = Rc::new(Software);
    let content = Bytes::from(vec![7; SIZE]);
    let (sealed, sealing) = timed(|| seal(&cipher, &System, &content).now_or_never());
    let object = sealed?.ok()?;
    let (opened, opening) = timed(|| open(&cipher, &object).now_or_never());
    (opened?.ok()? == SIZE).then_some((sealing, opening))
}

/// MB/s of pyca's `encrypt` and `decrypt`, base64 included.
fn pyca() -> Option<(f64, f64)> {
    let python = std::env::var("FROND_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = "import os, time\nfrom cryptography.fernet import Fernet\n\
        f = Fernet(Fernet.generate_key())\nm = os.urandom(1 << 20)\n\
        a = time.perf_counter()\nt = [f.encrypt(m) for _ in range(32)]\nb = time.perf_counter()\n\
        assert all(f.decrypt(x) == m for x in t)\nc = time.perf_counter()\n\
        print(32 * 1.048576 / (b - a), 32 * 1.048576 / (c - b))";
    let output = Command::new(python).args(["-c", script]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (seal, open) = text.trim().split_once(' ')?;
    Some((seal.parse().ok()?, open.parse().ok()?))
}

/// The result, and MB/s for [`SIZE`] bytes.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let result = work();
    (result, 32.0 * 1.048_576 / begin.elapsed().as_secs_f64())
}
