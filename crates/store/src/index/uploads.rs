//! Multipart uploads.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::collections::BTreeSet;
use std::ops::Bound;

use data_encoding::HEXLOWER;
use redb::{ReadableTable, Table};
use s3s::crypto::{Checksum as _, Md5};

use super::{
    Checksums, Index, OBJECTS, Object, PARTS, Part, Precondition, UPLOADS, Upload, current, record,
};
use crate::blobs::BlobId;
use crate::failure::{Failure, Refusal};
use crate::index::Body;

/// Most parts of an object; also the highest part number.
pub(crate) const MAX_PARTS: u32 = 10_000;
/// Minimum size of every part but the last, in bytes.
const MIN_PART: u64 = 5 * 1024 * 1024;

/// A part in the client's list.
#[derive(Clone, Debug)]
pub(crate) struct CompletedPart {
    /// Its number.
    pub(crate) number: u32,
    /// Its ETag, without quotes.
    pub(crate) etag: String,
    /// Its checksums, if the client gives them.
    pub(crate) checksums: Checksums,
}

/// A CompleteMultipartUpload request.
#[derive(Clone, Debug)]
pub(crate) struct Completion {
    /// The parts in their order.
    pub(crate) parts: Vec<CompletedPart>,
    /// Total size, if the client gives it.
    pub(crate) size: Option<u64>,
    /// Condition on the key.
    pub(crate) precondition: Precondition,
    /// Now, in milliseconds since the Unix epoch.
    pub(crate) now: u64,
}

/// A page of uploads: key, id, upload; and whether more follow.
pub(crate) type UploadPage = (Vec<(String, String, Upload)>, bool);

impl Index {
    /// Stores a new upload.
    pub(crate) fn begin(&self, key: &str, id: &str, upload: &Upload) -> Result<(), Failure> {
        self.change(|change| {
            let mut uploads = change.open_table(UPLOADS)?;
            uploads.insert((key.as_bytes(), id), record::write(upload)?.as_slice())?;
            Ok(())
        })
    }

    /// The upload `id` of `key`.
    pub(crate) fn upload(&self, key: &str, id: &str) -> Result<Upload, Failure> {
        self.view(|view| find(&view.open_table(UPLOADS)?, key, id))
    }

    /// Stores part `number` of an upload; frees an earlier part of that number.
    pub(crate) fn put_part(
        &self,
        key: &str,
        id: &str,
        number: u32,
        part: &Part,
    ) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| {
            find(&change.open_table(UPLOADS)?, key, id)?;
            let mut parts = change.open_table(PARTS)?;
            let old = parts.insert((id, number), record::write(part)?.as_slice())?;
            match old {
                Some(old) => Ok(vec![record::read::<Part>(old.value())?.blob]),
                None => Ok(Vec::new()),
            }
        })
    }

    /// The parts of an upload with numbers above `after`.
    pub(crate) fn parts(
        &self,
        key: &str,
        id: &str,
        after: u32,
    ) -> Result<Vec<(u32, Part)>, Failure> {
        self.view(|view| {
            find(&view.open_table(UPLOADS)?, key, id)?;
            parts_of(&view.open_table(PARTS)?, id, after)
        })
    }

    /// Turns an upload into the object of its key; returns the ETag. If refused, the upload is
    /// unchanged.
    ///
    /// A repeat with the same list returns the same result as long as the object exists: a client
    /// whose first response was lost learns that the upload is complete.
    pub(crate) fn complete(
        &self,
        key: &str,
        id: &str,
        completion: &Completion,
    ) -> Result<(String, Vec<BlobId>), Failure> {
        self.change(|change| {
            let mut objects = change.open_table(OBJECTS)?;
            let mut uploads = change.open_table(UPLOADS)?;
            let mut parts = change.open_table(PARTS)?;
            let old = current(&objects, key)?;
            if let Some(old) = &old
                && old.body == Body::Parts(id.to_owned())
                && old.etag == completion.etag()?
            {
                return Ok((old.etag.clone(), Vec::new()));
            }
            let upload = find(&uploads, key, id)?;
            let object = Object {
                size: completion.examine(&parts, id)?,
                etag: completion.etag()?,
                modified: completion.now,
                attributes: upload.attributes,
                checksums: Checksums::default(),
                body: Body::Parts(id.to_owned()),
            };
            completion.precondition.check(old.as_ref())?;
            objects.insert(key.as_bytes(), record::write(&object)?.as_slice())?;
            uploads.remove((key.as_bytes(), id))?;
            let used: BTreeSet<u32> = completion.parts.iter().map(|part| part.number).collect();
            let mut freed = remove_parts(&mut parts, id, |number| !used.contains(&number))?;
            freed.append(&mut free(&mut parts, old)?);
            Ok((object.etag, freed))
        })
    }

    /// Deletes an upload and its parts.
    pub(crate) fn abort(&self, key: &str, id: &str) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| {
            if change.open_table(UPLOADS)?.remove((key.as_bytes(), id))?.is_none() {
                return Err(Refusal::NoSuchUpload.into());
            }
            remove_parts(&mut change.open_table(PARTS)?, id, |_| true)
        })
    }

    /// Uploads of keys with `prefix`, after the upload `after` (its key and id), at most `limit`.
    pub(crate) fn uploads(
        &self,
        prefix: &str,
        after: (&str, &str),
        limit: usize,
    ) -> Result<UploadPage, Failure> {
        let after = (after.0.as_bytes(), after.1);
        let first = (prefix.as_bytes(), "");
        let start = if after < first { Bound::Included(first) } else { Bound::Excluded(after) };
        self.view(|view| {
            let mut page = Vec::new();
            for row in view.open_table(UPLOADS)?.range((start, Bound::Unbounded))? {
                let (name, upload) = row?;
                let (key, id) = name.value();
                if !key.starts_with(prefix.as_bytes()) {
                    break;
                }
                if page.len() == limit {
                    return Ok((page, true));
                }
                let key = String::from_utf8_lossy(key).into_owned();
                page.push((key, id.to_owned(), record::read(upload.value())?));
            }
            Ok((page, false))
        })
    }

    /// Deletes uploads begun before `before` (milliseconds since the Unix epoch).
    pub(crate) fn expire(&self, before: u64) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| {
            let mut uploads = change.open_table(UPLOADS)?;
            let mut parts = change.open_table(PARTS)?;
            let mut expired = Vec::new();
            for row in uploads.iter()? {
                let (name, upload) = row?;
                if record::read::<Upload>(upload.value())?.initiated < before {
                    let (key, id) = name.value();
                    expired.push((key.to_vec(), id.to_owned()));
                }
            }
            let mut freed = Vec::new();
            for (key, id) in &expired {
                uploads.remove((key.as_slice(), id.as_str()))?;
                freed.append(&mut remove_parts(&mut parts, id, |_| true)?);
            }
            Ok(freed)
        })
    }
}

fn find(
    uploads: &impl ReadableTable<(&'static [u8], &'static str), &'static [u8]>,
    key: &str,
    id: &str,
) -> Result<Upload, Failure> {
    match uploads.get((key.as_bytes(), id))? {
        Some(found) => Ok(record::read(found.value())?),
        None => Err(Refusal::NoSuchUpload.into()),
    }
}

pub(super) fn parts_of(
    parts: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
    id: &str,
    after: u32,
) -> Result<Vec<(u32, Part)>, Failure> {
    let mut found = Vec::new();
    for row in parts.range((Bound::Excluded((id, after)), Bound::Included((id, MAX_PARTS))))? {
        let (name, part) = row?;
        found.push((name.value().1, record::read(part.value())?));
    }
    Ok(found)
}

/// Removes the parts of an upload that `which` selects.
fn remove_parts(
    parts: &mut Table<'_, (&'static str, u32), &'static [u8]>,
    id: &str,
    which: impl Fn(u32) -> bool,
) -> Result<Vec<BlobId>, Failure> {
    let mut freed = Vec::new();
    for (number, part) in parts_of(parts, id, 0)? {
        if which(number) {
            parts.remove((id, number))?;
            freed.push(part.blob);
        }
    }
    Ok(freed)
}

/// The blobs of an object that its key no longer references; also removes the rows of its parts.
pub(super) fn free(
    parts: &mut Table<'_, (&'static str, u32), &'static [u8]>,
    old: Option<Object>,
) -> Result<Vec<BlobId>, Failure> {
    match old.map(|old| old.body) {
        None => Ok(Vec::new()),
        Some(Body::Blob(blob)) => Ok(vec![blob]),
        Some(Body::Parts(id)) => remove_parts(parts, &id, |_| true),
    }
}

impl Completion {
    /// Checks the client's list against the uploaded parts; returns the total size.
    fn examine(
        &self,
        parts: &impl ReadableTable<(&'static str, u32), &'static [u8]>,
        id: &str,
    ) -> Result<u64, Failure> {
        if !self.parts.is_sorted_by(|a, b| a.number < b.number) {
            return Err(Refusal::InvalidPartOrder.into());
        }
        let mut size: u64 = 0;
        let mut listed = self.parts.iter().peekable();
        while let Some(part) = listed.next() {
            let stored: Part = match parts.get((id, part.number))? {
                Some(stored) => record::read(stored.value())?,
                None => return Err(Refusal::InvalidPart.into()),
            };
            if part.etag != stored.etag || !part.checksums.agree_with(&stored.checksums) {
                return Err(Refusal::InvalidPart.into());
            }
            if listed.peek().is_some() && stored.size < MIN_PART {
                return Err(Refusal::EntityTooSmall.into());
            }
            size = size.saturating_add(stored.size);
        }
        if self.size.is_some_and(|named| named != size) {
            return Err(Refusal::WrongSize.into());
        }
        Ok(size)
    }

    /// ETag = hex(MD5(MD5(part 1) ‖ … ‖ MD5(part n))) ‖ "-" ‖ n. An ETag that is not hex matches no
    /// part.
    fn etag(&self) -> Result<String, Refusal> {
        let mut md5 = Md5::new();
        for part in &self.parts {
            md5.update(&HEXLOWER.decode(part.etag.as_bytes()).map_err(|_| Refusal::InvalidPart)?);
        }
        Ok(format!("{}-{}", HEXLOWER.encode(&md5.finalize()), self.parts.len()))
    }
}
