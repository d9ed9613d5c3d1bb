//! A zip archive, written piece by piece without seeking: stored entries, sizes and CRC-32 in data
//! descriptors after the content, Zip64 where a number needs it
//! ([APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT)). `rawzip` writes the
//! records.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use rawzip::extra_fields::ExtraFieldId;
use rawzip::time::UtcDateTime;
use rawzip::{Crc32Option, Header, ZipArchiveWriter, ZipDataWriter, ZipEntryWriter};

use crate::bytes::Bytes;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

/// Lengths of the records without names and optional fields, in bytes.
const LOCAL_HEADER: u64 = 30;
const DESCRIPTOR: u64 = 16;
const DESCRIPTOR_64: u64 = 24;
const CENTRAL_HEADER: u64 = 46;
const END: u64 = 22;
const END_64: u64 = 56 + 20;
/// An extra field with one time; one with `n` numbers of Zip64 has 4 + 8·n.
const TIME: u64 = 4 + 5;
/// Sizes, offsets and counts from these on need Zip64.
const FAR: u64 = 0xffff_ffff;
const MANY: u64 = 0xffff;

/// The exact length of the archive of these names and sizes, in bytes.
pub(super) fn length<'a>(files: impl Iterator<Item = (&'a str, u64)>) -> u64 {
    let (mut offset, mut directory, mut count, mut needs_64) = (0_u64, 0_u64, 0_u64, false);
    for (name, size) in files {
        let name = u64::try_from(name.len()).unwrap_or(u64::MAX);
        let (is_large, is_far) = (size >= FAR, offset >= FAR);
        let sizes = if is_large { 16 } else { 0 };
        let place = if is_far { 8 } else { 0 };
        let zip64 = if is_large || is_far { 4 + sizes + place } else { 0 };
        let descriptor = if is_large { DESCRIPTOR_64 } else { DESCRIPTOR };
        for bytes in [LOCAL_HEADER, TIME, name, size, descriptor] {
            offset = offset.saturating_add(bytes);
        }
        for bytes in [CENTRAL_HEADER, TIME, name, zip64] {
            directory = directory.saturating_add(bytes);
        }
        count = count.saturating_add(1);
        needs_64 |= is_large || is_far;
    }
    needs_64 |= count >= MANY || offset >= FAR || directory >= FAR;
    let end = if needs_64 { END_64 + END } else { END };
    offset.saturating_add(directory).saturating_add(end)
}

/// What was written and not taken yet. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Written(Rc<RefCell<Pieces>>);

#[derive(Default)]
struct Pieces {
    /// In order.
    bytes: Bytes,
    /// Records that follow them.
    records: Vec<u8>,
    /// Whether `rawzip` is shown content, which it counts and sums. The content itself goes on as
    /// it came, in whatever buffer it lies.
    is_content: bool,
}

impl Pieces {
    fn append(&mut self, content: Bytes) {
        let records = std::mem::take(&mut self.records);
        self.bytes.append(records);
        self.bytes.append(content);
    }
}

impl Written {
    /// All of it, in order.
    pub(super) fn take(&self) -> Bytes {
        let mut pieces = self.0.borrow_mut();
        pieces.append(Bytes::default());
        std::mem::take(&mut pieces.bytes)
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        let pieces = self.0.borrow();
        pieces.bytes.len().saturating_add(pieces.records.len())
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pieces = self.0.borrow_mut();
        if !pieces.is_content {
            pieces.records.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A record that the format has no room for: a name of more than 65,535 bytes.
#[derive(Debug)]
pub(super) struct TooLong;

impl From<rawzip::Error> for TooLong {
    fn from(_: rawzip::Error) -> Self {
        Self
    }
}

/// An archive that is being written. Memory: what was not taken, and about 200 bytes and the name
/// for each entry, of which the directory at its end is made.
pub(super) struct Zip {
    archive: ZipArchiveWriter<Written>,
    written: Written,
}

impl Zip {
    /// An empty archive, and where what is written is taken from.
    pub(super) fn new() -> (Self, Written) {
        let written = Written::default();
        let archive = ZipArchiveWriter::new(written.clone());
        (Self { archive, written: written.clone() }, written)
    }

    /// Begins an entry. `modified` is in milliseconds since the Unix epoch; a time that zip cannot
    /// say, before 1970 or after 2038, becomes the nearest that it can.
    pub(super) fn begin(&mut self, name: &str, modified: i64) -> Result<ZipEntry<'_>, TooLong> {
        self.entry(name, modified, Crc32Option::Calculate)
    }

    fn entry(
        &mut self,
        name: &str,
        modified: i64,
        crc: Crc32Option,
    ) -> Result<ZipEntry<'_>, TooLong> {
        let seconds = modified.div_euclid(1000).clamp(0, i32::MAX.into());
        let [a, b, c, d, ..] = seconds.to_le_bytes();
        let file = self.archive.new_file(name).last_modified(UtcDateTime::from_unix(seconds));
        // `rawzip` writes the time in UTC to the directory; some tools read it from the header.
        let file =
            file.extra_field(ExtraFieldId::EXTENDED_TIMESTAMP, &[1, a, b, c, d], Header::LOCAL)?;
        let (entry, config) = file.crc32(crc).start()?;
        Ok(ZipEntry { data: config.wrap(entry), written: self.written.clone() })
    }

    /// Writes the directory, without which no tool takes the archive for one.
    pub(super) fn finish(self) -> Result<(), TooLong> {
        self.archive.finish()?;
        Ok(())
    }
}

/// An entry that is being written.
pub(super) struct ZipEntry<'a> {
    data: ZipDataWriter<ZipEntryWriter<'a, Written>>,
    written: Written,
}

impl ZipEntry<'_> {
    /// The next bytes of its content.
    pub(super) fn write(&mut self, content: Bytes) {
        self.written.0.borrow_mut().is_content = true;
        content.read(|bytes| {
            // `Written` takes everything.
            let _ = self.data.write_all(bytes);
        });
        let mut pieces = self.written.0.borrow_mut();
        pieces.is_content = false;
        pieces.append(content);
    }

    /// That was all of it.
    pub(super) fn end(self) -> Result<(), TooLong> {
        let (entry, descriptor) = self.data.finish()?;
        entry.finish(descriptor)?;
        Ok(())
    }
}
