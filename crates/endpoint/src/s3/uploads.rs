//! Unfinished uploads and their parts: stored and billed, but absent from object listings.

use frond_wire::{Key, UploadId, Vault};
use instant_xml::FromXml;
use reqwest::StatusCode;
use rusty_s3::Method;
use rusty_s3::actions::ListParts;

use super::{MAX_LISTING, Request, Store, StoreError, read};

/// Most pages of a part listing: 10 000 parts, 1 000 a page.
const MAX_PART_PAGES: usize = 10;

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The object that it will become.
    pub key: Key,
    /// The store's upload id.
    pub upload: UploadId,
}

/// One page of
/// [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html).
#[derive(FromXml)]
#[xml(rename = "ListMultipartUploadsResult", ns("http://s3.amazonaws.com/doc/2006-03-01/"))]
struct Listing {
    uploads: Vec<Listed>,
    #[xml(rename = "IsTruncated")]
    truncated: Option<bool>,
}

#[derive(FromXml)]
#[xml(rename = "Upload", ns("http://s3.amazonaws.com/doc/2006-03-01/"))]
struct Listed {
    #[xml(rename = "Key")]
    key: String,
    #[xml(rename = "UploadId")]
    upload: String,
}

impl Store {
    /// Unfinished uploads of an account, up to 1 000; `None` if there are more.
    ///
    /// # Errors
    ///
    /// [`StoreError`], also if the store lists keys outside the request.
    pub async fn uploads(&self, vault: Vault) -> Result<Option<Vec<Unfinished>>, StoreError> {
        let request = Request { prefix: Some(vault.objects()), ..Request::bucket(Method::Get) }
            .query("uploads", "")
            .query("max-uploads", 1_000);
        let listing: Listing =
            instant_xml::from_str(&self.text(&request).await?.ok_or(StoreError::InvalidResponse)?)
                .map_err(|_| StoreError::InvalidResponse)?;
        if listing.truncated == Some(true) {
            return Ok(None);
        }
        let uploads = listing.uploads.into_iter().map(|found| {
            let key = found.key.strip_prefix(&self.target.prefix).and_then(|key| vault.listed(key));
            let upload = UploadId::parse(&found.upload).ok().filter(UploadId::is_plain);
            Some(Unfinished { key: key?, upload: upload? })
        });
        uploads.collect::<Option<_>>().map(Some).ok_or(StoreError::InvalidResponse)
    }

    /// Numbers and sizes of an upload's parts; empty if it was completed or aborted meanwhile.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn parts(&self, of: &Unfinished) -> Result<Vec<(u32, u64)>, StoreError> {
        let (mut parts, mut after) = (Vec::new(), None);
        for _ in 0..MAX_PART_PAGES {
            let mut request = Request::object(Method::Get, of.key.clone())
                .query("uploadId", &of.upload)
                .query("max-parts", 1_000);
            request
                .query
                .extend(after.map(|number: u16| ("part-number-marker", number.to_string())));
            let Some(text) = self.text(&request).await? else { break };
            let page = ListParts::parse_response(&text).map_err(|_| StoreError::InvalidResponse)?;
            parts.extend(page.parts.iter().map(|part| (u32::from(part.number), part.size)));
            after = page.next_part_number_marker.filter(|_| page.parts.len() == 1_000);
            if after.is_none() {
                break;
            }
        }
        Ok(parts)
    }

    /// The text of a listing; `None` if the upload no longer exists.
    async fn text(&self, request: &Request) -> Result<Option<String>, StoreError> {
        let response = self.send(request, bytes::Bytes::new()).await?;
        match response.status() {
            StatusCode::OK => {
                let text = String::from_utf8(read(response, MAX_LISTING).await?);
                text.map(Some).map_err(|_| StoreError::InvalidResponse)
            }
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(StoreError::Status(status.as_u16())),
        }
    }
}
