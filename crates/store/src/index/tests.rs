//! Tests of the index.

#![allow(clippy::string_slice, reason = "a test may panic")]

use std::collections::BTreeSet;

use s3s::dto::{ETag, ETagCondition};

use super::*;

fn open() -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path().join("index.redb")).unwrap();
    index.prepare().unwrap();
    (folder, index)
}

fn object(body: Body) -> Object {
    Object {
        size: 1,
        etag: "900150983cd24fb0d6963f7d28e17f72".to_owned(),
        modified: 0,
        attributes: Attributes::default(),
        checksums: Checksums::default(),
        body,
    }
}

fn blob() -> BlobId {
    BlobId::random().unwrap()
}

fn part(size: u64) -> Part {
    let etag = "900150983cd24fb0d6963f7d28e17f72".to_owned();
    Part { size, etag, modified: 0, checksums: Checksums::default(), blob: blob() }
}

fn refusal<T: std::fmt::Debug>(done: Result<T, Failure>) -> Refusal {
    match done {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_replaced_or_deleted_is_freed_once() {
    let (_folder, index) = open();
    let (first, second) = (blob(), blob());
    let put = |blob| index.put("key", &object(Body::Blob(blob)), &Precondition::default()).unwrap();
    assert_eq!(put(first), []);
    assert_eq!(put(second), [first]);
    assert_eq!(index.blobs().unwrap(), HashSet::from([second]));
    let delete = || index.delete("key", &Precondition::default()).unwrap();
    assert_eq!(delete(), [second]);
    assert_eq!(delete(), []);
    assert_eq!(refusal(index.object("key")), Refusal::NoSuchKey);
}

#[test]
fn deleting_many_refuses_single_keys_and_frees_the_rest() {
    let (_folder, index) = open();
    let blobs = [blob(), blob()];
    for (key, blob) in ["a", "b"].into_iter().zip(blobs) {
        index.put(key, &object(Body::Blob(blob)), &Precondition::default()).unwrap();
    }
    let etag = |value: &str| Precondition {
        if_match: Some(ETagCondition::ETag(ETag::Strong(value.to_owned()))),
        if_none_match: None,
    };
    let any = Precondition::default();
    let keys = [
        ("a".to_owned(), etag("another")),
        ("b".to_owned(), etag(&part(1).etag)),
        ("none".to_owned(), any.clone()),
        ("b".to_owned(), any),
    ];
    let (outcomes, freed) = index.delete_all(&keys).unwrap();
    assert_eq!(outcomes, [Err(Refusal::PreconditionFailed), Ok(()), Ok(()), Ok(())]);
    assert_eq!(freed, [blobs[1]]);
    assert!(index.object("a").is_ok());
}

#[test]
fn an_upload_expires_with_its_parts_and_a_finished_one_does_not() {
    let (_folder, index) = open();
    let begin = |id: &str, initiated| {
        index.begin("key", id, &Upload { initiated, attributes: Attributes::default() }).unwrap();
    };
    for (id, initiated) in [("old", 10), ("done", 10), ("young", 20)] {
        begin(id, initiated);
        index.put_part("key", id, 1, &part(3)).unwrap();
    }
    let listed = CompletedPart { number: 1, etag: part(3).etag, checksums: Checksums::default() };
    let completion = Completion {
        parts: vec![listed],
        size: Some(3),
        precondition: Precondition::default(),
        now: 11,
    };
    index.complete("key", "done", &completion).unwrap();
    assert_eq!(index.expire(10).unwrap(), [], "before, not at");
    assert_eq!(index.expire(20).unwrap().len(), 1);
    assert_eq!(refusal(index.upload("key", "old")), Refusal::NoSuchUpload);
    assert_eq!(index.parts("key", "young", 0).unwrap().len(), 1);
    assert_eq!(index.blobs_of(&index.object("key").unwrap()).unwrap().len(), 1);
    assert_eq!(index.blobs().unwrap().len(), 2);
}

#[test]
fn the_size_of_all_parts_is_checked_where_it_is_named() {
    let (_folder, index) = open();
    index.begin("key", "id", &Upload { initiated: 0, attributes: Attributes::default() }).unwrap();
    index.put_part("key", "id", 1, &part(3)).unwrap();
    let listed = CompletedPart { number: 1, etag: part(3).etag, checksums: Checksums::default() };
    let completion = Completion {
        parts: vec![listed],
        size: Some(4),
        precondition: Precondition::default(),
        now: 0,
    };
    assert_eq!(refusal(index.complete("key", "id", &completion)), Refusal::WrongSize);
    assert_eq!(index.parts("key", "id", 0).unwrap().len(), 1);
}

/// Straightforward reference implementation of ListObjectsV2.
fn plainly(keys: &BTreeSet<String>, list: &List) -> (Vec<String>, Vec<String>, bool) {
    let mut lines: Vec<Entry> = Vec::new();
    let after = |key: &str| match &list.after {
        None => true,
        Some(Entry::Key(after)) => key > after.as_str(),
        Some(Entry::Prefix(after)) => key > after.as_str() && !key.starts_with(after.as_str()),
    };
    for key in keys.iter().filter(|key| key.starts_with(&list.prefix) && after(key)) {
        let rest = &key[list.prefix.len()..];
        let end = list
            .delimiter
            .as_ref()
            .and_then(|delimiter| Some(rest.find(delimiter.as_str())? + delimiter.len()));
        let line = match end {
            Some(end) => Entry::Prefix(key[..list.prefix.len() + end].to_owned()),
            None => Entry::Key(key.clone()),
        };
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    let truncated = lines.len() > list.limit && list.limit > 0;
    lines.truncate(list.limit);
    let (mut found, mut prefixes) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            Entry::Key(key) => found.push(key),
            Entry::Prefix(prefix) => prefixes.push(prefix),
        }
    }
    (found, prefixes, truncated)
}

#[test]
fn every_list_is_what_the_plain_reading_gives() {
    let (_folder, index) = open();
    let parts = ["", "a", "b", "/", "//", "é", "\u{10ffff}", "a/", "ab"];
    let mut keys = BTreeSet::new();
    for a in parts {
        for b in parts {
            for c in ["", "/", "x"] {
                keys.insert(format!("{a}{b}{c}"));
            }
        }
    }
    keys.remove("");
    for key in &keys {
        index.put(key, &object(Body::Blob(blob())), &Precondition::default()).unwrap();
    }
    let mut lists = 0;
    for prefix in ["", "a", "a/", "é", "none"] {
        for delimiter in [None, Some("/"), Some("é"), Some("b/")] {
            for limit in [0, 1, 3, 1000] {
                let mut list = List {
                    prefix: prefix.to_owned(),
                    delimiter: delimiter.map(str::to_owned),
                    after: None,
                    limit,
                };
                loop {
                    let page = index.list(&list).unwrap();
                    let found: Vec<String> = page.objects.into_iter().map(|(key, _)| key).collect();
                    let next = page.next.clone();
                    assert_eq!(
                        (found, page.prefixes, next.is_some()),
                        plainly(&keys, &list),
                        "{list:?}"
                    );
                    lists += 1;
                    let Some(next) = next else { break };
                    assert_eq!(Entry::from_token(&next.token()), Some(next.clone()));
                    list.after = Some(next);
                }
            }
        }
    }
    for after in &keys {
        for delimiter in [None, Some("/")] {
            let mut list =
                List { delimiter: delimiter.map(str::to_owned), limit: 1000, ..List::default() };
            list.after = Some(list.after_key(after));
            let page = index.list(&list).unwrap();
            let found: Vec<String> = page.objects.into_iter().map(|(key, _)| key).collect();
            assert_eq!((found, page.prefixes, false), plainly(&keys, &list), "{list:?}");
            lists += 1;
        }
    }
    assert!(lists > 500, "{lists}");
}
