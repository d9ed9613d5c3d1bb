//! Where the wasm tests find the vectors that `FROND_VECTORS` names: a browser has no files, so they are built in.

use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-env-changed=FROND_VECTORS");
    let named = std::env::var("FROND_VECTORS").unwrap_or_else(|_| "tests/vectors/frond_v1.json".to_owned());
    println!("cargo::rustc-env=FROND_VECTORS_BUILT_IN={}", std::path::absolute(Path::new(&named))?.display());
    Ok(())
}
