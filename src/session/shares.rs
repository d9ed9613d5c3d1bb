//! The account's shares, seen from an open vault: made, listed, brought up to date, revoked.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::rc::Rc;

use frond_wire::{ChangedShare, ListedShare, NewShare};
use zeroize::Zeroizing;

use super::context::Keys;
use super::error::ShareError;
use super::open::Session;
use super::reading;
use super::replacing::twice;
use crate::account::ShareId;
use crate::object::ObjectId;
use crate::path::{cut, name, parent};
use crate::secret::{Password, ShareSecret};
use crate::share::{MAX_SHARED, SHARE_FORMAT, ShareNote, ShareRecord, SharedFile, seal_files};

/// Longest label, in bytes of UTF-8.
const MAX_LABEL: usize = 255;

/// What a new share is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewLink<'a> {
    /// Paths of files and of folders with all that they hold.
    pub paths: &'a [String],
    /// What the owner calls it; empty for the name of what is shared.
    pub label: &'a str,
    /// After how many seconds it ends; `None` for never.
    pub seconds: Option<u64>,
    /// A link password.
    pub password: Option<&'a Password>,
}

/// A share of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Its id.
    pub id: ShareId,
    /// What its owner calls it; empty if its note does not open.
    pub label: String,
    /// The link. It is secret. `None` if its note does not open: it can only be revoked.
    pub link: Option<Zeroizing<String>>,
    /// Whether there is a link password.
    pub password: bool,
    /// When it was made, in Unix seconds.
    pub created: u64,
    /// When it ends, in Unix seconds; `None` for never.
    pub expires: Option<u64>,
    /// Whether it has ended.
    pub is_over: bool,
    /// Number of its files.
    pub files: usize,
    /// Paths of what was shared; none where [`Shares::update`] cannot know them.
    pub paths: Vec<String>,
}

/// The shares of an open vault's account.
pub struct Shares(Session);

impl Session {
    /// The account's shares.
    #[must_use]
    pub fn shares(&self) -> Shares {
        Shares(self.clone())
    }
}

impl Shares {
    /// Shares files: returns the new link.
    ///
    /// # Errors
    /// [`ShareError::Gone`] if a path has nothing, [`ShareError::TooMany`],
    /// [`ShareError::Full`]; others as returned by the requests.
    pub async fn make(&self, new: NewLink<'_>) -> Result<LinkRow, ShareError> {
        let keys = self.keys()?;
        let world = &self.0.context().world;
        let secret = ShareSecret::generate(&*world.entropy)?;
        let key = secret.key(&*world.cipher, new.password).await?;
        let created = keys.endpoint.now();
        let label = if new.label.is_empty() { named(new.paths) } else { new.label.to_owned() };
        let mut note = ShareNote {
            label: cut(&label, MAX_LABEL).to_owned(),
            secret,
            key,
            password: new.password.is_some(),
            created,
            expires: new.seconds.map(|seconds| created.saturating_add(seconds)),
            files: 0,
            paths: new.paths.to_vec(),
        };
        let (record, sealed) = self.sealed(&keys, &mut note)?;
        let new = NewShare { share: note.secret.id(), record, note: sealed };
        twice(async || keys.endpoint.make_share(&new).await).await?;
        Ok(self.row(new.share, Some(note), created))
    }

    /// All shares that were not revoked, the newest first.
    ///
    /// # Errors
    /// As returned by the request.
    pub async fn list(&self) -> Result<Vec<LinkRow>, ShareError> {
        let keys = self.keys()?;
        let listed = twice(async || keys.endpoint.shares().await).await?;
        let now = keys.endpoint.now();
        let row = |listed: ListedShare| {
            let note = ShareNote::open(&keys.vault_key, &listed.share, &listed.note);
            self.row(listed.share, note.ok(), now)
        };
        let mut rows: Vec<_> = listed.into_iter().map(row).collect();
        rows.sort_by_key(|row| (Reverse(row.created), row.id));
        Ok(rows)
    }

    /// Shares what the paths of a share have now, under the same link; whoever has it sees the new
    /// files. With `seconds` it ends that long from now, `Some(None)` for never. Returns the share.
    ///
    /// # Errors
    /// [`ShareError::Gone`] if there is no such share, or its paths have nothing any more;
    /// [`ShareError::Ended`] if it has ended and no new time is given. Others as [`Shares::make`].
    pub async fn update(
        &self,
        share: &ShareId,
        seconds: Option<Option<u64>>,
    ) -> Result<LinkRow, ShareError> {
        let keys = self.keys()?;
        let listed = twice(async || keys.endpoint.shares().await).await?;
        let listed = listed.into_iter().find(|listed| listed.share == *share);
        let listed = listed.ok_or(ShareError::Gone)?;
        let note = ShareNote::open(&keys.vault_key, share, &listed.note);
        let mut note = note.map_err(|_| ShareError::Changed)?;
        let now = keys.endpoint.now();
        if let Some(seconds) = seconds {
            note.expires = seconds.map(|seconds| now.saturating_add(seconds));
        }
        if note.expires.is_some_and(|expires| expires <= now) {
            return Err(ShareError::Ended);
        }
        let (record, sealed) = self.sealed(&keys, &mut note)?;
        let changed = ChangedShare { record, note: sealed };
        twice(async || keys.endpoint.change_share(share, &changed).await).await?;
        Ok(self.row(*share, Some(note), now))
    }

    /// Revokes a share: nobody opens its link any more. What was opened before may have been saved,
    /// and URLs of its encrypted files may work for some minutes.
    ///
    /// # Errors
    /// As returned by the request.
    pub async fn revoke(&self, share: &ShareId) -> Result<(), ShareError> {
        let keys = self.keys()?;
        Ok(twice(async || keys.endpoint.revoke_share(share).await).await?)
    }

    fn keys(&self) -> Result<Rc<Keys>, ShareError> {
        self.0.context().keys().ok_or(ShareError::Locked)
    }

    /// The record and the sealed note of a share; counts its files into the note.
    fn sealed(
        &self,
        keys: &Keys,
        note: &mut ShareNote,
    ) -> Result<(ShareRecord, String), ShareError> {
        let (context, share, now) = (self.0.context(), note.secret.id(), keys.endpoint.now());
        let files = self.files(keys, &note.paths)?;
        note.files = files.len();
        let record = ShareRecord {
            format: SHARE_FORMAT.to_owned(),
            account: context.account,
            objects: Vec::new(),
            created: note.created,
            expires: note.expires,
            password: note.password,
            sealed: String::new(),
        };
        let entropy = &context.world.entropy;
        let record = seal_files(&note.key, &share, record, &files, now, entropy.bytes()?);
        let record = record.map_err(|_| ShareError::TooMany)?;
        let sealed = note.seal(&keys.vault_key, now, entropy.bytes()?);
        Ok((record, sealed.map_err(|_| ShareError::TooMany)?))
    }

    /// What these paths have now. Their paths in the share are relative to the deepest folder that
    /// has all of it.
    fn files(&self, keys: &Keys, paths: &[String]) -> Result<Vec<SharedFile>, ShareError> {
        let log = self.0.log();
        let ids = self.selected(paths)?;
        if ids.len() > MAX_SHARED {
            return Err(ShareError::TooMany);
        }
        let shown = reading::saved_paths(log, &ids, above(paths));
        let history = log.history();
        let file = |(id, path): (ObjectId, String)| {
            let file = history.state().files.get(&id)?;
            Some(SharedFile {
                id,
                content_key: keys.vault_key.file_key(&id).content_key(),
                path,
                size: file.size,
                media_type: file.media_type.clone().into_owned(),
                modified: file.modified,
                header: file.header,
                seal: file.seal,
            })
        };
        let files: Option<Vec<_>> = ids.into_iter().zip(shown).map(file).collect();
        files.ok_or(ShareError::Gone)
    }

    /// The files that have these paths or are in folders that have them, each once.
    fn selected(&self, paths: &[String]) -> Result<Vec<ObjectId>, ShareError> {
        let index = self.0.files().index();
        let listing = index.files();
        let mut ids = Vec::new();
        for path in paths {
            let below = listing.get(path).map_or_else(|| listing.below(path), |file| vec![file]);
            if below.is_empty() {
                return Err(ShareError::Gone);
            }
            ids.extend(below.iter().map(|file| file.id));
        }
        if ids.is_empty() {
            return Err(ShareError::Gone);
        }
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(*id));
        Ok(ids)
    }

    fn row(&self, id: ShareId, note: Option<ShareNote>, now: u64) -> LinkRow {
        let Some(note) = note else {
            return LinkRow {
                id,
                label: String::new(),
                link: None,
                password: false,
                created: 0,
                expires: None,
                is_over: false,
                files: 0,
                paths: Vec::new(),
            };
        };
        LinkRow {
            id,
            link: Some(note.secret.link(&self.0.context().world.base_url)),
            label: note.label,
            password: note.password,
            created: note.created,
            expires: note.expires,
            is_over: note.expires.is_some_and(|expires| expires <= now),
            files: note.files,
            paths: note.paths,
        }
    }
}

/// The label of a share that was given none.
fn named(paths: &[String]) -> String {
    match paths {
        [] => String::new(),
        [path] => name(path).to_owned(),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}

/// The deepest folder that has all these paths.
fn above(paths: &[String]) -> &str {
    let mut folders = paths.iter().map(|path| parent(path));
    let first = folders.next().unwrap_or_default();
    folders.fold(first, |mut above, folder| {
        while !is_in(folder, above) {
            above = parent(above);
        }
        above
    })
}

/// Whether a folder is another one, or in it; the empty one is the top.
fn is_in(folder: &str, above: &str) -> bool {
    let rest = folder.strip_prefix(above);
    above.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{above, named};

    #[test]
    fn paths_have_a_folder_above_and_a_name_together() {
        for (paths, folder, name) in [
            (&["a.txt"][..], "", "a.txt"),
            (&["a/b/c.txt"], "a/b", "c.txt"),
            (&["a/b/c", "a/d", "a/b/e"], "a", "c and 2 more"),
            (&["a/b", "ab/c"], "", "b and 1 more"),
        ] {
            let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!((above(&paths), named(&paths).as_str()), (folder, name));
        }
    }
}
