//! What the doctor looks at, a file for each kind of thing.

pub(super) mod checksums;
pub(super) mod conditions;
pub(super) mod cors;
pub(super) mod multipart;
pub(super) mod objects;
pub(super) mod place;
pub(super) mod privilege;
pub(super) mod reach;
pub(super) mod settings;
