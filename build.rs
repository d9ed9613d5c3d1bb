//! The vectors that `FROND_VECTORS` names, for the wasm tests: a browser has no files, so they are
//! built in.

use std::path::Path;

fn main() -> std::io::Result<()> {
    // Relocations are what tools/split.mjs divides the page's program by.
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|target| target == "wasm32") {
        println!("cargo::rustc-link-arg-bin=frond-page=--emit-relocs");
    }
    println!("cargo::rerun-if-env-changed=FROND_VECTORS");
    let named =
        std::env::var("FROND_VECTORS").unwrap_or_else(|_| "tests/vectors/frond_v1.json".to_owned());
    println!("cargo::rerun-if-changed={named}");
    let built = std::env::var("OUT_DIR").map_err(std::io::Error::other)?;
    std::fs::copy(named, Path::new(&built).join("vectors.json")).map(drop)
}
