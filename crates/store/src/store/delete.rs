//! DeleteObject and DeleteObjects.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use s3s::dto::{
    self, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, ETag, ETagCondition, ObjectIdentifier,
};
use s3s::{S3Error, S3Result, s3_error};

use super::Store;
use crate::index::Precondition;

/// Most keys per DeleteObjects.
const MAX_KEYS: usize = 1000;

impl Store {
    pub(super) async fn delete(&self, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
        self.only(&input.bucket)?;
        is_current(input.version_id.as_deref())?;
        if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
            return Err(s3_error!(NotImplemented, "The store compares ETags, not times or sizes."));
        }
        let precondition = Precondition { if_match: input.if_match, if_none_match: None };
        let key = input.key;
        self.change(move |index| Ok(((), index.delete(&key, &precondition)?))).await?;
        Ok(DeleteObjectOutput::default())
    }

    /// Deletes all in one transaction; a refused key does not prevent the others.
    pub(super) async fn delete_all(
        &self,
        input: DeleteObjectsInput,
    ) -> S3Result<DeleteObjectsOutput> {
        self.only(&input.bucket)?;
        let quiet = input.delete.quiet.unwrap_or_default();
        let listed = input.delete.objects;
        if listed.is_empty() || listed.len() > MAX_KEYS {
            return Err(s3_error!(MalformedXML, "A list to delete has 1 to 1000 keys."));
        }
        let (mut keys, mut errors) = (Vec::new(), Vec::new());
        for object in listed {
            match condition_of(&object) {
                Ok(precondition) => keys.push((object.key, precondition)),
                Err(error) => errors.push(refused(object.key, &error)),
            }
        }
        let (keys, outcomes) = self
            .change(move |index| {
                let (outcomes, freed) = index.delete_all(&keys)?;
                Ok(((keys, outcomes), freed))
            })
            .await?;
        let mut deleted = Vec::new();
        for ((key, _), outcome) in keys.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) if quiet => {}
                Ok(()) => {
                    deleted.push(DeletedObject { key: Some(key), ..DeletedObject::default() })
                }
                Err(refusal) => errors.push(refused(key, &refusal.into())),
            }
        }
        Ok(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        })
    }
}

/// Objects have one version, which S3 calls `null`.
fn is_current(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(NoSuchVersion, "The store keeps no versions.")),
    }
}

fn condition_of(object: &ObjectIdentifier) -> S3Result<Precondition> {
    is_current(object.version_id.as_deref())?;
    if object.last_modified_time.is_some() || object.size.is_some() {
        return Err(s3_error!(NotImplemented, "The store compares ETags, not times or sizes."));
    }
    let etag = object.e_tag.as_ref().map(|etag| ETag::Strong(etag.value().to_owned()));
    Ok(Precondition { if_match: etag.map(ETagCondition::ETag), if_none_match: None })
}

fn refused(key: String, error: &S3Error) -> dto::Error {
    dto::Error {
        key: Some(key),
        code: Some(error.code().as_str().to_owned()),
        message: error.message().map(str::to_owned),
        version_id: None,
    }
}
