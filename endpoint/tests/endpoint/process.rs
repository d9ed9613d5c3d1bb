//! The program itself: started with nothing, asked over a socket, stopped by a signal.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Ends the process that it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(folder: &Path) -> Command {
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
fn start(folder: &Path) -> (Running, String) {
    let mut running = Running(program(folder).spawn().unwrap());
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
            serde_json::from_str(&get(&format!("{url}/config.json")).await.text().await.unwrap()).unwrap();
        deployments.push(config["deployment"].clone());
        // The store is there, on another port, and wants a signature.
        assert_eq!(get(config["store"].as_str().unwrap()).await.status(), 403);

        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(running.0.wait().unwrap().success());
    }
    assert_eq!(deployments[0], deployments[1]);
}

#[test]
fn what_cannot_be_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |command: &mut Command, word: &str| {
        let mut running = Running(command.spawn().unwrap());
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
