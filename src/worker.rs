//! Composition root of a Worker, which runs transfers: a separate program, so that the page that
//! only signs a user in does not load it.

#[cfg(target_arch = "wasm32")]
fn main() {
    if let Some(scope) = frond::browser::worker::scope() {
        frond::browser::worker::run(scope);
    }
}

/// Workers exist only in a browser; natively there is only the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
