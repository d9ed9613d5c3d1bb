//! Stock clients work against the embedded store: boto3, and curl with a signature of its own and with none.
//!
//! Python is `FROND_PYTHON`, else `python3`; it must have boto3. curl must be there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "a test may panic and print"
)]

#[expect(dead_code, reason = "the suite uses the rest")]
#[path = "store/call.rs"]
mod call;
#[expect(dead_code, reason = "the suite uses the rest")]
#[path = "store/target.rs"]
mod target;

use std::env;
use std::fs;
use std::process::{Command, Output};

use target::Target;

async fn run(mut command: Command) -> Output {
    // The store serves on this test's runtime: waiting must not block it.
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out.into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3() {
    let store = Target::embedded().await;
    let python = env::var("FROND_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut script = Command::new(python);
    script
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store_clients.py"))
        .args([&endpoint(&store), store.credentials.key(), store.credentials.secret()])
        .args([store.bucket.region(), store.bucket.name()]);
    print!("{}", succeeded(&run(script).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl() {
    let store = Target::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, vec![7; 300_000]).unwrap();
    let curl = |arguments: &[&str]| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail-with-body", "--noproxy", "*"]).args(arguments);
        run(command)
    };
    let sigv4 = format!("aws:amz:{}:s3", store.bucket.region());
    let user = format!("{}:{}", store.credentials.key(), store.credentials.secret());
    let signed = ["--aws-sigv4", &sigv4, "--user", &user, "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"];
    let url = format!("{}/{}/curl/signed", endpoint(&store), store.bucket.name());
    let path = file.to_str().unwrap();

    succeeded(&curl(&[&signed[..], &["--upload-file", path, &url]].concat()).await);
    assert_eq!(succeeded(&curl(&[&signed[..], &[&url]].concat()).await).len(), 300_000);
    let list = format!("{}/{}?list-type=2&prefix=curl%2F", endpoint(&store), store.bucket.name());
    assert!(succeeded(&curl(&[&signed[..], &[&list]].concat()).await).contains("<Key>curl/signed</Key>"));
    succeeded(&curl(&[&signed[..], &["-X", "DELETE", &url]].concat()).await);
    let missing = curl(&[&signed[..], &[&url]].concat()).await;
    assert!(String::from_utf8_lossy(&missing.stdout).contains("NoSuchKey"));
    let unsigned = curl(&[&url]).await;
    assert!(String::from_utf8_lossy(&unsigned.stdout).contains("AccessDenied"));

    let (put, get) = (store.put("curl/presigned", "").url(), store.get("curl/presigned").url());
    succeeded(&curl(&["--upload-file", path, put.as_str()]).await);
    assert_eq!(succeeded(&curl(&[get.as_str()]).await).len(), 300_000);
}

fn endpoint(store: &Target) -> String {
    store.bucket.base_url().origin().ascii_serialization()
}
