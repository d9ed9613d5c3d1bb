//! Uploads without a line: what this device keeps, and what it says where it cannot.

use std::future::pending;

use frond::port::Clock;

use super::*;

#[test]
fn an_upload_goes_on_when_the_network_returns() {
    let file = File::new(LARGE, 0);
    for operation in ["upload-part", "complete-upload", "put-journal"] {
        let fake = device();
        for _ in 0..20 {
            fake.store.fail(operation, Fault::Lost);
        }
        let told = Rc::new(Told::default());
        let uploaded =
            run(upload(&fake.world, &job(LARGE), Some(&file), &*fake.store, &told.control()))
                .unwrap();
        is_whole(&fake, &file, &uploaded);
        assert!(told.heard(Progress::Waiting(TransferError::StoreDown)), "{operation}");
        assert!(!told.heard(Progress::Kept), "a source that lasts needs no room");
    }
}

#[test]
fn a_source_that_does_not_last_is_kept_here_while_the_line_fails() {
    let file = File::new(LARGE, 0);
    let fake = device();
    let job = UploadJob { spooled: true, ..job(LARGE) };
    // The second part never gets through, as long as the source is there.
    let told = Rc::new(Told::default());
    let control = {
        let (told, store) = (Rc::clone(&told), Rc::clone(&fake.store));
        TransferControl::new(move |progress| {
            told.0.borrow_mut().push(progress);
            store.down.set(store.count("upload-part") > 1 && !told.heard(Progress::Kept));
        })
    };
    let uploaded = run(upload(&fake.world, &job, Some(&file), &*fake.store, &control)).unwrap();
    is_whole(&fake, &file, &uploaded);
    assert!(told.heard(Progress::Waiting(TransferError::StoreDown)) && told.heard(Progress::Kept));
}

#[test]
fn where_the_device_says_that_it_is_offline_nothing_is_tried_before_it_is_kept() {
    let file = File::new(LARGE, 0);
    // The line goes with the first part on its way, or when it is to be signed.
    for signs in [true, false] {
        let fake = device();
        let job = UploadJob { spooled: true, ..job(LARGE) };
        let tried = Rc::new(Cell::new(None));
        let control = {
            let (store, tried) = (Rc::clone(&fake.store), Rc::clone(&tried));
            TransferControl::new(move |progress| {
                let kept = progress == Progress::Kept;
                if kept {
                    tried.set(Some(store.count("upload-part")));
                }
                let gone = !kept && tried.get().is_none();
                store.down.set(gone);
                store.offline.set(gone);
                store.endpoint_down.set(gone && !signs);
            })
        };
        let uploaded = run(upload(&fake.world, &job, Some(&file), &*fake.store, &control)).unwrap();
        is_whole(&fake, &file, &uploaded);
        let tried = tried.get().expect("it was kept");
        assert!(tried <= 4, "four parts, {tried} tries");
    }
}

#[test]
fn a_file_added_offline_is_sent_by_the_next_run() {
    let file = File::new(LARGE, 0);
    let fake = device();
    fake.store.down.set(true);
    let offline = UploadJob { offline: true, spooled: true, ..job(LARGE) };
    assert_eq!(send(&fake, &offline, Some(&file)), Err(TransferError::StoreDown));
    assert!(fake.store.seen.borrow().is_empty(), "nothing is asked for");
    fake.store.down.set(false);
    // Killed anywhere while it is sent; the source is never needed again.
    for n in (0..14).chain([1_000]) {
        if !killed_at(&fake, &resumed(LARGE), None, n, n % 2 == 0) {
            let uploaded = send(&fake, &resumed(LARGE), None).unwrap();
            return is_whole(&fake, &file, &uploaded);
        }
    }
    panic!("it never ends");
}

#[test]
fn no_room_is_said_and_harms_nothing() {
    let file = File::new(LARGE, 0);
    let stored = GEOMETRY.layout(file.size(), 512).unwrap().stored();
    // Room for nothing, for one part, for all parts but the pages.
    for room in [10, PART + 10, usize::try_from(stored).unwrap() + 10] {
        let fake = device();
        fake.spool.room.set(room);
        fake.spool.blobs.borrow_mut().insert("other/00001".to_owned(), vec![7; 10]);
        let offline = UploadJob { offline: true, spooled: true, ..job(LARGE) };
        assert_eq!(send(&fake, &offline, Some(&file)), Err(TransferError::Full));
        assert_eq!(
            fake.spool.blobs.borrow().keys().collect::<Vec<_>>(),
            ["other/00001"],
            "room {room}"
        );

        let told = Rc::new(Told::default());
        for _ in 0..40 {
            fake.store.fail("upload-part", Fault::Lost);
        }
        let job = UploadJob { spooled: true, ..job(LARGE) };
        let uploaded =
            run(upload(&fake.world, &job, Some(&file), &*fake.store, &told.control())).unwrap();
        assert!(told.heard(Progress::Waiting(TransferError::Full)), "room {room}");
        is_whole(&fake, &file, &uploaded);
    }
    let (file, fake) = (File::new(SMALL, 0), device());
    fake.spool.room.set(10);
    let uploaded = send(&fake, &job(SMALL), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
}

/// Time stands still.
struct Stopped;

#[async_trait(?Send)]
impl Clock for Stopped {
    fn now_ms(&self) -> u64 {
        0
    }

    async fn sleep(&self, _: u64) {
        pending().await
    }
}

#[test]
fn a_small_file_is_stored_here_only_if_sending_is_slow_or_paused() {
    let file = File::new(SMALL, 0);
    let stopped = || {
        let mut fake = device();
        fake.world.clock = Rc::new(Stopped);
        fake
    };
    let fake = stopped();
    let uploaded = send(&fake, &job(SMALL), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    assert!(fake.spool.blobs.borrow().is_empty(), "sent at once");

    for slow in [device(), stopped()] {
        slow.store.killed_after.set(Some((0, false)));
        let told = Rc::new(Told::default());
        let (control, job) = (told.control(), job(SMALL));
        run(async {
            let upload = pin!(send_with(&slow, &job, Some(&file), &control));
            let killed = pin!(slow.store.killed.notified());
            let Either::Right(((), upload)) = select(upload, killed).await else { panic!() };
            control.hold(true);
            let polls = pin!(async {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
            });
            select(upload, polls).await;
        });
        assert!(told.heard(Progress::Kept));
        slow.store.killed_after.set(None);
        let uploaded = send(&slow, &resumed(SMALL), None).unwrap();
        is_whole(&slow, &file, &uploaded);
    }
}

#[test]
fn a_torn_or_missing_spool_is_sealed_again() {
    let file = File::new(LARGE, 0);
    let offline = || UploadJob { offline: true, spooled: true, ..job(LARGE) };
    // A part is lost: without the source it waits for it, with the source it goes on.
    let fake = device();
    assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
    fake.spool.blobs.borrow_mut().remove(&format!("{}/00002", id()));
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    // A page is lost: what else there is was never sealed to its end.
    let fake = device();
    assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
    fake.spool.blobs.borrow_mut().remove(&format!("{}/journal/00001", id()));
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    // No spool at all.
    for file in [&File::new(SMALL, 0), &file] {
        let fake = device();
        fake.spool.broken.set(true);
        let uploaded =
            send(&fake, &UploadJob { spooled: true, ..job(file.bytes.len()) }, Some(file)).unwrap();
        is_whole(&fake, file, &uploaded);
    }
}

#[test]
fn a_small_file_whose_seal_nobody_kept_begins_anew() {
    let (fake, file) = (device(), File::new(SMALL, 0));
    assert_eq!(send(&fake, &resumed(SMALL), Some(&file)), Err(TransferError::SourceChanged));
    assert_eq!(send(&fake, &resumed(SMALL), None), Err(TransferError::Source));
    assert!(fake.store.seen.borrow().is_empty());
}

#[test]
fn a_small_file_that_can_be_read_again_is_not_stored_here() {
    let (fake, file) = (device(), File::new(SMALL, 0));
    let job = UploadJob { spooled: false, ..job(SMALL) };
    let uploaded = send(&fake, &job, Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    assert!(fake.spool.blobs.borrow().is_empty());
    let fake = device();
    let offline = UploadJob { offline: true, ..job };
    assert_eq!(send(&fake, &offline, Some(&file)), Err(TransferError::StoreDown));
    assert!(!fake.spool.blobs.borrow().is_empty(), "without a line it is");
}
