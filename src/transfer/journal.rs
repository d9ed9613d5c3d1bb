//! The journal of an upload in parts: which parts the store acknowledged, and how their slots were
//! sealed.
//!
//! ```text
//! vaults/<account>/uploads/<object_id>/<first part, 5 digits>
//! raw token under HKDF(vault_key, object_id, "frond/1 upload")
//! upload id ‖ number of parts ‖ of each: number ‖ ETag ‖ number of slots
//!                                        ‖ of each slot: IV(16) ‖ HMAC(32)
//! ```
//!
//! Any device with the vault key can resume from it: a part whose ETag the store still lists is
//! resealed *locally* with its IVs, and kept if the HMACs match. The page is a record of `codec`,
//! with the object's timestamp.
//!
//! The bucket may lie: a page that does not open is ignored, as is an entry that does not fit the
//! layout. Parts without an entry are sent again, so the worst that a lie costs is time.

use std::collections::BTreeMap;

use super::upload::{read_upload, upload_text};
use crate::codec::{Reader, Writer};
use crate::fernet;
use crate::object::{Layout, ObjectId, UploadId};
use crate::secret::FernetKey;

/// Records of other versions are rejected.
const VERSION: u8 = 1;
/// Prefix of a weak ETag.
const WEAK: &str = "W/";
/// Parts per page: an acknowledged part waits for at most this many before its page is written.
pub(super) const PAGE_PARTS: usize = 8;
/// Maximum length of a page, in bytes: a part of a 1 TiB file has 256 slots.
pub(super) const MAX_PAGE: usize = 256 * 1024;

/// How one slot was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) iv: [u8; 16],
    pub(super) hmac: [u8; 32],
}

/// How one part was sealed, and its ETag in the store; no ETag if it has not been sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JournalEntry {
    pub(super) number: u32,
    pub(super) etag: Option<String>,
    pub(super) slots: Vec<Slot>,
}

impl JournalEntry {
    /// Whether the store itself returned the ETag when it accepted the part. A listing only shows
    /// what is there now, which may be another device's part with the same number, so an ETag from
    /// a listing is kept as a weak one (RFC 9110 §8.8.1).
    pub(super) fn is_sure(&self) -> bool {
        self.etag.as_deref().is_some_and(|etag| !etag.trim_start().starts_with(WEAK))
    }
}

/// Marks an ETag that is only known from a listing.
pub(super) fn weak(etag: &str) -> String {
    format!("{WEAK}{}", plain(etag))
}

/// The ETag in the form that the store accepts.
pub(super) fn plain(etag: &str) -> &str {
    etag.trim().trim_start_matches(WEAK)
}

/// Some parts of one multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JournalPage {
    /// None if nothing was sent yet.
    pub(super) upload: Option<UploadId>,
    pub(super) entries: Vec<JournalEntry>,
}

/// Whether a token is a journal page of object `id`: the entry point for `fuzz/`.
#[doc(hidden)]
#[must_use]
pub fn is_journal_page(key: &FernetKey, id: &ObjectId, token: &[u8]) -> bool {
    JournalPage::open(key, id, token).is_some()
}

impl JournalPage {
    /// Seals the page as one raw token. `iv` is 16 fresh random bytes.
    pub(super) fn seal(&self, key: &FernetKey, id: &ObjectId, iv: [u8; 16]) -> Vec<u8> {
        let page = Writer::new(VERSION).text(upload_text(self.upload.as_ref())).list(
            self.entries.iter(),
            |to, JournalEntry { number, etag, slots }| {
                to.number((*number).into())
                    .text(etag.as_deref().unwrap_or_default())
                    .list(slots.iter(), |to, slot| to.array(&slot.iv).array(&slot.hmac))
            },
        );
        fernet::seal(key, id.stamp(), iv, &page.finish())
    }

    /// Whether this is the page with that number: its first part has that number, and it has no
    /// more parts than a page may have.
    pub(super) fn begins_with(&self, part: u32) -> bool {
        self.entries.len() <= PAGE_PARTS
            && self.entries.first().is_some_and(|entry| entry.number == part)
    }

    /// Opens a page that [`JournalPage::seal`] wrote for this object.
    pub(super) fn open(key: &FernetKey, id: &ObjectId, token: &[u8]) -> Option<Self> {
        let opened = fernet::open(key, token).ok().filter(|opened| opened.time == id.stamp())?;
        let mut from = Reader::new(VERSION, &opened.plaintext)?;
        let upload = read_upload(&mut from)?;
        let entries = from.list(|from| {
            Some(JournalEntry {
                number: u32::try_from(from.number()?).ok()?,
                etag: Some(from.text()?.to_owned()).filter(|etag| !etag.is_empty()),
                slots: from.list(|from| Some(Slot { iv: *from.array()?, hmac: *from.array()? }))?,
            })
        })?;
        from.end()?;
        Some(Self { upload, entries })
    }
}

/// Everything known about an upload's parts.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<u32, Vec<JournalEntry>>,
}

impl Ledger {
    /// Adds the entries that fit the layout.
    pub(super) fn add(&mut self, entries: impl IntoIterator<Item = JournalEntry>, layout: &Layout) {
        for entry in entries {
            let number = u64::from(entry.number);
            let slots = layout.part_slots(number);
            let fits =
                u64::try_from(entry.slots.len()) == Ok(slots.end.saturating_sub(slots.start));
            if fits && (1..=layout.parts()).contains(&number) {
                let known = self.entries.entry(entry.number).or_default();
                if !known.contains(&entry) {
                    known.push(entry);
                }
            }
        }
    }

    /// The entry of a part that the store lists with this ETag.
    pub(super) fn of(&self, number: u32, etag: &str) -> Option<&JournalEntry> {
        let of = |entry: &&JournalEntry| {
            entry.etag.as_deref().is_some_and(|known| same_etag(known, etag))
        };
        self.all(number).iter().find(of)
    }

    /// The entry of a part whose slots have the HMACs of this table.
    pub(super) fn sealed_as(
        &self,
        number: u32,
        table: &[u8],
        layout: &Layout,
    ) -> Option<&JournalEntry> {
        let index = |slot: u64| usize::try_from(slot).unwrap_or(usize::MAX);
        let slots = layout.part_slots(number.into());
        let hmacs = table.as_chunks::<32>().0.get(index(slots.start)..index(slots.end))?;
        self.all(number).iter().find(|entry| entry.slots.iter().map(|slot| &slot.hmac).eq(hmacs))
    }

    /// One entry per part, if every part has one; the last if there are several.
    pub(super) fn whole(&self, layout: &Layout) -> Option<Vec<JournalEntry>> {
        let numbers = (1..=layout.parts()).map_while(|number| u32::try_from(number).ok());
        numbers.map(|number| self.all(number).last().cloned()).collect()
    }

    fn all(&self, number: u32) -> &[JournalEntry] {
        self.entries.get(&number).map_or(&[], Vec::as_slice)
    }
}

/// Whether two ETags denote the same body: stores differ in quotes and in `W/`.
pub(super) fn same_etag(one: &str, other: &str) -> bool {
    let bare = |etag| plain(etag).trim_matches('"');
    !bare(one).is_empty() && bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{JournalEntry, JournalPage, Ledger, Slot, plain, same_etag, weak};
    use crate::object::{Layout, ObjectId, UploadId};
    use crate::secret::FernetKey;

    fn id() -> ObjectId {
        ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap()
    }

    fn entry(number: u32, etag: &str, slots: u8) -> JournalEntry {
        let slots = (0..slots).map(|n| Slot { iv: [n; 16], hmac: [n; 32] }).collect();
        JournalEntry { number, etag: Some(etag.to_owned()).filter(|etag| !etag.is_empty()), slots }
    }

    #[test]
    fn a_page_comes_back_and_nothing_else_does() {
        let (key, other) = (FernetKey::copied(&[1; 32]), FernetKey::copied(&[2; 32]));
        let page = JournalPage {
            upload: UploadId::parse("u").ok(),
            entries: vec![entry(3, "\"e\"", 16), entry(4, "", 2)],
        };
        let token = page.seal(&key, &id(), [9; 16]);
        assert_eq!(JournalPage::open(&key, &id(), &token), Some(page));
        assert_eq!(JournalPage::open(&other, &id(), &token), None);
        let later = ObjectId::parse("019e3c71-5555-7555-8555-555555555555").unwrap();
        assert_eq!(JournalPage::open(&key, &later, &token), None);
    }

    #[test]
    fn entries_that_do_not_fit_are_none() {
        // Two parts: sixteen slots and two.
        let layout = Layout::new(9_000_000, 512).unwrap();
        let mut ledger = Ledger::default();
        let entries =
            vec![entry(1, "a", 15), entry(0, "a", 16), entry(3, "a", 0), entry(2, "b", 2)];
        ledger.add(entries, &layout);
        assert_eq!(ledger.of(1, "a"), None);
        assert_eq!(ledger.of(2, "\"b\""), Some(&entry(2, "b", 2)));
        assert_eq!(ledger.of(2, "a"), None);
        assert_eq!(ledger.whole(&layout), None);
        ledger.add([entry(1, "", 16)], &layout);
        assert!(ledger.whole(&layout).is_some());
        assert_eq!(ledger.of(1, ""), None, "no ETag is like no other");
    }

    #[test]
    fn etags() {
        assert!(same_etag("\"a\"", "a") && same_etag("W/\"a\"", "\"a\""));
        assert!(!same_etag("a", "b") && !same_etag("", ""));
        assert_eq!(plain(&weak("\"a\"")), "\"a\"");
        assert!(entry(1, "\"a\"", 1).is_sure());
        assert!(!entry(1, &weak("\"a\""), 1).is_sure() && !entry(1, "", 1).is_sure());
    }

    proptest! {
        #[test]
        fn no_plaintext_is_too_strange(
            plaintext in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let key = FernetKey::copied(&[1; 32]);
            let mut bytes = vec![1];
            bytes.extend(plaintext);
            let token = crate::fernet::seal(&key, id().stamp(), [0; 16], &bytes);
            drop(JournalPage::open(&key, &id(), &token));
        }
    }
}
