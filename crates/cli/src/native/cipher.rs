//! The software engine on separate threads for bulk work, so that sealing and sending overlap.

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::fernet::{self, InvalidToken, Opened};
use frond::port::{BulkCipher, EngineFailed, KeyDerivation};
use frond::secret::{FernetKey, Root};
use frond::software::Software;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Below this many bytes, passing them to another thread costs more than it saves.
const SMALL: usize = 16 * 1024;

/// [`Software`] on the runtime's blocking threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

#[async_trait(?Send)]
impl BulkCipher for Threads {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        if plaintext.len() < SMALL {
            return Software.seal(key, time, iv, plaintext).await;
        }
        let (key, plaintext) = (copied(key), Zeroizing::new(plaintext.to_vec()));
        let sealed = spawn_blocking(move || fernet::seal(&key, time, iv, &plaintext)).await;
        sealed.map(Bytes::from).map_err(|_| EngineFailed)
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        if token.len() < SMALL {
            return Software.open(key, token).await;
        }
        let (key, token) = (copied(key), token.to_vec());
        let opened =
            spawn_blocking(move || fernet::open(&key, &token)).await.map_err(|_| InvalidToken)?;
        let Opened { time, plaintext } = opened?;
        Ok(Opened { time, plaintext: plaintext.into() })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for Threads {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        Software.derive(password, salt, iterations).await
    }
}

fn copied(key: &FernetKey) -> FernetKey {
    // EXPOSE: a copy for the thread, wiped with it.
    FernetKey::copied(key.expose())
}
