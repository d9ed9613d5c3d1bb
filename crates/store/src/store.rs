//! The thirteen calls that Frond and its neighbours make, behind the trait of `s3s`. Everything else is 501.

mod conditions;
mod get;
mod list;
mod multipart;
mod put;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, Bucket, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output,
    ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::UPLOAD_DAYS;
use super::blobs::{BlobId, Blobs, Draft};
use super::clock::now;
use super::failure::{Failure, blocking};
use super::index::Index;

/// The store: an index, and the blobs that it names.
#[derive(Clone)]
pub(super) struct Store(Arc<Inner>);

struct Inner {
    bucket: String,
    index: Index,
    blobs: Arc<Blobs>,
}

impl Store {
    pub(super) fn new(bucket: String, index: Index, blobs: Blobs) -> Self {
        Self(Arc::new(Inner { bucket, index, blobs: Arc::new(blobs) }))
    }

    /// Only one bucket exists.
    fn only(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.0.bucket {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket, "There is no such bucket."))
        }
    }

    /// Asks the index.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Failure> + Send + 'static,
    ) -> S3Result<T> {
        let store = Arc::clone(&self.0);
        blocking(move || question(&store.index)).await
    }

    /// Changes the index, then removes the files of blobs that it does not name any more.
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

    /// Makes a draft durable, and then the index name it.
    async fn commit(
        &self,
        draft: Draft,
        change: impl FnOnce(&Index) -> Result<Vec<BlobId>, Failure> + Send + 'static,
    ) -> S3Result<()> {
        self.change(move |index| {
            draft.sync()?;
            match change(index) {
                Err(refused @ Failure::Refused(_)) => Err(refused),
                // After a failure nobody knows whether the commit holds: the next start's sweep will.
                done => {
                    draft.keep();
                    Ok(((), done?))
                }
            }
        })
        .await
    }

    /// Forgets uploads that nobody finished. Waits for the disk.
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
    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
        let bucket = Bucket { name: Some(self.0.bucket.clone()), ..Bucket::default() };
        Ok(S3Response::new(ListBucketsOutput { buckets: Some(vec![bucket]), ..ListBucketsOutput::default() }))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.only(&req.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn put_object(&self, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.put(req).await.map(S3Response::new)
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.get(req).await.map(S3Response::new)
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.head(req.input).await.map(S3Response::new)
    }

    async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, .. } = req.input;
        self.only(&bucket)?;
        self.change(move |index| Ok(((), index.delete(&key)?))).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
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

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.put_part(req).await.map(S3Response::new)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
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
