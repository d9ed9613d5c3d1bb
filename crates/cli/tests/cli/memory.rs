//! Memory of the program, whatever the size of what it moves.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::*;

const MIB: u64 = 1024 * 1024;
/// What the larger of two files may take more than the smaller: its table, and what the allocator
/// does not give back.
const MORE: u64 = 16 * MIB;
/// Runs of each. What grows with the file grows in every run: the least of the larger is held to
/// the most of the smaller, which may end before it holds all that it may.
const RUNS: usize = 2;

/// The most memory that a process had at one time, in bytes, once it ended well
/// ([`VmHWM`](https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)).
fn most(mut child: Child) -> u64 {
    let mut most = 0;
    loop {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let known =
            line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        most = most.max(known.unwrap_or(0) * 1024);
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{ended}");
            return most;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_file_eight_times_as_large_takes_no_more_memory() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let run = |arguments: &[&str]| {
            let mut command = person.command(arguments);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            most(command.spawn().unwrap())
        };
        let moved = |name: &str, size: u64| {
            let path = person.file(name, b"");
            File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
            let put = run(&["put", name]);
            std::fs::remove_file(&path).unwrap();
            let got = run(&["get", name]);
            std::fs::remove_file(&path).unwrap();
            [put, got]
        };
        let small: Vec<_> = (0..RUNS).map(|n| moved(&format!("small-{n}.bin"), 64 * MIB)).collect();
        let large: Vec<_> =
            (0..RUNS).map(|n| moved(&format!("large-{n}.bin"), 512 * MIB)).collect();
        for (at, what) in ["put", "get"].into_iter().enumerate() {
            let small = small.iter().map(|taken| taken[at]).max().unwrap();
            let large = large.iter().map(|taken| taken[at]).min().unwrap();
            assert!(
                large <= small + MORE,
                "{what} of 64 MiB took {small} bytes, of 512 MiB {large}"
            );
        }
    });
}
