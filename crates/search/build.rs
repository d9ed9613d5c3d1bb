//! Bounds the memory that files and indexes can make the program take.

/// Bytes: the largest file (64 MiB), what its parser makes of it, and its text.
const MAX_MEMORY: u32 = 1 << 30;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-bins=--max-memory={MAX_MEMORY}");
    }
}
