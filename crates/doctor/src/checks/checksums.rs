//! Checks that the store verifies the configured checksum: accepts a right one and refuses a wrong
//! one, on PUT and on a part of an upload created with its algorithm.

use data_encoding::BASE64;
use frond_wire::ChecksumAlgorithm;
use rusty_s3::Method;
use s3s::crypto::{Checksum, Crc32c, Md5, Sha256};

use super::multipart::Upload;
use crate::finding::{Findings, Severity, Topic};
use crate::probe::{Call, NoResponse, Probe};

const BODY: &[u8] = b"What is damaged on its way is sent again.";
const DAMAGED: &[u8] = b"What is damaged on its way is sent agaim.";

/// The header of this checksum.
pub(super) fn header(algorithm: ChecksumAlgorithm) -> &'static str {
    match algorithm {
        ChecksumAlgorithm::Crc32c => "x-amz-checksum-crc32c",
        ChecksumAlgorithm::Sha256 => "x-amz-checksum-sha256",
        ChecksumAlgorithm::Md5 => "content-md5",
    }
}

/// The checksum of a body, as the header value.
pub(super) fn value(algorithm: ChecksumAlgorithm, body: &[u8]) -> String {
    match algorithm {
        ChecksumAlgorithm::Crc32c => BASE64.encode(&Crc32c::checksum(body)),
        ChecksumAlgorithm::Sha256 => BASE64.encode(&Sha256::checksum(body)),
        ChecksumAlgorithm::Md5 => BASE64.encode(&Md5::checksum(body)),
    }
}

/// The algorithm name for CreateMultipartUpload, and the XML element of a part's checksum for
/// CompleteMultipartUpload.
pub(super) fn in_parts(algorithm: ChecksumAlgorithm) -> Option<(&'static str, &'static str)> {
    match algorithm {
        ChecksumAlgorithm::Crc32c => Some(("CRC32C", "ChecksumCRC32C")),
        ChecksumAlgorithm::Sha256 => Some(("SHA256", "ChecksumSHA256")),
        ChecksumAlgorithm::Md5 => None,
    }
}

pub(crate) async fn look(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    judge(&probe.object(Method::Put, &probe.key("damaged")), "file", probe, findings).await?;
    let Some(upload) = Upload::begin(probe, "damaged-in-parts").await? else { return Ok(()) };
    judge(&upload.put(1), "part", probe, findings).await?;
    upload.abort().await?;
    Ok(())
}

async fn judge(
    call: &Call<'_>,
    what: &str,
    probe: &Probe,
    findings: &mut Findings,
) -> Result<(), NoResponse> {
    let algorithm = probe.target.checksum;
    let name = header(algorithm);
    let sent = |body: &'static [u8]| call.clone().body(body).header(name, value(algorithm, BODY));
    let right = sent(BODY).send().await?;
    findings.expect(
        Topic::Checksums,
        right.is_success(),
        Severity::Error,
        format!(
            "A {what} with its checksum ({name}) is refused ({}): nothing goes up.",
            right.said()
        ),
    );
    let wrong = sent(DAMAGED).send().await?;
    findings.expect(
        Topic::Checksums,
        !wrong.is_success(),
        Severity::Warning,
        format!("The store takes a {what} that does not match its {name}."),
    );
    Ok(())
}
