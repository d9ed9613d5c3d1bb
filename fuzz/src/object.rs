//! Objects: header, container, meta; and what is kept or answered while they travel.

use frond::object::{Geometry, Header, Meta, ObjectId, Opener, Seal, Sealer};
use frond::secret::{FernetKey, FileKey};
use frond::software::Software;
use frond::transfer::{KeyPage, ToPage, ToWorker};
use futures_util::FutureExt;

/// Small chunks: four of them are an object.
const GEOMETRY: Geometry = Geometry { chunk: 4_160, part_slots: 2 };

pub fn id() -> ObjectId {
    ObjectId::parse("018f4e2a-0000-7000-8000-000000000001").unwrap()
}

pub fn file_key() -> FileKey {
    FileKey::copied(&[9; 32])
}

fn content() -> Vec<u8> {
    (0..10_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

/// The one object that the key has sealed, and its seal.
pub fn stored() -> (Vec<u8>, Seal) {
    let content = content();
    let meta =
        Meta { name: "a".into(), size: 10_000, media_type: "text/plain".into(), modified: Some(0) };
    let header = Header::seal(&file_key(), &id(), &meta, [1; 16]).unwrap();
    let layout = GEOMETRY.layout(10_000, header.length()).unwrap();
    let sealer = Sealer::laid_out(file_key().content_key(), header, layout).unwrap();
    let (mut stored, mut table) = (Vec::new(), Vec::new());
    for i in 0..layout.chunks() {
        let range = layout.content(i);
        let part =
            &content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        let sealed =
            sealer.seal(&Software, i, [2; 16], part.into()).now_or_never().unwrap().unwrap();
        stored.extend_from_slice(&sealed.slot.bytes());
        table.extend(sealed.hmac);
    }
    let seal = sealer.finish(&table).unwrap();
    stored.extend(table);
    (stored, seal)
}

/// The beginning of an object.
pub fn header(data: &[u8]) -> bool {
    let Ok(header) = Header::read(&id(), &file_key().content_key(), data) else { return false };
    assert!(data.starts_with(header.bytes()));
    let _ = header.open(&file_key().meta_key());
    true
}

/// A whole object. Nobody without the key can make another that opens.
pub fn container(data: &[u8]) -> bool {
    let opened = open(data, None);
    assert_eq!(opened, open(data, Some(stored().1)), "the seal says no more than the key");
    assert!(opened.is_none() || opened == Some(content()));
    opened.is_some()
}

fn open(data: &[u8], seal: Option<Seal>) -> Option<Vec<u8>> {
    let header = Header::read(&id(), &file_key().content_key(), data).ok()?;
    let meta = header.open(&file_key().meta_key()).ok()?;
    let layout = GEOMETRY.layout(meta.size, header.length()).ok()?;
    layout.check(u64::try_from(data.len()).ok()?).ok()?;
    let at = |range: std::ops::Range<u64>| {
        data.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
    };
    let key = file_key().content_key();
    let opener =
        Opener::laid_out(&id(), key, GEOMETRY, meta.size, data, at(layout.table())?, seal).ok()?;
    let mut content = Vec::new();
    for i in 0..layout.chunks() {
        let slot = at(layout.slot(i))?.into();
        content.extend_from_slice(&opener.open(&Software, i, &slot).now_or_never()?.ok()?.bytes());
    }
    Some(content)
}

/// What the header seals.
pub fn meta(data: &[u8]) -> bool {
    let Ok(meta) = Meta::decode(data) else { return false };
    assert_eq!(meta.encode().unwrap(), data, "one spelling");
    true
}

pub fn journal_key() -> FernetKey {
    FernetKey::copied(&[8; 32])
}

/// A page of an upload's journal, authentic: by somebody else's program, say.
pub fn journal(data: &[u8]) -> bool {
    frond::transfer::is_journal_page(
        &journal_key(),
        &id(),
        &frond::fernet::seal(&journal_key(), id().stamp(), [3; 16], data),
    )
}

/// What S3 lists.
pub fn listing(data: &[u8]) -> bool {
    let Ok(listing) = KeyPage::read(data) else { return false };
    assert!(listing.keys.len() + listing.prefixes.len() <= data.len());
    true
}

/// What crosses to a Worker and back from the disk.
pub fn job(data: &[u8]) -> bool {
    let to_page = ToPage::from_message(data).map(|message| message.to_message());
    let to_worker = ToWorker::from_message(data).map(|message| message.to_message());
    for message in [&to_page, &to_worker].into_iter().flatten() {
        assert_eq!(**message, data, "one spelling");
    }
    to_page.is_some() || to_worker.is_some()
}
