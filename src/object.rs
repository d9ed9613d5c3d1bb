//! Objects: one file, sealed, as the bucket holds it.

/// UUIDv7 of an object, new for every upload (RFC 9562).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 16]);

/// What the header seals: `meta` of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Name, without folders.
    pub name: String,
    /// Size of the content in bytes, at most 2^40.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// Modification time in milliseconds since the Unix epoch.
    pub modified: Option<i64>,
}

/// `seal`: pins every byte of an object that matters. Public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(pub [u8; 32]);
