//! The native part of `make bench`: the catalog's index, and the software engine beside pyca's
//! Fernet with 1 MiB tokens.

#[cfg(not(target_arch = "wasm32"))]
mod native;

fn main() -> std::process::ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return native::run();
    #[cfg(target_arch = "wasm32")]
    std::process::ExitCode::SUCCESS
}
