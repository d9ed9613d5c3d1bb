//! What a share's record holds under its key: the files, each with its own content key.
//!
//! ```text
//! {"share":…,"expires":…,"password":…,"files":[{"id":…,"content_key":…,"path":…,"size":…,"type":…,
//!  "modified":…,"header":…,"seal":…}, …]}
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{MAX_SHARE, MAX_SHARED, SHARE_FORMAT, ShareRecord};
use crate::account::ShareId;
use crate::fernet;
use crate::object::{Layout, ObjectId, Seal};
use crate::path::{MAX_PATH, mended};
use crate::secret::{ContentKey, FernetKey};

/// The record is not what its owner made for this link, or the link password is wrong. The error
/// does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the share does not open")]
pub struct InvalidShare;

/// One file of a share.
#[derive(Debug, PartialEq, Eq)]
pub struct SharedFile {
    /// Object id.
    pub id: ObjectId,
    /// Opens the content, and nothing else.
    pub content_key: ContentKey,
    /// Its path in the share. Of an opened share every name follows the rules of [`crate::path`];
    /// two files may have the same.
    pub path: String,
    /// Size of the content in bytes.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// Modification time in milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// Header length in bytes.
    pub header: u32,
    /// The object's seal.
    pub seal: Seal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    share: ShareId,
    expires: Option<u64>,
    password: bool,
    #[serde(borrow)]
    files: Vec<PlainFile<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainFile<'a> {
    id: ObjectId,
    content_key: Key,
    #[serde(borrow)]
    path: Cow<'a, str>,
    size: u64,
    #[serde(borrow, rename = "type")]
    media_type: Cow<'a, str>,
    modified: Option<i64>,
    header: u32,
    seal: Key,
}

/// 32 bytes in canonical base64url, wiped when dropped.
struct Key(Zeroizing<[u8; 32]>);

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut text = Zeroizing::new([0; 43]);
        let text = Base64UrlUnpadded::encode(&*self.0, &mut *text);
        to.serialize_str(text.map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Never escaped, so it is not copied.
        let text = <&str>::deserialize(from)?;
        let mut key = Zeroizing::new([0; 32]);
        match Base64UrlUnpadded::decode(text, &mut *key).map(<[u8]>::len) {
            Ok(32) => Ok(Self(key)),
            _ => Err(serde::de::Error::custom(InvalidShare)),
        }
    }
}

/// Completes a share's record: seals the files under `key`, and names them outside. `time` is Unix
/// seconds, `iv` 16 fresh random bytes.
///
/// # Errors
/// [`InvalidShare`] if there are no files, more than [`MAX_SHARED`], one of them twice, or the
/// record is longer than [`MAX_SHARE`].
pub fn seal_files(
    key: &FernetKey,
    share: &ShareId,
    record: ShareRecord,
    files: &[SharedFile],
    time: u64,
    iv: [u8; 16],
) -> Result<ShareRecord, InvalidShare> {
    let objects: BTreeSet<_> = files.iter().map(|file| file.id).collect();
    if objects.is_empty() || objects.len() != files.len() || files.len() > MAX_SHARED {
        return Err(InvalidShare);
    }
    let plain_file = |file: &'_ SharedFile| PlainFile {
        id: file.id,
        // EXPOSE: to be sealed.
        content_key: Key(Zeroizing::new(*file.content_key.expose())),
        path: Cow::Owned(file.path.clone()),
        size: file.size,
        media_type: Cow::Owned(file.media_type.clone()),
        modified: file.modified,
        header: file.header,
        seal: Key(Zeroizing::new(file.seal.0)),
    };
    let (expires, password) = (record.expires, record.password);
    let files: Vec<_> = files.iter().map(plain_file).collect();
    // Full capacity up front: a growing buffer would leave unwiped copies behind.
    let room = files.iter().map(|file| file.path.len() * 2 + file.media_type.len() * 2 + 512);
    let mut json = Zeroizing::new(Vec::with_capacity(room.sum::<usize>() + 256));
    let plain = Plain { share: *share, expires, password, files };
    serde_json::to_writer(&mut *json, &plain).map_err(|_| InvalidShare)?;
    let sealed = fernet::encrypt(key, time, iv, &json);
    let record = ShareRecord { objects: objects.into_iter().collect(), sealed, ..record };
    // What surrounds the two long members is short.
    let length = record.sealed.len() + record.objects.len() * 40 + 512;
    if length > MAX_SHARE { Err(InvalidShare) } else { Ok(record) }
}

/// Opens the files of a share: what the record says outside is what is inside, of this share.
///
/// # Errors
/// [`InvalidShare`]: nothing of it is given out.
pub fn open_files(
    key: &FernetKey,
    share: &ShareId,
    record: &ShareRecord,
) -> Result<Vec<SharedFile>, InvalidShare> {
    let ShareRecord { format, account: _, objects, created: _, expires, password, sealed } = record;
    if format != SHARE_FORMAT || sealed.len() > MAX_SHARE || objects.len() > MAX_SHARED {
        return Err(InvalidShare);
    }
    let opened = fernet::decrypt(key, sealed).map_err(|_| InvalidShare)?;
    let json = Zeroizing::new(opened.plaintext);
    let plain: Plain<'_> = serde_json::from_slice(&json).map_err(|_| InvalidShare)?;
    let outside: BTreeSet<_> = objects.iter().collect();
    let inside: BTreeSet<_> = plain.files.iter().map(|file| &file.id).collect();
    let is_whole = inside.len() == plain.files.len() && outside.len() == objects.len();
    if plain.share != *share
        || (plain.expires, plain.password) != (*expires, *password)
        || inside != outside
        || !is_whole
    {
        return Err(InvalidShare);
    }
    plain.files.into_iter().map(shared).collect()
}

fn shared(file: PlainFile<'_>) -> Result<SharedFile, InvalidShare> {
    let PlainFile { id, content_key, path, size, media_type, modified, header, seal } = file;
    if path.len() > MAX_PATH || Layout::new(size, header).is_err() {
        return Err(InvalidShare);
    }
    Ok(SharedFile {
        id,
        content_key: ContentKey::copied(&content_key.0),
        path: mended(&path).into_owned(),
        size,
        media_type: media_type.into_owned(),
        modified,
        header,
        seal: Seal(*seal.0),
    })
}
