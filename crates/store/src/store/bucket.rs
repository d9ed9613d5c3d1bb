//! Requests about the bucket itself. It is created by the configuration; its settings are
//! read-only.

use s3s::dto::{
    CORSRule, CreateBucketInput, CreateBucketOutput, GetBucketCorsOutput, GetBucketLocationOutput,
};
use s3s::{S3Result, s3_error};

use super::Store;
use crate::cors::{EXPOSED, HEADERS, MAX_AGE, METHODS};

/// The region that S3 reports as an empty LocationConstraint.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
const UNNAMED_REGION: &str = "us-east-1";

impl Store {
    /// Always refused, with S3's own errors: the bucket exists, and there can be no other.
    pub(super) fn create_bucket_of(
        &self,
        input: &CreateBucketInput,
    ) -> S3Result<CreateBucketOutput> {
        if input.bucket == self.0.bucket {
            return Err(s3_error!(BucketAlreadyOwnedByYou, "The bucket exists, and it is yours."));
        }
        Err(s3_error!(TooManyBuckets, "The store has one bucket: {}.", self.0.bucket))
    }

    pub(super) fn location(&self, bucket: &str) -> S3Result<GetBucketLocationOutput> {
        self.only(bucket)?;
        let region = Some(self.0.region.clone()).filter(|region| region != UNNAMED_REGION);
        Ok(GetBucketLocationOutput { location_constraint: region.map(Into::into) })
    }

    /// The store's CORS rule.
    pub(super) fn cors(&self, bucket: &str) -> S3Result<GetBucketCorsOutput> {
        self.only(bucket)?;
        if self.0.origins.is_empty() {
            return Err(s3_error!(NoSuchCORSConfiguration, "No page may call this bucket."));
        }
        let origins = self.0.origins.iter().filter_map(|origin| origin.to_str().ok());
        let headers = HEADERS.into_iter().chain(["x-amz-*"]);
        let rule = CORSRule {
            allowed_origins: origins.map(str::to_owned).collect(),
            allowed_methods: METHODS.split(", ").map(str::to_owned).collect(),
            allowed_headers: Some(headers.map(str::to_owned).collect()),
            expose_headers: Some(EXPOSED.split(", ").map(str::to_owned).collect()),
            id: None,
            max_age_seconds: MAX_AGE.parse().ok(),
        };
        Ok(GetBucketCorsOutput { cors_rules: Some(vec![rule]) })
    }
}
