//! Folders and selections as one zip archive.

use std::collections::BTreeMap;

use rawzip::ZipArchive;

use super::*;

/// The files of an archive that was saved and finished under this name.
fn unpacked(tab: &Tab, name: &str) -> BTreeMap<String, Vec<u8>> {
    let (bytes, finished) = tab.folder.0.borrow()[name].clone();
    assert!(finished, "{name}");
    let archive = ZipArchive::from_slice(&bytes).unwrap();
    let (mut entries, mut files) = (archive.entries(), BTreeMap::new());
    while let Some(entry) = entries.next_entry().unwrap() {
        let path = String::from_utf8(entry.file_path().as_bytes().to_vec()).unwrap();
        let content = archive.get_entry(entry.wayfinder()).unwrap().data().to_vec();
        assert!(files.insert(path, content).is_none());
    }
    files
}

/// The only transfer, once it ended.
async fn ended(session: &Session) -> TransferRow {
    let ended =
        |row: &TransferRow| matches!(row.state, TransferState::Done | TransferState::Failed(_));
    let view = until(session, "it ended", |view| view.transfers.iter().all(ended)).await;
    view.transfers[0].clone()
}

#[test]
fn a_folder_comes_as_one_archive() {
    story(async {
        let (_deployment, tab, session) = vault().await;
        let large = content(1, 3_000_000);
        add(
            &session,
            &[
                ("trip/album/large.bin", &large),
                ("trip/album/deep/b.txt", b"two"),
                ("trip/album/Zoë: 絵.jpg", b"three"),
                ("trip/album/empty", b""),
                ("trip/albums/other", b"not below it"),
            ],
        )
        .await;
        let transfers = session.transfers();
        assert_eq!(transfers.download_folder("trip/nothing"), Err(ChangeError::Gone));
        transfers.download_folder("trip/album").unwrap();
        let row = ended(&session).await;
        assert_eq!((row.name.as_str(), row.state), ("album.zip", TransferState::Done));
        assert_eq!((row.done, row.total), (3_000_008, 3_000_008));
        let files = unpacked(&tab, "album.zip");
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let deep = "album/deep/b.txt";
        assert_eq!(names, ["album/Zoë_ 絵.jpg", deep, "album/empty", "album/large.bin"]);
        assert!(files["album/large.bin"] == large && files[deep] == b"two");
    });
}

#[test]
fn a_selection_is_relative_to_its_folder_and_told_apart() {
    story(async {
        let (_deployment, tab, session) = vault().await;
        add(
            &session,
            &[("a/x", b"file"), ("a/x/y", b"below"), ("a/q?", b"1"), ("a/q*", b"2"), ("b", b"b")],
        )
        .await;
        let view = session.look();
        let of = |paths: &[&str]| paths.iter().map(|path| file(&view, path).id).collect();
        let all = of(&["a/x", "a/x/y", "a/q?", "a/q*", "b"]);
        session.transfers().download_archive(all, "a", "some of it").unwrap();
        assert_eq!(ended(&session).await.state, TransferState::Done);
        let files = unpacked(&tab, "some of it.zip");
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["b", "q_", "q_ (2)", "x (2)", "x/y"]);
        assert_eq!(files["x (2)"], b"file");

        let gone = session.transfers().download_archive(Vec::new(), "", "nothing");
        assert_eq!(gone, Err(ChangeError::Gone));
    });
}

#[test]
fn the_file_that_ends_an_archive_says_so_and_a_retry_starts_anew() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add_each(&session, &["album/fine", "album/other", "album/spoilt"]).await;
        let spoilt = file(&session.look(), "album/spoilt").id;
        let key = object_key(&deployment.keys().await, spoilt);
        let sound = deployment.object(&key).await;
        let mut body = sound.clone();
        *body.last_mut().unwrap() ^= 1;
        deployment.overwrite(&key, body).await;

        session.transfers().download_folder("album").unwrap();
        let row = ended(&session).await;
        assert_eq!(row.state, TransferState::Failed(TransferError::Changed));
        assert_eq!(row.faulty.as_deref(), Some("album/spoilt"));
        let finished = tab.folder.0.borrow().get("album.zip").is_some_and(|(_, whole)| *whole);
        assert!(!finished);
        let faults: Vec<_> = session.look().files.into_iter().map(|file| file.fault).collect();
        assert_eq!(faults, [None, None, Some(FileFault::Changed)]);

        deployment.overwrite(&key, sound).await;
        session.transfers().resume(row.id);
        let done = |view: &Seen| view.transfers[0].state == TransferState::Done;
        until(&session, "it comes whole", done).await;
        assert_eq!(unpacked(&tab, "album.zip").len(), 3);
        assert_eq!(file(&session.look(), "album/spoilt").fault, None);
    });
}
