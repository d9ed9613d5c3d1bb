//! Snapshots in the bucket: written, read by a new device, passed over when they are wrong.

use super::*;

/// Snapshots of a few events.
const LIMITS: SnapshotLimits = SnapshotLimits { few: 3, uncovered: 8 };
/// Renames that are more than the largest number of events without a snapshot.
const RENAMES: usize = 20;

/// A vault of one file, renamed so often that a snapshot is due, and written.
async fn with_snapshot() -> (Deployment, Session) {
    let deployment = Deployment::start().await;
    let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
    let session = create(&tab).await;
    add(&session, &[("a.txt", b"content")]).await;
    rename(&session, RENAMES).await;
    session.write_snapshot().await.unwrap();
    assert_eq!(snapshots(&deployment).await.len(), 2, "a page and a manifest");
    (deployment, session)
}

async fn rename(session: &Session, times: usize) {
    let id = session.look().files[0].id;
    for n in 0..times {
        session.files().rename(id, &format!("renamed {n}.txt")).await.unwrap();
    }
    until(session, "all saved", |view| view.unsaved == 0).await;
}

async fn snapshots(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/snapshots/"));
    keys.sort();
    keys
}

/// Another device signs in; counts what it gets below `log/`.
async fn another(deployment: &Deployment) -> (Session, Rc<RefCell<usize>>) {
    let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
    let events = Rc::new(RefCell::new(0));
    let counts = Rc::clone(&events);
    tab.line.fate(move |request| {
        if request.method == "GET"
            && request.url.contains("/log/")
            && !request.url.contains("list-type")
        {
            *counts.borrow_mut() += 1;
        }
        Fate::Answered
    });
    let session = sign_in(&tab).await;
    until(&session, "the list", |view| view.listed && !view.unread).await;
    (session, events)
}

#[test]
fn a_new_device_starts_from_the_snapshot() {
    story(async {
        let (deployment, session) = with_snapshot().await;
        // Two more events, which are read one by one.
        rename(&session, 2).await;
        let (other, events) = another(&deployment).await;
        assert_eq!(other.look().files, session.look().files);
        assert_eq!(other.view().head_code, session.view().head_code);
        assert!(other.view().doubts.is_empty());
        assert!(*events.borrow() <= 2, "{} events were fetched", events.borrow());
        // It writes on.
        rename(&other, RENAMES).await;
        other.write_snapshot().await.unwrap();
        assert_eq!(snapshots(&deployment).await.len(), 4);
        let audit = other.audit().await.unwrap().unwrap();
        assert!(audit.is_right);
        assert_eq!(audit.events, other.files().index().log().len());
        // Nothing is due, so nothing is written.
        other.write_snapshot().await.unwrap();
        assert_eq!(snapshots(&deployment).await.len(), 4);
    });
}

#[test]
fn a_snapshot_that_is_wrong_is_passed_over() {
    story(async {
        let (deployment, session) = with_snapshot().await;
        let keys = snapshots(&deployment).await;
        for key in &keys {
            let stored = deployment.object(key).await;
            let mut changed = stored.clone();
            changed[40] ^= 1;
            deployment.overwrite(key, changed).await;
            let (other, events) = another(&deployment).await;
            assert_eq!(other.look().files, session.look().files, "{key}");
            assert_eq!(other.view().head_code, session.view().head_code);
            assert!(other.view().doubts.is_empty());
            assert!(*events.borrow() > RENAMES, "the log was read");
            // It is written anew, with pages of its own.
            other.write_snapshot().await.unwrap();
            let new = snapshots(&deployment).await;
            assert_eq!(new.len(), 4, "{key}");
            for new in new.iter().filter(|new| !keys.contains(*new)) {
                deployment.delete(new).await;
            }
            deployment.overwrite(key, stored).await;
        }
    });
}

/// What a snapshot covers counts as seen before.
#[test]
fn a_covered_event_that_is_gone_is_missed() {
    story(async {
        let (deployment, _session) = with_snapshot().await;
        let events = events_of(&deployment).await;
        deployment.delete(&events[events.len() - 3]).await;
        let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
        let other = sign_in(&tab).await;
        until(&other, "doubts", |view| view.doubts.contains(&Doubt::Rollback)).await;
        assert_eq!(other.audit().await.unwrap().map(|audit| audit.is_right), Some(false));
    });
}

/// What a second device of a long history asks for. For the time, run it with
/// `--release -- --ignored --nocapture`.
#[test]
#[ignore = "writes 5,000 events"]
fn a_second_device_of_a_long_history() {
    story(async {
        let deployment = Deployment::start().await;
        let session = create(&Tab::new(&deployment.base_url())).await;
        add(&session, &[("a.txt", b"content")]).await;
        let id = session.look().files[0].id;
        for n in 0..5_000 {
            let path = format!("Folder/{n:033}");
            session.files().rename(id, &path).await.unwrap();
        }
        until(&session, "all saved", |view| view.unsaved == 0).await;
        session.write_snapshot().await.unwrap();
        let tab = Tab::new(&deployment.base_url());
        let asked = Rc::new(RefCell::new(0));
        let counts = Rc::clone(&asked);
        tab.line.fate(move |_| {
            *counts.borrow_mut() += 1;
            Fate::Answered
        });
        let session = tab.door.sign_in(NAME, &password()).await.unwrap();
        let begin = std::time::Instant::now();
        works(&session);
        until(&session, "the list", |view| view.listed && !view.unread).await;
        println!("{} requests, the list after {:?}", asked.borrow(), begin.elapsed());
        assert!(*asked.borrow() <= 60);
    });
}
