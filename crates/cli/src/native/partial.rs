//! Unfinished downloads that a later run continues. Next to the destination lie, until it is
//! complete:
//!
//! ```text
//! .frond-OBJECT.part    the beginning of the content, in plaintext
//! .frond-OBJECT.macs    32 bytes for each chunk of it: `ContentKey::kept_mac`
//! ```
//!
//! A chunk counts only if its MAC is right for object, seal, position and content: whatever became
//! of the files meanwhile, the rest is fetched again.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use frond::object::{Geometry, Layout, Seal};
use frond::secret::ContentKey;
use frond::transfer::DownloadJob;
use tempfile::{NamedTempFile, TempPath};

/// Length of a MAC in bytes.
const MAC: u64 = 32;

/// The MACs of the chunks that a partial file has.
pub(super) struct Macs {
    file: File,
    path: PathBuf,
    key: ContentKey,
    seal: Seal,
    layout: Layout,
    /// The chunk that is written next.
    next: u64,
}

/// The partial file of this download in `folder`, and its MACs; new ones, or those of an earlier
/// run. `None` for a file of one chunk, which is fetched as a whole, and if it cannot be had:
/// another process has it, it belongs to another user, the disk has no locks, or two devices
/// recorded different seals.
pub(super) fn open(folder: &Path, job: &DownloadJob) -> io::Result<Option<(NamedTempFile, Macs)>> {
    let (&[seal], Ok(layout)) = (&*job.seals, Geometry::FORMAT_1.layout(job.size, job.header))
    else {
        return Ok(None);
    };
    if layout.chunks() == 1 {
        return Ok(None);
    }
    let path = |suffix| folder.join(format!(".frond-{}.{suffix}", job.id));
    let Some(part) = own(folder, &path("part"))? else { return Ok(None) };
    let Some(file) = own(folder, &path("macs"))? else { return Ok(None) };
    // EXPOSE: a copy, wiped with the download.
    let key = ContentKey::copied(job.content_key.expose());
    let macs = Macs { file, path: path("macs"), key, seal, layout, next: 0 };
    let mut part = NamedTempFile::from_parts(part, TempPath::try_from_path(path("part"))?);
    part.disable_cleanup(true);
    Ok(Some((part, macs)))
}

impl Macs {
    /// How many chunks of `part` are right, counted from the first. Cuts it after them.
    pub(super) fn check(&mut self, part: &mut File) -> io::Result<u64> {
        part.seek(SeekFrom::Start(0))?;
        let mut content = Vec::new();
        let mut end = 0;
        while self.next < self.layout.chunks() {
            let range = self.layout.content(self.next);
            let (mut mac, length) = ([0; 32], range.end.saturating_sub(range.start));
            content.clear();
            let read = (&mut *part).take(length).read_to_end(&mut content)?;
            let is_whole = u64::try_from(read).is_ok_and(|read| read == length);
            match self.file.read_exact(&mut mac) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            if !is_whole || !self.key.is_kept(&mac, &self.seal, self.next, &content) {
                break;
            }
            (self.next, end) = (self.next.saturating_add(1), range.end);
        }
        cut(part, end)?;
        cut(&mut self.file, self.next.saturating_mul(MAC))?;
        Ok(self.next)
    }

    /// Records that the next chunk was written.
    pub(super) fn add(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(&self.key.kept_mac(&self.seal, self.next, content))?;
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// Removes them: the partial file is complete, or useless.
    pub(super) fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// Cuts a file to this length and continues at its end.
fn cut(file: &mut File, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length)).map(drop)
}

/// Creates this file, or opens one of this user that no other process has open here; locked until
/// it is closed.
fn own(folder: &Path, path: &Path) -> io::Result<Option<File>> {
    let options = |is_new: bool| {
        let mut options = File::options();
        options.read(true).write(true).create_new(is_new);
        options
    };
    let file = match options(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => options(false).open(path),
        file => file,
    };
    let file = match file {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied && path.exists() => {
            return Ok(None);
        }
        file => file?,
    };
    Ok((file.try_lock().is_ok() && is_own(&file, folder, path)?).then_some(file))
}

/// Whether this open file is still at this path, and nobody else placed it there: in a folder that
/// several users share, another one could have put a link or a file of their own in its place.
#[cfg(unix)]
fn is_own(file: &File, folder: &Path, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let (open, mine) = (file.metadata()?, tempfile::tempfile_in(folder)?.metadata()?);
    let Ok(named) = path.symlink_metadata() else { return Ok(false) };
    let is_same = (open.dev(), open.ino()) == (named.dev(), named.ino());
    Ok(is_same && open.is_file() && open.nlink() == 1 && open.uid() == mine.uid())
}

#[cfg(not(unix))]
fn is_own(_: &File, _: &Path, path: &Path) -> io::Result<bool> {
    Ok(path.symlink_metadata().is_ok_and(|named| named.is_file()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use frond::object::ObjectId;
    use frond::secret::FernetKey;

    use super::*;

    /// Three chunks, the last of padding only.
    const SIZE: u64 = 1_048_000;

    fn job(n: u8) -> DownloadJob {
        let id = [0, 0, 0, 0, 0, n, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
        DownloadJob {
            id: ObjectId::from_bytes(id).unwrap(),
            content_key: ContentKey::copied(&[n; 32]),
            meta_key: Some(FernetKey::copied(&[n; 32])),
            size: SIZE,
            header: 512,
            seals: vec![Seal([n; 32])],
            name: "name".to_owned(),
            media_type: String::new(),
        }
    }

    fn chunks() -> [Vec<u8>; 3] {
        let layout = Geometry::FORMAT_1.layout(SIZE, 512).unwrap();
        assert_eq!(layout.chunks(), 3);
        [0, 1, 2].map(|i| vec![7; layout.content(i).count()])
    }

    /// A run that writes so many chunks and is killed.
    fn killed(folder: &Path, job: &DownloadJob, chunks: &[Vec<u8>]) {
        let (mut part, mut macs) = open(folder, job).unwrap().unwrap();
        assert_eq!(macs.check(part.as_file_mut()).unwrap(), 0);
        for chunk in chunks {
            part.write_all(chunk).unwrap();
            macs.add(chunk).unwrap();
        }
    }

    fn kept(folder: &Path, job: &DownloadJob) -> u64 {
        let (mut part, mut macs) = open(folder, job).unwrap().unwrap();
        macs.check(part.as_file_mut()).unwrap()
    }

    #[test]
    fn what_was_written_is_kept_and_what_was_changed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, job, chunks) = (folder.path(), job(1), chunks());
        let part = folder.join(format!(".frond-{}.part", job.id));
        let macs = folder.join(format!(".frond-{}.macs", job.id));
        killed(folder, &job, &chunks);
        assert_eq!(kept(folder, &job), 3);
        // Half a chunk without its MAC, as after a kill between the two writes.
        fs::write(&macs, &fs::read(&macs).unwrap()[..40]).unwrap();
        assert_eq!(kept(folder, &job), 1);
        assert_eq!(fs::metadata(&part).unwrap().len(), u64::try_from(chunks[0].len()).unwrap());
        for path in [&part, &macs] {
            fs::remove_file(path).unwrap();
        }
        killed(folder, &job, &chunks);
        let mut bytes = fs::read(&part).unwrap();
        bytes[chunks[0].len() + 5] ^= 1;
        fs::write(&part, &bytes).unwrap();
        assert_eq!(kept(folder, &job), 1, "a byte of the second chunk was changed");
        let mut bytes = fs::read(&macs).unwrap();
        bytes[0] ^= 1;
        fs::write(&macs, &bytes).unwrap();
        assert_eq!(kept(folder, &job), 0, "and one of the first MAC");
    }

    #[test]
    fn the_files_of_another_object_are_not_taken_for_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, chunks) = (folder.path(), chunks());
        killed(folder, &job(1), &chunks);
        for end in ["part", "macs"] {
            let path = |n| folder.join(format!(".frond-{}.{end}", job(n).id));
            fs::rename(path(1), path(2)).unwrap();
        }
        assert_eq!(kept(folder, &job(2)), 0);
    }

    #[test]
    fn a_file_that_another_process_has_or_placed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, job) = (folder.path(), job(1));
        let held = open(folder, &job).unwrap().unwrap();
        assert!(open(folder, &job).unwrap().is_none(), "it is open");
        drop(held);
        assert!(open(folder, &job).unwrap().is_some());
        let part = folder.join(format!(".frond-{}.part", job.id));
        let precious = folder.join("precious");
        fs::write(&precious, b"precious").unwrap();
        fs::remove_file(&part).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&precious, &part).unwrap();
            assert!(open(folder, &job).unwrap().is_none(), "a link");
            fs::remove_file(&part).unwrap();
        }
        fs::hard_link(&precious, &part).unwrap();
        #[cfg(unix)]
        assert!(open(folder, &job).unwrap().is_none(), "a second name");
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
    }
}
