//! Preserves the keys of an open session between commands: two files that only their owner can read
//! (mode 0600), `device-key` and `session`.
//!
//! Together they open nothing: the record in `session` is sealed under the device's key and a share
//! that the endpoint stores (`session::kept`) until `frond logout`, or until the session is unused
//! for a month. Until then, anyone who reads this folder as this user or as root can also request
//! the share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use frond::port::{Entropy, SessionKeyStore};
use frond::secret::FernetKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::entropy::SystemEntropy;
use super::folder::{Folder, replace};

/// The two files.
pub struct Keys {
    key: PathBuf,
    record: PathBuf,
}

impl Keys {
    /// The files of this account.
    #[must_use]
    pub fn new(folder: &Folder) -> Self {
        Self { key: folder.file("device-key"), record: folder.file("session") }
    }
}

#[async_trait(?Send)]
impl SessionKeyStore for Keys {
    async fn renew(&self) -> bool {
        self.wipe().await;
        let mut key = Zeroizing::new([0; 32]);
        SystemEntropy.fill(&mut *key).is_ok() && replace(&self.key, &*key).is_ok()
    }

    async fn derive(&self, message: &[u8]) -> Option<FernetKey> {
        let key = fs::read(&self.key).ok().map(Zeroizing::new)?;
        let key: &[u8; 32] = key.as_slice().try_into().ok()?;
        let mac = Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(message);
        Some(FernetKey::derived(|derived| derived.copy_from_slice(&mac.finalize().into_bytes())))
    }

    async fn save(&self, record: &[u8]) -> bool {
        replace(&self.record, record).is_ok()
    }

    async fn load(&self) -> Option<Vec<u8>> {
        fs::read(&self.record).ok()
    }

    async fn wipe(&self) {
        remove(&self.record);
        remove(&self.key);
    }
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            // If a file cannot be removed, its content must still not open anything.
            let _ = fs::write(path, []);
        }
        _ => {}
    }
}
