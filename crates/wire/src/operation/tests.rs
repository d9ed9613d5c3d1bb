use serde_json::{Value, json};

use super::Operation;
use crate::{
    Checksum, DeviceId, EventId, EventKey, Listing, Name, ObjectId, Part, SegmentId, SnapshotId,
    UploadId,
};

const UUID: &str = "00000000-0001-7101-8101-010101010101";
const BASE32: &str = "aebagbafaydqqcikbmga2dqpca";

/// All operations with their exact JSON.
fn all() -> Vec<(Operation, String)> {
    let object = ObjectId::parse(UUID).unwrap();
    let snapshot = SnapshotId::parse(UUID).unwrap();
    let segment = SegmentId::parse(UUID).unwrap();
    let device = DeviceId::parse(BASE32).unwrap();
    let event = EventKey { device, seq: 7, event: EventId::parse(UUID).unwrap() };
    let upload = UploadId::parse("u~1").unwrap();
    let part = Part::new(17).unwrap();
    let checksum = || Some(Checksum::Crc32c("AAAAAA==".to_owned()));
    let text = |op: &str, rest: &str| format!(r#"{{"op":"{op}"{rest}}}"#);
    let (o, s) = (format!(r#","object":"{UUID}""#), format!(r#","snapshot":"{UUID}""#));
    let e = format!(r#","device":"{BASE32}","seq":7,"event":"{UUID}""#);
    let j = format!(r#"{o},"part":17"#);
    let u = format!(r#"{o},"upload":"u~1""#);
    let crc = r#","checksum":{"crc32c":"AAAAAA=="}"#;
    let (object_name, event_name) = (Name::Object(object), Name::Event(event));
    let (snapshot_name, journal_name) = (Name::Snapshot(snapshot), Name::Journal(object, part));
    let (segment_name, g) = (Name::Segment(segment), format!(r#","segment":"{UUID}""#));
    let thumbnail_name = Name::Thumbnail(object);
    let list = Operation::List;
    let mut all = vec![
        (Operation::put(object_name, 9), text("put-object", &format!(r#"{o},"length":9"#))),
        (
            Operation::Put { name: object_name, length: 9, checksum: checksum() },
            text("put-object", &format!(r#"{o},"length":9{crc}"#)),
        ),
        (Operation::put(event_name, 9), text("put-event", &format!(r#"{e},"length":9"#))),
        (Operation::put(snapshot_name, 9), text("put-snapshot", &format!(r#"{s},"length":9"#))),
        (Operation::put(journal_name, 9), text("put-journal", &format!(r#"{j},"length":9"#))),
        (Operation::put(segment_name, 9), text("put-segment", &format!(r#"{g},"length":9"#))),
        (Operation::put(thumbnail_name, 9), text("put-thumbnail", &format!(r#"{o},"length":9"#))),
        (Operation::Head(object), text("head-object", &o)),
        (Operation::CreateUpload(object), text("create-upload", &o)),
        (
            Operation::UploadPart {
                object,
                upload: upload.clone(),
                part,
                length: 9,
                checksum: checksum(),
            },
            text("upload-part", &format!(r#"{u},"part":17,"length":9{crc}"#)),
        ),
        (
            Operation::ListParts { object, upload: upload.clone(), after: None },
            text("list-parts", &u),
        ),
        (
            Operation::ListParts { object, upload: upload.clone(), after: Some(part) },
            text("list-parts", &format!(r#"{u},"after":17"#)),
        ),
        (Operation::ListUploads { object: None }, text("list-uploads", "")),
        (Operation::ListUploads { object: Some(object) }, text("list-uploads", &o)),
        (Operation::CompleteUpload { object, upload: upload.clone() }, text("complete-upload", &u)),
        (Operation::AbortUpload { object, upload }, text("abort-upload", &u)),
        (list(Listing::Objects { after: None }), text("list-objects", "")),
        (
            list(Listing::Objects { after: Some(object) }),
            text("list-objects", &format!(r#","after":"{UUID}""#)),
        ),
        (
            list(Listing::Devices { after: Some(device) }),
            text("list-events", &format!(r#","after":"{BASE32}""#)),
        ),
        (
            list(Listing::Events { device, after: Some(26) }),
            text("list-events", &format!(r#","device":"{BASE32}","after":"000000000000001a""#)),
        ),
        (
            list(Listing::Snapshots { after: Some(snapshot) }),
            text("list-snapshots", &format!(r#","after":"{UUID}""#)),
        ),
        (
            list(Listing::Journals { after: Some(object) }),
            text("list-journals", &format!(r#","after":"{UUID}""#)),
        ),
        (
            list(Listing::Thumbnails { after: Some(object) }),
            text("list-thumbnails", &format!(r#","after":"{UUID}""#)),
        ),
        (
            list(Listing::Journal { object, after: Some(part) }),
            text("list-journals", &format!(r#"{o},"after":"00017""#)),
        ),
        (
            list(Listing::Segments { after: Some(segment) }),
            text("list-segments", &format!(r#","after":"{UUID}""#)),
        ),
    ];
    for (kind, name, members) in [
        ("object", object_name, &o),
        ("event", event_name, &e),
        ("snapshot", snapshot_name, &s),
        ("journal", journal_name, &j),
        ("segment", segment_name, &g),
        ("thumbnail", thumbnail_name, &o),
    ] {
        all.push((Operation::Get(name), text(&format!("get-{kind}"), members)));
        all.push((Operation::Delete(name), text(&format!("delete-{kind}"), members)));
    }
    all
}

#[test]
fn each_operation_is_written_and_read_as_it_always_was() {
    for (operation, text) in all() {
        assert_eq!(serde_json::to_string(&operation).unwrap(), text);
        assert_eq!(serde_json::from_str::<Operation>(&text).unwrap(), operation, "{text}");
    }
}

#[test]
fn members_that_an_operation_does_not_have_are_refused() {
    let members = json!({
        "object": UUID, "upload": "u", "part": 1, "device": BASE32, "seq": 1, "event": UUID,
        "snapshot": UUID, "length": 1, "checksum": {"md5": "x"}, "path": "a",
    });
    for (_, text) in all() {
        let good: Value = serde_json::from_str(&text).unwrap();
        for (member, value) in members.as_object().unwrap() {
            let optional = match good["op"].as_str().unwrap() {
                "list-uploads" | "list-journals" => member == "object",
                "list-events" => member == "device",
                "put-object" | "upload-part" => member == "checksum",
                _ => false,
            };
            if good.get(member).is_some() || optional {
                continue;
            }
            for value in [value.clone(), Value::Null] {
                let mut more = good.clone();
                more.as_object_mut().unwrap().insert(member.clone(), value);
                assert!(serde_json::from_value::<Operation>(more).is_err(), "{text} {member}");
            }
        }
    }
}

#[test]
fn members_that_an_operation_needs_are_missed() {
    for (_, text) in all() {
        let good: Value = serde_json::from_str(&text).unwrap();
        for member in good.as_object().unwrap().keys() {
            let optional = member == "after"
                || member == "checksum"
                || matches!(
                    (good["op"].as_str().unwrap(), member.as_str()),
                    ("list-uploads" | "list-journals", "object") | ("list-events", "device")
                );
            let mut less = good.clone();
            less.as_object_mut().unwrap().remove(member);
            let read = serde_json::from_value::<Operation>(less);
            // Without its device or object, `after` would be of another kind.
            let other = good.get("after").is_some() && ["object", "device"].contains(&&**member);
            assert_eq!(read.is_ok(), optional && !other, "{text} {member}");
        }
    }
}

#[test]
fn a_member_without_a_value_is_refused() {
    for (_, text) in all() {
        let good: Value = serde_json::from_str(&text).unwrap();
        for member in good.as_object().unwrap().keys() {
            let mut less = good.clone();
            less[member] = Value::Null;
            assert!(serde_json::from_value::<Operation>(less).is_err(), "{text} {member}");
        }
    }
}

#[test]
fn upload_ids_that_are_not_plain_are_refused() {
    for (_, text) in all() {
        let mut other: Value = serde_json::from_str(&text).unwrap();
        if other.get("upload").is_some() {
            for bad in ["", "a b", "a&b", "a?b", "a%20", "é", "a\n", &"a".repeat(1025)] {
                other["upload"] = json!(bad);
                let read = serde_json::from_value::<Operation>(other.clone());
                assert!(read.is_err(), "{text} {bad}");
            }
        }
    }
}

#[test]
fn other_verbs_and_kinds_are_refused() {
    for op in [
        "",
        "-",
        "put",
        "put-",
        "put-path",
        "head-event",
        "list-object",
        "list-",
        "copy-object",
        "put-object-",
        "PUT-object",
        "list-devices",
        "list-journal",
        "list-thumbnail",
        "head-thumbnail",
    ] {
        let json = json!({"op": op, "object": UUID, "length": 1});
        assert!(serde_json::from_value::<Operation>(json).is_err(), "{op}");
        assert!(serde_json::from_value::<Operation>(json!({"op": op})).is_err(), "{op}");
    }
}
