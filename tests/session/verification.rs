//! Verifying files without saving them.

use std::cell::RefCell;

use frond::session::{Verification, Verified};

use super::*;

/// Verifies these files, and returns how each ended, in path order, and the last progress.
async fn verify(
    session: &Session,
    files: &[FileRow],
) -> (Vec<(String, Option<TransferError>)>, Verified) {
    let verification = session.verification(files.iter().map(|file| file.id).collect());
    let mut found = Vec::new();
    verification
        .run(|id, error| {
            let file = files.iter().find(|file| file.id == id).unwrap();
            found.push((file.path.clone(), error));
        })
        .await;
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    (found, verification.progress())
}

/// All files, those in the trash too.
fn everything(session: &Session) -> Vec<FileRow> {
    let view = session.look();
    view.files.iter().chain(&view.trash).cloned().collect()
}

fn of_everything(session: &Session) -> Verification {
    session.verification(everything(session).iter().map(|file| file.id).collect())
}

#[test]
fn every_file_is_read_to_its_end_and_faulty_ones_are_named() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let large = content(1, 3_000_000);
        add(&session, &[("a", b"one"), ("b", &large), ("c", b"three"), ("d", b"")]).await;
        let files = everything(&session);
        session.files().trash(files[3].id).await.unwrap();
        let (found, progress) = verify(&session, &everything(&session)).await;
        assert!(found.iter().all(|(_, error)| error.is_none()), "{found:?}");
        assert_eq!((progress.files, progress.of_files), (4, 4));
        assert_eq!((progress.bytes, progress.of_bytes), (3_000_008, 3_000_008));
        assert!(progress.done && progress.faulty.is_empty());
        assert!(tab.folder.0.borrow().is_empty(), "nothing is saved");

        let keys = deployment.keys().await;
        let key = |file: &FileRow| {
            let end = format!("/objects/{}", file.id);
            keys.iter().find(|key| key.ends_with(&end)).unwrap()
        };
        let mut object = deployment.object(key(&files[1])).await;
        let last = object.len() - 40;
        object[last] ^= 1;
        deployment.overwrite(key(&files[1]), object).await;
        deployment.delete(key(&files[2])).await;
        let (found, progress) = verify(&session, &everything(&session)).await;
        let errors: Vec<_> = found.iter().map(|(_, error)| *error).collect();
        let (changed, missing) = (Some(TransferError::Changed), Some(TransferError::Missing));
        assert_eq!(errors, [None, changed, missing, None]);
        assert_eq!((progress.files, progress.faulty.len(), progress.done), (4, 2, true));
        let view = session.look();
        assert_eq!(file(&view, "b").fault, Some(FileFault::Changed));
        assert_eq!(file(&view, "c").fault, Some(FileFault::Missing));
    });
}

/// Of the metadata the seal names the last bytes only, so whoever reads a file opens it.
#[test]
fn every_way_to_read_a_file_refuses_changed_metadata() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("f/a", b"7 bytes"), ("f/empty", b"")]).await;
        let files = everything(&session);
        for file in &files {
            let key = object_key(&deployment.keys().await, file.id);
            let mut object = deployment.object(&key).await;
            let middle = object.len() / 2;
            object[middle] ^= 1;
            deployment.overwrite(&key, object).await;
            let read = session.files().read(file.id, 0..file.size, |_| {}).await;
            assert_eq!(read, Err(TransferError::Changed), "{}", file.path);
            let state = download(&session, file.id).await;
            assert_eq!(state, TransferState::Failed(TransferError::Changed), "{}", file.path);
        }
        let part = session.files().read(files[0].id, 2..3, |_| {}).await;
        assert_eq!(part, Err(TransferError::Changed));
        let (found, _) = verify(&session, &files).await;
        assert!(found.iter().all(|(_, error)| *error == Some(TransferError::Changed)), "{found:?}");
        session.transfers().download_folder("f").unwrap();
        let is_archive = |row: &TransferRow| row.name == "f.zip";
        let failed = TransferState::Failed(TransferError::Changed);
        let fails =
            |view: &Seen| view.transfers.iter().any(|row| is_archive(row) && row.state == failed);
        until(&session, "the archive fails", fails).await;
        let saved = tab.folder.0.borrow();
        assert!(saved.values().all(|(bytes, finished)| bytes.is_empty() && !finished));
    });
}

#[test]
fn a_file_that_is_deleted_meanwhile_is_left_out() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"one"), ("b", b"two")]).await;
        let files = everything(&session);
        let verification = of_everything(&session);
        session.files().trash(files[1].id).await.unwrap();
        session.files().purge(vec![files[1].id]).await.unwrap();
        verification.run(|id, error| assert_eq!((id, error), (files[0].id, None))).await;
        let progress = verification.progress();
        assert_eq!((progress.files, progress.of_files, progress.bytes), (1, 1, 3));
        assert!(progress.done && progress.faulty.is_empty());
    });
}

#[test]
fn it_waits_while_paused_and_while_the_store_is_away() {
    story(async {
        let (mut deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"one"), ("b", b"two")]).await;
        let verification = Rc::new(of_everything(&session));
        verification.pause(true);
        let (run, done) = (Rc::clone(&verification), Rc::new(RefCell::new(0)));
        let counted = Rc::clone(&done);
        let running = spawn_local(async move { run.run(|_, _| *counted.borrow_mut() += 1).await });
        deployment.stop_store().await;
        assert_eq!((*done.borrow(), verification.progress().paused), (0, true));
        verification.pause(false);
        let waits = |_: &Seen| verification.progress().waiting == Some(TransferError::StoreDown);
        until(&session, "it waits for the store", waits).await;
        assert_eq!(*done.borrow(), 0);
        deployment.start_store().await;
        running.await.unwrap();
        assert_eq!((*done.borrow(), verification.progress().waiting), (2, None));
        assert!(verification.progress().done);
    });
}

#[test]
fn locking_ends_it() {
    story(async {
        let (mut deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"one"), ("b", b"two")]).await;
        let verification = Rc::new(of_everything(&session));
        deployment.stop_store().await;
        let run = Rc::clone(&verification);
        let running = spawn_local(async move { run.run(|id, _| panic!("{id} ended")).await });
        let waits = |_: &Seen| verification.progress().waiting.is_some();
        until(&session, "it waits for the store", waits).await;
        let _ending = session.lock().await;
        verification.pause(false);
        running.await.unwrap();
        let progress = verification.progress();
        assert_eq!((progress.files, progress.done), (0, false));
    });
}
