//! What is not signed, or not signed so, is refused, and nothing happens.

use jiff::{SignedDuration, Timestamp};

use crate::ability::Ability;
use frond_testing::store::{Reply, Target};

#[tokio::test]
async fn strangers_are_refused() {
    let store = Target::open().await;
    let key = store.key("mine");
    store.put(&key, "mine").send().await.ok();
    let url = store.bucket.object_url(&key);
    Reply::of(store.http.get(url.clone())).await.unsigned();
    Reply::of(store.http.put(url.clone()).body("theirs")).await.unsigned();
    Reply::of(store.http.delete(url)).await.unsigned();
    store.get(&key).signed_by(store.credentials.key(), "another secret").send().await.unsigned();
    store.get(&key).signed_by("AKNOBODY", "another secret").send().await.unsigned();
    assert_eq!(store.get(&key).send().await.ok().body, b"mine");
}

#[tokio::test]
async fn a_url_is_for_one_request() {
    let store = Target::open().await;
    let key = store.key("one");
    store.put(&key, "body").send().await.ok();
    Reply::of(store.get(&key).sent_as(reqwest::Method::DELETE)).await.unsigned();
    Reply::of(store.get(&key).sent_as(reqwest::Method::PUT).body("x")).await.unsigned();
    assert_eq!(Reply::of(store.get(&key).sent_as(reqwest::Method::HEAD)).await.status, 403);
    let mut url = store.get(&key).url();
    url.set_path(&url.path().replace("one", "two"));
    Reply::of(store.http.get(url)).await.unsigned();
    let mut url = store.get(&key).url();
    url.query_pairs_mut().append_pair("partNumber", "1");
    Reply::of(store.http.get(url)).await.unsigned();
    assert_eq!(store.get(&key).send().await.ok().body, b"body");
}

#[tokio::test]
async fn a_url_has_its_time() {
    let store = Target::open().await;
    let key = store.key("time");
    store.put(&key, "body").send().await.ok();
    let hour = SignedDuration::from_hours(1);
    let get = |at: Timestamp, seconds: u64| store.get(&key).signed_at(at, seconds);
    get(Timestamp::now() - hour, 3599).send().await.unsigned();
    get(Timestamp::now() - hour, 7200).send().await.ok();
    if Ability::NotBefore.is_of(&store).await {
        let early = get(Timestamp::now() + hour, 900).send().await;
        assert_eq!(early.status, 403, "{}", early.text());
    }
}

#[tokio::test]
async fn signed_headers_are_required_as_signed() {
    let store = Target::open().await;
    let key = store.key("headers");
    let call =
        store.put(&key, "body").header("content-type", "image/png").header("if-none-match", "*");
    let put = || store.http.put(call.url()).body("body");
    Reply::of(put()).await.unsigned();
    Reply::of(put().header("content-type", "image/png")).await.unsigned();
    let changed = put().header("content-type", "text/html").header("if-none-match", "*");
    Reply::of(changed).await.unsigned();
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
    call.send().await.ok();
}

#[tokio::test]
async fn an_unsigned_amz_header_is_refused() {
    let store = Target::open().await;
    if !Ability::SignedHeaders.is_of(&store).await {
        return;
    }
    let key = store.key("amz");
    let put = store.put(&key, "body").unsigned("x-amz-meta-colour", "green");
    put.send().await.unsigned();
    store.get(&key).send().await.refused(404, &["NoSuchKey"]);
}

#[tokio::test]
async fn another_region_is_another_store() {
    let store = Target::open().await;
    if !Ability::Regions.is_of(&store).await {
        return;
    }
    let reply = store.head_bucket().signed_for("mars-north-1").send().await;
    assert!(matches!(reply.status.as_u16(), 400 | 403), "{}", reply.status);
}
