//! Objects as the vectors describe them: content and IVs follow from counters.

use frond::bytes::Bytes;
use frond::object::{Geometry, Header, Meta, ObjectId, Opener, Seal, Sealer};
use frond::port::BulkCipher;
use frond::secret::FileKey;
use sha2::{Digest, Sha256};

/// `SHA-256(u64be(first)) ‖ SHA-256(u64be(first + 1)) ‖ …` cut to `n` bytes.
pub fn content(first: u64, n: u64) -> Vec<u8> {
    let n = usize::try_from(n).unwrap();
    let mut bytes = Vec::with_capacity(n + 32);
    for i in first.. {
        if bytes.len() >= n {
            break;
        }
        bytes.extend_from_slice(&Sha256::digest(i.to_be_bytes()));
    }
    bytes.truncate(n);
    bytes
}

/// `SHA-256("iv" ‖ u64be(j))` cut to 16 bytes.
pub fn iv(j: u64) -> [u8; 16] {
    let digest = Sha256::new().chain_update(b"iv").chain_update(j.to_be_bytes()).finalize();
    digest[..16].try_into().unwrap()
}

/// The whole stored object. `first` moves content and IVs.
pub async fn seal(
    cipher: &dyn BulkCipher,
    key: &FileKey,
    id: &ObjectId,
    meta: &Meta,
    first: u64,
) -> (Vec<u8>, Seal) {
    seal_laid_out(cipher, Geometry::FORMAT_1, key, id, meta, first).await
}

/// Like [`seal`], for any geometry.
pub async fn seal_laid_out(
    cipher: &dyn BulkCipher,
    geometry: Geometry,
    key: &FileKey,
    id: &ObjectId,
    meta: &Meta,
    first: u64,
) -> (Vec<u8>, Seal) {
    let header = Header::seal(key, id, meta, iv(first)).unwrap();
    let layout = geometry.layout(meta.size, header.length()).unwrap();
    let sealer = Sealer::laid_out(key.content_key(), header, layout).unwrap();
    let content = content(first, meta.size);
    let (mut stored, mut table) = (Vec::new(), Vec::new());
    for i in 0..sealer.layout().chunks() {
        let part = Bytes::from(slice(&content, sealer.layout().content(i)));
        let sealed = sealer.seal(cipher, i, iv(first + i + 1), part).await.unwrap();
        stored.extend_from_slice(&sealed.slot.bytes());
        table.extend_from_slice(&sealed.hmac);
    }
    let seal = sealer.finish(&table).unwrap();
    assert_eq!(u64::try_from(stored.len()).unwrap(), layout.table().start);
    stored.extend(table);
    assert_eq!(u64::try_from(stored.len()).unwrap(), layout.stored());
    (stored, seal)
}

/// The content of a whole stored object, all slots opened in order.
pub async fn open(
    cipher: &dyn BulkCipher,
    key: &FileKey,
    id: &ObjectId,
    stored: &[u8],
    seal: Seal,
) -> (Meta, Vec<u8>) {
    let header = Header::read(id, &key.content_key(), stored).unwrap();
    let meta = header.open(&key.meta_key()).unwrap();
    let layout = frond::object::Layout::new(meta.size, header.length()).unwrap();
    layout.check(u64::try_from(stored.len()).unwrap()).unwrap();
    let table = slice(stored, layout.table());
    let opener = Opener::new(id, key.content_key(), meta.size, stored, table, Some(seal)).unwrap();
    let mut content = Vec::new();
    for i in 0..layout.chunks() {
        let slot = Bytes::from(slice(stored, layout.slot(i)));
        content.extend_from_slice(&opener.open(cipher, i, &slot).await.unwrap().bytes());
    }
    (meta, content)
}

/// A range of `u64` of a slice.
pub fn slice(bytes: &[u8], range: std::ops::Range<u64>) -> &[u8] {
    &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
}
