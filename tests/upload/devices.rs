//! Several devices at one upload, and a bucket that lies about what it holds.

use super::*;

/// Two devices at one upload, the second from any moment of the first on, to its end; then the
/// first goes on. Both name the same content, which opens, whether or not the store shows ETags.
#[test]
fn two_devices_at_one_upload_end_with_one_content() {
    let file = File::new(LARGE, 0);
    let mut ends = 0;
    for n in 0.. {
        let one = device();
        if !killed_at(&one, &job(LARGE), Some(&file), n, n % 2 == 0) {
            break;
        }
        // Its pages do not arrive any more: the other seals what it cannot know of anew, over the
        // first one's parts.
        if n % 3 == 0 {
            one.store.journals.borrow_mut().clear();
        }
        let other = beside(&one);
        let theirs = send(&other, &resumed(LARGE), Some(&file)).unwrap();
        is_whole(&other, &file, &theirs);
        let sent = one.store.count("upload-part");
        assert_eq!(send(&one, &resumed(LARGE), Some(&file)), Ok(theirs), "killed at {n}");
        assert_eq!(one.store.count("upload-part"), sent, "what stands is not sent again");
        ends += 1;
    }
    assert!(ends > 7);
}

/// Where ETags are hidden, the journal has them from the store's list, which may show another
/// device's part.
#[test]
fn an_etag_that_only_a_list_showed_is_not_believed() {
    let (fake, file) = (device(), File::new(LARGE, 0));
    for _ in 0..4 {
        fake.store.fail("upload-part", Fault::NoEtag);
    }
    fake.store.fail("list-parts", Fault::OtherPart(1));
    // A second round, which knows of the first by the journal.
    fake.store.fail("complete-upload", Fault::Status(400, "InvalidPart"));
    assert_eq!(send(&fake, &job(LARGE), Some(&file)), Err(TransferError::SourceChanged));
}

/// Where ETags are hidden, a part of another device may be completed in place of ours. The table
/// alone would not tell.
#[test]
fn what_is_mixed_of_two_devices_is_nobodys() {
    let file = File::new(LARGE, 0);
    let (one, other) = (half_sent(&file), beside(&device()));
    send(&other, &job(LARGE), Some(&file)).unwrap();
    let uploaded = send(&one, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&one, &file, &uploaded);
    let theirs = other.store.objects.borrow().values().next().unwrap()[..PART].to_vec();
    one.store.objects.borrow_mut().values_mut().next().unwrap()[..PART].copy_from_slice(&theirs);
    assert_eq!(send(&one, &resumed(LARGE), Some(&file)), Err(TransferError::SourceChanged));
}

#[test]
fn a_part_that_is_not_what_it_was_is_sent_again() {
    let file = File::new(LARGE, 0);
    for number in 1..=4 {
        let fake = device();
        fake.store.fail("complete-upload", Fault::OtherPart(number));
        let uploaded = send(&fake, &job(LARGE), Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn a_lying_bucket_costs_time_and_nothing_else() {
    let file = File::new(LARGE, 0);
    type Lie = (&'static str, fn(&FakeDevice));
    let lies: [Lie; 5] = [
        ("pages of garbage", |fake| {
            for page in fake.store.journals.borrow_mut().values_mut() {
                page[40] ^= 1;
            }
        }),
        ("pages swapped", |fake| {
            let mut journals = fake.store.journals.borrow_mut();
            let pages: Vec<_> = journals.values().cloned().rev().collect();
            journals.values_mut().zip(pages).for_each(|(page, other)| *page = other);
        }),
        ("no pages", |fake| fake.store.journals.borrow_mut().clear()),
        ("parts changed", |fake| {
            for part in fake.store.uploads.borrow_mut().values_mut().flat_map(BTreeMap::values_mut)
            {
                part[1000] ^= 1;
            }
        }),
        ("a part cut", |fake| {
            for part in fake.store.uploads.borrow_mut().values_mut().flat_map(BTreeMap::values_mut)
            {
                part.truncate(PART - 1);
            }
        }),
    ];
    for (what, lie) in lies {
        let fake = half_sent(&file);
        lie(&fake);
        let uploaded = send(&fake, &resumed(LARGE), Some(&file));
        is_whole(&fake, &file, &uploaded.unwrap_or_else(|error| panic!("{what}: {error}")));
    }
}
