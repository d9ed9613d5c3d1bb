//! If-Match and If-None-Match (RFC 9110, 13.1).

use s3s::dto::ETagCondition;

use super::Object;
use crate::failure::Refusal;

/// Condition of a write.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[derive(Clone, Debug, Default)]
pub(crate) struct Precondition {
    /// The key has an object with this ETag.
    pub(crate) if_match: Option<ETagCondition>,
    /// The key has no object, or none with this ETag.
    pub(crate) if_none_match: Option<ETagCondition>,
}

impl Precondition {
    /// Checks the condition against the current object.
    pub(super) fn check(&self, current: Option<&Object>) -> Result<(), Refusal> {
        if let Some(condition) = &self.if_match {
            let current = current.ok_or(Refusal::NoSuchKey)?;
            if !matches(condition, current) {
                return Err(Refusal::PreconditionFailed);
            }
        }
        if let (Some(condition), Some(current)) = (&self.if_none_match, current)
            && matches(condition, current)
        {
            return Err(Refusal::PreconditionFailed);
        }
        Ok(())
    }
}

/// Whether the condition is `*` or the object's ETag. Our ETags are all strong.
pub(crate) fn matches(condition: &ETagCondition, object: &Object) -> bool {
    condition.as_etag().is_none_or(|etag| etag.value() == object.etag)
}
