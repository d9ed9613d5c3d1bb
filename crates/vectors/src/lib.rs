//! AES-128-CBC and HMAC-SHA256 on 128-bit vectors, for pages without WebCrypto: in safe code, and
//! in constant time. No branch and no address depends on a key or on content: a vector gives no
//! number, only bytes to store. `make constant-time` looks for it in the compiled functions, so
//! those that are public are not inlined.
//!
//! Natively the crates `aes` and `sha2` use the processor's own instructions; WebAssembly has none.
//! [`encrypt_four`] and [`hmac_four`] work on four messages at a time, which takes far less than
//! four times as long as one: CBC encryption waits for its own results, and SHA-256 uses a quarter
//! of each vector.

mod cbc;
mod decrypt;
mod encrypt;
mod gf;
mod hmac;
mod sha256;
#[cfg(test)]
mod tests;
mod vector;

pub use cbc::{decrypt, encrypt, encrypt_four};
pub use hmac::hmac_four;

/// Messages side by side.
pub const LANES: usize = 4;

/// A message in whole blocks of AES.
pub type Blocks = [[u8; 16]];
