//! Files to add: their bytes follow from a number and are never stored.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Source, Unreadable};

use crate::executor::Executor;
use crate::random::{Random, mix};

/// What became of a file on its disk since it was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Same,
    /// Changed or gone: a browser refuses to read it.
    Lost,
}

pub struct File {
    pub number: u64,
    pub size: u64,
    pub fate: Cell<Fate>,
    pub executor: Rc<Executor>,
    pub random: Random,
}

/// Eight bytes of file `number`, from `8 · index`.
fn word(number: u64, index: u64) -> [u8; 8] {
    mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mix(index)).to_le_bytes()
}

/// Bytes of file `number` from `offset` on.
pub fn content(number: u64, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    let skip = usize::try_from(offset % 8).unwrap();
    let mut index = offset / 8;
    while bytes.len() < length + skip {
        bytes.extend_from_slice(&word(number, index));
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
impl Source for File {
    fn path(&self) -> String {
        match self.number % 3 {
            0 => base_name(self.number),
            _ => format!("folder {}/{}", self.number % 2, base_name(self.number)),
        }
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn media_type(&self) -> String {
        format!("x/{}", self.number)
    }

    fn modified(&self) -> Option<i64> {
        Some(1_700_000_000_000)
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
        self.executor.sleep(self.random.below(2)).await;
        let end = offset + u64::try_from(length).unwrap();
        if self.fate.get() == Fate::Lost || end > self.size {
            return Err(Unreadable);
        }
        Ok(content(self.number, offset, length))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
