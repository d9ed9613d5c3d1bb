//! SIGKILL at any moment loses nothing that was answered 200.
//!
//! The test runs itself again as the server, on one folder, loads it with writes, kills it at a
//! random moment, starts it again and looks: what was acknowledged is there with its bytes, what
//! was deleted stays deleted, what was under way is whole or absent; 200 times. `FROND_KILL_SEED`
//! repeats the choices of a run, `FROND_KILLS` changes their number.

#![cfg(test)]
#![cfg(unix)]

mod model;
mod server;
mod worker;

use std::env;
use std::fs;
use std::time::Duration;

use frond_testing::store::random_hex;
use futures_util::future::join_all;

use model::Random;
use server::Server;
use worker::{Count, Worker};

const WORKERS: u64 = 6;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// The server that is killed: does nothing unless a test starts it.
#[test]
fn server_process() {
    server::run();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_nothing_that_was_answered() {
    let kills = setting("FROND_KILLS", 200);
    let seed = setting("FROND_KILL_SEED", u64::from_str_radix(&random_hex(), 16).unwrap());
    println!("{kills} kills, FROND_KILL_SEED={seed}");
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut workers: Vec<Worker> =
        (0..WORKERS).map(|number| Worker::new(number, random.next())).collect();
    let (mut removed, mut while_starting) = (0, 0);

    for _ in 0..kills {
        // Now and then it dies while it starts, and so while it removes blobs.
        if random.below(10) == 0 {
            let server = Server::spawn(folder.path());
            tokio::time::sleep(Duration::from_micros(random.below(60_000))).await;
            server.kill();
            while_starting += 1;
        }
        let before = blobs(folder.path());
        let mut server = Server::spawn(folder.path());
        let store = server.ready();
        removed += before.saturating_sub(blobs(folder.path()));
        join_all(workers.iter_mut().map(|worker| worker.look(&store))).await;

        let life = Duration::from_micros(random.below(120_000) + 10_000);
        let load = join_all(workers.iter_mut().map(|worker| worker.load(&store)));
        let killer = async {
            tokio::time::sleep(life).await;
            server.kill();
        };
        // The workers end when their next call fails.
        tokio::join!(load, killer);
    }

    let mut server = Server::spawn(folder.path());
    let store = server.ready();
    let mut named = 0;
    let mut total = Count::default();
    for worker in &mut workers {
        worker.look(&store).await;
        worker.look_at_all(&store).await;
        named += worker.finish(&store).await;
        total.add(&worker.count);
    }
    server.kill();
    assert_eq!(blobs(folder.path()), named, "files that no object names");
    println!(
        "{kills} kills under load and {while_starting} while starting, {removed} orphans removed; \
         answered: {total}; lost 0, left over 0"
    );
    assert!(total.answered() >= kills, "the load was no load");
}

/// Files below the folder of blobs.
fn blobs(data: &std::path::Path) -> usize {
    let Ok(folders) = fs::read_dir(data.join("store/blobs")) else { return 0 };
    folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}
