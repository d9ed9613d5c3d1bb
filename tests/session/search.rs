//! Search in contents: what is added is found on every device, without reading it there.

use std::cell::Cell;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond::object::SegmentId;
use frond::port::StoreFailed;
use frond::secret::VaultKey;
use frond::segment::{MAX_SEGMENT, Segment};
use frond::session::Indexing;

use super::*;

/// The keys of all segments in the bucket.
async fn segments(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/segments/"));
    keys.sort();
    keys
}

/// A vault that is open in a tab that searches in contents.
async fn searching() -> (Deployment, Tab, Session) {
    let deployment = Deployment::start().await;
    let tab = Tab::with_search(&deployment.base_url(), Rc::default());
    let session = create(&tab).await;
    (deployment, tab, session)
}

/// Another device, and how many files it has read.
async fn another(deployment: &Deployment) -> (Tab, Session, Rc<Cell<usize>>) {
    let tab = Tab::with_search(&deployment.base_url(), Rc::default());
    let read = Rc::<Cell<usize>>::default();
    let counts = Rc::clone(&read);
    tab.line.fate(move |request| {
        if request.method == "GET" && request.url.contains("/objects/") {
            counts.set(counts.get() + 1);
        }
        Fate::Answered
    });
    let session = sign_in(&tab).await;
    until(&session, "the list", |view| view.listed && !view.unread).await;
    (tab, session, read)
}

async fn indexing(session: &Session, what: &str, seen: impl Fn(&Indexing) -> bool) {
    until(session, what, |_| seen(&session.search().indexing())).await;
}

async fn covered(session: &Session, files: usize) {
    let done = |state: &Indexing| state.of == 0 && session.search().coverage().0 == files;
    indexing(session, "all files covered", done).await;
}

async fn found(session: &Session, query: &str) -> Vec<String> {
    let rows = session.search().find(query).await.unwrap();
    rows.iter().map(|row| row.path.clone()).collect()
}

/// Waits until the bucket has so many segments.
async fn until_segments(deployment: &Deployment, count: usize) -> Vec<String> {
    for _ in 0..3_000 {
        let keys = segments(deployment).await;
        if keys.len() == count {
            return keys;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {count} segments: {:?}", segments(deployment).await);
}

#[test]
fn what_is_added_is_found_on_another_device_without_reading_it() {
    story(async {
        let (deployment, tab, session) = searching().await;
        let files: [(&str, &[u8]); 3] = [
            ("notes/house.txt", "The old house\nin Zürich".as_bytes()),
            ("a.md", b"# An old tree"),
            ("a.bin", b"old"),
        ];
        add(&session, &files).await;
        covered(&session, 2).await;
        assert_eq!(found(&session, "old").await, ["a.md", "notes/house.txt"]);
        let (_tab, other, read) = another(&deployment).await;
        covered(&other, 2).await;
        for (query, paths) in [
            ("OLD", vec!["a.md", "notes/house.txt"]),
            ("zurich hou", vec!["notes/house.txt"]),
            ("old in:notes", vec!["notes/house.txt"]),
            ("old type:md", vec!["a.md"]),
            ("old before:2001", vec![]),
            ("house tree", vec![]),
            ("in:notes", vec![]),
        ] {
            assert_eq!(found(&other, query).await, paths, "{query}");
        }
        assert_eq!(read.get(), 0, "no file was read");
        // Only for the line around a hit.
        let house = file(&other.look(), "notes/house.txt").id;
        let line = other.search().line(house, "\"in zur\"").await.unwrap().unwrap();
        assert_eq!((&*line.before, &*line.hit, &*line.after), ("", "in Zürich", ""));
        assert_eq!(other.search().line(house, "\"house old\"").await, Ok(None));
        assert_eq!(read.get(), 1);
        // Where it was added, not even for that.
        assert!(session.search().has_text(&house));
        drop(tab);
    });
}

#[test]
fn files_from_before_are_indexed_when_asked() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a.txt", b"word"), ("b.txt", b"other"), ("c.png", b"word")]).await;
        assert!(segments(&deployment).await.is_empty());
        let (_tab, other, _) = another(&deployment).await;
        assert_eq!(other.search().coverage(), (0, 2));
        assert_eq!(found(&other, "word").await, [""; 0]);
        other.search().index_all().await.unwrap();
        covered(&other, 2).await;
        assert_eq!(found(&other, "word").await, ["a.txt"]);
        assert_eq!(segments(&deployment).await.len(), 1);
        // Nothing is left to do.
        other.search().index_all().await.unwrap();
        assert_eq!(other.search().indexing().of, 0);
    });
}

#[test]
fn indexing_goes_on_after_a_reload() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"word")]).await;
        let first = Tab::with_search(&deployment.base_url(), Rc::default());
        let other = first.locked.sign_in(NAME, &password()).await.unwrap();
        other.sync().await.unwrap();
        // It is asked for, and the tab is closed before anything is read.
        other.search().index_all().await.unwrap();
        drop(other);
        first.storage.release();
        let again = Tab::with_search(&deployment.base_url(), first.storage.clone());
        let other = sign_in(&again).await;
        covered(&other, 1).await;
        assert_eq!(found(&other, "word").await, ["a.txt"]);
        drop(tab);
    });
}

#[test]
fn deleted_files_leave_the_index() {
    story(async {
        let (deployment, _tab, session) = searching().await;
        add(&session, &[("a.txt", b"one word"), ("b.txt", b"another word")]).await;
        covered(&session, 2).await;
        let before = until_segments(&deployment, 1).await;
        let gone = file(&session.look(), "a.txt").id;
        session.files().trash(gone).await.unwrap();
        assert_eq!(found(&session, "word").await, ["b.txt"]);
        session.files().purge(vec![gone]).await.unwrap();
        // Written anew without it, and the old segment deleted.
        let after = loop {
            session.search().sync().await.unwrap();
            let after = until_segments(&deployment, 1).await;
            if after != before {
                break after;
            }
        };
        assert_ne!(before, after);
        let (_tab, other, _) = another(&deployment).await;
        covered(&other, 1).await;
        assert_eq!(found(&other, "another").await, ["b.txt"]);
        let last = file(&session.look(), "b.txt").id;
        session.files().trash(last).await.unwrap();
        session.files().purge(vec![last]).await.unwrap();
        session.search().sync().await.unwrap();
        until_segments(&deployment, 0).await;
    });
}

#[test]
fn small_segments_become_one() {
    story(async {
        let (deployment, _tab, session) = searching().await;
        for name in ["a.txt", "b.txt", "c.txt", "d.txt"] {
            add(&session, &[(name, format!("{name} word").as_bytes())]).await;
            let count = session.look().files.len();
            covered(&session, count).await;
        }
        until_segments(&deployment, 1).await;
        assert_eq!(found(&session, "word").await, ["a.txt", "b.txt", "c.txt", "d.txt"]);
        let (_tab, other, _) = another(&deployment).await;
        covered(&other, 4).await;
        assert_eq!(found(&other, "word").await.len(), 4);
    });
}

#[test]
fn switched_off_nothing_is_written_or_found() {
    story(async {
        let (deployment, _tab, session) = searching().await;
        add(&session, &[("a.txt", b"word")]).await;
        covered(&session, 1).await;
        session.search().switch(false).await.unwrap();
        assert!(!session.search().indexing().on);
        assert_eq!(found(&session, "word").await, [""; 0]);
        add(&session, &[("b.txt", b"word")]).await;
        session.search().sync().await.unwrap();
        assert_eq!(segments(&deployment).await.len(), 1);
        // On again, what was written is there; what was added meanwhile is asked for.
        session.search().switch(true).await.unwrap();
        covered(&session, 1).await;
        session.search().index_all().await.unwrap();
        covered(&session, 2).await;
        assert_eq!(found(&session, "word").await, ["a.txt", "b.txt"]);
    });
}

#[test]
fn switched_off_without_storage_nothing_is_kept_in_memory() {
    story(async {
        let (_deployment, tab, session) = searching().await;
        add(&session, &[("a.txt", b"word")]).await;
        covered(&session, 1).await;
        let file = file(&session.look(), "a.txt").id;
        assert!(session.search().has_text(&file));
        tab.storage.broken.set(true);
        assert_eq!(session.search().switch(false).await, Err(StoreFailed));
        assert!(!session.search().indexing().on);
        assert_eq!(session.search().indexing().bytes, 0, "its segments are forgotten");
        assert!(!session.search().has_text(&file), "and so are the texts");
        tab.storage.broken.set(false);
    });
}

#[test]
fn a_part_of_a_compound_is_found_after_whole_words() {
    story(async {
        let (_deployment, _tab, session) = searching().await;
        let files: [(&str, &[u8]); 3] = [
            ("a.txt", b"Die Krankenversicherung zahlt."),
            ("b.txt", b"Versicherungen"),
            ("c.txt", b"sicher"),
        ];
        add(&session, &files).await;
        covered(&session, 3).await;
        assert_eq!(found(&session, "Versicherung").await, ["b.txt", "a.txt"]);
        let a = file(&session.look(), "a.txt").id;
        let line = session.search().line(a, "versicherung").await.unwrap().unwrap();
        assert_eq!((&*line.before, &*line.hit), ("Die ", "Krankenversicherung"));
    });
}

#[test]
fn words_are_found_in_path_and_contents_together() {
    story(async {
        let (_deployment, _tab, session) = searching().await;
        let files: [(&str, &[u8]); 4] = [
            ("Berlin/invoice.txt", b"a hotel"),
            ("Berlin/letter.txt", b"Invoice no. 4711\nHotel Adlon"),
            ("invoice 2.txt", b"Hotel Adlon, Berlin"),
            ("invoice 3.txt", b"Hamburg"),
        ];
        add(&session, &files).await;
        covered(&session, 4).await;
        for (query, paths) in [
            ("invoice berlin", vec!["Berlin/letter.txt", "invoice 2.txt"]),
            ("hotel invoice", vec!["Berlin/invoice.txt", "Berlin/letter.txt", "invoice 2.txt"]),
            ("invoice berlin in:berlin", vec!["Berlin/letter.txt"]),
            ("\"adlon berlin\" invoice", vec!["invoice 2.txt"]),
            ("berlin hamburg", vec![]),
        ] {
            assert_eq!(found(&session, query).await, paths, "{query}");
        }
        // The line is that of what the path does not have.
        let line = async |path: &str, query| {
            let id = file(&session.look(), path).id;
            session.search().line(id, query).await.unwrap().map(|line| line.hit)
        };
        assert_eq!(line("invoice 2.txt", "invoice berlin").await.as_deref(), Some("Berlin"));
        assert_eq!(line("Berlin/invoice.txt", "berlin hotel").await.as_deref(), Some("hotel"));
        assert_eq!(line("Berlin/letter.txt", "berlin invoice").await.as_deref(), Some("Invoice"));
        assert_eq!(line("invoice 2.txt", "invoice \"berlin adlon\"").await, None);
        assert_eq!(line("Berlin/invoice.txt", "berlin invoice").await, None);
    });
}

#[test]
fn a_segment_that_is_wrong_is_left_out() {
    story(async {
        let (deployment, tab, session) = searching().await;
        add(&session, &[("a.txt", b"word")]).await;
        covered(&session, 1).await;
        add(&session, &[("b.txt", b"word")]).await;
        covered(&session, 2).await;
        let keys = until_segments(&deployment, 2).await;
        // One is another's bytes; a third is larger than any.
        deployment.overwrite(&keys[0], deployment.object(&keys[1]).await).await;
        let large = keys[0].rsplit_once('/').unwrap().0.to_owned()
            + "/01900000-0000-7000-8000-000000000000";
        deployment.overwrite(&large, vec![0; MAX_SEGMENT + 1]).await;
        let (_tab, other, _) = another(&deployment).await;
        indexing(&other, "damaged ones", |state| state.damaged > 0).await;
        covered(&other, 1).await;
        assert_eq!(found(&other, "word").await, ["b.txt"]);
        // The files that it covered can be indexed again.
        other.search().index_all().await.unwrap();
        covered(&other, 2).await;
        assert_eq!(found(&other, "word").await, ["a.txt", "b.txt"]);
        drop(tab);
    });
}

/// A replacement whose writer died before it deleted what it replaces.
#[test]
fn what_is_replaced_is_deleted_by_whoever_reads_the_replacement() {
    story(async {
        let (deployment, _tab, session) = searching().await;
        add(&session, &[("a.txt", b"word")]).await;
        covered(&session, 1).await;
        let keys = until_segments(&deployment, 1).await;
        let old = SegmentId::parse(keys[0].rsplit_once('/').unwrap().1).unwrap();
        let key = vault_key(&session);
        let token = deployment.object(&keys[0]).await;
        let segment = Segment::open(&key, &old, &token).unwrap();
        let new = SegmentId::new(old.milliseconds() + 5_000, [7; 16]);
        let replacing = Segment { replaced: vec![old], ..segment };
        let place = keys[0].rsplit_once('/').unwrap().0.to_owned() + "/" + &new.to_string();
        deployment.overwrite(&place, replacing.seal(&key, &new, [1; 16]).unwrap()).await;
        let (_tab, other, _) = another(&deployment).await;
        covered(&other, 1).await;
        assert_eq!(until_segments(&deployment, 1).await, [place]);
        assert_eq!(found(&other, "word").await, ["a.txt"]);
    });
}

/// As a person exports it.
fn vault_key(session: &Session) -> VaultKey {
    let mut bytes = [0; 32];
    Base64UrlUnpadded::decode(session.export_vault_key().unwrap().as_bytes(), &mut bytes).unwrap();
    VaultKey::copied(&bytes)
}
