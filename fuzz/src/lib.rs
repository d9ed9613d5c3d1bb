//! What every decoder of Frond must withstand.
//!
//! A target is a function of bytes: it must not panic, and it asserts what has to hold of whatever
//! is accepted, above all that there is one spelling of it. It answers whether the bytes were
//! accepted, so that the corpus can be seen to hold both kinds. `make fuzz T=jwt SECONDS=60`
//! searches; `tests/corpus.rs` runs every file of `corpus/` in `make test`.

mod catalog;
mod endpoint;
mod object;
mod search;
mod seeds;
mod text;
mod token;

pub use seeds::seeds;

/// A function of bytes; whether it accepted them.
pub type Target = fn(&[u8]) -> bool;

/// All of them by name.
pub const TARGETS: &[(&str, Target)] = &[
    // Bytes of a stranger.
    ("token", token::token),
    ("forged", token::forged),
    ("token-text", token::text),
    ("header", object::header),
    ("container", object::container),
    ("meta", object::meta),
    ("event", catalog::event),
    ("catalog", catalog::catalog),
    ("snapshot", catalog::snapshot),
    ("segment", search::segment),
    ("document", search::document),
    ("journal", object::journal),
    ("listing", object::listing),
    ("job", object::job),
    // Text of a stranger, or of a person.
    ("key-text", text::key),
    ("link", text::link),
    ("recovery", text::recovery),
    ("names", text::names),
    // What reaches the endpoint.
    ("jwt", endpoint::jwt),
    ("claims", endpoint::claims),
    ("presign", endpoint::presign),
    ("login", endpoint::login),
    ("config", endpoint::config),
];

/// A target by its name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// All names.
#[must_use]
pub fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|(name, _)| *name).collect()
}
