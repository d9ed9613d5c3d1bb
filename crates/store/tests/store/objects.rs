//! PutObject, GetObject with ranges, HeadObject, DeleteObject, HeadBucket.

use crate::ability::Ability;
use frond_testing::store::{Reply, Target};

#[tokio::test]
async fn what_was_put_comes_back() {
    let store = Target::open().await;
    let body: Vec<u8> = (0..3_000_000_u32).map(|i| (i * 7 + i / 251).to_le_bytes()[0]).collect();
    for size in [0, 1, 617, 262_144, 262_145, body.len()] {
        let key = store.key(&format!("size-{size}"));
        let put = store
            .put(&key, &body[..size])
            .header("content-type", "application/octet-stream")
            .send()
            .await
            .ok();
        let got = store.get(&key).send().await.ok();
        assert!(got.body == body[..size], "{size} bytes differ");
        assert_eq!(got.header("content-length"), size.to_string());
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert_eq!(got.header("accept-ranges"), "bytes");
        assert_eq!(got.etag(), put.etag());
        let head = store.head(&key).send().await.ok();
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), size.to_string());
        assert_eq!(head.etag(), put.etag());
        assert!(!head.header("last-modified").is_empty());
        assert!(!head.header("date").is_empty());
    }
}

#[tokio::test]
async fn the_etag_is_the_md5() {
    let store = Target::open().await;
    if !Ability::Md5Etags.is_of(&store).await {
        return;
    }
    let put = store.put(&store.key("abc"), "abc").send().await.ok();
    assert_eq!(put.etag(), "900150983cd24fb0d6963f7d28e17f72");
}

#[tokio::test]
async fn an_overwrite_replaces_and_a_delete_removes() {
    let store = Target::open().await;
    let key = store.key("twice");
    store.put(&key, "first").send().await.ok();
    store.put(&key, "the second").send().await.ok();
    assert_eq!(store.get(&key).send().await.ok().body, b"the second");
    assert_eq!(store.delete(&key).send().await.status, 204);
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
    assert_eq!(store.head(&key).send().await.status, 404);
    assert_eq!(store.delete(&key).send().await.status, 204, "deleting nothing is no error");
}

#[tokio::test]
async fn keys_are_names_not_paths() {
    let store = Target::open().await;
    // Frond's own keys stay under 300 bytes.
    let longest = if Ability::LongKeys.is_of(&store).await { 1024 } else { 300 };
    let long = "k".repeat(longest - store.prefix.len());
    let names = [
        "a",
        "a/b",
        "a//b",
        "a/",
        "a b",
        "a+b",
        "a%20b",
        "a%2Fb",
        "é",
        "絵.jpg",
        "x'\"<&>",
        "?query=1",
        "#fragment",
        "$&,;=@:!*()",
        "~._-",
        long.as_str(),
    ];
    let listed = || async { store.list(&store.prefix).send().await.ok().all("Key").len() };
    let before = listed().await;
    for name in names {
        store.put(&store.key(name), name).send().await.ok();
    }
    for name in names {
        assert_eq!(store.get(&store.key(name)).send().await.ok().body, name.as_bytes(), "{name}");
    }
    assert_eq!(
        listed().await - before,
        names.len() - usize::from(longest == 1024),
        "all of them are told apart"
    );
    if longest == 1024 {
        let key = store.key(&format!("{long}k"));
        store.put(&key, "").send().await.refused(400, &["KeyTooLongError", "InvalidObjectName"]);
    }
}

#[tokio::test]
async fn ranges() {
    let store = Target::open().await;
    let key = store.key("range");
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(1_000_000).collect();
    let etag = store.put(&key, body.clone()).send().await.ok().etag().to_owned();
    let size = body.len();
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-1023", 0..1024),
        ("bytes=524288-1048575", 524_288..size),
        ("bytes=999999-", 999_999..size),
        ("bytes=-1", 999_999..size),
        ("bytes=-2000000", 0..size),
    ] {
        let got = store.get(&key).unsigned("range", range).send().await;
        assert_eq!(got.status, 206, "{range}");
        assert!(got.body == body[expected.clone()], "{range}");
        let shown = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(got.header("content-range"), shown);
        assert_eq!(got.header("content-length"), expected.len().to_string());
        assert_eq!(got.etag(), etag);
    }
    for range in ["bytes=1000000-", "bytes=2000000-3000000"] {
        store.get(&key).unsigned("range", range).send().await.refused(416, &["InvalidRange"]);
    }
    let empty = store.key("empty");
    store.put(&empty, "").send().await.ok();
    store.get(&empty).unsigned("range", "bytes=0-").send().await.refused(416, &["InvalidRange"]);
}

#[tokio::test]
async fn if_range_gives_the_whole_of_another_object() {
    let store = Target::open().await;
    if !Ability::IfRange.is_of(&store).await {
        return;
    }
    let key = store.key("if-range");
    let etag = store.put(&key, "0123456789").send().await.ok().header("etag").to_owned();
    let get = |condition: &str| {
        store.get(&key).unsigned("range", "bytes=2-3").unsigned("if-range", condition)
    };
    let part = get(&etag).send().await;
    assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &b"23"[..]));
    let whole = get("\"another\"").send().await;
    assert_eq!((whole.status.as_u16(), whole.body.as_slice()), (200, &b"0123456789"[..]));
}

#[tokio::test]
async fn headers_stay_with_their_object() {
    let store = Target::open().await;
    let key = store.key("headers");
    let put = store
        .put(&key, "x")
        .header("content-type", "image/png")
        .header("x-amz-meta-colour", "green");
    put.send().await.ok();
    let check = |reply: Reply| {
        assert_eq!(reply.header("content-type"), "image/png");
        assert_eq!(reply.header("x-amz-meta-colour"), "green");
    };
    check(store.get(&key).send().await.ok());
    check(store.head(&key).send().await.ok());
}

#[tokio::test]
async fn there_is_one_bucket() {
    let mut store = Target::open().await;
    assert_eq!(store.head_bucket().send().await.status, 200);
    store.bucket = rusty_s3::Bucket::new(
        store.bucket.base_url().join("/").unwrap(),
        rusty_s3::UrlStyle::Path,
        "another-bucket-that-is-not-there",
        store.bucket.region().to_owned(),
    )
    .unwrap();
    assert!(matches!(store.head_bucket().send().await.status.as_u16(), 403 | 404));
    let refused = store.put("key", "x").send().await;
    assert!(matches!(refused.status.as_u16(), 403 | 404));
}
