//! Objects that are not what they should be, and a disk that is full.

use super::*;

#[test]
fn an_object_of_another_length_is_named_with_and_without_content_range() {
    for hides in [false, true] {
        for stored in [Stored::new(SMALL), Stored::new(LARGE)] {
            stored.fake.store.hides_ranges.set(hides);
            assert_eq!(stored.fetch().0, Ok(()));
            let whole = stored.object();
            for (object, error) in [
                ([&whole[..], b"x"].concat(), TransferError::Changed),
                (whole[..whole.len() - 1].to_vec(), TransferError::Truncated),
                (whole[..SLOT].to_vec(), TransferError::Truncated),
                (whole[..100].to_vec(), TransferError::Truncated),
            ] {
                let length = object.len();
                stored.replace(object);
                let (result, sink) = stored.fetch();
                assert_eq!(
                    result,
                    Err(error),
                    "{length} bytes of {}, hidden: {hides}",
                    whole.len()
                );
                assert!(sink.bytes.is_empty());
            }
        }
    }
}

/// Two devices gave the object different seals: the one that is right for what lies there opens it.
#[test]
fn of_two_seals_the_one_that_matches_opens() {
    for size in [SMALL, LARGE] {
        let mut stored = Stored::new(size);
        stored.job.seals.insert(0, Seal([1; 32]));
        let (result, sink) = stored.fetch();
        assert_eq!(result, Ok(()));
        assert!(sink.finished && sink.bytes == stored.content);
        stored.job.seals = vec![Seal([1; 32]), Seal([2; 32])];
        let (result, sink) = stored.fetch();
        assert_eq!((result, sink.bytes.len()), (Err(TransferError::Changed), 0));
    }
}

#[test]
fn nothing_is_released_before_table_and_seal_are_right() {
    for size in [SMALL, LARGE] {
        let mut stored = Stored::new(size);
        let (right, whole) = (stored.job.seals.clone(), stored.object());
        stored.job.seals = vec![Seal([1; 32])];
        let (result, sink) = stored.fetch();
        assert_eq!(result, Err(TransferError::Changed));
        assert!(sink.bytes.is_empty());
        stored.job.seals = right;
        // Header, the HMAC of the meta token, first slot, table: each of them is judged before a
        // byte leaves.
        for at in [0, 10, 30, 504, 600, whole.len() - 1] {
            let mut object = whole.clone();
            object[at] ^= 1;
            stored.replace(object);
            let (result, sink) = stored.fetch();
            assert_eq!(result, Err(TransferError::Changed), "bit at {at}");
            assert!(sink.bytes.is_empty(), "bit at {at}");
        }
        stored.fake.store.objects.borrow_mut().clear();
        assert_eq!(stored.fetch().0, Err(TransferError::Missing));
    }
}

#[test]
fn a_flipped_bit_stops_before_its_chunk() {
    let stored = Stored::new(LARGER);
    let chunks = LARGER.div_ceil(524_288);
    for chunk in [1, 7, 8, 9, chunks * 2 / 3, chunks - 1] {
        let chunk = usize::try_from(chunk).unwrap();
        let sound = stored.object();
        let mut object = sound.clone();
        object[chunk * SLOT + 1000] ^= 1;
        stored.replace(object);
        let (result, sink) = stored.fetch();
        assert_eq!(result, Err(TransferError::Changed), "chunk {chunk}");
        assert_eq!(sink.bytes.len(), chunk * 524_288 - 512, "chunk {chunk}");
        assert!(sink.bytes == stored.content[..sink.bytes.len()] && !sink.finished);
        stored.replace(sound);
    }
}

#[test]
fn a_full_disk_is_the_targets_fault() {
    let stored = Stored::new(LARGE);
    let mut sink = MemorySink { full_at: Some(1_000_000), ..MemorySink::default() };
    let control = TransferControl::new(|_| {});
    let result =
        run(download(&stored.fake.world, &stored.job, &mut sink, &*stored.fake.store, &control));
    assert_eq!(result, Err(TransferError::Target));
    assert!(!sink.finished);
}
