//! The bench for JavaScript.

use std::rc::Rc;

use frond::browser::buffer;
use frond::browser::entropy::SystemEntropy;
use frond::browser::webcrypto::WebCrypto;
use frond::bytes::Bytes;
use frond::port::BulkCipher;
use frond::software::SideBySide;
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::{Object, catalog, open, seal, search};

/// One engine.
#[wasm_bindgen]
pub struct Bench {
    cipher: Rc<dyn BulkCipher>,
    entropy: SystemEntropy,
    content: Bytes,
}

/// A sealed object.
#[wasm_bindgen]
pub struct Sealed(Object);

#[wasm_bindgen]
impl Bench {
    /// `engine` is "webcrypto" or "software"; of `content` as much is sealed as is asked for.
    pub async fn start(engine: String, content: Uint8Array) -> Result<Bench, JsError> {
        let cipher: Rc<dyn BulkCipher> = match engine.as_str() {
            "webcrypto" => Rc::new(WebCrypto::new().ok_or(JsError::new("no WebCrypto here"))?),
            _ => Rc::new(SideBySide::default()),
        };
        let entropy = SystemEntropy::new();
        Ok(Self { cipher, entropy, content: buffer::external(content) })
    }

    /// Seals so many bytes.
    pub async fn seal(&self, bytes: usize) -> Result<Sealed, JsError> {
        let content =
            self.content.cut(0..bytes).ok_or(JsError::new("more than was asked for at start"))?;
        Ok(Sealed(seal(&self.cipher, &self.entropy, &content).await?))
    }

    /// Opens and verifies; how many bytes came back.
    pub async fn open(&self, sealed: Sealed) -> Result<usize, JsError> {
        Ok(open(&self.cipher, &sealed.0).await?)
    }
}

/// The catalog's table, line by line; `now` is a clock in milliseconds.
#[wasm_bindgen]
pub fn catalog_table(now: &Function) -> Vec<String> {
    let read = || now.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64()).unwrap_or_default();
    catalog::table(&read)
}

/// The table of search in contents, line by line; `now` is a clock in milliseconds.
#[wasm_bindgen]
pub fn search_table(now: &Function) -> Vec<String> {
    let read = || now.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64()).unwrap_or_default();
    search::table(&read)
}
