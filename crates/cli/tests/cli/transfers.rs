//! What happens to transfers when something breaks: the process, the line, what lies in the store.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use super::line::{HELD, Line, Rule};
use super::person::below;
use super::*;

/// A part of format 1: sixteen slots of 524 361 bytes.
const PART: u64 = 16 * 524_361;
/// Twelve parts, and a thirteenth with the rest of the padding and the table.
const LARGE: usize = 12 * 16 * 524_288 - 1_000_000;
const PARTS: u32 = 13;

/// An upload all of whose lanes hang: its process, and the parts that the store had acknowledged
/// before. The journal knows them all.
async fn cut(deployment: &Deployment, person: &Person) -> (Child, BTreeSet<u32>) {
    person.file("large.bin", &content(3, LARGE));
    let line = Line::start(&deployment.base_url(), Rule::HoldsAfter(3 * PART)).await;
    let child = through(person, &line, &["put", "large.bin"]).spawn().unwrap();
    (child, hanging(deployment, &line).await)
}

/// Waits for what another process brings about; the limit is only there so that the test ends.
async fn hanging(deployment: &Deployment, line: &Line) -> BTreeSet<u32> {
    for _ in 0..6_000 {
        let acknowledged = line.acknowledged();
        if line.held() == HELD && known(deployment).await == acknowledged.len() {
            return acknowledged;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the journal knows {} parts of {:?}", known(deployment).await, line.acknowledged());
}

/// Such an upload, whose process was killed.
async fn killed(deployment: &Deployment, person: &Person) -> BTreeSet<u32> {
    let (mut child, acknowledged) = cut(deployment, person).await;
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged
}

fn through(person: &Person, line: &Line, arguments: &[&str]) -> std::process::Command {
    let mut command = person.command(arguments);
    command.env_remove("NO_PROXY").env("HTTP_PROXY", line.address());
    command
}

/// How many parts the journal knows, by the length of its pages: sixteen slots of 48 bytes, and an
/// ETag.
async fn known(deployment: &Deployment) -> usize {
    let mut known = 0;
    for key in deployment.keys().await.iter().filter(|key| key.contains("/uploads/")) {
        known += deployment.object(key).await.len() / 780;
    }
    known
}

/// Run again, it sends each part that was not acknowledged, once, and no other; and the file is
/// there once.
async fn goes_on(deployment: &Deployment, person: &Person, acknowledged: &BTreeSet<u32>) {
    assert!((1..=9).contains(&acknowledged.len()), "{acknowledged:?}");
    let status = person.run(["status"]).done();
    assert!(status.text().contains("unfinished upload: large.bin"), "{}", status.text());
    let line = Line::start(&deployment.base_url(), Rule::Clear).await;
    person.ended(through(person, &line, &["put", "large.bin"]), b"").done();
    let mut sent = line.sent();
    sent.sort_unstable();
    let rest: Vec<_> = (1..=PARTS).filter(|part| !acknowledged.contains(part)).collect();
    assert_eq!(sent, rest, "{acknowledged:?} had been acknowledged");
    assert_eq!(person.run(["ls"]).done().text(), "large.bin\n");
    person.run(["get", "large.bin", "--to", "back.bin"]).done();
    assert!(std::fs::read(person.path("back.bin")).unwrap() == content(3, LARGE));
    let keys = deployment.keys().await;
    assert!(!keys.iter().any(|key| key.contains("/uploads/")), "{keys:#?}");
    assert_eq!(deployment.uploads().await, 0);
    assert!(!person.run(["status"]).done().text().contains("unfinished"));
    let left: Vec<_> = ["spool", "sources", "locks"]
        .map(|folder| person.state().join("default").join(folder))
        .into_iter()
        .filter(|folder| folder.exists())
        .flat_map(|folder| below(&folder))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_upload_that_was_killed_goes_on_where_it_was() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let acknowledged = killed(&deployment, &person).await;
        goes_on(&deployment, &person, &acknowledged).await;
    });
}

#[test]
fn an_upload_that_was_stopped_says_how_to_go_on() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let (child, acknowledged) = cut(&deployment, &person).await;
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let ended = super::person::Ended::from(child.wait_with_output().unwrap()).with(130);
        assert!(ended.err.contains("Run the same command again"), "{}", ended.err);
        goes_on(&deployment, &person, &acknowledged).await;
    });
}

#[test]
fn an_upload_is_resumed_or_given_up_by_name() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        killed(&deployment, &person).await;
        // Something else is put meanwhile, and the cut one is left alone.
        person.file("small.txt", b"small");
        let put = person.run(["put", "small.txt"]).done();
        assert!(put.err.contains("1 unfinished upload from before"), "{}", put.err);
        person.run(["logout"]).with(1);
        person.run(["cancel", "small.txt"]).with(4);
        person.run(["resume"]).done();
        assert_eq!(person.run(["ls"]).done().text(), "large.bin\nsmall.txt\n");
        person.run(["rm", "--forever", "large.bin"]).done();

        killed(&deployment, &person).await;
        person.run(["cancel", "large.bin"]).done();
        assert_eq!(deployment.uploads().await, 0);
        assert_eq!(person.run(["ls"]).done().text(), "small.txt\n");
        assert!(!deployment.keys().await.iter().any(|key| key.contains("/uploads/")));
        person.run(["logout"]).done();
    });
}

#[test]
fn a_download_goes_on_from_what_it_has_when_the_line_breaks() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let bytes = content(3, LARGE);
        person.file("large.bin", &bytes);
        person.run(["put", "large.bin"]).done();
        let line = Line::start(&deployment.base_url(), Rule::BreaksEvery(PART)).await;
        person
            .ended(through(&person, &line, &["get", "large.bin", "--to", "back.bin"]), b"")
            .done();
        assert!(std::fs::read(person.path("back.bin")).unwrap() == bytes);
        // Each break costs at most the range that was under way, of four slots.
        let (down, broken) = (line.down(), line.broken());
        assert!(broken >= 10, "{broken} breaks");
        let most = u64::from(PARTS) * PART + broken * PART / 4 + (1 << 20);
        assert!(down <= most, "{down} bytes came down, with {broken} breaks; at most {most}");
    });
}

/// What a download that was stopped left in `out`.
struct Left {
    part: PathBuf,
    macs: PathBuf,
}

/// A download that hangs in its fourth part, once at least its first part is on the disk.
async fn hangs(deployment: &Deployment, person: &Person) -> (Child, Left) {
    let line = Line::start(&deployment.base_url(), Rule::HangsAfter(3 * PART)).await;
    let child = through(person, &line, &GET).spawn().unwrap();
    (child, Left::of(person).await)
}

impl Left {
    async fn of(person: &Person) -> Self {
        let folder = person.path("out");
        let ending = |end: &str| {
            let files = if folder.exists() { below(&folder) } else { Vec::new() };
            files.into_iter().find(|file| file.to_str().unwrap().ends_with(end))
        };
        for _ in 0..6_000 {
            if let (Some(part), Some(macs)) = (ending(".part"), ending(".macs")) {
                let left = Self { part, macs };
                if left.chunks() >= 16 {
                    return left;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was written to {folder:?}");
    }

    /// How many chunks are recorded as written.
    fn chunks(&self) -> u64 {
        std::fs::metadata(&self.macs).unwrap().len() / 32
    }
}

const GET: [&str; 4] = ["get", "large.bin", "--to", "out/"];

/// Run again, it ends with the right file and nothing beside it; returns the bytes that the store
/// sent.
async fn gets_the_rest(deployment: &Deployment, person: &Person) -> u64 {
    let line = Line::start(&deployment.base_url(), Rule::Clear).await;
    person.ended(through(person, &line, &GET), b"").done();
    assert!(std::fs::read(person.path("out/large.bin")).unwrap() == content(3, LARGE));
    assert_eq!(below(&person.path("out")), [person.path("out/large.bin")]);
    line.down()
}

#[test]
fn a_download_that_was_killed_fetches_only_the_rest() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("large.bin", &content(3, LARGE));
        person.run(["put", "large.bin"]).done();
        let (mut child, left) = hangs(&deployment, &person).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!person.path("out/large.bin").exists());
        let (kept, stored) = (left.chunks() * PART / 16, u64::from(PARTS) * PART);
        let down = gets_the_rest(&deployment, &person).await;
        assert!(down <= stored - kept + (1 << 20), "{down} bytes came down, {kept} were there");
    });
}

#[test]
fn a_download_that_was_stopped_and_changed_fetches_what_was_changed() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("large.bin", &content(3, LARGE));
        person.run(["put", "large.bin"]).done();
        let (child, left) = hangs(&deployment, &person).await;
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let ended = super::person::Ended::from(child.wait_with_output().unwrap()).with(130);
        assert!(ended.err.contains("Run the same command again"), "{}", ended.err);
        let mut bytes = std::fs::read(&left.part).unwrap();
        bytes[10] ^= 1;
        std::fs::write(&left.part, bytes).unwrap();
        let down = gets_the_rest(&deployment, &person).await;
        assert!(
            down > u64::try_from(LARGE).unwrap(),
            "{down} bytes came down, and no chunk was right"
        );
    });
}

#[test]
fn put_waits_for_a_server_that_does_not_answer() {
    story(async {
        let mut deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        deployment.stop_endpoint();
        let given_up = person.run(["put", "a.txt", "--wait", "0"]).with(5);
        assert!(given_up.err.contains("server does not answer"), "{}", given_up.err);
        let mut child = person.command(["put", "a.txt"]).spawn().unwrap();
        let mut said = String::new();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        errors.read_line(&mut said).unwrap();
        assert!(said.contains("the server does not answer; waiting"), "{said}");
        deployment.start_endpoint().await;
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(person.run(["ls"]).done().text(), "a.txt\n");
    });
}

#[test]
fn what_was_changed_in_the_store_is_named_and_not_handed_out() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let bytes = content(5, 3_000_000);
        for name in ["good.bin", "flipped.bin", "cut.bin", "gone.bin"] {
            person.file(name, &bytes);
            person.run(["put", name]).done();
        }
        person.file("small.txt", b"7 bytes");
        person.run(["put", "small.txt"]).done();
        let listed = person.run(["ls", "--json"]).done().json();
        let keys = deployment.keys().await;
        let key = |name: &str| {
            let row = listed.as_array().unwrap().iter().find(|row| row["path"] == name).unwrap();
            let end = format!("/objects/{}", row["id"].as_str().unwrap());
            keys.iter().find(|key| key.ends_with(&end)).unwrap().clone()
        };
        let (flipped, cut, gone) = (key("flipped.bin"), key("cut.bin"), key("gone.bin"));
        let mut body = deployment.object(&flipped).await;
        // In the last chunk: those before it are right, and may have left.
        let at = body.len() - 10_000;
        body[at] ^= 1;
        deployment.overwrite(&flipped, body).await;
        let mut body = deployment.object(&cut).await;
        body.truncate(2_000_000);
        deployment.overwrite(&cut, body).await;
        deployment.delete(&gone).await;
        // In the metadata, of which the seal names the last bytes only.
        let small = key("small.txt");
        let mut body = deployment.object(&small).await;
        let middle = body.len() / 2;
        body[middle] ^= 1;
        deployment.overwrite(&small, body).await;

        let verified = person.run(["verify"]).with(6);
        let lines: Vec<_> = verified.text().lines().collect();
        assert_eq!(lines.iter().filter(|line| line.starts_with("FAILED")).count(), 4, "{lines:#?}");
        assert!(lines.contains(&"ok      good.bin"), "{lines:#?}");
        let json = person.run(["verify", "--json"]).with(6).json();
        assert_eq!((&json["ok"], &json["failed"]), (&1.into(), &4.into()));
        person.run(["verify", "good.bin"]).done();
        for name in ["flipped.bin", "cut.bin", "gone.bin"] {
            person.run(["get", name, "--to", "out/"]).with(6);
            let streamed = person.run(["get", name, "-"]).with(6);
            assert!(bytes.starts_with(&streamed.out) && streamed.out.len() < bytes.len(), "{name}");
        }
        person.run(["get", "small.txt", "--to", "out/"]).with(6);
        assert!(person.run(["get", "small.txt", "-"]).with(6).out.is_empty());
        let refused = person.run(["get", "good.bin", "cut.bin", "--zip", "out/all.zip"]).with(6);
        assert!(refused.err.contains("cut.bin: "), "{}", refused.err);
        assert!(below(&person.path("out")).is_empty(), "nothing half stands there");
        person.run(["get", "good.bin", "--to", "out/"]).done();
    });
}

#[test]
fn without_the_server_nothing_opens_and_the_exit_code_says_so() {
    story(async {
        let mut deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        deployment.stop_endpoint();
        // Its part of what opens the keys is missing, so not even names are shown.
        let listed = person.run(["ls"]).with(5);
        assert_eq!(listed.text(), "");
        assert!(listed.err.contains("server does not answer"), "{}", listed.err);
        person.run(["get", "a.txt", "-"]).with(5);
        let error: serde_json::Value =
            serde_json::from_str(&person.run(["verify", "--json"]).with(5).err).unwrap();
        assert_eq!((&error["error"], &error["exit"]), (&"no-answer".into(), &5.into()));
    });
}
