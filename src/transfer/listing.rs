//! Listings to their end, page by page. A bucket that lies about pages is stopped: each goes on where the last ended.

use frond_wire::Operation;

use super::xml::{self, Found, Listing, NotXml};
use super::{Answer, Bucket, Call, TransferError};
use crate::object::ObjectId;

/// Largest page, in bytes: a thousand keys.
const MAX_PAGE: usize = 2 * 1024 * 1024;
/// Most pages of one listing.
const MAX_PAGES: usize = 1_000;

impl Bucket<'_> {
    /// All keys and common prefixes of a listing. `operation` asks for what sorts after a name, and `name` is that name
    /// of a key or a prefix.
    pub(crate) async fn list(
        &self,
        operation: impl Fn(Option<String>) -> Operation,
        name: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<String>, TransferError> {
        let read = |body: &[u8]| {
            let Listing { mut keys, prefixes, truncated } = Listing::read(body)?;
            keys.extend(prefixes);
            Ok((keys, truncated))
        };
        self.pages(operation, read, |key: &String| name(key)).await
    }

    /// First parts of the pages of an upload's journal, ascending.
    pub(crate) async fn list_journal(&self, object: &ObjectId) -> Result<Vec<u32>, TransferError> {
        let operation = |after| Operation::ListJournals { object: Some(object.to_string()), after };
        let keys = self.list(operation, |key| Some(last(key).to_owned())).await?;
        Ok(keys.iter().filter_map(|key| last(key).parse().ok()).collect())
    }

    /// All objects of the vault, with their lengths and times.
    pub(crate) async fn list_objects(&self) -> Result<Vec<Found>, TransferError> {
        let operation = |after| Operation::ListObjects { after };
        self.pages(operation, xml::found, |found: &Found| Some(last(&found.key).to_owned())).await
    }

    /// All pages of all journals of the vault, with their times.
    pub(crate) async fn list_journals(&self) -> Result<Vec<Found>, TransferError> {
        let operation = |after| Operation::ListJournals { object: None, after };
        // Goes on after the whole journal of an object, so what else of it is listed comes first.
        let name = |found: &Found| Some(last(found.key.rsplit_once('/')?.0).to_owned());
        self.pages(operation, xml::found, name).await
    }

    async fn pages<T>(
        &self,
        operation: impl Fn(Option<String>) -> Operation,
        read: impl Fn(&[u8]) -> Result<(Vec<T>, bool), NotXml>,
        name: impl Fn(&T) -> Option<String>,
    ) -> Result<Vec<T>, TransferError> {
        let mut all = Vec::new();
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let Answer::Success(response) = self.call(&Call::new(operation(after.clone()), MAX_PAGE)).await?
            else {
                return Err(TransferError::Nonsense);
            };
            let (page, more) = read(&response.body).map_err(|_| TransferError::Nonsense)?;
            let next = page.last().and_then(&name);
            all.extend(page);
            if !more {
                return Ok(all);
            }
            if next.is_none() || next <= after {
                break;
            }
            after = next;
        }
        Err(TransferError::Nonsense)
    }
}

/// The last part of a key.
pub(crate) fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
