//! The queue of uploads: offline, cut, paused, cancelled, in several tabs and browsers.

use std::cell::Cell;

use frond::session::TransferState::{Done, Elsewhere, Failed, Paused, Queued, Unfinished, Waiting};

use super::*;

/// Three parts.
const LARGE: usize = 18_000_000;

fn state(view: &Seen, name: &str) -> TransferState {
    let row = view.transfers.iter().find(|row| row.name == name);
    row.unwrap_or_else(|| panic!("no {name} in {view:#?}")).state.clone()
}

fn row(session: &Session, name: &str) -> TransferRow {
    session.view().transfers.into_iter().find(|row| row.name == name).unwrap()
}

fn down(tab: &Tab) {
    tab.line.fate(|_| Fate::Lost);
}

fn up(tab: &Tab) {
    tab.line.fate(|_| Fate::Answered);
}

/// A new vault in a new browser.
async fn begun() -> (Deployment, Tab, Session) {
    let (deployment, tab, session) = vault().await;
    until(&session, "the list", |view| view.listed).await;
    (deployment, tab, session)
}

/// All that was queued is in the bucket, and so are the events that name it.
async fn done(session: &Session) -> Seen {
    until(session, "all done", |view| {
        let done = view.transfers.iter().all(|row| row.state == Done);
        done && !view.transfers.is_empty() && view.unsaved == 0
    })
    .await
}

/// A tab of the same browser, after this one was killed.
async fn next_tab(deployment: &Deployment, killed: Tab) -> (Tab, Session) {
    kill(&killed).await;
    let tab = beside(deployment, &killed);
    let session = tab.locked.restore().await.open().expect("restored");
    works(&session);
    (tab, session)
}

/// The whole vault is there, once, and nothing besides.
async fn is_tidy(deployment: &Deployment, tab: &Tab, session: &Session, files: usize) {
    let tidied = |tab: &Tab| {
        let records = tab.storage.records.borrow();
        let left = |key: &&String| key.starts_with("queue/") || key.starts_with("outbox/");
        records.keys().find(left).cloned()
    };
    for _ in 0..2_000 {
        if tidied(tab).is_none() && tab.storage.spool.blobs.borrow().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(tidied(tab), None);
    assert!(tab.storage.spool.blobs.borrow().is_empty(), "the spool is empty");
    assert_eq!(session.look().files.len(), files);
    let keys = deployment.keys().await;
    assert_eq!(keys.iter().filter(|key| key.contains("/objects/")).count(), files, "{keys:#?}");
    assert!(!keys.iter().any(|key| key.contains("/uploads/")), "no journal is left: {keys:#?}");
    assert_eq!(deployment.uploads().await, 0, "no multipart upload is left");
}

#[test]
fn a_file_added_offline_is_sent_after_a_restart() {
    story(async {
        let (deployment, tab, session) = begun().await;
        down(&tab);
        let (large, small) = (content(1, LARGE), content(2, 900_000));
        session
            .transfers()
            .add(vec![source("large.bin", &large), source("small.bin", &small)])
            .unwrap();
        let many: Vec<_> =
            (0..40_u8).map(|n| source(&format!("many/{n}"), &content(n, 3_000))).collect();
        session.transfers().add(many).unwrap();
        let kept = |view: &Seen| {
            view.transfers.len() == 42
                && view.transfers.iter().all(|row| row.only_here && !row.at_risk)
        };
        let view = until(&session, "all of it is kept here", kept).await;
        assert_eq!(view.only_here, 42);
        assert!(tab.storage.persisted.get(), "the browser was asked to keep it");
        let records = tab.storage.records.borrow().clone();
        let names = records.iter().filter(|(key, value)| {
            key.starts_with("queue/")
                && value.windows(5).any(|name| name == b"small" || name == b"many/")
        });
        assert_eq!(names.count(), 0, "names are secrets");

        // The tab dies, and with it all that it had in memory.
        let (tab, session) = next_tab(&deployment, tab).await;
        let view = done(&session).await;
        assert_eq!((view.transfers.len(), view.only_here), (42, 0));
        is_tidy(&deployment, &tab, &session, 42).await;
        assert!(fetch(&tab, &session, "large.bin").await == large);
        assert!(fetch(&tab, &session, "small.bin").await == small);
    });
}

#[test]
fn a_session_killed_at_every_step_loses_nothing() {
    story(async {
        let (large, small) = (content(1, LARGE), content(2, 900_000));
        for n in (0..26_u32).step_by(2) {
            let (deployment, tab, session) = begun().await;
            tab.storage.keeps_handles.set(true);
            // After so many requests nothing arrives any more: as good as killed, once the tab is.
            let left = Cell::new(n);
            tab.line.fate(move |_| match left.get().checked_sub(1) {
                Some(less) => {
                    left.set(less);
                    Fate::Answered
                }
                None if n % 4 == 0 => Fate::Lost,
                None => Fate::AnswerLost,
            });
            session
                .transfers()
                .add(vec![source("large.bin", &large), source("small.bin", &small)])
                .unwrap();
            let stuck = |row: &TransferRow| matches!(row.state, Waiting(_) | Done);
            until(&session, "it waits", |view| view.transfers.iter().all(stuck)).await;

            let (tab, session) = next_tab(&deployment, tab).await;
            until(&session, "all done", |view| {
                let done = view.transfers.iter().all(|row| row.state == Done);
                done && view.files.len() == 2 && view.unsaved == 0
            })
            .await;
            is_tidy(&deployment, &tab, &session, 2).await;
            assert!(fetch(&tab, &session, "large.bin").await == large, "killed at {n}");
            assert!(fetch(&tab, &session, "small.bin").await == small, "killed at {n}");
        }
    });
}

/// A large file of which some parts were sent when the tab died, and whose source is gone.
async fn half_sent(large: &[u8]) -> (Deployment, Tab) {
    let (deployment, tab, session) = begun().await;
    // There is no room for it on the device.
    tab.storage.spool.room.set(0);
    tab.line.fate(|request| {
        let completes = request.method == "POST" && request.url.contains("uploadId");
        if completes { Fate::Lost } else { Fate::Answered }
    });
    session.transfers().add(vec![source("large.bin", large)]).unwrap();
    until(&session, "it waits", |view| matches!(state(view, "large.bin"), Waiting(_))).await;
    assert!(row(&session, "large.bin").at_risk && session.busy());
    up(&tab);
    tab.storage.spool.room.set(usize::MAX);
    (deployment, tab)
}

/// Counts the parts that a tab sends.
fn parts_of(tab: &Tab) -> Rc<Cell<usize>> {
    let parts = Rc::new(Cell::new(0));
    let count = Rc::clone(&parts);
    tab.line.fate(move |request| {
        count.set(count.get() + usize::from(request.url.contains("partNumber")));
        Fate::Answered
    });
    parts
}

#[test]
fn an_unfinished_upload_goes_on_when_the_same_file_is_added() {
    story(async {
        let large = content(1, LARGE);
        let (deployment, killed) = half_sent(&large).await;
        let (tab, session) = next_tab(&deployment, killed).await;
        until(&session, "it waits for its file", |view| state(view, "large.bin") == Unfinished)
            .await;
        assert!(!session.busy(), "nothing is lost with the tab that is not lost already");
        let parts = parts_of(&tab);
        session.transfers().add(vec![source("large.bin", &large)]).unwrap();
        assert_eq!(done(&session).await.transfers.len(), 1);
        assert_eq!(parts.get(), 0, "what was acknowledged is not sent again");
        is_tidy(&deployment, &tab, &session, 1).await;
        assert!(fetch(&tab, &session, "large.bin").await == large);
    });
}

#[test]
fn an_upload_goes_on_in_another_browser() {
    story(async {
        let large = content(1, LARGE);
        let (deployment, killed) = half_sent(&large).await;
        kill(&killed).await;
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        until(&session, "it is offered", |view| {
            view.transfers.len() == 1 && state(view, "large.bin") == Unfinished
        })
        .await;
        session.transfers().add(vec![source("large.bin", &large)]).unwrap();
        done(&session).await;
        is_tidy(&deployment, &other, &session, 1).await;
        assert!(fetch(&other, &session, "large.bin").await == large);
    });
}

#[test]
fn a_file_added_before_what_waits_for_it_is_known_is_no_second_file() {
    story(async {
        let large = content(1, LARGE);
        // In the browser that began it, whose storage answers late; in another one, which has to
        // ask the bucket.
        for late in [Duration::ZERO, Duration::from_millis(50)] {
            for another in [false, true] {
                let (deployment, killed) = half_sent(&large).await;
                killed.storage.late.set(late);
                let (tab, session) = if another {
                    kill(&killed).await;
                    let other = Tab::new(&deployment.base_url());
                    other.storage.late.set(late);
                    let session = sign_in(&other).await;
                    (other, session)
                } else {
                    next_tab(&deployment, killed).await
                };
                let parts = parts_of(&tab);
                session.transfers().add(vec![source("large.bin", &large)]).unwrap();
                let row = |view: &Seen| {
                    view.transfers.iter().map(|row| row.state.clone()).collect::<Vec<_>>()
                };
                until(&session, "one transfer, done", |view| {
                    row(view) == [Done] && view.unsaved == 0
                })
                .await;
                assert_eq!(parts.get(), 0, "what was acknowledged is not sent again");
                is_tidy(&deployment, &tab, &session, 1).await;
                assert!(fetch(&tab, &session, "large.bin").await == large);
            }
        }
    });
}

#[test]
fn another_source_becomes_another_object() {
    story(async {
        let (large, changed) = (content(1, LARGE), content(2, LARGE));
        let (deployment, killed) = half_sent(&large).await;
        let (tab, session) = next_tab(&deployment, killed).await;
        until(&session, "it waits for its file", |view| state(view, "large.bin") == Unfinished)
            .await;
        // The same name, size and time; only its bytes are others.
        session.transfers().add(vec![source("large.bin", &changed)]).unwrap();
        done(&session).await;
        is_tidy(&deployment, &tab, &session, 1).await;
        assert!(fetch(&tab, &session, "large.bin").await == changed);
    });
}

#[test]
fn cancelling_an_unfinished_upload_leaves_nothing() {
    story(async {
        let (deployment, killed) = half_sent(&content(1, LARGE)).await;
        let (tab, session) = next_tab(&deployment, killed).await;
        until(&session, "it waits for its file", |view| state(view, "large.bin") == Unfinished)
            .await;
        session.transfers().cancel(row(&session, "large.bin").id);
        until(&session, "it is gone", |view| view.transfers.is_empty() && view.unsaved == 0).await;
        is_tidy(&deployment, &tab, &session, 0).await;
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let view = until(&session, "the list", |view| view.listed).await;
        assert!(view.transfers.is_empty(), "it is not offered any more");
    });
}

#[test]
fn a_kept_handle_goes_on_by_itself_or_when_asked() {
    story(async {
        for asks in [false, true] {
            let (deployment, tab, session) = begun().await;
            let large = content(1, LARGE);
            tab.storage.keeps_handles.set(true);
            tab.line.fate(|request| {
                if request.url.contains("partNumber=2") { Fate::Lost } else { Fate::Answered }
            });
            session.transfers().add(vec![source("large.bin", &large)]).unwrap();
            until(&session, "it waits", |view| matches!(state(view, "large.bin"), Waiting(_)))
                .await;
            assert!(!row(&session, "large.bin").at_risk, "the browser can read it again");
            assert!(tab.storage.spool.blobs.borrow().is_empty());
            tab.storage.asks.set(asks);
            let (tab, session) = next_tab(&deployment, tab).await;
            if asks {
                until(&session, "it needs a click", |view| state(view, "large.bin") == Unfinished)
                    .await;
                session.transfers().resume(row(&session, "large.bin").id);
            }
            done(&session).await;
            is_tidy(&deployment, &tab, &session, 1).await;
            assert!(tab.storage.handles.borrow().is_empty());
        }
    });
}

#[test]
fn of_two_tabs_one_sends() {
    story(async {
        let (deployment, one, a) = begun().await;
        down(&one);
        a.transfers().add(vec![source("small.bin", b"small")]).unwrap();
        until(&a, "it waits", |view| matches!(state(view, "small.bin"), Waiting(_))).await;
        // Another tab on the same queue, with a line of its own.
        let two = beside(&deployment, &one);
        let b = two.locked.restore().await.open().unwrap();
        works(&b);
        until(&b, "it is sent elsewhere", |view| state(view, "small.bin") == Elsewhere).await;
        assert_eq!(b.view().only_here, 0);
        // The one that sends it dies: the other takes over.
        kill(&one).await;
        b.transfers().resume(row(&b, "small.bin").id);
        done(&b).await;
        is_tidy(&deployment, &two, &b, 1).await;
    });
}

#[test]
fn paused_over_a_reload_and_resumed() {
    story(async {
        let (deployment, tab, session) = begun().await;
        down(&tab);
        session.transfers().add(vec![source("a.bin", b"a"), source("b.bin", b"b")]).unwrap();
        let kept = |view: &Seen| view.transfers.iter().all(|row| !row.at_risk);
        until(&session, "kept here", kept).await;
        session.transfers().pause_all();
        until(&session, "paused", |view| view.transfers.iter().all(|row| row.state == Paused))
            .await;
        session.transfers().resume(row(&session, "b.bin").id);
        until(&session, "it tries again", |view| matches!(state(view, "b.bin"), Waiting(_))).await;
        let (tab, session) = next_tab(&deployment, tab).await;
        until(&session, "the other is done", |view| state(view, "b.bin") == Done).await;
        assert_eq!(state(&session.look(), "a.bin"), Paused);
        session.transfers().resume_all();
        done(&session).await;
        is_tidy(&deployment, &tab, &session, 2).await;
    });
}

#[test]
fn no_room_is_said_and_what_is_queued_is_safe() {
    story(async {
        let (deployment, tab, session) = begun().await;
        down(&tab);
        session.transfers().add(vec![source("first.bin", &content(1, 1_000_000))]).unwrap();
        until(&session, "kept here", |view| !view.transfers[0].at_risk).await;
        tab.storage.spool.room.set(2_000_000);
        session.transfers().add(vec![source("second.bin", &content(2, LARGE))]).unwrap();
        let said = |view: &Seen| state(view, "second.bin") == Waiting(TransferError::Full);
        until(&session, "no room is said", said).await;
        assert!(
            row(&session, "second.bin").at_risk
                && !row(&session, "first.bin").at_risk
                && session.busy()
        );
        up(&tab);
        session.online();
        done(&session).await;
        is_tidy(&deployment, &tab, &session, 2).await;
    });
}

#[test]
fn the_order_is_a_counters_not_a_clocks() {
    story(async {
        let (deployment, tab, session) = begun().await;
        down(&tab);
        for name in ["1", "2", "3"] {
            session.transfers().add(vec![source(name, name.as_bytes())]).unwrap();
            until(&session, "kept", |view| view.transfers.iter().all(|row| !row.at_risk)).await;
        }
        let names =
            |view: &Seen| view.transfers.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        let (_tab, session) = next_tab(&deployment, tab).await;
        assert_eq!(names(&session.look()), ["1", "2", "3"]);
    });
}

#[test]
fn a_device_that_stores_nothing_sends_all_the_same() {
    story(async {
        let (_deployment, tab, session) = begun().await;
        tab.storage.spool.broken.set(true);
        down(&tab);
        session.transfers().add(vec![source("a.bin", b"a")]).unwrap();
        until(&session, "it waits", |view| matches!(state(view, "a.bin"), Waiting(_) | Failed(_)))
            .await;
        assert!(row(&session, "a.bin").at_risk, "it would be lost with the tab, and that is said");
        up(&tab);
        session.online();
        until(&session, "done", |view| state(view, "a.bin") == Done).await;
    });
}

#[test]
fn many_small_files_are_few_requests() {
    story(async {
        let (deployment, tab, session) = begun().await;
        let (signed, stored) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let (signs, stores) = (Rc::clone(&signed), Rc::clone(&stored));
        tab.line.fate(move |request| {
            signs.set(signs.get() + usize::from(request.url.ends_with("/v1/presign")));
            stores.set(stores.get() + usize::from(request.url.contains("/objects/")));
            Fate::Answered
        });
        let files: Vec<_> = (0..200_u8).map(|n| source(&format!("f/{n}"), &[n; 100])).collect();
        session.transfers().add(files).unwrap();
        assert_eq!(done(&session).await.transfers.len(), 200);
        let events = deployment.keys().await.iter().filter(|key| key.contains("/log/")).count();
        // How many share one is a question of time, which the simulation tells; more than one of
        // each file it is never.
        assert!(events <= 200, "{events} events");
        assert!(signed.get() <= 100 + 8 * events, "{} requests for signatures", signed.get());
        assert_eq!(stored.get(), 200, "of each file, its PUT");
        assert!(session.view().transfers.iter().all(|row| row.state != Queued));
        is_tidy(&deployment, &tab, &session, 200).await;
    });
}
