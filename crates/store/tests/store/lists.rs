//! ListObjectsV2.

use crate::ability::Ability;
use frond_testing::store::{Reply, Target};

async fn fill(store: &Target, names: &[&str]) {
    for name in names {
        store.put(&store.key(name), *name).send().await.ok();
    }
}

/// Lines of a list, without the prefix of the run: keys, then common prefixes.
fn lines(store: &Target, reply: &Reply) -> (Vec<String>, Vec<String>) {
    let strip = |line: &String| {
        line.strip_prefix(&store.prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let text = reply.text();
    let prefixes = text.split("<CommonPrefixes>").skip(1);
    let prefixes = prefixes.filter_map(|rest| {
        Some(rest.split_once("<Prefix>")?.1.split_once("</Prefix>")?.0.to_owned())
    });
    (reply.all("Key").iter().map(strip).collect(), prefixes.map(|line| strip(&line)).collect())
}

#[tokio::test]
async fn keys_come_in_the_order_of_their_bytes() {
    let store = Target::open().await;
    fill(&store, &["b", "a", "B", "é", "a/1", "a-1", "z", "絵", "\u{1f600}"]).await;
    let reply = store.list(&store.prefix).send().await.ok();
    assert_eq!(lines(&store, &reply).0, ["B", "a", "a-1", "a/1", "b", "z", "é", "絵", "\u{1f600}"]);
    assert_eq!(reply.first("IsTruncated"), "false");
    assert_eq!(reply.first("Size"), "1");
    assert_eq!(reply.first("ETag").trim_matches('"').len(), 32);
}

#[tokio::test]
async fn a_delimiter_rolls_up() {
    let store = Target::open().await;
    fill(&store, &["one", "dir/a", "dir/b", "dir/sub/c", "dir2/d", "two"]).await;
    let reply = store.list(&store.prefix).query("delimiter", "/").send().await.ok();
    let (keys, prefixes) = lines(&store, &reply);
    assert_eq!(keys, ["one", "two"]);
    assert_eq!(prefixes, ["dir/", "dir2/"]);
    assert_eq!(reply.first("KeyCount"), "4");
    let reply = store.list(&store.key("dir/")).query("delimiter", "/").send().await.ok();
    assert_eq!(
        lines(&store, &reply),
        (vec!["dir/a".into(), "dir/b".into()], vec!["dir/sub/".into()])
    );
}

#[tokio::test]
async fn start_after() {
    let store = Target::open().await;
    fill(&store, &["a", "b", "d/1", "d/2", "e"]).await;
    let after = |name: &str| store.list(&store.prefix).query("start-after", &store.key(name));
    assert_eq!(lines(&store, &after("a").send().await.ok()).0, ["b", "d/1", "d/2", "e"]);
    assert_eq!(lines(&store, &after("c").send().await.ok()).0, ["d/1", "d/2", "e"]);
    assert!(lines(&store, &after("e").send().await.ok()).0.is_empty());
    // Devices are listed so: what sorts after every key of the last device known.
    let reply = after("d/\u{10ffff}").query("delimiter", "/").send().await.ok();
    assert_eq!(lines(&store, &reply), (vec!["e".into()], vec![]));
}

#[tokio::test]
async fn pages_add_up() {
    let store = Target::open().await;
    let names: Vec<String> = (0..23).map(|i| format!("p{:02}/{}", i / 3, i % 3)).collect();
    fill(&store, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (delimiter, expected) in [(None, 23), (Some("/"), 8)] {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let mut call = store.list(&store.prefix).query("max-keys", "3");
            if let Some(delimiter) = delimiter {
                call = call.query("delimiter", delimiter);
            }
            if !token.is_empty() {
                call = call.query("continuation-token", &token);
            }
            let reply = call.send().await.ok();
            let (keys, prefixes) = lines(&store, &reply);
            assert!(keys.len() + prefixes.len() <= 3);
            seen.extend(keys);
            seen.extend(prefixes);
            token = reply.first("NextContinuationToken");
            assert_eq!(reply.first("IsTruncated"), (!token.is_empty()).to_string());
            if token.is_empty() {
                break;
            }
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
        assert_eq!(seen.len(), expected);
    }
}

#[tokio::test]
async fn more_than_a_thousand() {
    let store = Target::open().await;
    let keys: Vec<String> = (0..1005).map(|i| store.key(&format!("{i:04}"))).collect();
    for batch in keys.chunks(16) {
        let puts = batch.iter().map(|key| {
            let call = store.put(key, "");
            async move { call.send().await.ok() }
        });
        futures_util::future::join_all(puts).await;
    }
    let first = store.list(&store.prefix).query("max-keys", "5000").send().await.ok();
    assert_eq!(first.all("Key"), keys[..1000]);
    let token = first.first("NextContinuationToken");
    let second = store.list(&store.prefix).query("continuation-token", &token).send().await.ok();
    assert_eq!(second.all("Key"), keys[1000..]);
    assert_eq!(second.first("IsTruncated"), "false");
}

#[tokio::test]
async fn keys_that_xml_would_spoil_come_encoded() {
    let store = Target::open().await;
    let names = ["a b", "a+b", "a%20b", "é&<"];
    fill(&store, &names).await;
    let reply = store.list(&store.prefix).query("encoding-type", "url").send().await.ok();
    assert_eq!(reply.first("EncodingType"), "url");
    // Some stores write a space as `+` and encode `/`; all of them decode to the same.
    let mut decoded: Vec<String> = reply
        .all("Key")
        .iter()
        .map(|key| {
            let query = format!("http://x/?key={key}").parse::<reqwest::Url>().unwrap();
            query.query_pairs().next().unwrap().1.into_owned()
        })
        .collect();
    decoded.sort_unstable();
    let mut expected: Vec<String> = names.iter().map(|name| store.key(name)).collect();
    expected.sort_unstable();
    assert_eq!(decoded, expected);
}

#[tokio::test]
async fn bad_questions() {
    let store = Target::open().await;
    let list = || store.list(&store.prefix);
    if !Ability::CheckedLists.is_of(&store).await {
        return;
    }
    list()
        .query("continuation-token", "%%%")
        .send()
        .await
        .refused(400, &["InvalidArgument", "InvalidRequest"]);
    list()
        .query("max-keys", "-1")
        .send()
        .await
        .refused(400, &["InvalidArgument", "InvalidRequest"]);
    list()
        .query("max-keys", "many")
        .send()
        .await
        .refused(400, &["InvalidArgument", "InvalidRequest"]);
}
