//! Simulation: whole sessions, their transfers and their queue, over a simulated store, endpoint,
//! network, device and clock. Everything that is random follows from one seed, and there is one
//! thread: a seed is a history, and replays.
//!
//! A schedule draws devices, tabs, what people do in them, and what goes wrong meanwhile. Then the
//! faults stop, and it must come to rest: nothing acknowledged lost, no wrong byte, no duplicate,
//! all devices with one list fingerprint.
//!
//! ```sh
//! # One, step by step.
//! FROND_SEED=123 cargo test -p frond --test simulation one -- --nocapture
//! # As many as asked.
//! make soak N=1000000
//! ```

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

mod bucket;
mod chest;
mod cipher;
mod device;
mod executor;
mod fault;
mod gate;
mod model;
mod net;
mod people;
mod plant;
mod random;
mod runner;
mod scale;
mod schedule;
mod source;
mod stories;
mod tab;
mod trace;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use plant::Plant;
use schedule::{Options, Report, schedule};

/// Schedules of `make test`.
const SCHEDULES: u64 = 20_000;
/// Failures after which it goes no further.
const ENOUGH: usize = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// What is wrong with this schedule, if anything; a panic of the code is wrong as well.
fn fault(seed: u64, plant: Option<Plant>) -> Result<Report, String> {
    let options = Options { plant, prints: false, sums: false };
    let report = catch_unwind(AssertUnwindSafe(|| schedule(seed, &options))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })?;
    match report.violation {
        Some(violation) => Err(violation),
        None => Ok(report),
    }
}

/// Runs the schedules `from..to` on all cores, up to a few failures; tells those.
fn many(from: u64, to: u64) -> (Report, BTreeMap<u64, String>) {
    let (next, failed) = (AtomicU64::new(from), Mutex::new(BTreeMap::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut sum = Report::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= to || failed.lock().unwrap().len() >= ENOUGH {
                return sum;
            }
            match fault(seed, None) {
                Ok(report) => sum.add(&report),
                Err(what) => drop(failed.lock().unwrap().insert(seed, what)),
            }
        }
    };
    let sum = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut sum = Report::default();
        workers.into_iter().for_each(|worker| sum.add(&worker.join().unwrap()));
        sum
    });
    (sum, failed.into_inner().unwrap())
}

#[test]
fn many_schedules() {
    if number("FROND_SEED").is_some() {
        return;
    }
    let first = number("FROND_FIRST").unwrap_or(0);
    let count = number("FROND_SCHEDULES").unwrap_or(SCHEDULES);
    let (sum, failed) = many(first, first + count);
    for (seed, what) in &failed {
        println!("schedule {seed}: {what}");
    }
    if let Some(seed) = failed.keys().next() {
        panic!(
            "to replay: FROND_SEED={seed} cargo test -p frond --test simulation one -- --nocapture"
        );
    }
    println!("{count} schedules from {first}: {sum:?}");
}

#[test]
fn one_schedule() {
    let Some(seed) = number("FROND_SEED") else { return };
    let report = schedule(seed, &Options { plant: None, prints: true, sums: false });
    assert_eq!(report.violation, None, "schedule {seed}");
    println!("{report:?}");
}

#[test]
fn a_seed_is_a_history() {
    let options = Options { plant: None, prints: false, sums: true };
    for seed in 0..20 {
        let (one, two) = (schedule(seed, &options), schedule(seed, &options));
        assert_eq!((one.sum, one.polls), (two.sum, two.polls), "schedule {seed}");
        assert_ne!(one.sum, schedule(seed + 1, &options).sum, "schedule {seed}");
    }
}

/// The checker finds what is planted, by its name.
#[test]
fn planted_bugs_are_found() {
    for plant in plant::ALL {
        let found = (0..1_000).find_map(|seed| fault(seed, Some(plant)).err());
        let found = found.unwrap_or_else(|| panic!("nobody noticed {plant:?}"));
        let expected = match plant {
            Plant::LosesObjects => "without data",
            Plant::WrongByte => "wrong bytes",
            Plant::Twice => "duplicate",
            Plant::HidesEvents => "lost",
            Plant::Hoards => "memory",
            Plant::StaysDown => "at rest",
            Plant::HidesObjects => "orphans",
            Plant::KeepsLogins => "former password",
        };
        assert!(found.contains(expected), "{plant:?} was taken for: {found}");
    }
}
