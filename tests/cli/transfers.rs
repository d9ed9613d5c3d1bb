//! What happens to transfers when something breaks: the process, the line, what lies in the store.

use std::process::Child;
use std::time::Duration;

use super::line::Line;
use super::person::below;
use super::*;

/// A part of format 1: sixteen slots of 524 361 bytes.
const PART: u64 = 16 * 524_361;
/// Twelve parts.
const LARGE: usize = 12 * 16 * 524_288 - 1_000_000;

/// An upload of which two parts never arrive, and the journal knows some of the others.
async fn cut(deployment: &Deployment, person: &Person) -> Child {
    person.file("large.bin", &content(3, LARGE));
    let line = Line::start(&deployment.base_url(), 3 * PART).await;
    let child = through(person, &line).spawn().unwrap();
    journaled(deployment).await;
    child
}

/// Such an upload, whose process was killed.
async fn killed(deployment: &Deployment, person: &Person) {
    let mut child = cut(deployment, person).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Waits for what another process brings about; the limit is only there so that the test ends.
async fn journaled(deployment: &Deployment) {
    for _ in 0..6_000 {
        if deployment.keys().await.iter().any(|key| key.contains("/uploads/")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no page of the journal");
}

fn through(person: &Person, line: &Line) -> std::process::Command {
    let mut command = person.command(["put", "large.bin"]);
    command.env_remove("NO_PROXY").env("HTTP_PROXY", line.address());
    command
}

/// How many parts the journal knows, by the length of its pages: sixteen slots of 48 bytes, and an ETag.
async fn known(deployment: &Deployment) -> u64 {
    let mut known = 0;
    for key in deployment.keys().await.iter().filter(|key| key.contains("/uploads/")) {
        known += u64::try_from(deployment.object(key).await.len() / 780).unwrap();
    }
    known
}

/// Run again, it sends what the journal does not know, and the file is there once.
async fn goes_on(deployment: &Deployment, person: &Person) {
    let known = known(deployment).await;
    assert!((1..=10).contains(&known), "{known}");
    let status = person.run(["status"]).done();
    assert!(status.text().contains("unfinished upload: large.bin"), "{}", status.text());
    let line = Line::start(&deployment.base_url(), u64::MAX).await;
    person.ended(through(person, &line), b"").done();
    let sent = line.up();
    assert!(
        sent < (12 - known) * PART + PART / 2,
        "{sent} bytes, and the journal knows {known} parts of twelve"
    );
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
        killed(&deployment, &person).await;
        goes_on(&deployment, &person).await;
    });
}

#[test]
fn an_upload_that_was_stopped_says_how_to_go_on() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let child = cut(&deployment, &person).await;
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let ended = super::person::Ended::from(child.wait_with_output().unwrap()).with(130);
        assert!(ended.err.contains("Run the same command again"), "{}", ended.err);
        goes_on(&deployment, &person).await;
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
fn what_was_changed_in_the_store_is_named_and_not_handed_out() {
    story(async {
        let deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        let bytes = content(5, 3_000_000);
        for name in ["good.bin", "flipped.bin", "cut.bin", "gone.bin"] {
            person.file(name, &bytes);
            person.run(["put", name]).done();
        }
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

        let verified = person.run(["verify"]).with(6);
        let lines: Vec<_> = verified.text().lines().collect();
        assert_eq!(lines.iter().filter(|line| line.starts_with("FAILED")).count(), 3, "{lines:#?}");
        assert!(lines.contains(&"ok      good.bin"), "{lines:#?}");
        let json = person.run(["verify", "--json"]).with(6).json();
        assert_eq!((&json["ok"], &json["failed"]), (&1.into(), &3.into()));
        person.run(["verify", "good.bin"]).done();
        for name in ["flipped.bin", "cut.bin", "gone.bin"] {
            person.run(["get", name, "--to", "out/"]).with(6);
            let streamed = person.run(["get", name, "-"]).with(6);
            assert!(bytes.starts_with(&streamed.out) && streamed.out.len() < bytes.len(), "{name}");
        }
        assert!(below(&person.path("out")).is_empty(), "nothing half stands there");
        person.run(["get", "good.bin", "--to", "out/"]).done();
    });
}

#[test]
fn without_an_answer_the_last_known_list_is_shown() {
    story(async {
        let mut deployment = Deployment::start().await;
        let person = Person::signed_in(&deployment).await;
        person.file("a.txt", b"one");
        person.run(["put", "a.txt"]).done();
        deployment.stop_endpoint();
        let listed = person.run(["ls"]).with(5);
        assert_eq!(listed.text(), "a.txt\n");
        assert!(listed.err.contains("server does not answer"), "{}", listed.err);
        person.run(["get", "a.txt", "-"]).with(5);
        let error: serde_json::Value =
            serde_json::from_str(&person.run(["verify", "--json"]).with(5).err).unwrap();
        assert_eq!((&error["error"], &error["exit"]), (&"no-answer".into(), &5.into()));
    });
}
