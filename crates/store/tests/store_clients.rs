//! Stock clients work against the embedded store: boto3, rclone and s3cmd as they come, and curl
//! with a signature of its own and with none.
//!
//! Python is `FROND_PYTHON`, else `python3`; it must have boto3. curl, rclone and s3cmd must be
//! there.

#![cfg(test)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use frond_testing::store::Target;

async fn run(mut command: Command) -> Output {
    // The store serves on this test's runtime: waiting must not block it.
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
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
        command
            .args(["--silent", "--show-error", "--fail-with-body", "--noproxy", "*"])
            .args(arguments);
        run(command)
    };
    let sigv4 = format!("aws:amz:{}:s3", store.bucket.region());
    let user = format!("{}:{}", store.credentials.key(), store.credentials.secret());
    let signed =
        ["--aws-sigv4", &sigv4, "--user", &user, "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"];
    let url = format!("{}/{}/curl/signed", endpoint(&store), store.bucket.name());
    let path = file.to_str().unwrap();

    succeeded(&curl(&[&signed[..], &["--upload-file", path, &url]].concat()).await);
    assert_eq!(succeeded(&curl(&[&signed[..], &[&url]].concat()).await).len(), 300_000);
    let list = format!("{}/{}?list-type=2&prefix=curl%2F", endpoint(&store), store.bucket.name());
    assert!(
        succeeded(&curl(&[&signed[..], &[&list]].concat()).await)
            .contains("<Key>curl/signed</Key>")
    );
    succeeded(&curl(&[&signed[..], &["-X", "DELETE", &url]].concat()).await);
    let missing = curl(&[&signed[..], &[&url]].concat()).await;
    assert!(String::from_utf8_lossy(&missing.stdout).contains("NoSuchKey"));
    let unsigned = curl(&[&url]).await;
    assert!(String::from_utf8_lossy(&unsigned.stdout).contains("AccessDenied"));

    let (put, get) = (store.put("curl/presigned", "").url(), store.get("curl/presigned").url());
    succeeded(&curl(&["--upload-file", path, put.as_str()]).await);
    assert_eq!(succeeded(&curl(&[get.as_str()]).await).len(), 300_000);
}

/// A folder to copy: small files in folders, a name with everything in it, and one file that goes
/// up in parts.
fn fill(folder: &Path) {
    for (name, bytes) in [
        ("one.txt", b"one".to_vec()),
        ("empty", Vec::new()),
        ("sub/a b+c é%20.bin", vec![7; 100_000]),
        ("sub/deeper/絵.txt", b"deep".to_vec()),
        ("large.bin", (0..12_000_000_u32).map(|n| (n ^ (n >> 8)).to_le_bytes()[0]).collect()),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Path below `folder`, and bytes, of every file in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rclone_with_its_defaults() {
    let store = Target::embedded().await;
    let work = tempfile::tempdir().unwrap();
    let (up, down, config) =
        (work.path().join("up"), work.path().join("down"), work.path().join("rclone.conf"));
    fill(&up);
    let (key, secret) = (store.credentials.key(), store.credentials.secret());
    let remote = format!(
        "[s]\ntype = s3\nprovider = Other\nendpoint = {}\naccess_key_id = {key}\n\
         secret_access_key = {secret}\n\
         region = {}\n",
        endpoint(&store),
        store.bucket.region()
    );
    fs::write(&config, remote).unwrap();
    let rclone = |arguments: &[&str]| {
        let mut command =
            bare("rclone", work.path(), &["--retries", "1", "--low-level-retries", "1"]);
        command.arg("--config").arg(&config).args(arguments);
        run(command)
    };
    let (up, down) = (up.to_str().unwrap(), down.to_str().unwrap());

    assert!(succeeded(&rclone(&["lsd", "s:"]).await).contains(" frond\n"));
    succeeded(&rclone(&["mkdir", "s:frond"]).await);
    assert_eq!(succeeded(&rclone(&["lsf", "s:frond"]).await), "");
    // Above the cutoff, uploads and server-side copies go in parts.
    let parts = ["--s3-upload-cutoff", "6Mi", "--s3-chunk-size", "5Mi", "--s3-copy-cutoff", "8Mi"];
    succeeded(&rclone(&[&["copy", up, "s:frond/tree"], &parts[..]].concat()).await);
    let listed = succeeded(&rclone(&["lsf", "s:frond/tree"]).await);
    assert_eq!(listed.lines().collect::<Vec<_>>(), ["empty", "large.bin", "one.txt", "sub/"]);
    succeeded(&rclone(&["check", "--download", up, "s:frond/tree"]).await);
    succeeded(&rclone(&["copy", "s:frond/tree", down]).await);
    assert!(files(Path::new(up)) == files(Path::new(down)));

    // Server-side copy, whole and in parts, and then nothing is left to do.
    succeeded(&rclone(&[&["copy", "s:frond/tree", "s:frond/copy"], &parts[..]].concat()).await);
    succeeded(&rclone(&["check", "--download", up, "s:frond/copy"]).await);
    succeeded(&rclone(&["moveto", "s:frond/copy/one.txt", "s:frond/copy/moved.txt"]).await);
    assert_eq!(succeeded(&rclone(&["cat", "s:frond/copy/moved.txt"]).await), "one");

    // A new time alone is a copy of an object onto itself.
    let touched = Path::new(up).join("one.txt");
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    fs::File::options().write(true).open(touched).unwrap().set_modified(time).unwrap();
    fs::remove_file(Path::new(up).join("empty")).unwrap();
    fs::write(Path::new(up).join("new.txt"), "new").unwrap();
    succeeded(&rclone(&["sync", up, "s:frond/tree"]).await);
    let listed = succeeded(&rclone(&["lsf", "--format", "tp", "s:frond/tree"]).await);
    assert!(!listed.contains("empty") && listed.contains("new.txt"), "{listed}");
    assert!(listed.contains("2017-07-14 02:40:00;one.txt"), "{listed}");
    let again = rclone(&["sync", "-v", up, "s:frond/tree"]).await;
    succeeded(&again);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("There was nothing to transfer"), "{said}");

    succeeded(&rclone(&["deletefile", "s:frond/tree/new.txt"]).await);
    succeeded(&rclone(&["delete", "s:frond/tree"]).await);
    succeeded(&rclone(&["purge", "s:frond/copy"]).await);
    assert_eq!(succeeded(&rclone(&["lsf", "-R", "s:frond"]).await), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3cmd_with_its_defaults() {
    let store = Target::embedded().await;
    let work = tempfile::tempdir().unwrap();
    let (up, down, config) =
        (work.path().join("up"), work.path().join("down"), work.path().join("s3cfg"));
    fill(&up);
    fs::create_dir(&down).unwrap();
    let host = store.bucket.base_url().authority().to_owned();
    let settings = format!(
        "[default]\naccess_key = {}\nsecret_key = {}\nhost_base = {host}\nhost_bucket = {host}\n\
         use_https = False\n\
         bucket_location = {}\nmultipart_chunk_size_mb = 5\n",
        store.credentials.key(),
        store.credentials.secret(),
        store.bucket.region()
    );
    fs::write(&config, settings).unwrap();
    let s3cmd = |arguments: &[&str]| {
        let mut command = bare("s3cmd", work.path(), &["--no-progress"]);
        command.arg("--config").arg(&config).args(arguments);
        run(command)
    };
    let (up, down) = (format!("{}/", up.display()), format!("{}/", down.display()));

    assert!(succeeded(&s3cmd(&["ls"]).await).contains("s3://frond"));
    assert_eq!(succeeded(&s3cmd(&["ls", "s3://frond"]).await), "");
    let info = succeeded(&s3cmd(&["info", "s3://frond"]).await);
    assert!(info.contains("Location:  local"), "{info}");
    succeeded(&s3cmd(&["put", "--recursive", &up, "s3://frond/tree/"]).await);
    let listed = succeeded(&s3cmd(&["ls", "s3://frond/tree/"]).await);
    assert!(
        listed.contains("DIR  s3://frond/tree/sub/") && listed.contains("s3://frond/tree/one.txt"),
        "{listed}"
    );
    assert!(succeeded(&s3cmd(&["info", "s3://frond/tree/one.txt"]).await).contains("File size: 3"));
    succeeded(&s3cmd(&["get", "--recursive", "s3://frond/tree/", &down]).await);
    assert!(files(Path::new(&up)) == files(Path::new(&down)));

    // Server-side copy, whole and in parts.
    succeeded(&s3cmd(&["cp", "--recursive", "s3://frond/tree/", "s3://frond/copy/"]).await);
    succeeded(&s3cmd(&["mv", "s3://frond/copy/one.txt", "s3://frond/copy/moved.txt"]).await);
    succeeded(
        &s3cmd(&["modify", "--add-header=content-type:text/x-frond", "s3://frond/copy/moved.txt"])
            .await,
    );
    assert!(
        succeeded(&s3cmd(&["info", "s3://frond/copy/moved.txt"]).await).contains("text/x-frond")
    );

    fs::remove_file(Path::new(&up).join("empty")).unwrap();
    fs::write(Path::new(&up).join("new.txt"), "new").unwrap();
    succeeded(&s3cmd(&["sync", "--delete-removed", &up, "s3://frond/tree/"]).await);
    let listed = succeeded(&s3cmd(&["ls", "--recursive", "s3://frond/tree/"]).await);
    assert!(!listed.contains("/empty") && listed.contains("/new.txt"), "{listed}");
    succeeded(&s3cmd(&["sync", "--delete-removed", "s3://frond/tree/", &down]).await);
    assert!(files(Path::new(&up)) == files(Path::new(&down)));

    succeeded(&s3cmd(&["del", "s3://frond/tree/new.txt"]).await);
    succeeded(&s3cmd(&["del", "--recursive", "--force", "s3://frond/"]).await);
    assert_eq!(succeeded(&s3cmd(&["ls", "--recursive", "s3://frond"]).await), "");
}

/// With no settings of this machine: proxies, certificates, credentials.
fn bare(program: &str, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", env::var_os("PATH").unwrap()).env("HOME", home).args(arguments);
    command
}

fn endpoint(store: &Target) -> String {
    store.bucket.base_url().origin().ascii_serialization()
}
