//! Multipart uploads.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use s3s::dto::{
    self, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListPartsInput, ListPartsOutput, MultipartUpload, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::list::{Encoding, limit};
use super::put::announced;
use super::{Store, attributes_of};
use crate::blobs::BlobId;
use crate::checksums::{checksums_of, with_checksums};
use crate::clock::{now, timestamp};
use crate::digest::Claims;
use crate::failure::blocking;
use crate::index::{CompletedPart, Completion, MAX_PARTS, Part, Precondition, Upload};
use crate::receive::{Received, receive};

/// Sorts above every upload id, which is hex.
const ABOVE_IDS: &str = "~";

impl Store {
    pub(super) async fn create_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<CreateMultipartUploadOutput> {
        self.only(&input.bucket)?;
        let attributes = attributes_of!(input);
        let upload = Upload { initiated: now(), attributes };
        let id = blocking(|| Ok(BlobId::random()?)).await?.to_string();
        let (key, upload_id) = (input.key.clone(), id.clone());
        self.ask(move |index| index.begin(&key, &id, &upload)).await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload_id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            ..CreateMultipartUploadOutput::default()
        })
    }

    pub(super) async fn put_part(
        &self,
        req: S3Request<UploadPartInput>,
    ) -> S3Result<UploadPartOutput> {
        let S3Request { input, headers, trailing_headers, .. } = req;
        self.only(&input.bucket)?;
        let number = part_number(input.part_number)?;
        let checksums = checksums_of!(input);
        let claims = Claims::new(input.content_md5, checksums, &headers, trailing_headers);
        let announced = announced(input.content_length, &headers, claims)?;
        let size = announced.length;
        let (key, id) = (input.key, input.upload_id);
        let (early_key, early_id) = (key.clone(), id.clone());
        self.ask(move |index| index.upload(&early_key, &early_id)).await?;

        let Received { draft, digests } = receive(&self.0.blobs, input.body, announced).await?;
        let etag = digests.etag();
        let checksums = digests.checksums;
        let part = Part {
            size,
            etag: etag.clone(),
            modified: now(),
            checksums: checksums.clone(),
            blob: draft.id(),
        };
        self.commit(draft, move |index| index.put_part(&key, &id, number, &part)).await?;
        Ok(with_checksums!(
            checksums,
            UploadPartOutput { e_tag: Some(ETag::Strong(etag)), ..UploadPartOutput::default() }
        ))
    }

    pub(super) async fn parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        self.only(&input.bucket)?;
        let limit = limit(input.max_parts)?;
        let Ok(after) = u32::try_from(input.part_number_marker.unwrap_or(0)) else {
            return Err(s3_error!(InvalidArgument, "part-number-marker is negative."));
        };
        let (key, id) = (input.key.clone(), input.upload_id.clone());
        let mut found = self.ask(move |index| index.parts(&key, &id, after)).await?;
        let truncated = found.len() > limit;
        found.truncate(limit);
        let last = found.last().and_then(|(number, _)| i32::try_from(*number).ok());
        let parts = found.into_iter().map(|(number, part)| {
            with_checksums!(
                part.checksums,
                dto::Part {
                    part_number: i32::try_from(number).ok(),
                    size: i64::try_from(part.size).ok(),
                    e_tag: Some(ETag::Strong(part.etag)),
                    last_modified: Some(timestamp(part.modified)),
                }
            )
        });
        Ok(ListPartsOutput {
            parts: Some(parts.collect()),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            part_number_marker: input.part_number_marker,
            max_parts: i32::try_from(limit).ok(),
            is_truncated: Some(truncated),
            next_part_number_marker: last.filter(|_| truncated),
            ..ListPartsOutput::default()
        })
    }

    pub(super) async fn complete(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        self.only(&input.bucket)?;
        let whole = [
            input.checksum_crc32,
            input.checksum_crc32c,
            input.checksum_crc64nvme,
            input.checksum_sha1,
            input.checksum_sha256,
        ];
        if whole.iter().any(Option::is_some) {
            return Err(s3_error!(
                NotImplemented,
                "The store checks parts, not a checksum over all of them."
            ));
        }
        let size = match input.mpu_object_size.map(u64::try_from) {
            None => None,
            Some(Ok(size)) => Some(size),
            Some(Err(_)) => {
                return Err(s3_error!(InvalidRequest, "x-amz-mp-object-size is negative."));
            }
        };
        let listed = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        if listed.is_empty() {
            return Err(s3_error!(MalformedXML, "The list of parts is empty."));
        }
        let completion = Completion {
            parts: listed.into_iter().map(completed_part).collect::<S3Result<_>>()?,
            size,
            precondition: Precondition {
                if_match: input.if_match,
                if_none_match: input.if_none_match,
            },
            now: now(),
        };
        let (key, id) = (input.key.clone(), input.upload_id);
        let etag = self.change(move |index| index.complete(&key, &id, &completion)).await?;
        Ok(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            ..CompleteMultipartUploadOutput::default()
        })
    }

    pub(super) async fn uploads(
        &self,
        input: ListMultipartUploadsInput,
    ) -> S3Result<ListMultipartUploadsOutput> {
        self.only(&input.bucket)?;
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "The store does not roll up lists of uploads."));
        }
        let encoding = Encoding::new(input.encoding_type)?;
        let limit = limit(input.max_uploads)?;
        let prefix = input.prefix.unwrap_or_default();
        let (key_marker, id_marker) =
            (input.key_marker.unwrap_or_default(), input.upload_id_marker);
        let after = match &id_marker {
            _ if key_marker.is_empty() => (String::new(), String::new()),
            Some(id) => (key_marker.clone(), id.clone()),
            None => (key_marker.clone(), ABOVE_IDS.to_owned()),
        };
        let asked = prefix.clone();
        let (found, truncated) =
            self.ask(move |index| index.uploads(&asked, (&after.0, &after.1), limit)).await?;
        let next = found
            .last()
            .filter(|_| truncated)
            .map(|(key, id, _)| (encoding.apply(key), id.clone()));
        let (next_key_marker, next_upload_id_marker) = next.unzip();
        let uploads = found.into_iter().map(|(key, id, upload)| MultipartUpload {
            key: Some(encoding.apply(&key)),
            upload_id: Some(id),
            initiated: Some(timestamp(upload.initiated)),
            ..MultipartUpload::default()
        });
        Ok(ListMultipartUploadsOutput {
            uploads: Some(uploads.collect()),
            bucket: Some(input.bucket),
            prefix: Some(encoding.apply(&prefix)),
            key_marker: Some(encoding.apply(&key_marker)),
            upload_id_marker: id_marker,
            max_uploads: i32::try_from(limit).ok(),
            is_truncated: Some(truncated),
            next_key_marker,
            next_upload_id_marker,
            encoding_type: encoding.name(),
            ..ListMultipartUploadsOutput::default()
        })
    }
}

pub(super) fn part_number(asked: i32) -> S3Result<u32> {
    match u32::try_from(asked) {
        Ok(number @ 1..=MAX_PARTS) => Ok(number),
        _ => Err(s3_error!(InvalidArgument, "Part numbers go from 1 to 10000.")),
    }
}

fn completed_part(part: dto::CompletedPart) -> S3Result<CompletedPart> {
    let (Some(number), Some(etag)) = (part.part_number, part.e_tag) else {
        return Err(s3_error!(MalformedXML, "A part has no number or no ETag."));
    };
    let checksums = checksums_of!(part);
    Ok(CompletedPart { number: part_number(number)?, etag: etag.into_value(), checksums })
}
