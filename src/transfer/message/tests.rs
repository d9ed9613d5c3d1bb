//! Messages survive the round trip, and nothing else is accepted as one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use frond_wire::{ChecksumAlgorithm, Presigned};
use proptest::prelude::*;

use super::{ToPage, ToWorker};
use crate::object::{ObjectId, Seal, UploadId};
use crate::secret::{ContentKey, FernetKey};
use crate::transfer::{
    ArchiveJob, ArchivedFile, DownloadJob, Job, OperationText, Outcome, Progress, TransferError,
    UploadJob, Uploaded,
};

fn id() -> impl Strategy<Value = ObjectId> {
    any::<[u8; 10]>().prop_map(|random| {
        let mut bytes = [0; 16];
        bytes[..10].copy_from_slice(&random);
        bytes[6] = 0x70 | bytes[6] & 0x0f;
        bytes[8] = 0x80 | bytes[8] & 0x3f;
        ObjectId::from_bytes(bytes).unwrap()
    })
}

fn seal() -> impl Strategy<Value = Seal> {
    any::<[u8; 32]>().prop_map(Seal)
}

fn algorithm() -> impl Strategy<Value = ChecksumAlgorithm> {
    use ChecksumAlgorithm::{Crc32c, Md5, Sha256};
    prop::sample::select(vec![Crc32c, Sha256, Md5])
}

fn error() -> impl Strategy<Value = TransferError> {
    prop::sample::select(TransferError::ALL)
}

fn job() -> impl Strategy<Value = Job> {
    prop_oneof![
        upload().prop_map(Job::Upload),
        download().prop_map(Job::Download),
        archive().prop_map(Job::Archive),
        download().prop_map(Job::Verify)
    ]
}

fn upload_id() -> impl Strategy<Value = Option<UploadId>> {
    prop::option::of(".{1,40}".prop_map(|text| UploadId::parse(&text).unwrap()))
}

fn upload() -> impl Strategy<Value = UploadJob> {
    let keys = (any::<[u8; 32]>(), any::<[u8; 32]>());
    let content = (prop::collection::vec(any::<u8>(), 0..600), any::<u64>(), upload_id());
    (id(), keys, content, any::<[bool; 3]>(), algorithm()).prop_map(
        |(id, keys, (header, size, upload), [resumed, offline, spooled], checksum)| UploadJob {
            id,
            content_key: ContentKey::copied(&keys.0),
            journal_key: FernetKey::copied(&keys.1),
            header,
            size,
            upload,
            resumed,
            offline,
            spooled,
            checksum,
        },
    )
}

fn download() -> impl Strategy<Value = DownloadJob> {
    let seals = prop::collection::vec(seal(), 0..20);
    let meta_key = prop::option::of(any::<[u8; 32]>());
    (id(), (any::<[u8; 32]>(), meta_key), any::<u64>(), any::<u32>(), seals, ".{0,40}", ".{0,20}")
        .prop_map(|(id, keys, size, header, seals, name, media_type)| DownloadJob {
            id,
            content_key: ContentKey::copied(&keys.0),
            meta_key: keys.1.map(|key| FernetKey::copied(&key)),
            size,
            header,
            seals,
            name,
            media_type,
        })
}

fn archive() -> impl Strategy<Value = ArchiveJob> {
    let file =
        (download(), any::<i64>()).prop_map(|(file, modified)| ArchivedFile { file, modified });
    (".{0,40}", prop::collection::vec(file, 0..4))
        .prop_map(|(name, files)| ArchiveJob { name, files })
}

fn presigned() -> impl Strategy<Value = Presigned> {
    let headers = prop::collection::vec(("[a-z-]{0,9}", ".{0,9}"), 0..4);
    ("[A-Z]{3,6}", ".{0,60}", headers).prop_map(|(method, url, headers)| {
        let headers = headers.into_iter().collect::<BTreeMap<_, _>>();
        Presigned { method, url, headers }
    })
}

fn to_worker() -> impl Strategy<Value = ToWorker> {
    let signed = prop::collection::vec(presigned(), 0..4);
    let answer = prop_oneof![signed.prop_map(Ok), error().prop_map(Err)];
    prop_oneof![
        4 => job().prop_map(ToWorker::Begin),
        1 => any::<bool>().prop_map(ToWorker::Hold),
        1 => Just(()).prop_map(|()| ToWorker::Cancel),
        4 => (any::<u32>(), answer).prop_map(|(request, answer)| ToWorker::Signed {
            request,
            answer,
        }),
    ]
}

fn to_page() -> impl Strategy<Value = ToPage> {
    let uploaded = (any::<u64>(), any::<u32>(), seal(), any::<Option<[u8; 16]>>()).prop_map(
        |(stored, header, seal, unconfirmed)| Uploaded { stored, header, seal, unconfirmed },
    );
    let outcome = prop_oneof![uploaded.prop_map(Outcome::Uploaded), Just(Outcome::Downloaded)];
    let progress = prop_oneof![
        any::<u64>().prop_map(Progress::Done),
        error().prop_map(Progress::Waiting),
        Just(Progress::Kept),
        id().prop_map(Progress::Faulty),
    ];
    let operations = prop::collection::vec(".{0,40}".prop_map(OperationText::from_json), 0..5);
    prop_oneof![
        Just(()).prop_map(|()| ToPage::Ready),
        progress.prop_map(ToPage::Progress),
        (any::<u32>(), operations)
            .prop_map(|(request, operations)| ToPage::Sign { request, operations }),
        Just(()).prop_map(|()| ToPage::Open),
        Just(()).prop_map(|()| ToPage::Alive),
        prop_oneof![outcome.prop_map(Ok), error().prop_map(Err)].prop_map(ToPage::Ended),
    ]
}

/// A truncated message is refused, and so is one with a byte after its end.
fn only_whole(bytes: &[u8], read: impl Fn(&[u8]) -> bool) {
    assert!(read(bytes));
    for length in 0..bytes.len() {
        assert!(!read(&bytes[..length]), "cut at {length} of {}", bytes.len());
    }
    assert!(!read(&[bytes, &[0]].concat()), "a byte follows");
}

proptest! {
    #[test]
    fn messages_to_the_worker_come_back_as_they_were(message in to_worker().no_shrink()) {
        let bytes = message.to_message();
        prop_assert!(ToWorker::from_message(&bytes).as_ref() == Some(&message));
        only_whole(&bytes, |bytes| ToWorker::from_message(bytes).is_some());
    }

    #[test]
    fn messages_to_the_page_come_back_as_they_were(message in to_page().no_shrink()) {
        let bytes = message.to_message();
        prop_assert!(ToPage::from_message(&bytes).as_ref() == Some(&message));
        only_whole(&bytes, |bytes| ToPage::from_message(bytes).is_some());
    }

    #[test]
    fn what_is_read_has_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for first in 0..10 {
            let bytes = [&[1, first], &bytes[..]].concat();
            if let Some(message) = ToWorker::from_message(&bytes) {
                prop_assert_eq!(&*message.to_message(), &bytes);
            }
            if let Some(message) = ToPage::from_message(&bytes) {
                prop_assert_eq!(&*message.to_message(), &bytes);
            }
        }
    }
}
