//! The fast engine: `SubtleCrypto` computes AES-CBC, HMAC and PBKDF2; Rust frames, binds and
//! verifies the token.
//!
//! Chromium runs these calls on the calling thread, so large data belongs in a Worker; page and
//! Workers have the same `crypto`.

use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::buffer::{self, Contiguous, part, release};
use crate::bytes::Bytes;
use crate::fernet::{Frame, HMAC, InvalidToken, Opened};
use crate::port::{BulkCipher, EngineFailed, KeyDerivation};
use crate::secret::{FernetKey, Root};
use crate::software::Software;

/// The engine to use here: [`WebCrypto`] if it exists and passes its self-test, otherwise this one.
///
/// `crypto.subtle` is missing on pages loaded over plain http (except from loopback).
pub async fn engine(otherwise: Rc<dyn BulkCipher>) -> Rc<dyn BulkCipher> {
    match WebCrypto::new() {
        Some(subtle) if subtle.passes().await => Rc::new(subtle),
        _ => otherwise,
    }
}

/// Fernet and PBKDF2 by `SubtleCrypto`.
pub struct WebCrypto(SubtleCrypto);

impl WebCrypto {
    /// Uses the current global, a page's or a Worker's.
    #[must_use]
    pub fn new() -> Option<Self> {
        let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
        let subtle = Reflect::get(&crypto, &"subtle".into()).ok()?;
        subtle.is_object().then(|| Self(subtle.unchecked_into()))
    }

    /// Self-test: whether it produces what the software engine produces, and rejects what that
    /// rejects.
    pub async fn passes(&self) -> bool {
        self.compare().await.unwrap_or(false)
    }

    async fn compare(&self) -> Result<bool, EngineFailed> {
        let key = FernetKey::copied(b"self-test: sign.self-test: crypt");
        let (time, iv, message) =
            (1_763_886_000, *b"self-test: an IV", &b"self-test: more than one block"[..]);
        let message = Bytes::from(message);
        let token = self.seal(&key, time, iv, &message).await?;
        let same = token == Software.seal(&key, time, iv, &message).await?;
        let opens = self.open(&key, &token).await.is_ok_and(|opened| opened.plaintext == message);
        let mut changed = token.to_vec();
        if let Some(last) = changed.last_mut() {
            *last ^= 1;
        }
        let refuses = self.open(&key, &changed.into()).await == Err(InvalidToken);
        Ok(same && opens && refuses && self.stretches().await?)
    }

    async fn stretches(&self) -> Result<bool, EngineFailed> {
        let (password, salt) = (b"self-test", [7; 32]);
        Ok(self.derive(password, &salt, 1000).await?
            == Software.derive(password, &salt, 1000).await?)
    }

    async fn import(
        &self,
        bytes: &[u8],
        algorithm: &Object,
        usages: &[&str],
    ) -> Result<CryptoKey, EngineFailed> {
        let usages: Array = usages.iter().copied().map(JsValue::from_str).collect();
        let raw = Uint8Array::from(bytes);
        let key =
            promised(self.0.import_key_with_object("raw", &raw, algorithm, false, &usages)).await;
        raw.fill(0, 0, raw.length());
        Ok(key?.unchecked_into())
    }

    async fn hmac(&self, key: &FernetKey, data: &Uint8Array) -> Result<[u8; 32], EngineFailed> {
        let algorithm = object(&[("name", &"HMAC".into()), ("hash", &"SHA-256".into())])?;
        let key = self.import(key.signing(), &algorithm, &["sign"]).await?;
        let hmac = bytes(promised(self.0.sign_with_str_and_js_u8_array("HMAC", &key, data)).await?);
        let mut out = [0; 32];
        copy(&hmac, &mut out)?;
        Ok(out)
    }

    async fn aes_key(&self, key: &FernetKey, usage: &str) -> Result<CryptoKey, EngineFailed> {
        self.import(key.encryption(), &object(&[("name", &"AES-CBC".into())])?, &[usage]).await
    }

    async fn decrypt(
        &self,
        key: &FernetKey,
        iv: &[u8; 16],
        data: &Uint8Array,
    ) -> Result<Bytes, EngineFailed> {
        let key = self.aes_key(key, "decrypt").await?;
        let plaintext = self.0.decrypt_with_object_and_js_u8_array(&cbc(iv)?, &key, data);
        Ok(buffer::external(bytes(promised(plaintext).await?)))
    }
}

#[async_trait(?Send)]
impl BulkCipher for WebCrypto {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        let aes = self.aes_key(key, "encrypt").await?;
        let message = Contiguous::of(plaintext);
        let ciphertext =
            self.0.encrypt_with_object_and_js_u8_array(&cbc(&iv)?, &aes, message.array());
        let ciphertext = bytes(promised(ciphertext).await?);
        // The only copy: assembles prefix, ciphertext and HMAC contiguously.
        let frame = Frame::sealed(time, iv, plaintext.len());
        let room = u32::try_from(frame.length()).map_err(|_| EngineFailed)?;
        let token = Uint8Array::new_with_length(room);
        let sealed = buffer::external(token.clone());
        let (prefix, inner, signed) = (frame.prefix(), frame.ciphertext(), frame.signed());
        if usize::try_from(ciphertext.length()) != Ok(inner.len()) {
            return Err(EngineFailed);
        }
        part(&token, 0..inner.start).copy_from(&prefix);
        part(&token, inner).set(&ciphertext, 0);
        release(&ciphertext);
        let hmac = self.hmac(key, &part(&token, signed.clone())).await?;
        part(&token, signed.end..frame.length()).copy_from(&hmac);
        Ok(sealed)
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        let (frame, token) = (frame(token)?, Contiguous::of(token));
        let signed = part(token.array(), frame.signed());
        let hmac = self.hmac(key, &signed).await.map_err(|_| InvalidToken)?;
        if !frame.authentic(&hmac) {
            return Err(InvalidToken);
        }
        let ciphertext = part(token.array(), frame.ciphertext());
        let plaintext =
            self.decrypt(key, &frame.iv, &ciphertext).await.map_err(|_| InvalidToken)?;
        Ok(Opened { time: frame.time, plaintext })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for WebCrypto {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        let key =
            self.import(password, &object(&[("name", &"PBKDF2".into())])?, &["deriveBits"]).await?;
        let algorithm = object(&[
            ("name", &"PBKDF2".into()),
            ("hash", &"SHA-256".into()),
            ("salt", &Uint8Array::from(&salt[..])),
            ("iterations", &iterations.into()),
        ])?;
        let bits = bytes(promised(self.0.derive_bits_with_object(&algorithm, &key, 256)).await?);
        let root = Root::filled(|root| copy(&bits, root));
        bits.fill(0, 0, bits.length());
        root
    }
}

/// `{"name": "AES-CBC", "iv": …}`
fn cbc(iv: &[u8; 16]) -> Result<Object, EngineFailed> {
    object(&[("name", &"AES-CBC".into()), ("iv", &Uint8Array::from(&iv[..]))])
}

fn object(members: &[(&str, &JsValue)]) -> Result<Object, EngineFailed> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value).map_err(|_| EngineFailed)?;
    }
    Ok(object)
}

async fn promised(call: Result<Promise, JsValue>) -> Result<JsValue, EngineFailed> {
    JsFuture::from(call.map_err(|_| EngineFailed)?).await.map_err(|_| EngineFailed)
}

fn bytes(buffer: JsValue) -> Uint8Array {
    Uint8Array::new(&buffer.unchecked_into::<ArrayBuffer>())
}

/// Copies a result; its length must match.
fn copy(from: &Uint8Array, to: &mut [u8]) -> Result<(), EngineFailed> {
    if u32::try_from(to.len()) != Ok(from.length()) {
        return Err(EngineFailed);
    }
    from.copy_to(to);
    Ok(())
}

/// The frame of a token, wherever its bytes are.
fn frame(token: &Bytes) -> Result<Frame, InvalidToken> {
    let hmac = token.len().checked_sub(HMAC).and_then(|at| token.array(at));
    let (prefix, hmac) = token.array(0).zip(hmac).ok_or(InvalidToken)?;
    Frame::read(token.len(), &prefix, hmac)
}
