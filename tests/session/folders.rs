//! Folders and versions: changes of one event, seen from another browser.

use frond::catalog::{FolderId, Row};
use frond::session::Compared;

use super::*;

fn folder(session: &Session, path: &str) -> FolderId {
    session.files().index().files().folder(path).unwrap_or_else(|| panic!("no folder {path}"))
}

fn folders(session: &Session) -> Vec<String> {
    let index = session.files().index();
    let mut folders: Vec<_> =
        index.files().folders_below("").into_iter().map(|(_, path)| path).collect();
    folders.sort();
    folders
}

fn trashed(session: &Session) -> Vec<String> {
    session.files().index().trash().list().iter().map(|row| row.path().to_owned()).collect()
}

#[test]
fn a_folder_is_made_renamed_moved_trashed_and_restored_by_one_event_each() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let files = session.files();
        add(&session, &[("a/x.txt", b"x"), ("a/deep/y.txt", b"y")]).await;
        until(&session, "saved", |view| view.unsaved == 0).await;
        let before = events_of(&deployment).await.len();
        let empty = files.create_folder("empty").await.unwrap();
        assert_eq!(files.create_folder("empty").await, Err(ChangeError::Exists));
        files.rename_folder(folder(&session, "a"), "b").await.unwrap();
        files.rename_folder(folder(&session, "b"), "empty/b").await.unwrap();
        assert_eq!(paths(&session.look().files), ["empty/b/deep/y.txt", "empty/b/x.txt"]);
        assert_eq!(files.rename_folder(empty, "empty/b/c").await, Err(ChangeError::Inside));
        let b = folder(&session, "empty/b");
        assert_eq!(files.rename_folder(b, "empty").await, Err(ChangeError::Exists));
        files.trash_folder(empty).await.unwrap();
        assert_eq!((folders(&session).len(), trashed(&session)), (0, vec!["empty".to_owned()]));
        assert_eq!(files.trash_folder(empty).await, Err(ChangeError::NoFolder));
        files.restore_folder(empty).await.unwrap();
        assert_eq!(files.restore_folder(empty).await, Err(ChangeError::NoFolder));
        until(&session, "saved", |view| view.unsaved == 0).await;
        assert_eq!(events_of(&deployment).await.len(), before + 5);

        let other = Tab::new(&deployment.base_url());
        let there = sign_in(&other).await;
        let view = until(&there, "the list", |view| view.listed).await;
        assert_eq!(paths(&view.files), ["empty/b/deep/y.txt", "empty/b/x.txt"]);
        assert_eq!(folders(&there), ["empty", "empty/b", "empty/b/deep"]);
        assert_eq!(fetch(&other, &there, "empty/b/x.txt").await, b"x");
    });
}

#[test]
fn what_is_added_under_a_path_goes_where_the_path_is_now() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add(&session, &[("a/x", b"1")]).await;
        session.files().rename_folder(folder(&session, "a"), "b").await.unwrap();
        add(&session, &[("b/y", b"2"), ("a/z", b"3"), ("a/deep/z", b"4")]).await;
        let listed = session.look().files;
        assert_eq!(paths(&listed), ["a/deep/z", "a/z", "b/x", "b/y"]);
        session.files().rename(file(&session.look(), "a/z").id, "b/z").await.unwrap();
        session.files().rename(file(&session.look(), "b/x").id, "new/x").await.unwrap();
        assert_eq!(paths(&session.look().files), ["a/deep/z", "b/y", "b/z", "new/x"]);
    });
}

#[test]
fn a_folder_is_deleted_for_ever_with_what_it_holds() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a/x", b"1"), ("a/b/y", b"2"), ("a/first", b"3"), ("z", b"4")]).await;
        let files = session.files();
        files.trash(file(&session.look(), "a/first").id).await.unwrap();
        let a = folder(&session, "a");
        assert_eq!(files.purge_folder(a).await, Err(ChangeError::NoFolder), "not in the trash");
        files.trash_folder(a).await.unwrap();
        assert_eq!(trashed(&session), ["a", "a/first"]);
        assert_eq!(paths(&session.look().trash), ["a/b/y", "a/first", "a/x"]);
        // A file can leave its folder in the trash.
        files.restore(file(&session.look(), "a/x").id).await.unwrap();
        assert_eq!(paths(&session.look().files), ["x", "z"]);
        files.purge_folder(a).await.unwrap();
        assert_eq!((trashed(&session), folders(&session).len()), (vec!["first".to_owned()], 0));
        let objects = async || {
            let keys = deployment.keys().await;
            keys.iter().filter(|key| key.contains("/objects/")).count()
        };
        assert_eq!(objects().await, 3);
        // The name is free again, and the id is not.
        add(&session, &[("a/new", b"5")]).await;
        assert_eq!(paths(&session.look().files), ["a/new", "x", "z"]);
        assert_ne!(folder(&session, "a"), a);
        files.empty_trash().await.unwrap();
        assert!(trashed(&session).is_empty());
        assert_eq!(objects().await, 3);
    });
}

#[test]
fn a_new_version_takes_the_place_of_the_file_and_the_older_comes_back() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a/x.txt", b"first")]).await;
        session.files().rename_folder(folder(&session, "a"), "b").await.unwrap();
        let first = file(&session.look(), "b/x.txt").id;
        session.transfers().add_versions(vec![source("b/x.txt", b"second")]).unwrap();
        let newer = |view: &Seen| view.files.iter().any(|row| row.id != first);
        until(&session, "the newer version", newer).await;
        session.transfers().clear_ended();
        assert_eq!(paths(&session.look().files), ["b/x.txt"]);
        assert_eq!(fetch(&tab, &session, "b/x.txt").await, b"second");
        let second = file(&session.look(), "b/x.txt").id;
        let versions = |id| -> Vec<ObjectId> {
            session.files().versions(&id).iter().map(|row| row.id).collect()
        };
        assert_eq!(versions(second), [first]);
        session.files().rename(second, "b/y.txt").await.unwrap();
        session.files().restore_version(first).await.unwrap();
        assert_eq!(fetch(&tab, &session, "b/y.txt").await, b"first");
        assert_eq!(versions(first), [second]);
        assert_eq!(session.files().restore_version(first).await, Err(ChangeError::Gone));
        session.files().purge(vec![second]).await.unwrap();
        assert!(versions(first).is_empty());
        // Deleted for ever, a file takes its older versions with it.
        session.transfers().add_versions(vec![source("b/y.txt", b"third")]).unwrap();
        until(&session, "the third", |view| view.files.iter().any(|row| row.id != first)).await;
        let third = file(&session.look(), "b/y.txt").id;
        until(&session, "saved", |view| view.unsaved == 0).await;
        session.files().trash(third).await.unwrap();
        assert!(matches!(session.files().index().trash().list()[..], [Row::File(_)]));
        session.files().purge(vec![third]).await.unwrap();
        let keys = deployment.keys().await;
        assert!(keys.iter().all(|key| !key.contains("/objects/")), "{keys:?}");
        assert!(session.look().files.is_empty());
    });
}

#[test]
fn deleting_one_version_deletes_no_other() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let mut ids: Vec<ObjectId> = Vec::new();
        for content in ["first", "second", "third"] {
            session.transfers().add_versions(vec![source("x", content.as_bytes())]).unwrap();
            let is_newer = |view: &Seen| view.files.iter().any(|row| !ids.contains(&row.id));
            until(&session, content, is_newer).await;
            ids.push(file(&session.look(), "x").id);
        }
        until(&session, "saved", |view| view.unsaved == 0).await;
        let [first, second, third] = ids[..] else { panic!("three versions") };
        session.files().purge(vec![second]).await.unwrap();
        let versions = session.files().versions(&third);
        assert_eq!(versions.iter().map(|row| row.id).collect::<Vec<_>>(), [first]);
        let keys = deployment.keys().await;
        assert_eq!(keys.iter().filter(|key| key.contains("/objects/")).count(), 2);
        session.files().restore_version(first).await.unwrap();
        assert_eq!(fetch(&tab, &session, "x").await, b"first");
    });
}

#[test]
fn what_is_added_is_compared_by_path_size_and_time() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"one"), ("b", b"two")]).await;
        // Its content is another one, which nobody reads.
        let sources = vec![source("a", b"1 2"), source("b", b"three"), source("c", b"one")];
        let Compared { new, taken, unchanged } = session.files().compare(sources);
        let paths = |sources: &[Rc<dyn Source>]| -> Vec<String> {
            sources.iter().map(|source| source.path()).collect()
        };
        assert_eq!((paths(&new), paths(&unchanged)), (vec!["c".into()], vec!["a".into()]));
        let [taken] = &taken[..] else { panic!("one path is taken") };
        assert_eq!((&*taken.there.path, taken.there.size, taken.source.size()), ("b", 3, 5));
    });
}
