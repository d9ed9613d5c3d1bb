//! Memory of the program, whatever the size of what it moves.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::*;

const MIB: u64 = 1024 * 1024;
/// What the larger of two files may take more than the smaller, of 448 MiB that they differ by: what a transfer holds at
/// most (33 MiB), for the smaller may have ended before it held that much, and what the allocator does not give back.
const MORE: u64 = 48 * MIB;

/// The most memory that a process had at one time, in bytes, once it ended well
/// ([`VmHWM`](https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)).
fn most(mut child: Child) -> u64 {
    let mut most = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let known = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
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
        let (mut put, mut got) = (Vec::new(), Vec::new());
        for (name, size) in [("small.bin", 64 * MIB), ("large.bin", 512 * MIB)] {
            let path = person.file(name, b"");
            File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
            put.push(run(&["put", name]));
            std::fs::remove_file(&path).unwrap();
            got.push(run(&["get", name]));
            std::fs::remove_file(&path).unwrap();
        }
        for (what, taken) in [("put", put), ("get", got)] {
            assert!(
                taken[1] <= taken[0] + MORE,
                "{what} of 64 MiB took {} bytes, of 512 MiB {}",
                taken[0],
                taken[1]
            );
        }
    });
}
