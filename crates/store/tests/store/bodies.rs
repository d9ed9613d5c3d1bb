//! Bodies that are not what the request says of them: refused, and nothing of them visible.

use data_encoding::{BASE64, HEXLOWER};
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::ability::Ability;
use frond_testing::store::{Call, Reply, Target};

const BODY: &[u8] = b"the body that was meant";
const OTHER: &[u8] = b"the body that came here";

/// Header, value for [`BODY`], and what a mismatch is called.
fn digests() -> Vec<(&'static str, String, &'static [&'static str])> {
    let checksum: &[&str] = &["BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch"];
    vec![
        ("content-md5", BASE64.encode(&Md5::checksum(BODY)), &["BadDigest"]),
        ("x-amz-checksum-sha256", BASE64.encode(&Sha256::checksum(BODY)), checksum),
        ("x-amz-checksum-sha1", BASE64.encode(&Sha1::checksum(BODY)), checksum),
        ("x-amz-checksum-crc32", BASE64.encode(&Crc32::checksum(BODY)), checksum),
        ("x-amz-checksum-crc32c", BASE64.encode(&Crc32c::checksum(BODY)), checksum),
        ("x-amz-checksum-crc64nvme", BASE64.encode(&Crc64Nvme::checksum(BODY)), checksum),
    ]
}

#[tokio::test]
async fn digests_are_checked() {
    let store = Target::open().await;
    for (name, value, codes) in digests() {
        if name.starts_with("x-amz-") && !Ability::Checksums.is_of(&store).await {
            continue;
        }
        let key = store.key(name);
        store.put(&key, BODY).header(name, &value).send().await.ok();
        store.put(&key, OTHER).header(name, &value).send().await.refused(400, codes);
        assert_eq!(
            store.get(&key).send().await.ok().body,
            BODY,
            "{name}: a refused body is visible"
        );
        let fresh = store.key(&format!("{name}-fresh"));
        store.put(&fresh, OTHER).header(name, &value).send().await.refused(400, codes);
        store.get(&fresh).send().await.refused(404, &["NoSuchKey"]);
    }
}

#[tokio::test]
async fn a_checksum_is_kept_and_shown_to_who_asks() {
    let store = Target::open().await;
    if !Ability::Checksums.is_of(&store).await {
        return;
    }
    let key = store.key("kept");
    let sha256 = BASE64.encode(&Sha256::checksum(BODY));
    let put = store.put(&key, BODY).header("x-amz-checksum-sha256", &sha256).send().await.ok();
    assert_eq!(put.header("x-amz-checksum-sha256"), sha256);
    let asked = store.head(&key).header("x-amz-checksum-mode", "ENABLED").send().await.ok();
    assert_eq!(asked.header("x-amz-checksum-sha256"), sha256);
    assert_eq!(store.head(&key).send().await.ok().header("x-amz-checksum-sha256"), "");
}

#[tokio::test]
async fn digests_that_are_none_are_refused() {
    let store = Target::open().await;
    for md5 in ["not base64 at all!", "c2hvcnQ="] {
        let call = store.put(&store.key("md5"), BODY).header("content-md5", md5);
        let refused = call.send().await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
        assert!(
            ["InvalidDigest", "BadDigest", "AccessDenied"]
                .contains(&refused.first("Code").as_str())
        );
    }
    if Ability::Checksums.is_of(&store).await {
        let call = store.put(&store.key("sum"), BODY).header("x-amz-checksum-crc32", "no");
        assert_eq!(call.send().await.status, 400);
    }
}

#[tokio::test]
async fn the_content_hash_is_checked() {
    let store = Target::open().await;
    if !Ability::ContentHash.is_of(&store).await {
        return;
    }
    let key = store.key("sha");
    let call = |body: &'static [u8]| {
        store
            .put(&key, body)
            .header("x-amz-content-sha256", &HEXLOWER.encode(&Sha256::checksum(BODY)))
    };
    call(OTHER).send().await.refused(400, &["BadDigest", "XAmzContentSHA256Mismatch"]);
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
    call(BODY).send().await.ok();
}

#[tokio::test]
async fn the_signed_length_binds() {
    let store = Target::open().await;
    let key = store.key("length");
    let call = store.put(&key, BODY).header("content-length", "9");
    // The client sets the true length, the signature says 9.
    let request = store.http.put(call.url()).body(BODY);
    Reply::of(request).await.unsigned();
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
    let call = store.put(&key, BODY).header("content-length", &BODY.len().to_string());
    Reply::of(store.http.put(call.url()).body(BODY)).await.ok();
}

/// What a PUT in chunks, without a length, is answered.
pub async fn chunked(call: &Call<'_>) -> String {
    raw(call, "transfer-encoding: chunked\r\n", b"4\r\nbody\r\n0\r\n\r\n", false).await
}

/// What a create-only PUT of two megabytes is answered that asks before it sends them.
pub async fn expecting(call: &Call<'_>) -> String {
    let headers = "content-length: 2000000\r\nif-none-match: *\r\nexpect: 100-continue\r\n";
    raw(call, headers, b"", false).await
}

/// Sends bytes as they are, closes the sending side if asked to, and reads what comes.
async fn raw(call: &Call<'_>, headers: &str, body: &[u8], close: bool) -> String {
    let url = call.url();
    assert_eq!(url.scheme(), "http", "raw requests are for stores without TLS");
    let address = (url.host_str().unwrap(), url.port_or_known_default().unwrap());
    let mut stream = TcpStream::connect(address).await.unwrap();
    let host = format!("{}:{}", address.0, address.1);
    let head = format!(
        "PUT {}?{} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n",
        url.path(),
        url.query().unwrap()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    if close {
        stream.shutdown().await.unwrap();
    }
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_body_without_a_length_is_refused() {
    let store = Target::open().await;
    if !Ability::LengthRequired.is_of(&store).await {
        return;
    }
    let key = store.key("chunked");
    assert!(chunked(&store.put(&key, "")).await.starts_with("HTTP/1.1 411 "));
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let store = Target::open().await;
    if store.bucket.base_url().scheme() != "http" {
        println!("this store speaks TLS: not checked");
        return;
    }
    let key = store.key("cut");
    for size in [0, 1, 1_000_000] {
        let answer =
            raw(&store.put(&key, ""), "content-length: 2000000\r\n", &vec![7; size], true).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        store.get(&key).send().await.refused(404, &["NoSuchKey"]);
    }
    store.put(&key, "before").send().await.ok();
    raw(&store.put(&key, ""), "content-length: 2000000\r\n", &[7; 1000], true).await;
    assert_eq!(store.get(&key).send().await.ok().body, b"before");
}

#[tokio::test]
async fn a_refusal_comes_before_the_body_is_sent() {
    let store = Target::open().await;
    if !Ability::EarlyRefusals.is_of(&store).await {
        return;
    }
    let key = store.key("expect");
    store.put(&key, "there").send().await.ok();
    let answer = expecting(&store.put(&key, "").header("if-none-match", "*")).await;
    assert!(answer.starts_with("HTTP/1.1 412 "), "{answer}");
}
