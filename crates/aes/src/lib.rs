//! AES-128 encryption, the fastest available in safe code. Natively that is the crate `aes`, which
//! uses the processor's AES instructions; in a browser it is `vectors`, for pages without WebCrypto
//! and for small tokens.

#[cfg(target_arch = "wasm32")]
mod vectors;

#[cfg(not(target_arch = "wasm32"))]
pub use aes::Aes128;
#[cfg(target_arch = "wasm32")]
pub use vectors::Aes128;
