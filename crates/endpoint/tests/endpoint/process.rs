//! The program itself: started with nothing, asked over a socket, stopped by a signal.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use frond_wire::InviteHash;
use serde_json::Value;

/// Ends the process that it started.
pub struct ProcessGuard(pub Child);

impl Drop for ProcessGuard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frond-endpoint"));
    command
        .current_dir(folder)
        .env_clear()
        .env("FROND_LISTEN", "127.0.0.1:0")
        .env("FROND_STORE_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts it and waits for its address.
pub fn start(folder: &Path) -> (ProcessGuard, String) {
    let mut running = ProcessGuard(program(folder).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Frond is at ").unwrap_or_default().to_owned();
    assert!(url.starts_with("http://localhost:"), "{line}");
    (running, url.replace("localhost", "127.0.0.1"))
}

async fn get(url: &str) -> reqwest::Response {
    reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap()
}

#[tokio::test]
async fn with_nothing_it_serves_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dist")).unwrap();
    std::fs::write(folder.path().join("dist/index.html"), "<!doctype html>").unwrap();
    let mut deployments = Vec::new();
    for _ in 0..2 {
        let (mut running, url) = start(folder.path());
        assert_eq!(get(&format!("{url}/healthz")).await.status(), 200);
        assert_eq!(get(&url).await.text().await.unwrap(), "<!doctype html>");
        let config: Value =
            serde_json::from_str(&get(&format!("{url}/config.json")).await.text().await.unwrap())
                .unwrap();
        deployments.push(config["deployment"].clone());
        // The store is there, on another port, and wants a signature.
        assert_eq!(get(config["store"].as_str().unwrap()).await.status(), 403);

        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(running.0.wait().unwrap().success());
    }
    assert_eq!(deployments[0], deployments[1]);
}

/// Starts it with `frond.toml` and reads its address from its log, which is read on.
pub fn configured(folder: &Path) -> (ProcessGuard, String) {
    let mut running =
        ProcessGuard(program(folder).args(["--config", "frond.toml"]).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        line["address"].as_str().map(str::to_owned)
    });
    std::thread::spawn(move || lines.count());
    (running, address.unwrap())
}

/// `frond.toml` of an endpoint on the embedded store that `data` belongs to.
fn configuration(folder: &Path, data: &Path, store: &str, deployment: &str) {
    let credentials = data.join("store-credentials.json");
    let text = format!(
        r#"
        deployment = "{deployment}"
        public_origins = ["https://files.example.org"]
        listen = "127.0.0.1:0"
        [store]
        endpoint = "{store}"
        region = "us-east-1"
        bucket = "frond"
        path_style = true
        credentials_file = "{}"
        [accounts]
        registration = "closed"
        "#,
        credentials.display()
    );
    std::fs::write(folder.join("frond.toml"), text).unwrap();
}

/// What is asked of an endpoint behind its proxy.
async fn status(url: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).header("host", "files.example.org").send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn with_a_configuration_it_waits_for_its_store_and_takes_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let place = frond_endpoint::embedded::Embedded {
        listen: ([127, 0, 0, 1], 0).into(),
        store_listen: ([127, 0, 0, 1], 0).into(),
        data: data.clone(),
        page: folder.path().join("dist"),
    };
    let deployment = place.kept().unwrap().deployment;
    std::fs::create_dir(&place.page).unwrap();
    std::fs::write(place.page.join("index.html"), "<!doctype html>").unwrap();
    // A port that nobody listens on until the store does.
    let store = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    configuration(folder.path(), &data, &format!("http://{store}"), &deployment);

    let (_waiting, address) = configured(folder.path());
    let url = format!("http://{address}");
    assert_eq!(status(&format!("{url}/healthz")).await, 503);
    assert_eq!(status(&format!("{url}/")).await, 200);

    let mut command = program(folder.path());
    let _store =
        ProcessGuard(command.env("FROND_STORE_LISTEN", store.to_string()).spawn().unwrap());
    let ready = async {
        while status(&format!("{url}/healthz")).await != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), ready).await.unwrap();

    configuration(folder.path(), &data, &format!("http://{store}"), "another");
    let mut other =
        ProcessGuard(program(folder.path()).args(["--config", "frond.toml"]).spawn().unwrap());
    assert!(!other.0.wait().unwrap().success());
    let mut said = String::new();
    other.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("another deployment"), "{said}");
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |command: &mut Command, word: &str| {
        let mut running = ProcessGuard(command.spawn().unwrap());
        assert!(!running.0.wait().unwrap().success());
        let mut said = String::new();
        running.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains(word), "{said}");
    };
    refused(program(folder.path()).env("FROND_LISTEN", "0.0.0.0:0"), "loopback");
    refused(program(folder.path()).args(["--config", "absent.toml"]), "absent.toml");
    refused(program(folder.path()).args(["page", "--out", "out"]), "--config");
    std::fs::write(folder.path().join("frond.toml"), "deploymet = 1").unwrap();
    refused(program(folder.path()).args(["--config", "frond.toml"]), "deploymet");
}

#[tokio::test]
async fn an_operator_is_answered_in_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| {
        let output = program(folder.path()).args(arguments).output().unwrap();
        let text =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (output.status.code(), text)
    };
    // Codes, and the hashes that the configuration holds.
    let (status, text) = said(&["invite", "new", "2"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(status, Some(0));
    for (code, hash) in [(lines[0], lines[4]), (lines[1], lines[5])] {
        assert_eq!(hash, format!("    \"{}\",", InviteHash::of(code)));
    }

    // A store to ask.
    let data = folder.path().join("data");
    let (_store, url) = start(folder.path());
    let config: Value =
        serde_json::from_str(&get(&format!("{url}/config.json")).await.text().await.unwrap())
            .unwrap();
    let (store, deployment) =
        (config["store"].as_str().unwrap(), config["deployment"].as_str().unwrap());
    configuration(folder.path(), &data, store, deployment);
    let file = folder.path().join("frond.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let listed = format!("registration = \"invite\"\ninvites = [\n{}\n]", lines[4..].join("\n"));
    std::fs::write(&file, text.replace("registration = \"closed\"", &listed)).unwrap();

    let (status, text) = said(&["check", "frond.toml"]);
    assert!(
        status == Some(0) && text.contains("2 invite codes can make an account each."),
        "{text}"
    );
    let list = ["--config", "frond.toml", "invite", "list"];
    let (status, text) = said(&list);
    assert!(status == Some(0) && text.matches("  unused").count() == 2, "{text}");
    let (status, text) = said(&["--config", "frond.toml", "invite", "revoke", lines[0]]);
    assert!(status == Some(0) && text.contains("worth nothing"), "{text}");
    let (_, text) = said(&list);
    assert!(text.contains(&format!("{}  revoked", InviteHash::of(lines[0]))), "{text}");
    assert!(text.contains(&format!("{}  unused", InviteHash::of(lines[1]))), "{text}");
    assert!(!text.contains(lines[0]), "a code is shown once");

    std::fs::write(&file, "deployment = \"a\"\nmore = 1\n").unwrap();
    let (status, text) = said(&["check", "frond.toml"]);
    assert!(status == Some(1) && text.contains("frond.toml: line 2: "), "{text}");
    assert_eq!(said(&["check"]).0, Some(1));
}
