//! The owner's note of a share, which all devices of the account can open: label, link, and what
//! was shared.
//!
//! ```text
//! note_key  = HKDF(vault_key, salt = share_id, "frond/1 share note", 32)      Fernet key
//! note      = Fernet token as text under note_key
//! plaintext = {"share":…,"label":…,"secret":…,"key":…,"password":…,"created":…,"expires":…,
//!              "files":…,"paths":[…]}, then spaces to a multiple of 512 bytes
//! ```

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::MAX_SHARE_NOTE;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::InvalidShare;
use crate::account::ShareId;
use crate::fernet;
use crate::kdf::hkdf;
use crate::secret::{FernetKey, ShareSecret, VaultKey};

/// The plaintext has a length that is a multiple of this, in bytes.
const PADDING: usize = 512;

/// What the owner keeps of a share.
#[derive(Debug, PartialEq, Eq)]
pub struct ShareNote {
    /// What the owner calls it.
    pub label: String,
    /// The link's secret.
    pub secret: ShareSecret,
    /// The share's key: it depends on the link password, which is not kept.
    pub key: FernetKey,
    /// Whether there is a link password.
    pub password: bool,
    /// Creation time, in Unix seconds.
    pub created: u64,
    /// When it ends, in Unix seconds; `None` for never.
    pub expires: Option<u64>,
    /// Number of its files.
    pub files: usize,
    /// The paths of the files and folders that were chosen, as they were in the vault; none if
    /// they were too long for a note. An update shares what has these paths then.
    pub paths: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    share: ShareId,
    label: String,
    secret: &'a str,
    key: &'a str,
    password: bool,
    created: u64,
    expires: Option<u64>,
    files: usize,
    paths: Vec<String>,
}

impl ShareNote {
    /// Seals it; without the paths if it is longer than [`MAX_SHARE_NOTE`] with them. `time` is
    /// Unix seconds, `iv` 16 fresh random bytes.
    ///
    /// # Errors
    /// [`InvalidShare`] if it is too long because of its label.
    pub fn seal(&self, key: &VaultKey, time: u64, iv: [u8; 16]) -> Result<String, InvalidShare> {
        let with = self.token(key, time, iv, &self.paths)?;
        let note =
            if with.len() <= MAX_SHARE_NOTE { with } else { self.token(key, time, iv, &[])? };
        if note.len() <= MAX_SHARE_NOTE { Ok(note) } else { Err(InvalidShare) }
    }

    fn token(
        &self,
        vault_key: &VaultKey,
        time: u64,
        iv: [u8; 16],
        paths: &[String],
    ) -> Result<String, InvalidShare> {
        let Self { label, secret, key, password, created, expires, files, paths: _ } = self;
        let share = secret.id();
        // EXPOSE: to be sealed.
        let share_key = Zeroizing::new(Base64UrlUnpadded::encode_string(key.expose()));
        let plain = Plain {
            share,
            label: label.clone(),
            secret: &secret.to_text(),
            key: &share_key,
            password: *password,
            created: *created,
            expires: *expires,
            files: *files,
            paths: paths.to_vec(),
        };
        // Full capacity up front: a growing buffer would leave unwiped copies behind.
        let texts = paths.iter().map(|path| path.len() * 6 + 3).sum::<usize>();
        let mut json = Zeroizing::new(Vec::with_capacity(texts + label.len() * 6 + 2 * PADDING));
        serde_json::to_writer(&mut *json, &plain).map_err(|_| InvalidShare)?;
        let padded = json.len().next_multiple_of(PADDING);
        json.resize(padded, b' ');
        Ok(fernet::encrypt(&note_key(vault_key, &share), time, iv, &json))
    }

    /// Opens the note that is stored under this share's id.
    ///
    /// # Errors
    /// [`InvalidShare`] if it is not what the account wrote of this share.
    pub fn open(key: &VaultKey, share: &ShareId, note: &str) -> Result<Self, InvalidShare> {
        if note.len() > MAX_SHARE_NOTE {
            return Err(InvalidShare);
        }
        let opened = fernet::decrypt(&note_key(key, share), note).map_err(|_| InvalidShare)?;
        let json = Zeroizing::new(opened.plaintext);
        let plain: Plain<'_> = serde_json::from_slice(&json).map_err(|_| InvalidShare)?;
        let secret = ShareSecret::from_text(plain.secret).map_err(|_| InvalidShare)?;
        let key = FernetKey::filled(|key| {
            match Base64UrlUnpadded::decode(plain.key, key).map(<[u8]>::len) {
                Ok(32) => Ok(()),
                _ => Err(InvalidShare),
            }
        })?;
        if plain.share != *share || secret.id() != *share {
            return Err(InvalidShare);
        }
        Ok(Self {
            label: plain.label,
            secret,
            key,
            password: plain.password,
            created: plain.created,
            expires: plain.expires,
            files: plain.files,
            paths: plain.paths,
        })
    }
}

/// `note_key`
fn note_key(key: &VaultKey, share: &ShareId) -> FernetKey {
    // EXPOSE: to derive from it.
    FernetKey::derived(|out| hkdf(&[key.expose()], share.as_bytes(), b"frond/1 share note", out))
}
