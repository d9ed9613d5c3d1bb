//! The secrets of an open session, in one file that only its owner reads (mode 0600).
//!
//! Nothing wraps them: whoever reads this file as this user, or as root, opens the vault. That is what signing in to a
//! command line means; signing out removes the file.

use std::fs;
use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::folder::{Folder, replace};
use crate::port::Keep;

/// The file `keys`.
pub struct Keys(PathBuf);

impl Keys {
    /// The keys of this account.
    #[must_use]
    pub fn new(folder: &Folder) -> Self {
        Self(folder.file("keys"))
    }

    fn read(&self) -> Option<Zeroizing<Vec<u8>>> {
        fs::read(&self.0).ok().map(Zeroizing::new)
    }
}

#[async_trait(?Send)]
impl Keep for Keys {
    async fn save(&self, secrets: Zeroizing<Vec<u8>>) -> bool {
        replace(&self.0, &secrets).is_ok() && self.read().as_ref() == Some(&secrets)
    }

    async fn load(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.read()
    }

    async fn wipe(&self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                // What cannot be removed must not open anything any more.
                let _ = fs::write(&self.0, []);
            }
            _ => {}
        }
    }
}
