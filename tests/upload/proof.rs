//! What proves that an upload is whole: checksums on the way, HMACs before and after, and answers
//! that say what they say.

use frond::object::Geometry;

use super::*;

#[test]
fn a_body_damaged_on_its_way_is_sent_again() {
    for (length, operation) in [(SMALL, "put-object"), (LARGE, "upload-part")] {
        for times in 1..=2 {
            let (fake, file) = (device(), File::new(length, 0));
            for _ in 0..times {
                fake.store.fail(operation, Fault::Damaged);
            }
            let uploaded = send(&fake, &job(length), Some(&file)).unwrap();
            is_whole(&fake, &file, &uploaded);
        }
    }
}

#[test]
fn a_line_that_damages_every_body_is_named_and_nothing_is_added() {
    for (length, operation) in [(SMALL, "put-object"), (LARGE, "upload-part")] {
        let (fake, file) = (device(), File::new(length, 0));
        for _ in 0..40 {
            fake.store.fail(operation, Fault::Damaged);
        }
        assert_eq!(
            send(&fake, &job(length), Some(&file)),
            Err(TransferError::Damaged),
            "{operation}"
        );
        assert!(fake.store.objects.borrow().is_empty());
    }
}

/// Bytes of a blob that lies on this device, one of them changed: in a token, in an HMAC, in the
/// table.
fn spoil(fake: &FakeDevice, number: u32, from_end: usize) {
    let mut blobs = fake.spool.blobs.borrow_mut();
    let blob = blobs.get_mut(&format!("{}/{number:05}", id())).unwrap();
    let at = blob.len() - from_end;
    blob[at] ^= 1;
}

#[test]
fn a_part_damaged_on_this_device_is_sealed_again() {
    let file = File::new(LARGE, 0);
    let offline = || UploadJob { offline: true, spooled: true, ..job(LARGE) };
    for (number, from_end) in [(1, PART - 5), (1, 100_000), (2, PART), (4, 10), (4, 40_000)] {
        let fake = device();
        assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
        spoil(&fake, number, from_end);
        // Without the source it waits for it, and no object comes of it.
        assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source), "part {number}");
        assert!(fake.store.objects.borrow().is_empty());
        let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn a_small_file_damaged_on_this_device_is_not_sent() {
    let file = File::new(SMALL, 0);
    let offline = || UploadJob { offline: true, ..job(SMALL) };
    for from_end in [1, 40, 100, 100_000, SMALL, SMALL + 400] {
        let fake = device();
        assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
        spoil(&fake, 1, from_end);
        assert_eq!(send(&fake, &resumed(SMALL), None), Err(TransferError::Source), "{from_end}");
        assert_eq!(
            send(&fake, &resumed(SMALL), Some(&file)),
            Err(TransferError::SourceChanged),
            "{from_end}"
        );
        assert!(fake.store.objects.borrow().is_empty());
    }
}

#[test]
fn the_table_of_a_small_file_is_compared_where_its_etag_is_no_md5() {
    let (fake, file) = (device(), File::new(SMALL, 0));
    fake.store.encrypts.set(true);
    is_whole(&fake, &file, &send(&fake, &job(SMALL), Some(&file)).unwrap());
    let fake = device();
    fake.store.encrypts.set(true);
    fake.store.fail("put-object", Fault::Spoilt);
    assert_eq!(send(&fake, &job(SMALL), Some(&file)), Err(TransferError::Changed));
}

#[test]
fn what_was_never_stored_is_not_confirmed_whatever_the_answer() {
    for encrypts in [false, true] {
        let (fake, file) = (device(), File::new(SMALL, 0));
        fake.store.encrypts.set(encrypts);
        fake.store.fail("put-object", Fault::Pretence(b""));
        assert_eq!(send(&fake, &job(SMALL), Some(&file)), Err(TransferError::Missing));
    }
}

#[test]
fn another_body_under_the_id_is_not_confirmed() {
    let (fake, file) = (device(), File::new(SMALL, 0));
    fake.store.fail("put-object", Fault::AnswerLost);
    send(&fake, &UploadJob { header: other_header(), ..job(SMALL) }, Some(&file)).unwrap();
    assert_eq!(send(&fake, &job(SMALL), Some(&file)), Err(TransferError::Changed));
}

/// The header of the same file with another name, as long.
fn other_header() -> Vec<u8> {
    let size = u64::try_from(SMALL).unwrap();
    let meta = Meta { name: "life".to_owned(), size, media_type: String::new(), modified: None };
    Header::seal(&key(), &id(), &meta, [9; 16]).unwrap().bytes().to_vec()
}

/// Pages of two objects, and others between: each that was sent is found, or asked for.
#[test]
fn many_objects_are_confirmed_by_a_listing() {
    let (fake, file) = (device(), File::new(1_000, 0));
    let other = |n: u64| ObjectId::new(id().milliseconds() + n, [1; 16]);
    let job = |n| {
        let (meta, id) = (Meta { name: "file".to_owned(), size: 1_000, ..meta() }, other(n));
        let header = Header::seal(&key(), &id, &meta, [7; 16]).unwrap();
        UploadJob { id, header: header.bytes().to_vec(), ..job(1_000) }
    };
    let jobs: Vec<_> = [0, 1, 2, 3, 9].map(job).into();
    let sent: Vec<_> = run(async {
        let mut sent = Vec::new();
        for job in &jobs {
            let control = TransferControl::new(|_| {});
            let source: Option<&dyn Source> = Some(&file);
            let uploaded = upload(&fake.world, job, source, &*fake.store, &control).await.unwrap();
            sent.push((job, uploaded));
        }
        sent
    });
    for between in 4..9 {
        fake.store.objects.borrow_mut().insert(other(between).to_string(), vec![0; 700]);
    }
    fake.store.seen.borrow_mut().clear();
    assert_eq!(run(fake.confirm_all(&sent)), Ok(vec![Ok(()); 5]));
    assert_eq!(fake.store.count("list-objects"), 3, "two and two, and the one far away");
    assert_eq!(fake.store.seen.borrow().len(), 3);
    let gone = fake.store.objects.borrow_mut().remove(&other(1).to_string()).unwrap();
    let confirmed = run(fake.confirm_all(&sent)).unwrap();
    assert_eq!(confirmed, [Ok(()), Err(TransferError::Missing), Ok(()), Ok(()), Ok(())]);
    fake.store.objects.borrow_mut().insert(other(1).to_string(), gone);
    fake.store.down.set(true);
    assert_eq!(run(fake.confirm_all(&sent)), Err(TransferError::StoreDown), "nothing is known");
}

fn meta() -> Meta {
    Meta { name: String::new(), size: 0, media_type: String::new(), modified: None }
}

#[test]
fn an_object_of_unknown_length_is_no_success() {
    for length in [SMALL, LARGE] {
        let (fake, file) = (device(), File::new(length, 0));
        fake.store.encrypts.set(true);
        fake.store.hides_ranges.set(true);
        let uploaded = send(&fake, &job(length), Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
        let fake = device();
        fake.store.encrypts.set(true);
        fake.store.hides_ranges.set(true);
        for _ in 0..10 {
            fake.store.fail("head-object", Fault::NoLength);
        }
        assert_eq!(send(&fake, &job(length), Some(&file)), Err(TransferError::InvalidResponse));
    }
}

/// Two devices send, the store joins whatever it has: the table alone would not tell.
#[test]
fn a_store_that_ignores_etags_mixes_nothing_unnoticed() {
    let file = File::new(LARGE, 0);
    // Of the fourth, the last byte is one of the table.
    for number in 1..=4 {
        let fake = device();
        fake.store.ignores_etags.set(true);
        fake.store.fail("complete-upload", Fault::OtherPart(number));
        assert_eq!(
            send(&fake, &job(LARGE), Some(&file)),
            Err(TransferError::SourceChanged),
            "part {number}"
        );
    }
}

#[test]
fn only_no_such_upload_means_that_it_is_gone() {
    let file = File::new(LARGE, 0);
    for operation in ["upload-part", "list-parts", "complete-upload"] {
        for (status, code) in [(404, ""), (404, "NoSuchKey"), (404, "NotFound")] {
            let fake = half_sent(&file);
            fake.store.fail(operation, Fault::Status(status, code));
            let uploaded = send(&fake, &resumed(LARGE), Some(&file));
            let uploaded =
                uploaded.unwrap_or_else(|error| panic!("{operation} {status} {code}: {error}"));
            is_whole(&fake, &file, &uploaded);
        }
    }
}

/// Whoever has the bucket may list what he likes; a page has a number, an upload and a place.
#[test]
fn a_journal_is_read_no_further_than_it_can_be() {
    let file = File::new(LARGE, 0);
    let read = |fake: &FakeDevice, job: &UploadJob| {
        fake.store.seen.borrow_mut().clear();
        let uploaded = send(fake, job, Some(&file)).unwrap();
        is_whole(fake, &file, &uploaded);
        (fake.store.count("get-journal"), fake.store.count("upload-part"))
    };
    let object = id().to_string();
    let fake = half_sent(&file);
    let page = fake.store.journals.borrow().values().next().unwrap().clone();
    // Numbers that no part has.
    fake.store
        .journals
        .borrow_mut()
        .extend((5..500).map(|part| ((object.clone(), part), page.clone())));
    let (pages, sent) = read(&fake, &resumed(LARGE));
    assert!(pages <= 4 && sent < 4, "{pages} pages, {sent} parts");
    // One number again and again.
    let fake = half_sent(&file);
    fake.store.fail("list-journals", Fault::Body(TWICE));
    assert_eq!(read(&fake, &resumed(LARGE)).0, 1);
    // A page under another number says nothing, nor does one of another upload.
    let fake = half_sent(&file);
    let first = fake.store.journals.borrow_mut().pop_first().unwrap();
    fake.store.journals.borrow_mut().clear();
    fake.store.journals.borrow_mut().insert((object, 4), first.1);
    assert_eq!(read(&fake, &resumed(LARGE)).1, 4);
    let fake = half_sent(&file);
    let parts = fake.store.uploads.borrow()[UPLOAD].clone();
    fake.store.abort(UPLOAD);
    fake.store.uploads.borrow_mut().insert("next".to_owned(), parts);
    assert_eq!(
        read(&fake, &UploadJob { upload: UploadId::parse("next").ok(), ..resumed(LARGE) }).1,
        4
    );
}

const TWICE: &[u8] = b"<ListBucketResult>\
    <Contents><Key>a/00001</Key></Contents><Contents><Key>a/00001</Key></Contents>\
    <Contents><Key>a/00001</Key></Contents><Contents><Key>a/1</Key></Contents></ListBucketResult>";

#[test]
fn a_journal_of_garbage_is_not_read_to_its_end() {
    const SIZE: usize = 400_000;
    let file = File::new(SIZE, 0);
    let mut fake = device();
    fake.world.geometry = Geometry { chunk: 8_192, part_slots: 1 };
    let garbage = |part| ((id().to_string(), part), vec![7; 200_000]);
    fake.store.journals.borrow_mut().extend((1..=49).map(garbage));
    send(&fake, &resumed(SIZE), Some(&file)).unwrap();
    let read = fake.store.count("get-journal");
    assert!(read < 10, "{read} pages of 200 kB");
}
