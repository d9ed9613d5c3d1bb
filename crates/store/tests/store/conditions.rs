//! If-Match and If-None-Match, on reads and on writes.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::ability::Ability;
use frond_testing::store::Target;

#[tokio::test]
async fn reads() {
    let store = Target::open().await;
    let key = store.key("read");
    let etag = store.put(&key, "body").send().await.ok().header("etag").to_owned();
    store.get(&key).unsigned("if-match", &etag).send().await.ok();
    store
        .get(&key)
        .unsigned("if-match", "\"other\"")
        .send()
        .await
        .refused(412, &["PreconditionFailed", ""]);
    store.get(&key).unsigned("if-none-match", "\"other\"").send().await.ok();
    let known = store.get(&key).unsigned("if-none-match", &etag).send().await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert!(["", &etag].contains(&known.header("etag")), "no other ETag");
    assert_eq!(store.head(&key).unsigned("if-none-match", &etag).send().await.status, 304);
    assert_eq!(store.head(&key).unsigned("if-match", "\"other\"").send().await.status, 412);
}

#[tokio::test]
async fn a_create_only_key_is_created_once() {
    let store = Target::open().await;
    if !Ability::ConditionalPut.is_of(&store).await {
        return;
    }
    let key = store.key("once");
    let create = |body: &'static str| store.put(&key, body).header("if-none-match", "*");
    create("first").send().await.ok();
    create("second").send().await.refused(412, &["PreconditionFailed"]);
    assert_eq!(store.get(&key).send().await.ok().body, b"first");
    store.delete(&key).send().await.ok();
    create("third").send().await.ok();
    assert_eq!(store.get(&key).send().await.ok().body, b"third");
}

#[tokio::test]
async fn an_update_asks_for_what_it_replaces() {
    let store = Target::open().await;
    if !Ability::ConditionalUpdate.is_of(&store).await {
        return;
    }
    let key = store.key("update");
    let update = |etag: &str, body: &'static str| store.put(&key, body).header("if-match", etag);
    update("\"900150983cd24fb0d6963f7d28e17f72\"", "x").send().await.refused(404, &["NoSuchKey"]);
    let first = store.put(&key, "first").send().await.ok().header("etag").to_owned();
    let second = update(&first, "second").send().await.ok().header("etag").to_owned();
    update(&first, "third").send().await.refused(412, &["PreconditionFailed"]);
    assert_ne!(first, second);
    assert_eq!(store.get(&key).send().await.ok().body, b"second");
}

#[tokio::test]
async fn of_eight_writers_exactly_one_wins() {
    let store = Target::open().await;
    if !Ability::ConditionalPut.is_of(&store).await {
        return;
    }
    for round in 0..20 {
        let key = store.key(&format!("race-{round}"));
        let bodies: Vec<Vec<u8>> =
            (0..8_u8).map(|writer| vec![writer; 50_000 + usize::from(writer)]).collect();
        let writes = bodies.iter().map(|body| {
            let call = store.put(&key, body.clone()).header("if-none-match", "*");
            async move { call.send().await }
        });
        let replies = join_all(writes).await;
        let winners: Vec<usize> = (0..8).filter(|&i| replies[i].status == 200).collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?} won");
        let others: BTreeSet<u16> = replies
            .iter()
            .map(|reply| reply.status.as_u16())
            .filter(|&status| status != 200)
            .collect();
        assert!(others.is_subset(&BTreeSet::from([409, 412])), "{others:?}");
        let got = store.get(&key).send().await.ok();
        assert!(got.body == bodies[winners[0]], "round {round}: the body is not the winner's");
        assert_eq!(got.etag(), replies[winners[0]].etag());
    }
}
