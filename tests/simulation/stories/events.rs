//! Events: lost, many at once, and such as nobody can open.

use super::*;

/// What answers "200" to a PUT need not be the store.
#[test]
fn an_event_that_nobody_kept_is_sent_again() {
    story(async |people| {
        plan(&people.net, Fault::Portal, |operation| {
            matches!(operation, Operation::Put { name: Name::Event(_), .. })
        });
        people.add_one(&people.tabs[0], 5);
        people.net.executor.sleep(60_000).await;
        assert_eq!(people.net.bucket.keys("log/").len(), 1);
    });
}

/// How many files share an event is a question of time, which is told here.
#[test]
fn many_small_files_are_few_events() {
    story(async |people| {
        let (net, tab) = (Rc::clone(&people.net), Rc::clone(&people.tabs[0]));
        net.weather.latency.set(40);
        net.weather.bandwidth.set(100_000);
        for _ in 0..200 {
            people.add_one(&tab, 100);
        }
        let all_done =
            |view: &Seen| view.transfers.iter().all(|row| row.state == TransferState::Done);
        until(people, || shows(&tab, |view| view.unsaved == 0 && all_done(view))).await;
        let events = net.bucket.keys("log/").len();
        assert!(events <= 20, "{events} events");
    });
}

/// A bucket that shows an event and never its content would have it fetched at each look, and so
/// with a million of them.
#[test]
fn an_event_that_does_not_open_is_not_fetched_at_each_look() {
    story(async |people| {
        const PLANNED: usize = 500;
        let writer = Rc::clone(&people.tabs[0]);
        people.add_one(&writer, 5);
        let saved = |view: &Seen| view.files.len() == 1 && view.unsaved == 0;
        until(people, || shows(&writer, saved)).await;
        for _ in 0..PLANNED {
            plan(&people.net, Fault::Portal, |operation| {
                matches!(operation, Operation::Get(Name::Event(_)))
            });
        }
        let reader = joins(people, "reader");
        for _ in 0..600 {
            if let Some(session) = reader.session() {
                session.refresh();
            }
            people.net.executor.sleep(1_000).await;
        }
        let fetched = PLANNED - people.net.weather.planned.borrow().len();
        if !(3..=20).contains(&fetched) {
            people.model.object(format!("fetched {fetched} times in ten minutes"));
        }
        // It is asked for again, and then it opens.
        people.net.weather.planned.borrow_mut().clear();
        people.net.executor.sleep(660_000).await;
        until(people, || shows(&reader, |view| view.files.len() == 1 && view.doubts.is_empty()))
            .await;
    });
}
