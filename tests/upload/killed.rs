//! A tab that dies at any request: the next run goes on from the bucket alone, with the same source
//! or none.

use super::*;

#[test]
fn a_large_file_killed_at_every_request_goes_on() {
    let file = File::new(LARGE, 0);
    for done in [false, true] {
        for n in 0.. {
            let fake = device();
            let killed = killed_at(&fake, &job(LARGE), Some(&file), n, done);
            if !killed {
                assert!(n > 7, "{n} requests");
                break;
            }
            let journaled = fake.store.journals.borrow().len();
            let before = parts_there(&fake);
            fake.store.seen.borrow_mut().clear();
            let uploaded = send(&fake, &resumed(LARGE), Some(&file));
            let uploaded =
                uploaded.unwrap_or_else(|error| panic!("killed at {n}, done {done}: {error}"));
            is_whole(&fake, &file, &uploaded);
            let sent = fake.store.count("upload-part");
            // On this clock a page is written as soon as a part is acknowledged, if it gets that
            // far.
            assert!(
                sent + journaled.min(before.len()) <= 4,
                "killed at {n}: {sent} sent again, {journaled} pages"
            );
        }
    }
}

#[test]
fn an_upload_killed_again_and_again_ends_whole() {
    let file = File::new(LARGE, 0);
    let fake = device();
    let mut job = job(LARGE);
    for n in 0..200 {
        // Each time a little further; every run begins with what the last one left.
        if !killed_at(&fake, &job, Some(&file), 2 + n / 2, n % 2 == 0) {
            let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
            return is_whole(&fake, &file, &uploaded);
        }
        job = resumed(LARGE);
    }
    panic!("it never ends");
}

#[test]
fn a_small_file_killed_at_every_request_goes_on() {
    let file = File::new(SMALL, 0);
    for done in [false, true] {
        for n in 0.. {
            let fake = device();
            if !killed_at(&fake, &job(SMALL), Some(&file), n, done) {
                assert!(n > 1);
                break;
            }
            // The source is gone; the spool has it.
            let uploaded = send(&fake, &resumed(SMALL), None).unwrap();
            is_whole(&fake, &file, &uploaded);
        }
    }
}

#[test]
fn what_the_journal_knows_is_not_sent_again() {
    let file = File::new(LARGE, 0);
    // Complete is never reached, everything before it is.
    let mut n = 0;
    let fake = loop {
        assert!(n < 100);
        let fake = device();
        killed_at(&fake, &job(LARGE), Some(&file), n, false);
        if fake.store.count("complete-upload") > 0 {
            break fake;
        }
        n += 1;
    };
    fake.store.seen.borrow_mut().clear();
    let told = Rc::new(Told::default());
    let uploaded =
        run(upload(&fake.world, &resumed(LARGE), Some(&file), &*fake.store, &told.control()))
            .unwrap();
    assert_eq!(fake.store.count("upload-part"), 0);
    assert!(told.heard(Progress::Done(file.size())));
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn what_is_acknowledged_is_journaled_in_time_while_all_other_parts_stall() {
    let (fake, file, control, job) =
        (device(), File::new(LARGE, 0), TransferControl::new(|_| {}), job(LARGE));
    fake.store.stalls_from.set(Some(2));
    // With its ETag, and where the store's list has to be asked for it.
    for hidden in [false, true] {
        if hidden {
            fake.store.fail("upload-part", Fault::NoEtag);
        }
        fake.store.journals.borrow_mut().clear();
        let began = fake.clock.0.get();
        run(async {
            let mut sending = pin!(upload(&fake.world, &job, Some(&file), &*fake.store, &control));
            for _ in 0..10_000 {
                let turn = pin!(tokio::task::yield_now());
                assert!(matches!(select(&mut sending, turn).await, Either::Right(_)));
                if !fake.store.journals.borrow().is_empty() {
                    return;
                }
            }
            panic!("the page waits for the parts");
        });
        let waited = fake.clock.0.get() - began;
        assert!(waited <= 10_000, "{waited} ms");
    }
}

#[test]
fn another_source_is_never_mixed_in() {
    let (file, other) = (File::new(LARGE, 0), File::new(LARGE, 5));
    let fake = half_sent(&file);
    assert_eq!(send(&fake, &resumed(LARGE), Some(&other)), Err(TransferError::SourceChanged));
    assert!(fake.store.objects.borrow().is_empty());
    assert_eq!(
        send(&fake, &resumed(LARGE), Some(&File::new(LARGE - 1, 0))),
        Err(TransferError::SourceChanged),
        "another size is another source before anything is read"
    );
    // The right one still goes on.
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn without_a_source_a_large_file_waits_for_it() {
    let file = File::new(LARGE, 0);
    let fake = half_sent(&file);
    fake.store.seen.borrow_mut().clear();
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    assert!(fake.store.seen.borrow().is_empty(), "nothing is asked for");
}

#[test]
fn an_upload_that_the_store_dropped_is_said_to_be_gone() {
    let file = File::new(LARGE, 0);
    let fake = half_sent(&file);
    fake.store.abort(UPLOAD);
    assert_eq!(send(&fake, &resumed(LARGE), Some(&file)), Err(TransferError::UploadGone));
    for operation in ["upload-part", "complete-upload"] {
        let fake = device();
        fake.store.fail(operation, Fault::Aborted);
        assert_eq!(send(&fake, &job(LARGE), Some(&file)), Err(TransferError::UploadGone));
        // Its device names another one.
        let next = UploadJob { upload: UploadId::parse("next").ok(), ..resumed(LARGE) };
        let uploaded = send(&fake, &next, Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn a_completion_whose_answer_was_lost_is_found() {
    let file = File::new(LARGE, 0);
    for n in 0.. {
        let fake = device();
        assert!(killed_at(&fake, &job(LARGE), Some(&file), n, true));
        if fake.store.objects.borrow().is_empty() {
            continue;
        }
        // The object stands, the tab does not know. With the source and the journal it is
        // recognised.
        fake.store.seen.borrow_mut().clear();
        let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
        assert_eq!(fake.store.count("upload-part"), 0);
        is_whole(&fake, &file, &uploaded);
        // Another source's is not ours.
        let other = File::new(LARGE, 5);
        assert_eq!(send(&fake, &resumed(LARGE), Some(&other)), Err(TransferError::SourceChanged));
        // Nor is another object of the same length.
        *fake.store.objects.borrow_mut().values_mut().next().unwrap().last_mut().unwrap() ^= 1;
        assert_eq!(send(&fake, &resumed(LARGE), Some(&file)), Err(TransferError::SourceChanged));
        return;
    }
}
