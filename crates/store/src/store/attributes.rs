//! GetObjectAttributes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>

use s3s::dto::{
    Checksum, ETag, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts,
    ObjectAttributes, ObjectPart,
};
use s3s::{S3Result, s3_error};

use super::Store;
use super::list::limit;
use crate::checksums::with_checksums;
use crate::clock::http_date;
use crate::index::{Checksums, Part};

impl Store {
    pub(super) async fn attributes(
        &self,
        input: GetObjectAttributesInput,
    ) -> S3Result<GetObjectAttributesOutput> {
        self.only(&input.bucket)?;
        let key = input.key;
        let (object, parts) = self
            .ask(move |index| {
                let object = index.object(&key)?;
                let parts = index.parts_of(&object)?;
                Ok((object, parts))
            })
            .await?;
        // `s3s` passes a header with several names as one value.
        let names = input
            .object_attributes
            .iter()
            .flat_map(|names| names.as_str().split(','))
            .map(str::trim);
        let asked = |name| names.clone().any(|asked| asked == name);
        let object_parts = if asked(ObjectAttributes::OBJECT_PARTS) && !parts.is_empty() {
            Some(page(parts, input.part_number_marker.unwrap_or(0), limit(input.max_parts)?)?)
        } else {
            None
        };
        let checksum =
            asked(ObjectAttributes::CHECKSUM).then(|| checksum(object.checksums)).filter(has_any);
        Ok(GetObjectAttributesOutput {
            last_modified: Some(http_date(object.modified)),
            e_tag: asked(ObjectAttributes::ETAG).then_some(ETag::Strong(object.etag)),
            checksum,
            object_parts,
            object_size: i64::try_from(object.size)
                .ok()
                .filter(|_| asked(ObjectAttributes::OBJECT_SIZE)),
            storage_class: asked(ObjectAttributes::STORAGE_CLASS)
                .then(|| "STANDARD".to_owned().into()),
            ..GetObjectAttributesOutput::default()
        })
    }
}

/// The parts with numbers above `marker`, at most `limit`.
fn page(parts: Vec<(u32, Part)>, marker: i32, limit: usize) -> S3Result<GetObjectAttributesParts> {
    let Ok(after) = u32::try_from(marker) else {
        return Err(s3_error!(InvalidArgument, "The part number marker is negative."));
    };
    let total = i32::try_from(parts.len()).ok();
    let mut rest: Vec<_> = parts.into_iter().filter(|(number, _)| *number > after).collect();
    let truncated = rest.len() > limit;
    rest.truncate(limit);
    let last = rest.last().and_then(|(number, _)| i32::try_from(*number).ok());
    let parts = rest.into_iter().map(|(number, part)| {
        with_checksums!(
            part.checksums,
            ObjectPart {
                part_number: i32::try_from(number).ok(),
                size: i64::try_from(part.size).ok(),
            }
        )
    });
    Ok(GetObjectAttributesParts {
        parts: Some(parts.collect()),
        total_parts_count: total,
        part_number_marker: Some(marker),
        next_part_number_marker: last.filter(|_| truncated),
        max_parts: i32::try_from(limit).ok(),
        is_truncated: Some(truncated),
    })
}

fn checksum(checksums: Checksums) -> Checksum {
    with_checksums!(checksums, Checksum { checksum_type: None })
}

fn has_any(checksum: &Checksum) -> bool {
    *checksum != Checksum::default()
}
