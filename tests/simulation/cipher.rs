//! A Fernet engine that protects nothing and costs nothing. Its tokens have Fernet's shape and
//! length, and are bound to key, time, IV and every byte of their content, by 64 bits that are no
//! secret.

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::fernet::{InvalidToken, Opened};
use frond::port::{BulkCipher, EngineFailed, KeyDerivation};
use frond::secret::{FernetKey, Root};
use sha2::{Digest, Sha256};

use crate::random::mix;

/// Version, timestamp, IV.
const HEAD: usize = 25;
const MAC: usize = 32;
const BLOCK: usize = 16;

/// The engine; where `wrong` is set it opens tokens to something else than was sealed.
pub struct Cheap {
    pub wrong: bool,
}

#[async_trait(?Send)]
impl BulkCipher for Cheap {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        let plaintext = plaintext.bytes();
        let padding = BLOCK - plaintext.len() % BLOCK;
        let mut token = Vec::with_capacity(HEAD + plaintext.len() + padding + MAC);
        token.push(0x80);
        token.extend_from_slice(&time.to_be_bytes());
        token.extend_from_slice(&iv);
        token.extend_from_slice(&plaintext);
        token.resize(HEAD + plaintext.len() + padding, u8::try_from(padding).unwrap());
        stream(key, &iv, &mut token[HEAD..]);
        let mac = mac(key, &token);
        token.extend_from_slice(&mac);
        Ok(token.into())
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        let token = token.bytes();
        let (signed, found) = token.split_last_chunk::<MAC>().ok_or(InvalidToken)?;
        if signed.len() < HEAD + BLOCK || signed[0] != 0x80 || *found != mac(key, signed) {
            return Err(InvalidToken);
        }
        let time = u64::from_be_bytes(signed[1..9].try_into().unwrap());
        let mut plaintext = signed[HEAD..].to_vec();
        stream(key, &signed[9..HEAD], &mut plaintext);
        let padding = usize::from(*plaintext.last().unwrap());
        plaintext.truncate(plaintext.len() - padding);
        if let Some(byte) = plaintext.first_mut().filter(|_| self.wrong) {
            *byte ^= 1;
        }
        Ok(Opened { time, plaintext: plaintext.into() })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for Cheap {
    async fn derive(&self, password: &[u8], salt: &[u8; 32], _: u32) -> Result<Root, EngineFailed> {
        let digest = Sha256::new().chain_update(password).chain_update(salt).finalize();
        Ok(Root::copied(&digest.into()))
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (whole, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    whole.iter().copied().chain([last]).map(u64::from_le_bytes)
}

fn fold(seed: u64, bytes: &[u8]) -> u64 {
    words(bytes)
        .fold(seed, |sum, word| (sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn mac(key: &FernetKey, signed: &[u8]) -> [u8; MAC] {
    let sum = fold(fold(u64::try_from(signed.len()).unwrap(), key.expose()), signed);
    let mut mac = [0; MAC];
    for (i, word) in (1..).zip(mac.as_chunks_mut::<8>().0) {
        *word = mix(sum.wrapping_mul(i)).to_le_bytes();
    }
    mac
}

fn stream(key: &FernetKey, iv: &[u8], bytes: &mut [u8]) {
    let mut state = fold(fold(1, key.expose()), iv);
    for word in bytes.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        for (byte, key) in word.iter_mut().zip((state ^ (state >> 31)).to_le_bytes()) {
            *byte ^= key;
        }
    }
}

/// A short name for bytes: what the simulated store gives as ETag.
pub fn name(bytes: &[u8]) -> String {
    format!("{:016x}", mix(fold(u64::try_from(bytes.len()).unwrap(), bytes)))
}
