//! Parses an operation: its name first, then exactly the fields that an operation of that name has.
//!
//! Written by hand, although serde derives the same for a tagged enum: the derived code buffers
//! each value in a type that holds anything, and is a fiftieth of the page's size.

use std::borrow::Cow;

use frond_wire::FolderId;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Content, EventHash, Op, Origin, Retention, text};
use crate::object::{ObjectId, Seal, UploadId};

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
    #[serde(with = "text::id")]
    upload: UploadId,
    #[serde(with = "text::bytes")]
    header: Vec<u8>,
    source: Box<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
    path: String,
    size: u64,
    stored: u64,
    header: u32,
    #[serde(rename = "type")]
    media_type: Cow<'static, str>,
    modified: Option<i64>,
    #[serde(with = "text::seal")]
    seal: Seal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
    path: String,
}

/// Fields of mkdir and move-folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    folder: FolderId,
    #[serde(with = "text::optional_id")]
    parent: Option<FolderId>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFields {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
    #[serde(with = "text::optional_id")]
    folder: Option<FolderId>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Supersede {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
    #[serde(with = "text::optional_id")]
    by: Option<ObjectId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    events: Vec<EventHash>,
}

/// Fields of retention: each is there, if only as `null`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(deserialize_with = "Option::deserialize")]
    versions: Option<u32>,
    #[serde(deserialize_with = "Option::deserialize")]
    version_days: Option<u32>,
    #[serde(deserialize_with = "Option::deserialize")]
    trash_days: Option<u32>,
}

/// Fields of trash, restore, abandon, free and purge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    object: ObjectId,
}

/// Fields of trash-folder, restore-folder and purge-folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FolderMark {
    #[serde(rename = "op")]
    _op: IgnoredAny,
    #[serde(with = "text::id")]
    folder: FolderId,
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(from)?.get().as_bytes();
        // serde_json's message and position are never used, so they are not formatted.
        read(json).map_err(|_| D::Error::custom("not an operation"))
    }
}

fn read(json: &[u8]) -> serde_json::Result<Op> {
    let mark = || serde_json::from_slice::<Mark>(json).map(|mark| mark.object);
    let folder_mark = || serde_json::from_slice::<FolderMark>(json).map(|mark| mark.folder);
    let name: Name<'_> = serde_json::from_slice(json)?;
    Ok(match &*name.op {
        "begin" => {
            let Begin { _op, object, upload, header, source } = serde_json::from_slice(json)?;
            Op::Begin { object, upload, header, source }
        }
        "add" => {
            let Add { _op, object, path, size, stored, header, media_type, modified, seal } =
                serde_json::from_slice(json)?;
            let content = Content { size, stored, header, media_type, modified, seal };
            Op::Add { object, path, content: content.into() }
        }
        "move" => {
            let Move { _op, object, path } = serde_json::from_slice(json)?;
            Op::Move { object, path }
        }
        "mkdir" => {
            let Folder { _op, folder, parent, name } = serde_json::from_slice(json)?;
            Op::Mkdir { folder, parent, name }
        }
        "move-folder" => {
            let Folder { _op, folder, parent, name } = serde_json::from_slice(json)?;
            Op::MoveFolder { folder, parent, name }
        }
        "place" => {
            let PlaceFields { _op, object, folder, name } = serde_json::from_slice(json)?;
            Op::Place { object, folder, name }
        }
        "supersede" => {
            let Supersede { _op, object, by } = serde_json::from_slice(json)?;
            Op::Supersede { object, by }
        }
        "merge" => {
            let Merge { _op, events } = serde_json::from_slice(json)?;
            Op::Merge { events }
        }
        "retention" => {
            let Limits { _op, versions, version_days, trash_days } = serde_json::from_slice(json)?;
            Op::Retention(Retention { versions, version_days, trash_days })
        }
        "trash" => Op::Trash { object: mark()? },
        "restore" => Op::Restore { object: mark()? },
        "abandon" => Op::Abandon { object: mark()? },
        "free" => Op::Free { object: mark()? },
        "purge" => Op::Purge { object: mark()? },
        "trash-folder" => Op::TrashFolder { folder: folder_mark()? },
        "restore-folder" => Op::RestoreFolder { folder: folder_mark()? },
        "purge-folder" => Op::PurgeFolder { folder: folder_mark()? },
        _ => Op::Unknown,
    })
}
