//! `sync`: a folder of the vault follows one of this machine.

use std::ffi::OsString;
use std::fs::File;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::*;

fn at(person: &Person, name: &str, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let file = File::options().write(true).open(person.path(name)).unwrap();
    file.set_modified(time).unwrap();
}

fn counts(ended: &serde_json::Value) -> [u64; 4] {
    ["new", "changed", "unchanged", "deleted"].map(|name| ended[name].as_u64().unwrap())
}

#[test]
fn only_what_differs_is_sent_and_what_is_gone_goes_to_the_trash() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("home/a.txt", b"one");
        person.file("home/deep/er/b.txt", b"two");
        person.file("home/gone/c.txt", b"three");
        person.file("home/.DS_Store", b"clutter");
        std::fs::create_dir_all(person.path("home/empty")).unwrap();
        for name in ["home/a.txt", "home/deep/er/b.txt", "home/gone/c.txt"] {
            at(&person, name, 1_000_000);
        }
        let sync = |more: &[&str]| {
            let words = ["sync", "home", "--into", "backup/x", "--json"];
            counts(&person.run(words.iter().chain(more)).done().json())
        };
        let listed = || person.run(["ls", "-r"]).done().text().to_owned();
        assert_eq!(sync(&["--dry-run"]), [3, 0, 0, 0]);
        assert_eq!(listed(), "");
        assert_eq!(sync(&[]), [3, 0, 0, 0]);
        assert_eq!(sync(&["--delete"]), [0, 0, 3, 0]);
        let all = "backup/x/a.txt\nbackup/x/deep/er/b.txt\nbackup/x/gone/c.txt\n";
        assert_eq!(listed(), all);
        assert!(person.run(["ls", "backup/x"]).done().text().contains("backup/x/empty/\n"));

        // Beside the folder, nothing is touched.
        person.file("other.txt", b"other");
        person.run(["put", "other.txt", "--into", "backup"]).done();
        person.file("home/a.txt", b"new");
        std::fs::remove_dir_all(person.path("home/gone")).unwrap();
        std::fs::remove_file(person.path("home/deep/er/b.txt")).unwrap();
        assert_eq!(sync(&["--delete", "--dry-run"]), [0, 1, 0, 2]);
        assert_eq!(sync(&[]), [0, 1, 0, 0]);
        assert_eq!(sync(&["--delete"]), [0, 0, 1, 2]);
        assert_eq!(listed(), "backup/other.txt\nbackup/x/a.txt\n");
        person.run(["get", "backup/x/a.txt", "--to", "back.txt"]).done();
        assert_eq!(std::fs::read(person.path("back.txt")).unwrap(), b"new");
        let versions = person.run(["versions", "backup/x/a.txt", "--json"]).done().json();
        assert_eq!(versions.as_array().unwrap().len(), 1);
        person.run(["restore", "backup/x/gone"]).done();
        assert!(listed().contains("backup/x/gone/c.txt\n"));

        person.run(["sync", "nowhere"]).with(1);
        person.run(["sync", "home/a.txt"]).with(2);
        assert_eq!(counts(&person.run(["sync", "home", "--json"]).done().json()), [1, 0, 0, 0]);
        assert!(listed().contains("home/a.txt\n"), "without --into, under its own name");
    });
}

#[test]
fn content_decides_where_it_is_asked_for() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("home/a.bin", &content(1, 1_000_000));
        person.file("home/b.bin", &content(2, 1_000_000));
        at(&person, "home/a.bin", 1_000_000);
        at(&person, "home/b.bin", 1_000_000);
        person.run(["sync", "home"]).done();
        let mut other = content(2, 1_000_000);
        other[999_999] ^= 1;
        person.file("home/b.bin", &other);
        at(&person, "home/a.bin", 2_000_000);
        at(&person, "home/b.bin", 1_000_000);
        let plan = |more: &str| {
            let words = ["sync", "home", "--dry-run", more];
            let ended = person.run(words.into_iter().filter(|word| !word.is_empty())).done();
            ended.text().to_owned()
        };
        assert_eq!(plan(""), "changed  home/a.bin\n");
        assert_eq!(plan("--checksum"), "changed  home/b.bin\n");
    });
}

#[test]
fn more_files_are_sent_than_a_process_may_have_open() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        for n in 0..300 {
            person.file(&format!("many/{n}.txt"), format!("{n}").as_bytes());
        }
        let inner = person.command(["put", "many", "--json"]);
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 128 && exec \"$0\" \"$@\""]).arg(inner.get_program());
        command.args(inner.get_args().map(OsString::from)).current_dir(person.path(""));
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let put = person.ended(command, b"").done().json();
        assert_eq!(put["added"].as_array().map(Vec::len), Some(300));
    });
}
