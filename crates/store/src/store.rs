//! The calls of Frond and ordinary S3 clients, behind the trait of `s3s`. All others answer 501.

mod attributes;
mod bucket;
mod conditions;
mod copy;
mod delete;
mod get;
mod list;
mod multipart;
mod put;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
    CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketCorsInput,
    GetBucketCorsOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectInput,
    GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput,
    ListPartsOutput, PutBucketCorsInput, PutBucketCorsOutput, PutObjectInput, PutObjectOutput,
    Timestamp, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::UPLOAD_DAYS;
use super::blobs::{BlobId, Blobs, Draft};
use super::clock::now;
use super::cors::Origins;
use super::failure::{Failure, blocking};
use super::index::Index;
use super::server::Opened;

/// The headers of an object, from any request that creates one: the request types share field names
/// but no trait.
macro_rules! attributes_of {
    ($input:expr) => {
        $crate::index::Attributes {
            content_type: $input.content_type,
            content_encoding: $input.content_encoding,
            content_language: $input.content_language,
            content_disposition: $input.content_disposition,
            cache_control: $input.cache_control,
            metadata: $input.metadata.unwrap_or_default().into_iter().collect(),
        }
    };
}
use attributes_of;

/// The store: an index, and the blobs that it references.
#[derive(Clone)]
pub(super) struct Store(Arc<Inner>);

struct Inner {
    bucket: String,
    region: String,
    /// Creation time of its folder.
    created: Timestamp,
    /// Origins of the pages that may call the store.
    origins: Origins,
    index: Index,
    blobs: Arc<Blobs>,
}

impl Store {
    pub(super) fn new(bucket: String, region: String, origins: Origins, opened: Opened) -> Self {
        let Opened { index, blobs, created } = opened;
        Self(Arc::new(Inner { bucket, region, created, origins, index, blobs: Arc::new(blobs) }))
    }

    /// Refuses any other bucket.
    fn only(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.0.bucket {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket, "There is no such bucket."))
        }
    }

    /// Queries the index.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Failure> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(&self.0);
        blocking(move || question(&store.index)).await
    }

    /// Changes the index, then removes the files of blobs that it no longer references.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Index) -> Result<(T, Vec<BlobId>), Failure> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(&self.0);
        blocking(move || {
            let (answer, freed) = change(&store.index)?;
            store.blobs.remove(&freed);
            Ok(answer)
        })
        .await
    }

    /// Makes a draft durable, then adds it to the index.
    async fn commit(
        &self,
        draft: Draft,
        change: impl FnOnce(&Index) -> Result<Vec<BlobId>, Failure> + Send + 'static,
    ) -> S3Result<()> {
        self.change(move |index| {
            draft.sync()?;
            match change(index) {
                Err(refused @ Failure::Refused(_)) => Err(refused),
                // After an error it is unknown whether the commit holds: the next start
                // decides.
                done => {
                    draft.keep();
                    Ok(((), done?))
                }
            }
        })
        .await
    }

    /// Deletes expired uploads. Blocks on the disk.
    pub(super) fn expire_uploads(&self) {
        let life = Duration::from_secs(UPLOAD_DAYS * 24 * 60 * 60).as_millis();
        let before = now().saturating_sub(u64::try_from(life).unwrap_or(u64::MAX));
        match self.0.index.expire(before) {
            Ok(freed) => self.0.blobs.remove(&freed),
            Err(error) => tracing::error!(%error, "uploads were not expired"),
        }
    }
}

#[async_trait]
impl S3 for Store {
    async fn list_buckets(
        &self,
        _: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let (name, created) = (Some(self.0.bucket.clone()), Some(self.0.created.clone()));
        let bucket = Bucket { name, creation_date: created, ..Bucket::default() };
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(vec![bucket]),
            ..ListBucketsOutput::default()
        }))
    }

    async fn head_bucket(
        &self,
        req: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.only(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn create_bucket(
        &self,
        req: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.create_bucket_of(&req.input).map(S3Response::new)
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.location(&req.input.bucket).map(S3Response::new)
    }

    /// No status: versioning was never enabled.
    async fn get_bucket_versioning(
        &self,
        req: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        self.only(&req.input.bucket)?;
        Ok(S3Response::new(GetBucketVersioningOutput::default()))
    }

    async fn get_bucket_cors(
        &self,
        req: S3Request<GetBucketCorsInput>,
    ) -> S3Result<S3Response<GetBucketCorsOutput>> {
        self.cors(&req.input.bucket).map(S3Response::new)
    }

    async fn put_bucket_cors(
        &self,
        _: S3Request<PutBucketCorsInput>,
    ) -> S3Result<S3Response<PutBucketCorsOutput>> {
        Err(s3_error!(
            NotImplemented,
            "The origins of pages are set by the configuration of the store."
        ))
    }

    async fn put_object(
        &self,
        req: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.put(req).await.map(S3Response::new)
    }

    async fn get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.get(req).await.map(S3Response::new)
    }

    async fn head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.head(req.input).await.map(S3Response::new)
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.delete(req.input).await.map(S3Response::new)
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.delete_all(req.input).await.map(S3Response::new)
    }

    async fn copy_object(
        &self,
        req: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        self.copy(req).await.map(S3Response::new)
    }

    async fn get_object_attributes(
        &self,
        req: S3Request<GetObjectAttributesInput>,
    ) -> S3Result<S3Response<GetObjectAttributesOutput>> {
        self.attributes(req.input).await.map(S3Response::new)
    }

    async fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        self.list_v1(req.input).await.map(S3Response::new)
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.list(req.input).await.map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.create_upload(req.input).await.map(S3Response::new)
    }

    async fn upload_part(
        &self,
        req: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.put_part(req).await.map(S3Response::new)
    }

    async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        self.copy_part(req.input).await.map(S3Response::new)
    }

    async fn list_parts(
        &self,
        req: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        self.parts(req.input).await.map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.complete(req.input).await.map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let AbortMultipartUploadInput { bucket, key, upload_id, .. } = req.input;
        self.only(&bucket)?;
        self.change(move |index| Ok(((), index.abort(&key, &upload_id)?))).await?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }

    async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.uploads(req.input).await.map(S3Response::new)
    }
}
