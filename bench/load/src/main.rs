//! The endpoint under load, as `make bench` prints it: the real program on the embedded store,
//! requests as the tab signs them. Rates a core are over the processor time that the endpoint used,
//! so other programs do not count.
//!
//! `frond-load vault ORIGIN USERNAME PASSWORD FILES` makes an account with a vault of that many
//! files instead, for bench/vault.mjs.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people, with a clock of its own"
)]

mod person;
mod process;
mod vault;

use std::time::{Duration, Instant};

use frond_wire::{InvalidId, Name, ObjectId, Operation, Part, UploadId};
use futures_util::future::try_join_all;

use person::Person;
use process::Endpoint;

type Failure = Box<dyn std::error::Error>;

/// Batches of 1 000 parts, one after another.
const BATCHES: u32 = 100;
/// Callers that ask for one URL at a time, and for how long.
const CALLERS: usize = 16;
const TIME: Duration = Duration::from_secs(5);
/// Connections that stay open.
const CONNECTIONS: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [mode, origin, username, password, files] = arguments.as_slice()
        && mode == "vault"
    {
        return vault::make(origin, username, password, files.parse()?).await;
    }
    let endpoint = Endpoint::start().await?;
    let person = Person::without_files(&endpoint.origin, process::DEPLOYMENT).await?;
    println!("endpoint, load of the machine {}", process::load()?);
    println!("  memory at rest               {:>9} KiB", endpoint.memory()?);
    batches(&endpoint, &person).await?;
    singles(&endpoint, &person).await?;
    connections(&endpoint).await
}

const OBJECT: &str = "018f4e2a-0000-7000-8000-000000000001";

async fn batches(endpoint: &Endpoint, person: &Person) -> Result<(), Failure> {
    let object = ObjectId::parse(OBJECT)?;
    let upload = UploadId::parse("2~abcdefghijklmnopqrstuvwxyzABCDEF")?;
    let part = |part| {
        let (upload, part) = (upload.clone(), Part::new(part)?);
        Ok(Operation::UploadPart { object, upload, part, length: 8_389_776, checksum: None })
    };
    let operations = (1..=1_000).map(part).collect::<Result<Vec<_>, InvalidId>>()?;
    let client = person::client()?;
    person.presign(&client, &operations).await?;
    let (mut took, before) = (Vec::new(), endpoint.processor()?);
    for _ in 0..BATCHES {
        let start = Instant::now();
        person.presign(&client, &operations).await?;
        took.push(start.elapsed());
    }
    let used = endpoint.processor()? - before;
    println!("  1 batch of 1 000 parts       {}   aim p99 under 100 ms", latencies(&mut took));
    println!(
        "  URLs a second and core       {:>9.0}   aim 20 000   (batches)",
        f64::from(BATCHES) * 1_000.0 / used.as_secs_f64()
    );
    Ok(())
}

async fn singles(endpoint: &Endpoint, person: &Person) -> Result<(), Failure> {
    let get = [Operation::Get(Name::Object(ObjectId::parse(OBJECT)?))];
    let before = endpoint.processor()?;
    let start = Instant::now();
    let callers = (0..CALLERS).map(async |_| {
        let client = person::client()?;
        let mut took = Vec::new();
        while start.elapsed() < TIME {
            let asked = Instant::now();
            person.urls(&client, &get).await?;
            took.push(asked.elapsed());
        }
        Ok::<_, Failure>(took)
    });
    let mut took = try_join_all(callers).await?.concat();
    let (used, whole) = (endpoint.processor()? - before, start.elapsed());
    let count = f64::from(u32::try_from(took.len())?);
    println!("  1 URL, {CALLERS} callers            {}", latencies(&mut took));
    println!("  requests a second            {:>9.0}", count / whole.as_secs_f64());
    println!(
        "  requests a second and core   {:>9.0}   (each signed and verified)",
        count / used.as_secs_f64()
    );
    Ok(())
}

async fn connections(endpoint: &Endpoint) -> Result<(), Failure> {
    let mut open = Vec::new();
    while open.len() < CONNECTIONS {
        open.extend(try_join_all((0..50).map(|_| endpoint.connection())).await?);
    }
    println!(
        "  memory, {} connections    {:>9} KiB   aim under 40 960   (each has asked once)",
        open.len(),
        endpoint.memory()?
    );
    Ok(())
}

/// p50 and p99 in milliseconds.
fn latencies(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let at = |part: usize| {
        took.get(took.len() * part / 100).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    format!("p50 {:>7.2} ms   p99 {:>7.2} ms", at(50), at(99))
}
