//! Converts the five S3 checksums between the store's type and those of the protocol, which share
//! field names but no trait.

/// Checksum fields of a protocol type, as [`crate::index::Checksums`].
macro_rules! checksums_of {
    ($said:expr) => {
        $crate::index::Checksums {
            crc32: $said.checksum_crc32,
            crc32c: $said.checksum_crc32c,
            crc64nvme: $said.checksum_crc64nvme,
            sha1: $said.checksum_sha1,
            sha256: $said.checksum_sha256,
        }
    };
}
pub(crate) use checksums_of;

/// Builds a protocol type with [`crate::index::Checksums`]:
/// `with_checksums!(checksums, Type { … })`.
macro_rules! with_checksums {
    ($checksums:expr, $($name:ident)::+ { $($members:tt)* }) => {{
        let checksums = $checksums;
        $($name)::+ {
            checksum_crc32: checksums.crc32,
            checksum_crc32c: checksums.crc32c,
            checksum_crc64nvme: checksums.crc64nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            $($members)*
        }
    }};
}
pub(crate) use with_checksums;
