//! 128 bits as one value: 16 bytes or four 32-bit lanes. In a browser it is WebAssembly's `v128`;
//! natively, for tests, a `u128`. No operation's time depends on the bits.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::Vector;
#[cfg(target_arch = "wasm32")]
pub use wasm::Vector;
