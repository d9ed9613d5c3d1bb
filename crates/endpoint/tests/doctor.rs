//! `frond-endpoint doctor`: its arguments, what it writes, how it ends.

#![cfg(test)]

use std::process::{Command, Output};

use frond_testing::front::{Fault, Front, OWNER, TAB};

async fn doctor(front: &Front, arguments: &[&str], owner: bool) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frond.toml"), front.toml()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_frond-endpoint"));
    command.current_dir(folder.path()).env_clear().arg("doctor").arg("frond.toml").args(arguments);
    command.env("FROND_ACCESS_KEY", TAB.0).env("FROND_SECRET_KEY", TAB.1);
    if owner {
        command.env("FROND_OWNER_ACCESS_KEY", OWNER.0).env("FROND_OWNER_SECRET_KEY", OWNER.1);
    }
    // The front serves on this test's runtime.
    (tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap(), folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_code_is_the_severity() {
    for (fault, code) in [
        (Fault::None, 0),
        (Fault::ChecksumsIgnored, 1),
        (Fault::TwoBuckets, 1),
        (Fault::NoRanges, 2),
    ] {
        let front = Front::open(fault).await;
        let (output, _folder) = doctor(&front, &[], true).await;
        assert_eq!(
            output.status.code(),
            Some(code),
            "{fault:?} {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_mends_and_writes_a_page() {
    let front = Front::open(Fault::None).await;
    front.set("cors", None);
    let (output, _folder) = doctor(&front, &["--fix"], false).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("FROND_OWNER_ACCESS_KEY"));
    let (output, folder) =
        doctor(&front, &["--fix", "--json", "--html", "report.html"], true).await;
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["fixed"][0], "CORS rules: set.");
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("Frond works with this bucket."));
}
