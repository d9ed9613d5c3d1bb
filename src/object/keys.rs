//! Key derivation of objects. `Expand` and `HKDF` are RFC 5869 with SHA-256, all keys 32 bytes.

use frond_wire::FolderId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{EventId, ObjectId, Seal, SegmentId, SnapshotId};
use crate::kdf::{expand, hkdf};
use crate::secret::{ContentKey, FernetKey, FileKey, VaultKey};

// EXPOSE: throughout this file, to derive further keys, which are filled in place.

impl VaultKey {
    /// `file_key = HKDF(vault_key, salt = object_id, "frond/1 file")`
    #[must_use]
    pub fn file_key(&self, id: &ObjectId) -> FileKey {
        FileKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 file", key))
    }

    /// `HKDF(vault_key, salt = event_id, "frond/1 event")`
    #[must_use]
    pub fn event_key(&self, id: &EventId) -> FernetKey {
        FernetKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 event", key))
    }

    /// `HKDF(vault_key, salt = snapshot_id, "frond/1 snapshot")`
    #[must_use]
    pub fn snapshot_key(&self, id: &SnapshotId) -> FernetKey {
        FernetKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 snapshot", key))
    }

    /// `HKDF(vault_key, salt = segment_id, "frond/1 segment")`
    #[must_use]
    pub fn segment_key(&self, id: &SegmentId) -> FernetKey {
        FernetKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 segment", key))
    }

    /// `HKDF(vault_key, salt = object_id, "frond/1 upload")`: the journal of an upload.
    #[must_use]
    pub fn upload_key(&self, id: &ObjectId) -> FernetKey {
        FernetKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 upload", key))
    }

    /// `HKDF(vault_key, salt = object_id, "frond/1 queue")`: what this device stores of a queued
    /// upload.
    #[must_use]
    pub fn queue_key(&self, id: &ObjectId) -> FernetKey {
        FernetKey::derived(|key| hkdf(&[self.expose()], id.as_bytes(), b"frond/1 queue", key))
    }

    /// First 16 bytes of `HKDF(vault_key, salt = folder_id, "frond/1 address")`: what stands for a
    /// folder in an address. A folder id itself may be derived from a name, and could be guessed.
    #[must_use]
    pub fn folder_address(&self, id: &FolderId) -> [u8; 16] {
        let mut address = [0; 32];
        hkdf(&[self.expose()], id.as_bytes(), b"frond/1 address", &mut address);
        address.first_chunk().copied().unwrap_or_default()
    }
}

impl FileKey {
    /// `meta_key = Expand(file_key, "frond/1 meta")`
    #[must_use]
    pub fn meta_key(&self) -> FernetKey {
        FernetKey::derived(|key| expand(self.expose(), &[b"frond/1 meta"], key))
    }

    /// `content_key = Expand(file_key, "frond/1 content")`: the key that a share contains.
    #[must_use]
    pub fn content_key(&self) -> ContentKey {
        ContentKey::derived(|key| expand(self.expose(), &[b"frond/1 content"], key))
    }
}

impl ContentKey {
    /// `commitment = Expand(content_key, "frond/1 commit")`: public; no other content
    /// key has it.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        let mut commitment = [0; 32];
        expand(self.expose(), &[b"frond/1 commit"], &mut commitment);
        commitment
    }

    /// `thumbnail_key = Expand(content_key, "frond/1 thumbnail")`: who may read a file may see its
    /// thumbnail.
    #[must_use]
    pub fn thumbnail_key(&self) -> FernetKey {
        FernetKey::derived(|key| expand(self.expose(), &[b"frond/1 thumbnail"], key))
    }

    /// `chunk_key(i, last) = Expand(content_key, "frond/1 chunk" ‖ u64be(i) ‖ u8(last))`
    #[must_use]
    pub fn chunk_key(&self, index: u64, last: bool) -> FernetKey {
        let info: [&[u8]; 3] = [b"frond/1 chunk", &index.to_be_bytes(), &[u8::from(last)]];
        FernetKey::derived(|key| expand(self.expose(), &info, key))
    }

    /// `Expand(content_key, "frond/1 kept" ‖ seal ‖ u64be(i) ‖ SHA-256(content))`: by this a device
    /// recognises the content of chunk `i` that it has in plaintext, as of an unfinished download.
    /// Only a holder of the key can compute it. Never in the bucket.
    #[must_use]
    pub fn kept_mac(&self, seal: &Seal, i: u64, content: &[u8]) -> [u8; 32] {
        let (mut mac, digest) = ([0; 32], Sha256::digest(content));
        expand(self.expose(), &[b"frond/1 kept", &seal.0, &i.to_be_bytes(), &digest], &mut mac);
        mac
    }

    /// Whether `mac` is the [`ContentKey::kept_mac`] of this content, in constant time.
    #[must_use]
    pub fn is_kept(&self, mac: &[u8; 32], seal: &Seal, i: u64, content: &[u8]) -> bool {
        self.kept_mac(seal, i, content).ct_eq(mac).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_belongs_to_one_key_seal_place_and_content() {
        let (key, seal) = (ContentKey::copied(&[1; 32]), Seal([2; 32]));
        let mac = key.kept_mac(&seal, 3, b"content");
        assert!(key.is_kept(&mac, &seal, 3, b"content"));
        assert!(!key.is_kept(&mac, &seal, 4, b"content"));
        assert!(!key.is_kept(&mac, &seal, 3, b"Content"));
        assert!(!key.is_kept(&mac, &Seal([4; 32]), 3, b"content"));
        assert!(!ContentKey::copied(&[4; 32]).is_kept(&mac, &seal, 3, b"content"));
    }
}
