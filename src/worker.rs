//! Composition root of a Worker, which carries transfers: a program of its own, so that the page
//! that only lets somebody in does not bring it along.

#[cfg(target_arch = "wasm32")]
fn main() {
    if let Some(scope) = frond::browser::worker::scope() {
        frond::browser::worker::run(scope);
    }
}

/// Workers exist in a browser; natively there is the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
