//! Events as JSON.

use frond::catalog::{Doubt, Event, EventHash, FolderId, MAX_RETAINED, Op, Origin, Retention};
use proptest::prelude::*;

use super::support::*;

/// A plaintext: the JSON, then spaces up to a multiple of 256 bytes.
fn padded(json: &str) -> Vec<u8> {
    let mut bytes = json.as_bytes().to_vec();
    bytes.resize(bytes.len().next_multiple_of(256), b' ');
    bytes
}

proptest! {
    #[test]
    fn garbage_is_no_event(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Event::decode(&bytes).is_err());
    }
}

/// The JSON, as it stands in the bucket's plaintext; every spelling but this one is refused.
#[test]
fn the_json() {
    let mut a = Device::new(1);
    let (_, event) = a.make(1, vec![add(2, "x/y", 3), Op::Trash { object: object(2) }]);
    let plaintext = event.encode().unwrap();
    assert!(plaintext.len().is_multiple_of(256));
    let text = String::from_utf8(plaintext.clone()).unwrap();
    let seal = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM";
    let expected = format!(
        concat!(
            r#"{{"format":"frond/1 event","event":"{}","device":"{}","seq":0,"parents":[],"ops":["#,
            r#"{{"op":"add","object":"{2}","path":"x/y","size":1,"stored":700,"header":512,"#,
            r#""type":"","modified":null,"seal":"{seal}"}},"#,
            r#"{{"op":"trash","object":"{2}"}}]}}"#,
        ),
        event.id,
        device(1),
        object(2),
        seal = seal,
    );
    assert_eq!(text.trim_end_matches(' '), expected);
    assert_eq!(Event::decode(&plaintext).unwrap(), event);

    assert!(Event::decode(&padded(&expected)).is_ok());
    for (what, json) in [
        ("another format", expected.replace("frond/1", "frond/2")),
        ("an unknown member", expected.replace(r#""seq":0"#, r#""seq":0,"more":1"#)),
        (
            "an unknown member of an operation",
            expected.replace(r#""size":1"#, r#""size":1,"more":1"#),
        ),
        (
            "a member of another operation",
            expected.replace(r#"{"op":"trash""#, r#"{"op":"trash","path":"x""#),
        ),
        ("a member of an operation twice", expected.replace(r#""size":1"#, r#""size":1,"size":1"#)),
        (
            "an operation of two names",
            expected.replace(r#""op":"trash""#, r#""op":"trash","op":"purge""#),
        ),
        ("an operation without a name", expected.replace(r#""op":"trash","#, "")),
        ("an operation whose name is no text", expected.replace(r#""op":"trash""#, r#""op":1"#)),
        (
            "an operation that is no object",
            expected.replace(r#"{"op":"trash""#, r#""trash",{"op":"trash""#),
        ),
        ("a member twice", expected.replace(r#""seq":0"#, r#""seq":0,"seq":0"#)),
        ("a negative number", expected.replace(r#""seq":0"#, r#""seq":-1"#)),
        (
            "an id in capitals",
            expected.replace(&object(2).to_string(), &object(2).to_string().to_uppercase()),
        ),
        ("a short seal", expected.replace(seal, "AwMD")),
        ("a padded seal", expected.replace(seal, &format!("{seal}="))),
        ("an empty path", expected.replace("x/y", "")),
        ("a path without end", expected.replace("x/y", &"x".repeat(4_097))),
        ("too large", expected.replace(r#""size":1"#, r#""size":1099511627777"#)),
        ("something after it", format!("{expected} x")),
        (
            "a parent twice",
            expected.replace(r#""parents":[]"#, &format!(r#""parents":["{seal}","{seal}"]"#)),
        ),
    ] {
        assert_ne!(json, expected, "{what}");
        assert!(Event::decode(&padded(&json)).is_err(), "{what}");
    }
    let mut tabs = padded(&expected);
    *tabs.last_mut().unwrap() = b'\t';
    assert!(Event::decode(&tabs).is_err(), "padded with something else");
    assert!(
        Event::decode(&[padded(&expected), vec![b' '; 256]].concat()).is_err(),
        "padded too much"
    );
    assert!(
        Event::decode(expected.as_bytes()).is_err() || expected.len().is_multiple_of(256),
        "not padded"
    );
}

/// What is written is read, whatever the operation: a name that only the writer knows would be a
/// newer Frond's.
#[test]
fn every_operation_comes_back() {
    let object = object(1);
    let begin = Op::Begin {
        object,
        upload: upload_id("u"),
        header: vec![7; 512],
        source: Origin { name: "a/b".to_owned(), size: 3, modified: None }.into(),
    };
    let (path, folder) = ("x".to_owned(), FolderId::from_bytes([7; 16]));
    let mut hashes: Vec<_> = (0..1_024_u32).map(|n| EventHash::of(&n.to_be_bytes())).collect();
    hashes.sort_unstable();
    let hash = |n: usize| hashes[n];
    let ops = [
        begin,
        add(1, "x", 1),
        Op::Move { object, path },
        Op::Trash { object },
        Op::Restore { object },
        Op::Abandon { object },
        Op::Free { object },
        Op::Purge { object },
        Op::Mkdir { folder, parent: None, name: "a".to_owned() },
        Op::Mkdir { folder, parent: Some(folder), name: "..".to_owned() },
        Op::MoveFolder { folder, parent: Some(folder), name: "a/b".to_owned() },
        Op::TrashFolder { folder },
        Op::RestoreFolder { folder },
        Op::PurgeFolder { folder },
        Op::Place { object, folder: None, name: "a".to_owned() },
        Op::Place { object, folder: Some(folder), name: "x".repeat(4_096) },
        Op::Supersede { object, by: None },
        Op::Supersede { object, by: Some(object) },
        Op::Retention(Retention::default()),
        Op::Retention(Retention {
            versions: Some(1),
            version_days: Some(MAX_RETAINED),
            trash_days: None,
        }),
        Op::Merge { events: (1..=2).map(hash).collect() },
        Op::Merge { events: (0..1_024).map(hash).collect() },
    ];
    for op in ops {
        let (_, event) = Device::new(1).make(1, vec![op.clone()]);
        assert_eq!(Event::decode(&event.encode().unwrap()).unwrap().ops, [op]);
    }
}

/// An event names a store's upload by any text of at most 1 024 bytes.
#[test]
fn the_json_of_an_upload_id() {
    let source = Origin { name: "a".to_owned(), size: 3, modified: None };
    let (_, event) = Device::new(1).make(1, vec![begin("THE-ID", &source)]);
    let json = String::from_utf8(event.encode().unwrap()).unwrap().trim_end().to_owned();
    let with = |text: &str| {
        let id = serde_json::to_string(text).unwrap();
        Event::decode(&padded(&json.replace("\"THE-ID\"", &id)))
    };
    for text in ["", "2~x_y-z.", "a b&c?d%20", "é\n\"", &"a".repeat(1024)] {
        let event = with(text).unwrap();
        assert_eq!(event.ops, [begin(text, &source)]);
        assert_eq!(Event::decode(&event.encode().unwrap()).unwrap(), event);
    }
    assert!(with(&"a".repeat(1025)).is_err());
    assert!(with(&"é".repeat(513)).is_err(), "bytes are counted");
}

/// The JSON of operations on folders and versions; every spelling but this one is refused.
#[test]
fn the_json_of_folders() {
    let (folder, name) = (FolderId::from_bytes([0xab; 16]), "a".to_owned());
    let ops = vec![
        Op::Mkdir { folder, parent: None, name: name.clone() },
        Op::MoveFolder { folder, parent: Some(folder), name: name.clone() },
        Op::TrashFolder { folder },
        Op::RestoreFolder { folder },
        Op::PurgeFolder { folder },
        Op::Place { object: object(1), folder: Some(folder), name },
        Op::Supersede { object: object(1), by: None },
    ];
    let (_, event) = Device::new(1).make(1, ops);
    let text = String::from_utf8(event.encode().unwrap()).unwrap();
    let id = "abababab-abab-abab-abab-abababababab";
    let file = object(1);
    let expected = format!(
        concat!(
            r#"[{{"op":"mkdir","folder":"{id}","parent":null,"name":"a"}},"#,
            r#"{{"op":"move-folder","folder":"{id}","parent":"{id}","name":"a"}},"#,
            r#"{{"op":"trash-folder","folder":"{id}"}},"#,
            r#"{{"op":"restore-folder","folder":"{id}"}},"#,
            r#"{{"op":"purge-folder","folder":"{id}"}},"#,
            r#"{{"op":"place","object":"{file}","folder":"{id}","name":"a"}},"#,
            r#"{{"op":"supersede","object":"{file}","by":null}}]"#,
        ),
        id = id,
        file = file,
    );
    assert!(text.contains(&expected), "{text}");
    let read = |json: &str| {
        let mut bytes = json.trim_end().as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(256), b' ');
        Event::decode(&bytes)
    };
    assert_eq!(read(&text).unwrap(), event);
    for (what, from, to) in [
        ("no parent", r#""parent":null,"#, ""),
        ("an empty name", r#""name":"a""#, r#""name":"""#),
        ("an id in capitals", id, "ABABABAB-abab-abab-abab-abababababab"),
        ("an id without hyphens", id, "abababababababababababababababab"),
        ("a parent that is no id", r#""parent":null"#, r#""parent":"""#),
        ("another member", r#""name":"a""#, r#""name":"a","path":"a""#),
        (
            "an object for a folder",
            r#""op":"trash-folder","folder""#,
            r#""op":"trash-folder","object""#,
        ),
        ("no by", r#","by":null"#, ""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{what}");
        assert!(read(&changed).is_err(), "{what}");
    }
}

/// The example of docs/FORMAT.md, and every other spelling.
#[test]
fn the_json_of_a_merge() {
    let format = include_str!("../../docs/FORMAT.md");
    let expected = format
        .lines()
        .find(|line| line.contains(r#""op":"merge""#) && line.starts_with('{'))
        .unwrap();
    let event = Event::decode(&padded(expected)).unwrap();
    assert_eq!(event.encode().unwrap(), padded(expected));
    let [Op::Merge { events }] = event.ops.as_slice() else { panic!("{:?}", event.ops) };
    let mut named = [EventHash::of(b"one"), EventHash::of(b"two")];
    named.sort_unstable();
    assert_eq!(*events, named);
    let [one, two] = named.map(|hash| format!("{hash:?}"));
    let both = format!(r#"["{one}","{two}"]"#);
    assert!(expected.contains(&both));
    let many: Vec<_> = (0..1_025_u32).map(|n| EventHash::of(&n.to_be_bytes())).collect();
    let mut many: Vec<_> = many.iter().map(|hash| format!("\"{hash:?}\"")).collect();
    many.sort();
    for (what, events) in [
        ("none", "[]".to_owned()),
        ("one", format!(r#"["{one}"]"#)),
        ("one twice", format!(r#"["{one}","{one}"]"#)),
        ("the larger one first", format!(r#"["{two}","{one}"]"#)),
        ("a short one", format!(r#"["AAAA","{two}"]"#)),
        ("no list", format!(r#""{one}""#)),
        ("another member", format!(r#"["{one}","{two}"],"object":1"#)),
        ("too many", format!("[{}]", many.join(","))),
    ] {
        assert!(Event::decode(&padded(&expected.replace(&both, &events))).is_err(), "{what}");
    }
}

#[test]
fn an_operation_of_a_newer_frond() {
    let mut a = Device::new(1);
    let (hash, event) = a.make(1, vec![add(1, "x", 1), Op::Trash { object: object(1) }]);
    let json = String::from_utf8(event.encode().unwrap()).unwrap();
    let json = json.replace(r#""op":"trash""#, r#""op":"star","why":[1,{"a":null}]"#);
    let mut plaintext = json.trim_end_matches(' ').as_bytes().to_vec();
    plaintext.resize(plaintext.len().next_multiple_of(256), b' ');
    let newer = Event::decode(&plaintext).unwrap();
    assert_eq!(newer.ops, [add(1, "x", 1), Op::Unknown]);
    let known = index(&[(hash, newer.clone())]);
    assert_eq!(known.log().doubts(), [Doubt::Newer].into());
    assert_eq!(known.state().files.len(), 1, "what is known is in force");
    assert!(newer.encode().is_err(), "and never written");
}

/// The JSON of what is deleted by itself; every spelling but this one is refused.
#[test]
fn the_json_of_retention() {
    let retention = Retention { versions: Some(5), version_days: Some(90), trash_days: None };
    let (_, event) = Device::new(1).make(1, vec![Op::Retention(retention)]);
    let text = String::from_utf8(event.encode().unwrap()).unwrap();
    let expected = r#"[{"op":"retention","versions":5,"version_days":90,"trash_days":null}]"#;
    assert!(text.contains(expected), "{text}");
    assert_eq!(Event::decode(&padded(text.trim_end())).unwrap(), event);
    for (what, from, to) in [
        ("no member", r#","trash_days":null"#, ""),
        ("none", r#""versions":5"#, r#""versions":0"#),
        ("too many", r#""version_days":90"#, r#""version_days":1000001"#),
        ("a text", r#""versions":5"#, r#""versions":"5""#),
        ("another member", r#""trash_days":null"#, r#""trash_days":null,"more":1"#),
    ] {
        let changed = text.trim_end().replacen(from, to, 1);
        assert_ne!(changed, text.trim_end(), "{what}");
        assert!(Event::decode(&padded(&changed)).is_err(), "{what}");
    }
}
