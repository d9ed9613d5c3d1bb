//! The browser: the one folder that names `web_sys` and `js_sys`. It implements the ports, wasm32 only.

pub mod entropy;
pub mod webcrypto;
