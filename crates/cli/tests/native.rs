//! The adapters of the command line keep the contracts of their ports: records, locks, spool, keys,
//! files, streams, HTTP.

#![cfg(test)]

use std::future::Future;
use std::rc::Rc;

use frond::bytes::Bytes;
use frond::port::{
    BulkCipher, Entropy, Handles, Http, HttpError, Request, SessionKeyStore, Source, Spool, Store,
    Unreadable,
};
use frond::secret::FernetKey;
use frond::software::Software;
use frond_cli::native::cipher::Threads;
use frond_cli::native::entropy::SystemEntropy;
use frond_cli::native::file::LocalFile;
use frond_cli::native::folder::Folder;
use frond_cli::native::http::NativeHttp;
use frond_cli::native::keys::Keys;
use frond_cli::native::paths::Paths;
use frond_cli::native::records::Records;
use frond_cli::native::spool::Blobs;
use frond_cli::native::staged::Staged;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story)
}

/// A folder of one account that is removed with its guard.
fn folder() -> (tempfile::TempDir, Folder) {
    let guard = tempfile::tempdir().unwrap();
    let folder = Folder::new(guard.path().join("account"));
    folder.make().unwrap();
    (guard, folder)
}

fn record(key: &str, value: &[u8]) -> (String, Option<Vec<u8>>) {
    (key.to_owned(), Some(value.to_vec()))
}

#[test]
fn what_is_written_is_there_for_other_processes_and_later_ones() {
    run(async {
        let (_guard, folder) = folder();
        let (one, two) = (Records::open(&folder).unwrap(), Records::open(&folder).unwrap());
        one.write(vec![record("a", b"1"), record("b", b""), record("c", &[0, 255])]).await.unwrap();
        two.write(vec![record("a", b"2"), ("c".to_owned(), None)]).await.unwrap();
        assert_eq!(one.get("a").await.unwrap().as_deref(), Some(&b"2"[..]));
        drop((one, two));
        let next = Records::open(&folder).unwrap();
        assert_eq!(next.get("a").await.unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(next.get("b").await.unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(next.get("c").await.unwrap(), None);
    });
}

#[test]
fn a_scan_gives_what_begins_with_the_prefix_in_key_order() {
    run(async {
        let (_guard, folder) = folder();
        let store = Records::open(&folder).unwrap();
        let keys = ["log/b/2", "log/a/1", "log", "log0", "log/é", "lof/z", "log/b/10", "LOG/a"];
        store.write(keys.iter().map(|key| record(key, key.as_bytes())).collect()).await.unwrap();
        let found = store.scan("log/").await.unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(key, value)| (key.as_str(), std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(found, ["log/a/1", "log/b/10", "log/b/2", "log/é"].map(|key| (key, key)));
        assert_eq!(store.scan("none/").await.unwrap(), Vec::new());
        assert_eq!(store.scan("").await.unwrap().len(), keys.len());
    });
}

#[test]
fn a_lock_has_one_holder_among_all_processes() {
    run(async {
        let (_guard, folder) = folder();
        let (one, two) = (Records::open(&folder).unwrap(), Records::open(&folder).unwrap());
        let held = one.lock("queue/1").await.unwrap();
        assert!(two.try_lock("queue/1").await.unwrap().is_none());
        assert!(
            one.try_lock("queue/1").await.unwrap().is_none(),
            "not twice in one process either"
        );
        assert!(two.try_lock("queue/2").await.unwrap().is_some());
        let mut waiting = Box::pin(two.lock("queue/1"));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(held);
        let held = waiting.await.unwrap();
        assert!(one.try_lock("queue/1").await.unwrap().is_none());
        drop(held);
        assert_eq!(
            std::fs::read_dir(folder.file("locks")).unwrap().count(),
            0,
            "nothing is left of them"
        );
    });
}

#[test]
fn a_database_that_is_none_is_said_and_left_as_it_is() {
    let (_guard, folder) = folder();
    std::fs::write(folder.file("records.redb"), b"something else entirely").unwrap();
    assert!(Records::open(&folder).is_err());
    assert_eq!(std::fs::read(folder.file("records.redb")).unwrap(), b"something else entirely");
}

#[test]
fn a_blob_is_there_as_it_was_put_or_not_at_all() {
    run(async {
        let (_guard, folder) = folder();
        let spool = Blobs::new(&folder);
        spool.put("a/00001", &vec![7; 9_000_000].into()).await.unwrap();
        spool.put("a/journal/00001", &b"page"[..].into()).await.unwrap();
        spool.put("b/00001", &Bytes::default()).await.unwrap();
        assert!(spool.get("a/00001").await.unwrap() == Some(vec![7; 9_000_000].into()));
        assert_eq!(spool.get("b/00001").await.unwrap(), Some(Bytes::default()));
        assert_eq!(spool.get("a/00002").await.unwrap(), None);
        spool.put("a/00001", &b"shorter"[..].into()).await.unwrap();
        assert_eq!(spool.get("a/00001").await.unwrap(), Some(b"shorter"[..].into()));
        // Being written when a process died.
        std::fs::write(folder.file("spool/a/.tmpXyz"), b"half").unwrap();
        assert_eq!(spool.list("a/").await.unwrap(), ["a/00001", "a/journal/00001"]);
        assert_eq!(spool.list("c/").await.unwrap(), Vec::<String>::new());
        spool.remove("a/journal/").await.unwrap();
        assert_eq!(spool.list("a/").await.unwrap(), ["a/00001"]);
        spool.remove("a/").await.unwrap();
        spool.remove("a/").await.unwrap();
        assert!(!folder.file("spool/a").exists());
        assert_eq!(spool.list("").await.unwrap(), ["b/00001"]);
    });
}

#[test]
fn keys_are_kept_and_wiped() {
    run(async {
        let (_guard, folder) = folder();
        let keys = Keys::new(&folder);
        assert!(keys.load().await.is_none());
        keys.wipe().await;
        assert!(keys.derive(b"message").await.is_none(), "there is no key yet");
        assert!(keys.renew().await && keys.save(b"record").await);
        assert_eq!(keys.load().await.as_deref(), Some(&b"record"[..]));
        let again = Keys::new(&folder);
        assert_eq!(keys.derive(b"message").await, again.derive(b"message").await);
        assert!(keys.derive(b"message").await != keys.derive(b"another").await);
        let before = keys.derive(b"message").await;
        assert!(
            keys.renew().await
                && keys.derive(b"message").await != before
                && keys.load().await.is_none()
        );
        assert!(keys.save(b"record").await);
        keys.wipe().await;
        assert!(keys.load().await.is_none());
        // Where nothing can be written, that is said.
        folder.remove().unwrap();
        assert!(!keys.renew().await);
    });
}

#[test]
fn a_file_that_changes_is_not_read_on() {
    run(async {
        let (guard, _) = folder();
        let place = guard.path().join("file.txt");
        std::fs::write(&place, b"0123456789").unwrap();
        let file = LocalFile::find(&place, "as/named.txt".to_owned()).unwrap();
        assert_eq!(
            (file.path(), file.size(), file.media_type()),
            ("as/named.txt".to_owned(), 10, "text/plain".to_owned())
        );
        assert_eq!(file.read(2, 5).await.unwrap(), b"23456"[..]);
        assert_eq!(file.read(2, 9).await, Err(Unreadable));
        std::fs::write(&place, b"0123456789 and more").unwrap();
        assert_eq!(file.read(2, 5).await, Err(Unreadable));
        assert!(LocalFile::find(guard.path(), "folder".to_owned()).is_err());
    });
}

#[test]
fn a_file_is_found_again_only_where_that_is_wanted() {
    run(async {
        let (guard, folder) = folder();
        let place = guard.path().join("file.txt");
        std::fs::write(&place, b"bytes").unwrap();
        let paths = Paths::new(Rc::new(Records::open(&folder).unwrap()));
        let file: Rc<dyn Source> =
            Rc::new(LocalFile::find(&place, "x/file.txt".to_owned()).unwrap());
        assert_eq!(paths.keep(&[("id".to_owned(), file)]).await, [true]);
        assert!(paths.find("id", false).await.is_none());
        assert_eq!(paths.find("id", true).await.unwrap().path(), "file.txt");
        paths.willing.set(true);
        assert_eq!(paths.find("id", false).await.unwrap().read(0, 5).await.unwrap(), b"bytes"[..]);
        paths.forget(&["id".to_owned()]).await;
        assert!(paths.find("id", true).await.is_none());
    });
}

#[test]
fn a_stream_is_read_as_it_came_and_its_file_is_sealed() {
    run(async {
        let (guard, _) = folder();
        for length in [0, 1, 524_287, 524_288, 524_289, 2_000_000] {
            let bytes: Vec<u8> =
                (0..length).map(|i: u32| i.to_be_bytes()[3] ^ i.to_be_bytes()[2]).collect();
            let staged =
                Staged::read(&*bytes, guard.path(), "s.tar".to_owned(), &SystemEntropy).unwrap();
            assert_eq!(staged.size(), u64::from(length));
            let step = 300_000;
            for at in (0..bytes.len()).step_by(step) {
                let end = bytes.len().min(at + step);
                let read = staged.read(u64::try_from(at).unwrap(), end - at).await.unwrap();
                assert!(read == bytes[at..end], "{length} at {at}");
            }
            assert_eq!(staged.read(u64::from(length), 1).await, Err(Unreadable));
            assert_eq!(std::fs::read_dir(guard.path()).unwrap().count(), 1, "no file with a name");
        }
    });
}

#[test]
fn threads_give_the_bytes_of_the_software_engine() {
    run(async {
        let key = FernetKey::copied(&[3; 32]);
        for length in [0, 100, 16 * 1024, 524_288] {
            let plaintext = Bytes::from(vec![9; length]);
            let token = Threads.seal(&key, 1_763_886_000, [7; 16], &plaintext).await.unwrap();
            assert!(
                token == Software.seal(&key, 1_763_886_000, [7; 16], &plaintext).await.unwrap()
            );
            assert!(Threads.open(&key, &token).await.unwrap().plaintext == plaintext);
            let mut changed = token.to_vec();
            changed[20] ^= 1;
            assert!(Threads.open(&key, &changed.into()).await.is_err());
        }
        let (mut one, mut two) = ([0; 16], [0; 16]);
        SystemEntropy.fill(&mut one).unwrap();
        SystemEntropy.fill(&mut two).unwrap();
        assert_ne!(one, two);
    });
}

/// Answers one request with these bytes, and tells what was asked.
async fn answering(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        let mut piece = [0; 64 * 1024];
        let whole = |asked: &[u8]| {
            let text = String::from_utf8_lossy(asked).to_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.parse().ok());
            body.len() >= length.unwrap_or(0)
        };
        while !whole(&asked) {
            let read = stream.read(&mut piece).await.unwrap();
            asked.extend_from_slice(&piece[..read]);
        }
        stream.write_all(answer).await.unwrap();
        asked
    });
    (url, serving)
}

fn request(method: &str, url: String, body: Vec<u8>, max_response: usize) -> Request {
    Request {
        method: method.to_owned(),
        url,
        headers: vec![("x-one".to_owned(), "1".to_owned())],
        body: Rc::new(body.into()),
        max_response,
    }
}

fn http() -> NativeHttp {
    NativeHttp::with(reqwest::Client::builder().no_proxy()).unwrap()
}

#[test]
fn a_body_says_its_length_and_how_far_it_is() {
    run(async {
        let answer = b"HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 2\r\n\r\nok";
        let (url, serving) = answering(answer).await;
        let told = std::cell::Cell::new(0);
        let put = request("PUT", url, vec![5; 1_000_000], 10);
        let answer = http().send(put, &|sent| told.set(sent)).await.unwrap();
        assert_eq!(
            (answer.status, answer.header("etag"), &*answer.body),
            (200, Some("\"e\""), &b"ok"[..])
        );
        assert_eq!(told.get(), 1_000_000);
        let asked = serving.await.unwrap();
        let head = String::from_utf8_lossy(&asked).to_lowercase();
        assert!(
            head.contains("content-length: 1000000\r\n") && head.contains("x-one: 1\r\n"),
            "a store wants it"
        );
        assert!(!head.contains("transfer-encoding"));
    });
}

#[test]
fn redirects_are_not_followed_and_answers_end_where_they_must() {
    run(async {
        let (url, _serving) = answering(
            b"HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        )
        .await;
        assert_eq!(
            http().send(request("GET", url, Vec::new(), 10), &|_| ()).await.unwrap().status,
            307
        );
        let (url, _serving) =
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world").await;
        assert_eq!(
            http().send(request("GET", url, Vec::new(), 10), &|_| ()).await.err(),
            Some(HttpError::TooLarge)
        );
        let (url, _serving) =
            answering(b"HTTP/1.1 404 N\r\nContent-Length: 11\r\n\r\nhello world").await;
        let refused = http().send(request("GET", url, Vec::new(), 10), &|_| ()).await.unwrap();
        assert_eq!(
            refused.body, b"hello world",
            "a refusal says why, however little a success may bring"
        );
        let (url, serving) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello").await;
        let cut = http().send(request("GET", url, Vec::new(), 20), &|_| ()).await;
        assert_eq!(cut.err(), Some(HttpError::NoAnswer));
        serving.await.unwrap();
        let nobody = request("GET", "http://127.0.0.1:1/".to_owned(), Vec::new(), 10);
        assert_eq!(http().send(nobody, &|_| ()).await.err(), Some(HttpError::NoAnswer));
    });
}
