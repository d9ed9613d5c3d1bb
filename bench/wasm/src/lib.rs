//! Seals and opens one object, four chunks concurrently, as a transfer does: each chunk is a fresh
//! buffer, has its own key and a fresh IV, and, when opened, its table entry checked.

use std::rc::Rc;

use frond::bytes::Bytes;
use frond::object::{Header, Meta, ObjectError, ObjectId, Opener, Sealer};
use frond::port::{BulkCipher, Entropy};
use frond::secret::VaultKey;
use futures_util::stream::{self, StreamExt, TryStreamExt};

pub mod catalog;
pub mod search;

/// Chunks sealed or opened concurrently.
const TOGETHER: usize = 4;

/// An object in memory: its slots and its table.
pub struct Object {
    id: ObjectId,
    vault: VaultKey,
    size: u64,
    slots: Vec<Bytes>,
    table: Vec<u8>,
}

/// Seals `size` bytes of content.
pub async fn seal(
    cipher: &Rc<dyn BulkCipher>,
    entropy: &dyn Entropy,
    content: &Bytes,
) -> Result<Object, ObjectError> {
    let vault = VaultKey::filled(|key| entropy.fill(key)).map_err(|_| ObjectError::Engine)?;
    let id = ObjectId::new(1_763_886_000_000, entropy.bytes().map_err(|_| ObjectError::Engine)?);
    let size = u64::try_from(content.len()).map_err(|_| ObjectError::TooLarge)?;
    let meta = Meta { name: "bench".into(), size, media_type: String::new(), modified: None };
    let key = vault.file_key(&id);
    let header = Header::seal(&key, &id, &meta, iv(entropy)?)?;
    let sealer = Sealer::new(key.content_key(), header, size)?;
    let layout = *sealer.layout();
    let (mut slots, mut table) = (Vec::new(), Vec::new());
    let sealing = stream::iter(0..layout.chunks()).map(async |i| {
        let range = layout.content(i);
        let chunk = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let chunk =
            chunk.and_then(|(start, end)| content.cut(start..end)).ok_or(ObjectError::Content)?;
        sealer.seal(&**cipher, i, iv(entropy)?, chunk).await
    });
    let mut sealing = std::pin::pin!(sealing.buffered(TOGETHER));
    while let Some(sealed) = sealing.try_next().await? {
        slots.push(sealed.slot);
        table.extend_from_slice(&sealed.hmac);
    }
    sealer.finish(&table)?;
    Ok(Object { id, vault, size, slots, table })
}

/// Opens and verifies all of it; how many bytes came back.
pub async fn open(cipher: &Rc<dyn BulkCipher>, object: &Object) -> Result<usize, ObjectError> {
    let key = object.vault.file_key(&object.id).content_key();
    let start = object.slots.first().ok_or(ObjectError::Truncated)?;
    let opener = Opener::new(&object.id, key, object.size, &start.to_vec(), &object.table, None)?;
    stream::iter((0..).zip(&object.slots))
        .map(async |(i, slot)| Ok(opener.open(&**cipher, i, slot).await?.len()))
        .buffered(TOGETHER)
        .try_fold(0, async |sum, length| Ok(sum + length))
        .await
}

fn iv(entropy: &dyn Entropy) -> Result<[u8; 16], ObjectError> {
    let mut iv = [0; 16];
    entropy.fill(&mut iv).map_err(|_| ObjectError::Engine)?;
    Ok(iv)
}

#[cfg(target_arch = "wasm32")]
mod browser;
