//! What only the embedded store promises: its folder, its lock, its order.

use std::fs;
use std::path::Path;

use frond_store::{self as embedded, Error};
use rusty_s3::UrlStyle;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use frond_testing::store::{Target, options};

fn blobs(data: &Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(data.join("store/blobs")).unwrap();
    folders
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

#[tokio::test]
async fn a_folder_is_one_process_s() {
    let store = Target::embedded().await;
    let folder = store.stop().await;
    let first = embedded::serve(options(folder.path().to_owned())).await.unwrap();
    let second = embedded::serve(options(folder.path().to_owned())).await;
    let error = second.err().unwrap();
    assert!(matches!(error, Error::InUse(_)), "{error:?}");
    assert!(error.to_string().contains("in use by another process"));
    first.shutdown().await;
    embedded::serve(options(folder.path().to_owned())).await.unwrap().shutdown().await;
}

/// Everything below the data folder that somebody else on this machine may read.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> Vec<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let mut open = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::metadata(&path).unwrap().permissions().mode() & 0o777 != 0o600 {
                open.push(path);
            }
        }
        if fs::metadata(&folder).unwrap().permissions().mode() & 0o777 != 0o700 {
            open.push(folder);
        }
    }
    open
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_reads_the_stores_files() {
    use std::os::unix::fs::PermissionsExt;
    let store = Target::embedded().await;
    let key = store.key("kept");
    assert_eq!(store.put(&key, b"body").send().await.status, 200);
    let folder = store.stop().await;
    assert_eq!(blobs(folder.path()).len(), 1);
    assert_eq!(open_to_others(&folder.path().join("store")), Vec::<std::path::PathBuf>::new());

    // What an earlier version left open is closed at the next start.
    let mut folders = vec![folder.path().join("store")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            }
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    embedded::serve(options(folder.path().to_owned())).await.unwrap().shutdown().await;
    assert_eq!(open_to_others(&folder.path().join("store")), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn what_cannot_be_started_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = options(folder.path().to_owned());
    wrong.bucket = "No_Bucket".to_owned();
    assert!(matches!(embedded::serve(wrong).await, Err(Error::Bucket(_))));

    let running = embedded::serve(options(folder.path().join("one"))).await.unwrap();
    let mut taken = options(folder.path().join("two"));
    taken.listen = running.addr();
    assert!(matches!(embedded::serve(taken).await, Err(Error::Listen { .. })));
    running.shutdown().await;

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(embedded::serve(options(file)).await, Err(Error::Folder { .. })));
}

#[tokio::test]
async fn no_key_is_a_path_and_no_byte_outlives_its_object() {
    let store = Target::embedded().await;
    let marker = b"a body that can be found again";
    for name in ["../../escape", "..", "a/../b", "visible-name"] {
        // A path with dots is made shorter by URL parsers; the store sees what is left, and treats
        // it as a name.
        store.put(&store.key(name), marker).send().await;
    }
    let listed = store.list("").send().await.ok().all("Key");
    for key in &listed {
        assert_eq!(store.delete(key).send().await.status, 204);
    }
    assert!(!listed.is_empty());
    let folder = store.stop().await;
    assert_eq!(blobs(folder.path()), Vec::<std::path::PathBuf>::new());
    let mut entries: Vec<_> = fs::read_dir(folder.path().join("store"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    entries.sort_unstable();
    assert_eq!(entries, ["blobs", "index.redb"]);
}

#[tokio::test]
async fn a_start_removes_orphans_and_keeps_the_rest() {
    let store = Target::embedded().await;
    let (key, prefix) = (store.key("kept"), store.prefix.clone());
    store.put(&key, "kept").send().await.ok();
    let folder = store.stop().await;
    assert_eq!(blobs(folder.path()).len(), 1);
    for name in ["00/00112233445566778899aabbccddeeff", "ff/junk"] {
        fs::write(folder.path().join("store/blobs").join(name), "orphan").unwrap();
    }
    let running = embedded::serve(options(folder.path().to_owned())).await.unwrap();
    assert_eq!(blobs(folder.path()).len(), 1);
    let mut again = Target::embedded().await;
    again.prefix = prefix;
    let endpoint = format!("http://{}", running.addr()).parse().unwrap();
    again.bucket = rusty_s3::Bucket::new(endpoint, UrlStyle::Path, "frond", "local").unwrap();
    assert_eq!(again.get(&key).send().await.ok().body, b"kept");
    running.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_lets_a_request_finish() {
    let store = Target::embedded().await;
    let url = store.put(&store.key("slow"), "").url();
    let mut stream =
        TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    let (path, query) = (url.path(), url.query().unwrap());
    let head = format!(
        "PUT {path}?{query} HTTP/1.1\r\nhost: {}\r\ncontent-length: 8\r\nexpect: 100-continue\r\n\
         \r\n",
        url.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 256];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 100 "), "the store reads the body now");

    let stopping = tokio::spawn(store.stop());
    stream.write_all(b"the body").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let folder = stopping.await.unwrap();
    let blobs = blobs(folder.path());
    assert_eq!(blobs.len(), 1);
    assert_eq!(fs::read(&blobs[0]).unwrap(), b"the body");
}

#[tokio::test]
async fn what_the_store_does_not_do_it_refuses() {
    let store = Target::embedded().await;
    let key = store.key("promise");
    for (name, value) in [
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-tagging", "a=b"),
    ] {
        store.put(&key, "body").header(name, value).send().await.refused(501, &["NotImplemented"]);
    }
    for (name, value) in [("x-amz-acl", "public-read"), ("x-amz-storage-class", "GLACIER")] {
        store.put(&key, "body").header(name, value).send().await.refused(501, &["NotImplemented"]);
    }
    store.get_bucket().query("versions", "").send().await.refused(501, &["NotImplemented"]);
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn a_list_may_be_of_no_lines() {
    let store = Target::embedded().await;
    store.put(&store.key("one"), "body").send().await.ok();
    let none = store.list(&store.prefix).query("max-keys", "0").send().await.ok();
    assert_eq!((none.first("KeyCount"), none.first("IsTruncated")), ("0".into(), "false".into()));
}

#[tokio::test]
async fn the_last_no_bytes_are_no_range() {
    let store = Target::embedded().await;
    let key = store.key("none");
    store.put(&key, "body").send().await.ok();
    store.get(&key).unsigned("range", "bytes=-0").send().await.refused(416, &["InvalidRange"]);
}

#[tokio::test]
async fn a_refusal_is_read_by_who_still_sends() {
    let store = Target::embedded().await;
    let key = store.key("large");
    store.put(&key, "there").send().await.ok();
    let stranger = store.put(&key, "").signed_by("AKID", "another secret").url();
    let late = store.put(&key, "").header("if-none-match", "*").url();
    for (url, status) in [(stranger, "403"), (late, "412")] {
        let mut stream =
            TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
        let (path, query, host) = (url.path(), url.query().unwrap(), url.authority());
        let head = format!(
            "PUT {path}?{query} HTTP/1.1\r\nhost: {host}\r\nif-none-match: *\r\n\
             content-length: 30000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // All of it, before reading a byte, as browsers do.
        for _ in 0..30 {
            stream.write_all(&vec![7; 1_000_000]).await.unwrap();
        }
        let mut answer = vec![0; 1000];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
