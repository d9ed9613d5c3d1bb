//! The doctor's checks, one file per area.

pub(super) mod checksums;
pub(super) mod conditions;
pub(super) mod cors;
pub(super) mod multipart;
pub(super) mod objects;
pub(super) mod place;
pub(super) mod privilege;
pub(super) mod reach;
pub(super) mod settings;
