//! An operation in a record.
//!
//! ```text
//! begin     = 1 ‖ object ‖ text upload ‖ bytes header ‖ text name ‖ number size ‖ time
//! add       = 2 ‖ object ‖ text path ‖ number size ‖ number stored ‖ number header ‖ type ‖ time
//!               ‖ seal(32)
//! move      = 3 ‖ object ‖ text path
//! merge     = 4 ‖ number count ‖ hashes
//! mark      = 5 trash, 6 restore, 7 abandon, 8 free, 9 purge, 10 purge of what was a file,
//!               ‖ object
//! place     = 11 ‖ object ‖ optional folder ‖ text name
//! supersede = 12 ‖ object ‖ optional object
//! folder    = 13 mkdir, 14 move-folder, ‖ folder(16) ‖ optional folder ‖ text name
//! mark      = 15 trash-folder, 16 restore-folder, 17 purge-folder, ‖ folder(16)
//! implicit  = 18 ‖ text path
//! retention = 19 ‖ optional number versions ‖ optional number version_days
//!                ‖ optional number trash_days
//! optional  = 0, or 1 ‖ it
//! ```

use std::borrow::Cow;
use std::rc::Rc;

use frond_wire::FolderId;

use super::BadSnapshot;
use super::bytes::{Reader, put_bytes, put_number, put_signed};
use crate::catalog::event::{Content, MAX_MERGED, Op, Origin, Retention};
use crate::catalog::hash::EventHash;
use crate::object::{EventId, ObjectId, Seal, UploadId};

const BEGIN: u8 = 1;
const ADD: u8 = 2;
const MOVE: u8 = 3;
const MERGE: u8 = 4;
const TRASH: u8 = 5;
const RESTORE: u8 = 6;
const ABANDON: u8 = 7;
const FREE: u8 = 8;
const PURGE: u8 = 9;
const PURGE_FORMER: u8 = 10;
const PLACE: u8 = 11;
const SUPERSEDE: u8 = 12;
const MKDIR: u8 = 13;
const MOVE_FOLDER: u8 = 14;
const TRASH_FOLDER: u8 = 15;
const RESTORE_FOLDER: u8 = 16;
const PURGE_FOLDER: u8 = 17;
const IMPLICIT: u8 = 18;
const RETENTION: u8 = 19;

/// Media types that a record names by their number, from 1. Appended to, never changed.
const TYPES: [&str; 32] = [
    "",
    "application/octet-stream",
    "text/plain",
    "text/csv",
    "text/html",
    "text/markdown",
    "application/json",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/heic",
    "image/svg+xml",
    "image/tiff",
    "image/bmp",
    "audio/mpeg",
    "audio/mp4",
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/epub+zip",
];

/// Appends an operation of an event with this id; `former` is whether it purges what was a file.
/// `None` if snapshots cannot hold it.
pub(super) fn put(to: &mut Vec<u8>, event: &EventId, op: &Op, former: bool) -> Option<()> {
    let mark = |to: &mut Vec<u8>, tag, object| {
        to.push(tag);
        put_object(to, event, object);
    };
    let mark_folder = |to: &mut Vec<u8>, tag, folder: &FolderId| {
        to.push(tag);
        to.extend_from_slice(folder.as_bytes());
    };
    match op {
        Op::Begin { object, upload, header, source } => {
            mark(to, BEGIN, object);
            put_bytes(to, upload.as_str().as_bytes());
            put_bytes(to, header);
            put_bytes(to, source.name.as_bytes());
            put_number(to, source.size);
            put_time(to, source.modified);
        }
        Op::Add { object, path, content } => {
            mark(to, ADD, object);
            put_bytes(to, path.as_bytes());
            put_number(to, content.size);
            put_number(to, content.stored);
            put_number(to, u64::from(content.header));
            put_type(to, &content.media_type);
            put_time(to, content.modified);
            to.extend_from_slice(&content.seal.0);
        }
        Op::Move { object, path } => {
            mark(to, MOVE, object);
            put_bytes(to, path.as_bytes());
        }
        Op::Merge { events } => {
            to.push(MERGE);
            put_number(to, u64::try_from(events.len()).ok()?);
            events.iter().for_each(|hash| to.extend_from_slice(hash.as_bytes()));
        }
        Op::Trash { object } => mark(to, TRASH, object),
        Op::Restore { object } => mark(to, RESTORE, object),
        Op::Abandon { object } => mark(to, ABANDON, object),
        Op::Free { object } => mark(to, FREE, object),
        Op::Purge { object } => mark(to, if former { PURGE_FORMER } else { PURGE }, object),
        Op::Place { object, folder, name } => {
            mark(to, PLACE, object);
            put_folder(to, folder.as_ref());
            put_bytes(to, name.as_bytes());
        }
        Op::Supersede { object, by } => {
            mark(to, SUPERSEDE, object);
            to.push(u8::from(by.is_some()));
            by.iter().for_each(|by| put_object(to, event, by));
        }
        Op::Mkdir { folder, parent, name } | Op::MoveFolder { folder, parent, name } => {
            let is_new = matches!(op, Op::Mkdir { .. });
            mark_folder(to, if is_new { MKDIR } else { MOVE_FOLDER }, folder);
            put_folder(to, parent.as_ref());
            put_bytes(to, name.as_bytes());
        }
        Op::TrashFolder { folder } => mark_folder(to, TRASH_FOLDER, folder),
        Op::RestoreFolder { folder } => mark_folder(to, RESTORE_FOLDER, folder),
        Op::PurgeFolder { folder } => mark_folder(to, PURGE_FOLDER, folder),
        Op::Retention(Retention { versions, version_days, trash_days }) => {
            to.push(RETENTION);
            for limit in [versions, version_days, trash_days] {
                to.push(u8::from(limit.is_some()));
                limit.iter().for_each(|limit| put_number(to, u64::from(*limit)));
            }
        }
        Op::Former { .. } | Op::Implicit { .. } | Op::Unknown => return None,
    }
    Some(())
}

/// Appends that an event names the folder with this path.
pub(super) fn put_implicit(to: &mut Vec<u8>, path: &str) {
    to.push(IMPLICIT);
    put_bytes(to, path.as_bytes());
}

/// Reads an operation of an event with this id. A purge of what was a file is two.
pub(super) fn read(
    from: &mut Reader<'_>,
    event: &EventId,
) -> Result<(Op, Option<Op>), BadSnapshot> {
    let tag = from.byte()?;
    let op = match tag {
        BEGIN..=MOVE | TRASH..=SUPERSEDE => on_object(from, event, tag)?,
        MKDIR..=PURGE_FOLDER => on_folder(from, tag)?,
        MERGE => {
            let count = usize::try_from(from.number()?).ok().filter(|count| *count <= MAX_MERGED);
            let hash = |_| Ok(EventHash::from_bytes(from.array()?));
            let events = (0..count.ok_or(BadSnapshot)?).map(hash).collect::<Result<_, _>>()?;
            Op::Merge { events }
        }
        IMPLICIT => Op::Implicit { path: from.text()? },
        RETENTION => Op::Retention(Retention {
            versions: limit(from)?,
            version_days: limit(from)?,
            trash_days: limit(from)?,
        }),
        _ => return Err(BadSnapshot),
    };
    let also = match &op {
        Op::Purge { object } if tag == PURGE_FORMER => Some(Op::Former { object: *object }),
        _ => None,
    };
    if op.is_sound() { Ok((op, also)) } else { Err(BadSnapshot) }
}

fn on_object(from: &mut Reader<'_>, event: &EventId, tag: u8) -> Result<Op, BadSnapshot> {
    let object = object(from, event)?;
    Ok(match tag {
        BEGIN => {
            let upload = UploadId::parse(&from.text()?).map_err(|_| BadSnapshot)?;
            let header = from.bytes()?.to_vec();
            let source = Origin { name: from.text()?, size: from.number()?, modified: time(from)? };
            Op::Begin { object, upload, header, source: source.into() }
        }
        ADD => Op::Add {
            object,
            path: from.text()?,
            content: Rc::new(Content {
                size: from.number()?,
                stored: from.number()?,
                header: u32::try_from(from.number()?).map_err(|_| BadSnapshot)?,
                media_type: media_type(from)?,
                modified: time(from)?,
                seal: Seal(from.array()?),
            }),
        },
        MOVE => Op::Move { object, path: from.text()? },
        TRASH => Op::Trash { object },
        RESTORE => Op::Restore { object },
        ABANDON => Op::Abandon { object },
        FREE => Op::Free { object },
        PURGE | PURGE_FORMER => Op::Purge { object },
        PLACE => Op::Place { object, folder: optional_folder(from)?, name: from.text()? },
        SUPERSEDE => {
            let by = if optional(from)? { Some(self::object(from, event)?) } else { None };
            Op::Supersede { object, by }
        }
        _ => return Err(BadSnapshot),
    })
}

fn on_folder(from: &mut Reader<'_>, tag: u8) -> Result<Op, BadSnapshot> {
    let folder = FolderId::from_bytes(from.array()?);
    Ok(match tag {
        MKDIR => Op::Mkdir { folder, parent: optional_folder(from)?, name: from.text()? },
        MOVE_FOLDER => {
            Op::MoveFolder { folder, parent: optional_folder(from)?, name: from.text()? }
        }
        TRASH_FOLDER => Op::TrashFolder { folder },
        RESTORE_FOLDER => Op::RestoreFolder { folder },
        PURGE_FOLDER => Op::PurgeFolder { folder },
        _ => return Err(BadSnapshot),
    })
}

/// Whether something follows: 1, or 0.
fn optional(from: &mut Reader<'_>) -> Result<bool, BadSnapshot> {
    match from.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(BadSnapshot),
    }
}

fn limit(from: &mut Reader<'_>) -> Result<Option<u32>, BadSnapshot> {
    if !optional(from)? {
        return Ok(None);
    }
    u32::try_from(from.number()?).map(Some).map_err(|_| BadSnapshot)
}

fn put_folder(to: &mut Vec<u8>, folder: Option<&FolderId>) {
    to.push(u8::from(folder.is_some()));
    folder.iter().for_each(|folder| to.extend_from_slice(folder.as_bytes()));
}

fn optional_folder(from: &mut Reader<'_>) -> Result<Option<FolderId>, BadSnapshot> {
    Ok(if optional(from)? { Some(FolderId::from_bytes(from.array()?)) } else { None })
}

/// The milliseconds from the event's id to the object's, then the object id's other 10 bytes.
fn put_object(to: &mut Vec<u8>, event: &EventId, object: &ObjectId) {
    let (ahead, behind) = (object.milliseconds(), event.milliseconds());
    // Both have 48 bits.
    put_signed(to, ahead.wrapping_sub(behind).cast_signed());
    let [_, _, _, _, _, _, rest @ ..] = object.as_bytes();
    to.extend_from_slice(rest);
}

fn object(from: &mut Reader<'_>, event: &EventId) -> Result<ObjectId, BadSnapshot> {
    let time = event.milliseconds().checked_add_signed(from.signed()?).ok_or(BadSnapshot)?;
    let [0, 0, a, b, c, d, e, f] = time.to_be_bytes() else { return Err(BadSnapshot) };
    let [g, h, i, j, k, l, m, n, o, p] = from.array()?;
    let bytes = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
    ObjectId::from_bytes(bytes).map_err(|_| BadSnapshot)
}

/// 0, or 1 and the milliseconds since the Unix epoch.
fn put_time(to: &mut Vec<u8>, time: Option<i64>) {
    to.push(u8::from(time.is_some()));
    if let Some(time) = time {
        put_signed(to, time);
    }
}

fn time(from: &mut Reader<'_>) -> Result<Option<i64>, BadSnapshot> {
    if optional(from)? { from.signed().map(Some) } else { Ok(None) }
}

/// The number of a known media type, or 0 and the type.
fn put_type(to: &mut Vec<u8>, media_type: &str) {
    match known(media_type) {
        Some(number) => to.push(number),
        None => {
            to.push(0);
            put_bytes(to, media_type.as_bytes());
        }
    }
}

fn media_type(from: &mut Reader<'_>) -> Result<Cow<'static, str>, BadSnapshot> {
    match usize::from(from.byte()?).checked_sub(1) {
        Some(at) => TYPES.get(at).map(|known| Cow::Borrowed(*known)).ok_or(BadSnapshot),
        None => from.text().and_then(|text| match known(&text) {
            Some(_) => Err(BadSnapshot),
            None => Ok(text.into()),
        }),
    }
}

fn known(media_type: &str) -> Option<u8> {
    let at = TYPES.iter().position(|known| *known == media_type)?;
    u8::try_from(at.saturating_add(1)).ok()
}
