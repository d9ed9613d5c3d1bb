//! Files to add: their bytes follow from a number and a version, and are never stored.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Source, Unreadable};

use crate::executor::Executor;
use crate::random::{Random, mix};

/// A file on somebody's disk.
pub struct File {
    pub number: u64,
    /// Bytes of its first version.
    pub size: u64,
    /// How often it was written to since it was first added.
    pub version: Cell<u64>,
    /// Whether size and time of all versions are those of the first.
    pub sly: Cell<bool>,
    pub gone: Cell<bool>,
    pub executor: Rc<Executor>,
    pub random: Random,
}

impl File {
    /// Bytes of a version: a little more each time it is written to.
    pub fn size_of(&self, version: u64) -> u64 {
        if self.sly.get() { self.size } else { self.size + 3 * version }
    }

    /// The file as it is picked now; nothing, where it is gone.
    pub fn pick(self: &Rc<Self>) -> Option<Rc<dyn Source>> {
        let version = self.version.get();
        (!self.gone.get())
            .then(|| -> Rc<dyn Source> { Rc::new(Picked { file: Rc::clone(self), version }) })
    }
}

/// What a browser hands over: the file as it was when it was picked. Of a file that was written to
/// since, it reads nothing.
pub struct Picked {
    pub file: Rc<File>,
    version: u64,
}

/// Eight bytes of a file, from `8 · index`.
fn word(number: u64, version: u64, index: u64) -> [u8; 8] {
    mix((number * 64 + version).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mix(index)).to_le_bytes()
}

/// Bytes of a version of file `number` from `offset` on.
pub fn content(number: u64, version: u64, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    let skip = usize::try_from(offset % 8).unwrap();
    let mut index = offset / 8;
    while bytes.len() < length + skip {
        bytes.extend_from_slice(&word(number, version, index));
        index += 1;
    }
    bytes.drain(..skip);
    bytes.truncate(length);
    bytes
}

/// The name under which it is added; its folder tells nothing.
pub fn base_name(number: u64) -> String {
    format!("file-{number}.bin")
}

/// The number in a media type, which nothing ever changes.
pub fn number(media_type: &str) -> u64 {
    media_type.strip_prefix("x/").unwrap().parse().unwrap()
}

#[async_trait(?Send)]
impl Source for Picked {
    fn path(&self) -> String {
        let number = self.file.number;
        match number % 3 {
            0 => base_name(number),
            _ => format!("folder {}/{}", number % 2, base_name(number)),
        }
    }

    fn size(&self) -> u64 {
        self.file.size_of(self.version)
    }

    fn media_type(&self) -> String {
        format!("x/{}", self.file.number)
    }

    fn modified(&self) -> Option<i64> {
        let writes = if self.file.sly.get() { 0 } else { i64::try_from(self.version).unwrap() };
        Some(1_700_000_000_000 + writes)
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let File { number, version, gone, executor, random, .. } = &*self.file;
        executor.sleep(random.below(2)).await;
        let end = offset + u64::try_from(length).unwrap();
        if gone.get() || version.get() != self.version || end > self.size() {
            return Err(Unreadable);
        }
        Ok(content(*number, self.version, offset, length).into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
