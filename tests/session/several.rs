//! Several files and folders at once: moved, trashed and put back; and the addresses of folders.

use frond::catalog::{FolderId, Row, RowId};
use frond::session::FolderAddress;

use super::*;

fn id(session: &Session, path: &str) -> RowId {
    let index = session.files().index();
    let (files, found) = (index.files(), index.files().get(path));
    let folder = || files.folder(path).map(RowId::Folder);
    found.map(|file| RowId::File(file.id)).or_else(folder).unwrap_or_else(|| panic!("no {path}"))
}

fn folder(session: &Session, path: &str) -> FolderId {
    session.files().index().files().folder(path).unwrap_or_else(|| panic!("no folder {path}"))
}

#[test]
fn several_are_moved_by_one_event_and_back() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let files = session.files();
        add(&session, &[("a/x", b"1"), ("b/y", b"2"), ("z", b"3"), ("to/z", b"4")]).await;
        until(&session, "saved", |view| view.unsaved == 0).await;
        let (before, events) = (session.look(), events_of(&deployment).await.len());
        let ids = ["a/x", "b", "z", "to/z"].map(|path| id(&session, path));
        let to = folder(&session, "to");
        let moved = files.move_all(&ids, Some(to)).await.unwrap();
        // Both files named z are there, and one that was there already was not touched.
        assert_eq!(paths(&session.look().files), ["to/b/y", "to/x", "to/z", "to/z (2)"]);
        assert_eq!(moved.iter().map(|(_, ids)| ids.len()).sum::<usize>(), 3);
        until(&session, "saved", |view| view.unsaved == 0).await;
        assert_eq!(events_of(&deployment).await.len(), events + 1);
        for (folder, ids) in moved {
            files.move_all(&ids, folder).await.unwrap();
        }
        assert_eq!(session.look().files, before.files);
    });
}

#[test]
fn a_move_that_is_impossible_for_one_moves_none() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        let files = session.files();
        add(&session, &[("a/in/x", b"1"), ("b/a/y", b"2"), ("z", b"3")]).await;
        let before = session.look();
        let (a, z) = (id(&session, "a"), id(&session, "z"));
        let move_to =
            async |path: &str| files.move_all(&[z, a], Some(folder(&session, path))).await;
        assert_eq!(move_to("a").await, Err(ChangeError::Inside));
        assert_eq!(move_to("a/in").await, Err(ChangeError::Inside));
        assert_eq!(move_to("b").await, Err(ChangeError::Exists));
        let there = folder(&session, "b");
        files.trash_folder(there).await.unwrap();
        assert_eq!(files.move_all(&[z], Some(there)).await, Err(ChangeError::NoFolder));
        files.restore_folder(there).await.unwrap();
        assert_eq!(session.look().files, before.files);
    });
}

#[test]
fn several_are_trashed_and_restored_by_one_event_each() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let files = session.files();
        add(&session, &[("a/x", b"1"), ("a/y", b"2"), ("z", b"3")]).await;
        until(&session, "saved", |view| view.unsaved == 0).await;
        let events = events_of(&deployment).await.len();
        let ids = ["a", "z"].map(|path| id(&session, path));
        files.trash_all(&ids).await.unwrap();
        assert!(session.look().files.is_empty());
        assert_eq!(files.trash_all(&ids).await, Err(ChangeError::NoFolder));
        files.restore_all(&ids).await.unwrap();
        assert_eq!(paths(&session.look().files), ["a/x", "a/y", "z"]);
        until(&session, "saved", |view| view.unsaved == 0).await;
        assert_eq!(events_of(&deployment).await.len(), events + 2);
    });
}

#[test]
fn rows_are_found_by_their_ids() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add(&session, &[("a/x", b"1"), ("a/b/y", b"22")]).await;
        let index = session.files().index();
        let files = index.files();
        let rows: Vec<_> = files.in_folder("a").collect();
        let named = files.names("a");
        assert!(rows.iter().map(Row::id).eq(named.iter().map(|named| named.id)));
        for row in rows {
            assert_eq!(files.row(&row.id()), Some(row.clone()));
            let facts = files.facts(&row.id()).unwrap();
            let expected = match &row {
                Row::Folder { totals, .. } => ("b", totals.bytes, None),
                Row::File(file) => ("x", file.size, Some(file.shown_time())),
            };
            assert_eq!((facts.name, facts.size, facts.modified), expected);
        }
    });
}

/// The id of a folder may be derived from its name, so it must not be what a browser stores.
#[test]
fn an_address_says_nothing_about_its_folder() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("Divorce/x", b"1")]).await;
        let id = folder(&session, "Divorce");
        let address = session.files().address(&id).unwrap();
        assert_ne!(address.to_string(), id.to_string().replace('-', ""));
        assert_eq!(session.files().at_address(address), Some(id));
        session.files().rename_folder(id, "Papers").await.unwrap();
        assert_eq!(session.files().at_address(address), Some(id), "it outlives a new name");
        let nowhere = FolderAddress::parse("00000000000000000000000000000000").unwrap();
        assert_eq!(session.files().at_address(nowhere), None);

        let other = Tab::new(&deployment.base_url());
        let there = other.locked.create("bertha", &password(), None).await.unwrap();
        let there = works(&there).clone();
        add(&there, &[("Divorce/x", b"1")]).await;
        assert_eq!(folder(&there, "Divorce"), id, "the same id in another vault");
        assert_ne!(there.files().address(&id), Some(address));
    });
}
