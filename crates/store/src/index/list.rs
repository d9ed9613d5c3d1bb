//! Listings of objects in key order, grouped at a delimiter.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use std::ops::Bound;

use data_encoding::BASE64URL_NOPAD;
use redb::ReadableTable;

use super::{Index, OBJECTS, Object, record};
use crate::failure::Failure;

/// A listing request.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    /// Only keys with this prefix.
    pub(crate) prefix: String,
    /// Keys that contain this after the prefix are grouped as one common prefix.
    pub(crate) delimiter: Option<String>,
    /// Only entries after this one.
    pub(crate) after: Option<Entry>,
    /// Most entries.
    pub(crate) limit: usize,
}

/// An entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A key.
    Key(String),
    /// A common prefix; it stands for all keys that start with it.
    Prefix(String),
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Objects.
    pub(crate) objects: Vec<(String, Object)>,
    /// Common prefixes.
    pub(crate) prefixes: Vec<String>,
    /// The last entry, if more follow.
    pub(crate) next: Option<Entry>,
}

impl Entry {
    /// The key or common prefix.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Key(text) | Self::Prefix(text) => text,
        }
    }

    /// The entry as an opaque token.
    pub(crate) fn token(&self) -> String {
        let (kind, text) = match self {
            Self::Key(key) => ("k", key),
            Self::Prefix(prefix) => ("p", prefix),
        };
        BASE64URL_NOPAD.encode(format!("{kind}{text}").as_bytes())
    }

    /// Parses a token of this store.
    pub(crate) fn from_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(token.as_bytes()).ok()?).ok()?;
        let key = text.strip_prefix('k').map(|key| Self::Key(key.to_owned()));
        key.or_else(|| text.strip_prefix('p').map(|prefix| Self::Prefix(prefix.to_owned())))
    }

    /// The first position in key order that this entry does not cover.
    fn end(&self) -> Bound<Vec<u8>> {
        match self {
            Self::Key(key) => Bound::Excluded(key.as_bytes().to_vec()),
            Self::Prefix(prefix) => {
                let mut end = prefix.as_bytes().to_vec();
                // UTF-8 has no byte 0xff, so the addition does not overflow and nothing with the
                // prefix sorts above it.
                if let Some(last) = end.last_mut() {
                    *last = last.saturating_add(1);
                }
                Bound::Included(end)
            }
        }
    }
}

impl List {
    /// The entry that covers `key`.
    fn entry(&self, key: &str) -> Entry {
        let rolled = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()).and_then(
            |delimiter| {
                let (head, _) = key.strip_prefix(&self.prefix)?.split_once(delimiter)?;
                Some(format!("{}{head}{delimiter}", self.prefix))
            },
        );
        rolled.map_or_else(|| Entry::Key(key.to_owned()), Entry::Prefix)
    }

    /// The entry for `key` given as `start-after`: a common prefix stands for all keys that it
    /// covers, any other key for itself.
    pub(crate) fn after_key(&self, key: &str) -> Entry {
        match self.entry(key) {
            Entry::Prefix(prefix) if prefix == key => Entry::Prefix(prefix),
            _ => Entry::Key(key.to_owned()),
        }
    }

    fn start(&self) -> Bound<Vec<u8>> {
        let prefix = self.prefix.as_bytes();
        match self.after.as_ref().map(Entry::end) {
            Some(Bound::Excluded(after)) if after.as_slice() >= prefix => Bound::Excluded(after),
            Some(Bound::Included(after)) if after.as_slice() >= prefix => Bound::Included(after),
            _ => Bound::Included(prefix.to_vec()),
        }
    }
}

impl Index {
    /// One page of a listing, from one snapshot.
    pub(crate) fn list(&self, list: &List) -> Result<Page, Failure> {
        if list.limit == 0 {
            return Ok(Page::default());
        }
        self.view(|view| list.read(&view.open_table(OBJECTS)?))
    }
}

impl List {
    fn read(
        &self,
        objects: &impl ReadableTable<&'static [u8], &'static [u8]>,
    ) -> Result<Page, Failure> {
        let mut page = Page::default();
        let mut last = None;
        let mut start = self.start();
        // Each common prefix is skipped in one seek, however many keys it covers.
        'jump: loop {
            let range = (start.as_ref().map(Vec::as_slice), Bound::Unbounded);
            for row in objects.range::<&[u8]>(range)? {
                let (key, object) = row?;
                let key = String::from_utf8_lossy(key.value());
                if !key.starts_with(&self.prefix) {
                    return Ok(page);
                }
                if page.objects.len() + page.prefixes.len() == self.limit {
                    page.next = last;
                    return Ok(page);
                }
                let entry = self.entry(&key);
                last = Some(entry.clone());
                match entry {
                    Entry::Key(key) => page.objects.push((key, record::read(object.value())?)),
                    Entry::Prefix(prefix) => {
                        start = Entry::Prefix(prefix.clone()).end();
                        page.prefixes.push(prefix);
                        continue 'jump;
                    }
                }
            }
            return Ok(page);
        }
    }
}
