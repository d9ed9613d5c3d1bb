//! The checksum that a store verifies when it accepts a body, computed piece by piece without
//! joining the pieces.
//!
//! It detects damage in transit and in the store, not tampering: the tokens' HMACs detect that.

use base64ct::{Base64, Encoding};
use frond_wire::{Checksum, ChecksumAlgorithm};
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::bytes::Bytes;

/// The checksum of a body.
#[must_use]
pub fn checksum(algorithm: ChecksumAlgorithm, body: &Bytes) -> Checksum {
    match algorithm {
        ChecksumAlgorithm::Crc32c => {
            let mut sum = 0;
            body.read(|bytes| sum = crc32c::crc32c_append(sum, bytes));
            Checksum::Crc32c(Base64::encode_string(&sum.to_be_bytes()))
        }
        ChecksumAlgorithm::Sha256 => Checksum::Sha256(digest::<Sha256>(body)),
        ChecksumAlgorithm::Md5 => Checksum::Md5(digest::<Md5>(body)),
    }
}

/// MD5 of a body: the ETag of an object that was stored by one PUT, at most stores.
pub(crate) fn md5(body: &Bytes) -> [u8; 16] {
    hashed::<Md5>(body).finalize().into()
}

fn digest<D: Digest>(body: &Bytes) -> String {
    Base64::encode_string(&hashed::<D>(body).finalize())
}

fn hashed<D: Digest>(body: &Bytes) -> D {
    let mut digest = D::new();
    body.read(|bytes| digest.update(bytes));
    digest
}

#[cfg(test)]
mod tests {
    use super::checksum;
    use crate::bytes::Bytes;
    use frond_wire::{Checksum, ChecksumAlgorithm};

    /// RFC 3720 B.4, FIPS 180-4, RFC 1321 A.5: of one body in one piece, and in many.
    #[test]
    fn vectors() {
        let crc = |body: &[u8], value: &str| {
            (ChecksumAlgorithm::Crc32c, body.to_vec(), Checksum::Crc32c(value.to_owned()))
        };
        let sha = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        for (algorithm, body, expected) in [
            crc(&[0; 32], "ipE2qg=="),
            crc(&[0xff; 32], "YqirQw=="),
            crc(b"123456789", "4waSgw=="),
            crc(b"", "AAAAAA=="),
            (ChecksumAlgorithm::Sha256, b"abc".to_vec(), Checksum::Sha256(sha.to_owned())),
            (
                ChecksumAlgorithm::Md5,
                b"abc".to_vec(),
                Checksum::Md5("kAFQmDzST7DWlj99KOF/cg==".to_owned()),
            ),
        ] {
            assert_eq!(checksum(algorithm, &body.as_slice().into()), expected);
            let mut pieces = Bytes::default();
            body.chunks(2).for_each(|piece| pieces.append(piece));
            assert_eq!(checksum(algorithm, &pieces), expected);
        }
    }
}
