//! Digests of a body: claimed by the client, and computed.

use axum::http::HeaderMap;
use data_encoding::{BASE64, HEXLOWER};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Result, TrailingHeaders, s3_error};

use super::index::Checksums;
use crate::checksums::checksums_of;

/// Digests that the client claims for a body.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Content-MD5, in base64.
    pub(super) md5: Option<String>,
    /// `x-amz-checksum-…` headers.
    pub(super) checksums: Checksums,
    /// Names of the checksums in the trailers (`x-amz-trailer`).
    announced: Vec<String>,
    /// The trailers, available after the body.
    trailers: Option<TrailingHeaders>,
}

impl Claims {
    /// Collects the claims; [`Claims::check`] reads the trailers.
    pub(super) fn new(
        md5: Option<String>,
        checksums: Checksums,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> Self {
        let announced =
            headers.get_all("x-amz-trailer").iter().filter_map(|value| value.to_str().ok());
        let announced = announced
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| name.starts_with("x-amz-checksum-"))
            .collect();
        Self { md5, checksums, announced, trailers }
    }

    /// Hashers for all claimed digests, and for the MD5 that becomes the ETag.
    pub(super) fn hasher(&self) -> Hasher {
        let wanted = |given: &Option<String>, name: &str| {
            given.is_some() || self.announced.iter().any(|announced| announced == name)
        };
        let claimed = &self.checksums;
        Hasher {
            md5: Md5::new(),
            others: ChecksumHasher {
                crc32: wanted(&claimed.crc32, "x-amz-checksum-crc32").then(Crc32::new),
                crc32c: wanted(&claimed.crc32c, "x-amz-checksum-crc32c").then(Crc32c::new),
                crc64nvme: wanted(&claimed.crc64nvme, "x-amz-checksum-crc64nvme")
                    .then(Crc64Nvme::new),
                sha1: wanted(&claimed.sha1, "x-amz-checksum-sha1").then(Sha1::new),
                sha256: wanted(&claimed.sha256, "x-amz-checksum-sha256").then(Sha256::new),
            },
        }
    }

    /// Compares the claims, trailers included, with the computed digests.
    pub(super) fn check(mut self, truth: &Digests) -> S3Result<()> {
        let trailers =
            self.trailers.take().and_then(|trailers| trailers.take()).unwrap_or_default();
        for name in &self.announced {
            let value = trailers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let Some(value) = value else {
                return Err(s3_error!(
                    InvalidRequest,
                    "The trailer {name} was announced and did not come."
                ));
            };
            match name.as_str() {
                "x-amz-checksum-crc32" => self.checksums.crc32 = Some(value),
                "x-amz-checksum-crc32c" => self.checksums.crc32c = Some(value),
                "x-amz-checksum-crc64nvme" => self.checksums.crc64nvme = Some(value),
                "x-amz-checksum-sha1" => self.checksums.sha1 = Some(value),
                "x-amz-checksum-sha256" => self.checksums.sha256 = Some(value),
                _ => return Err(s3_error!(NotImplemented, "The store does not know {name}.")),
            }
        }
        if let Some(md5) = &self.md5 {
            let md5 = BASE64.decode(md5.as_bytes()).ok().filter(|md5| md5.len() == 16);
            let Some(md5) = md5 else {
                return Err(s3_error!(InvalidDigest, "Content-MD5 is not one."));
            };
            if md5 != truth.md5 {
                return Err(s3_error!(BadDigest, "The body has another MD5."));
            }
        }
        if !self.checksums.agree_with(&truth.checksums) {
            return Err(s3_error!(BadDigest, "The body has another checksum."));
        }
        Ok(())
    }
}

/// Computes the digests that [`Claims::hasher`] selects.
#[derive(Default)]
pub(super) struct Hasher {
    md5: Md5,
    others: ChecksumHasher,
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.others.update(bytes);
    }

    pub(super) fn finish(self) -> Digests {
        let others = self.others.finalize();
        Digests { md5: self.md5.finalize(), checksums: checksums_of!(others) }
    }
}

/// Digests of the received body.
#[derive(Debug)]
pub(super) struct Digests {
    md5: [u8; 16],
    /// The claimed ones.
    pub(super) checksums: Checksums,
}

impl Digests {
    /// The ETag: hex of MD5, without quotes.
    pub(super) fn etag(&self) -> String {
        HEXLOWER.encode(&self.md5)
    }
}
