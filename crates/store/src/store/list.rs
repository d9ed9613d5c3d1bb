//! ListObjectsV2, and ListObjects, which differ in how a listing continues.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>

use s3s::dto::{
    self, CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output,
};
use s3s::{S3Result, s3_error};

use super::Store;
use crate::clock::timestamp;
use crate::index::{Entry, List, Object};

/// Most entries per listing.
const MAX_LINES: i32 = 1000;

impl Store {
    pub(super) async fn list(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        self.only(&input.bucket)?;
        let encoding = Encoding::new(input.encoding_type)?;
        let max_keys = input.max_keys.unwrap_or(MAX_LINES);
        let mut list = List {
            prefix: input.prefix.unwrap_or_default(),
            delimiter: input.delimiter,
            after: None,
            limit: limit(input.max_keys)?,
        };
        list.after = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => match Entry::from_token(token) {
                Some(entry) => Some(entry),
                None => {
                    return Err(s3_error!(
                        InvalidArgument,
                        "The continuation token is not one of this store."
                    ));
                }
            },
            (None, Some(key)) => Some(list.after_key(key)),
            (None, None) => None,
        };
        let (prefix, delimiter) = (list.prefix.clone(), list.delimiter.clone());
        let page = self.ask(move |index| index.list(&list)).await?;

        let key_count = page.objects.len().saturating_add(page.prefixes.len());
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoding.apply(&prefix)),
            delimiter: delimiter.map(|delimiter| encoding.apply(&delimiter)),
            start_after: input.start_after.map(|key| encoding.apply(&key)),
            continuation_token: input.continuation_token,
            max_keys: Some(max_keys.min(MAX_LINES)),
            key_count: i32::try_from(key_count).ok(),
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.map(|entry| entry.token()),
            contents: Some(encoding.objects(page.objects)),
            common_prefixes: Some(encoding.prefixes(&page.prefixes)),
            encoding_type: encoding.name(),
            ..ListObjectsV2Output::default()
        })
    }

    /// Version 1: the next page begins after a key or common prefix named in the response.
    pub(super) async fn list_v1(&self, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
        self.only(&input.bucket)?;
        let encoding = Encoding::new(input.encoding_type)?;
        let mut list = List {
            prefix: input.prefix.unwrap_or_default(),
            delimiter: input.delimiter,
            after: None,
            limit: limit(input.max_keys)?,
        };
        let marker = input.marker.unwrap_or_default();
        list.after =
            Some(marker.as_str()).filter(|key| !key.is_empty()).map(|key| list.after_key(key));
        let (prefix, delimiter) = (list.prefix.clone(), list.delimiter.clone());
        let page = self.ask(move |index| index.list(&list)).await?;
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encoding.apply(&prefix)),
            delimiter: delimiter.map(|delimiter| encoding.apply(&delimiter)),
            marker: Some(encoding.apply(&marker)),
            max_keys: Some(input.max_keys.unwrap_or(MAX_LINES).min(MAX_LINES)),
            is_truncated: Some(page.next.is_some()),
            next_marker: page.next.as_ref().map(|entry| encoding.apply(entry.text())),
            contents: Some(encoding.objects(page.objects)),
            common_prefixes: Some(encoding.prefixes(&page.prefixes)),
            encoding_type: encoding.name(),
            ..ListObjectsOutput::default()
        })
    }
}

/// The requested number of entries, at most 1000.
pub(super) fn limit(asked: Option<i32>) -> S3Result<usize> {
    usize::try_from(asked.unwrap_or(MAX_LINES).min(MAX_LINES))
        .map_err(|_| s3_error!(InvalidArgument, "A list cannot have fewer than no lines."))
}

/// Encoding of keys in a listing (`encoding-type`).
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    /// Unencoded. A key may contain characters that XML cannot represent.
    Plain,
    /// Percent-encoded.
    Url,
}

impl Encoding {
    pub(super) fn new(asked: Option<EncodingType>) -> S3Result<Self> {
        match asked.as_ref().map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(s3_error!(InvalidArgument, "The only encoding-type is url.")),
        }
    }

    pub(super) fn name(self) -> Option<EncodingType> {
        match self {
            Self::Plain => None,
            Self::Url => Some(EncodingType::from_static(EncodingType::URL)),
        }
    }

    fn objects(self, objects: Vec<(String, Object)>) -> Vec<dto::Object> {
        let line = |(key, object): (String, Object)| dto::Object {
            key: Some(self.apply(&key)),
            size: i64::try_from(object.size).ok(),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(timestamp(object.modified)),
            storage_class: Some("STANDARD".to_owned().into()),
            ..dto::Object::default()
        };
        objects.into_iter().map(line).collect()
    }

    fn prefixes(self, prefixes: &[String]) -> Vec<CommonPrefix> {
        prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(self.apply(prefix)) }).collect()
    }

    /// RFC 3986 unreserved characters and `/` are kept; a space becomes `%20`, which every decoder
    /// reads.
    pub(super) fn apply(self, key: &str) -> String {
        if matches!(self, Self::Plain) {
            return key.to_owned();
        }
        key.bytes().fold(String::with_capacity(key.len()), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
            text
        })
    }
}
