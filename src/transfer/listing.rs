//! Listings to their end, page by page. A bucket that lies about pages is stopped: each goes on where the last ended.

use frond_wire::Operation;

use super::xml::{self, Found, Listing, NotXml};
use super::{Answer, Bucket, Call, TransferError};
use crate::object::ObjectId;

/// Largest page, in bytes: a thousand keys.
const MAX_PAGE: usize = 2 * 1024 * 1024;
/// Most pages of one listing.
const MAX_PAGES: usize = 1_000;

/// Asks for what sorts after a name.
type Ask<'a> = &'a dyn Fn(Option<String>) -> Operation;
/// Reads a page, and whether there is more.
type Read<T> = fn(&[u8]) -> Result<(Vec<T>, bool), NotXml>;

impl Bucket<'_> {
    /// All keys and common prefixes of a listing. `operation` asks for what sorts after a name, and `name` is that name
    /// of a key or a prefix.
    pub(crate) async fn list(
        &self,
        operation: Ask<'_>,
        name: &dyn Fn(&String) -> Option<String>,
    ) -> Result<Vec<String>, TransferError> {
        self.pages(operation, keys, name).await
    }

    /// First parts of the pages of an upload's journal, ascending.
    pub(crate) async fn list_journal(&self, object: &ObjectId) -> Result<Vec<u32>, TransferError> {
        let operation = |after| Operation::ListJournals { object: Some(object.to_string()), after };
        let keys = self.list(&operation, &|key| Some(last(key).to_owned())).await?;
        Ok(keys.iter().filter_map(|key| last(key).parse().ok()).collect())
    }

    /// All objects of the vault, with their lengths and times.
    pub(crate) async fn list_objects(&self) -> Result<Vec<Found>, TransferError> {
        let name = |found: &Found| Some(last(&found.key).to_owned());
        self.pages(&|after| Operation::ListObjects { after }, xml::found, &name).await
    }

    /// All pages of all journals of the vault, with their times.
    pub(crate) async fn list_journals(&self) -> Result<Vec<Found>, TransferError> {
        // Goes on after the whole journal of an object: what is left of that one, the next look finds.
        let name = |found: &Found| Some(last(found.key.rsplit_once('/')?.0).to_owned());
        self.pages(&|after| Operation::ListJournals { object: None, after }, xml::found, &name).await
    }

    async fn pages<T>(
        &self,
        operation: Ask<'_>,
        read: Read<T>,
        name: &dyn Fn(&T) -> Option<String>,
    ) -> Result<Vec<T>, TransferError> {
        let mut all = Vec::new();
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let call = Call::new(operation(after.clone()), MAX_PAGE);
            let Answer::Success(response) = self.call(&call).await? else {
                return Err(TransferError::Nonsense);
            };
            let (page, more) = read(&response.body).map_err(|_| TransferError::Nonsense)?;
            let next = page.last().and_then(name);
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

fn keys(body: &[u8]) -> Result<(Vec<String>, bool), NotXml> {
    let Listing { mut keys, prefixes, truncated } = Listing::read(body)?;
    keys.extend(prefixes);
    Ok((keys, truncated))
}

/// The last part of a key.
pub(crate) fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
