//! Uploads that two devices are at, and such as a store says to be gone.

use super::*;

/// Two devices send the same parts at the same time. The store overwrites whatever it is told to.
#[test]
fn rivals_for_one_upload_lose_nothing_on_a_store_without_conditional_writes() {
    story(async |people| {
        people.net.bucket.conditional.set(false);
        people.net.weather.bandwidth.set(1);
        people.rivals = true;
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        people.add_one(&people.tabs[0], 120_000);
        let begun =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Unfinished);
        until(people, || shows(&other, begun)).await;
        people.bring(&other);
        let done = |view: &Seen| view.transfers.iter().all(|row| row.state == TransferState::Done);
        until(people, || people.tabs.iter().all(|tab| shows(tab, done))).await;
        assert_eq!(
            people.net.bucket.keys("objects/").len(),
            1,
            "one of the two completed it for both"
        );
    });
}

/// The store says to the device that began an upload that it is gone, while another device
/// completes it; and it overwrites whatever it is told to.
fn falsely_gone(ignores_aborts: bool, then: impl AsyncFnOnce(&People) + 'static) -> Rc<Model> {
    told(async move |people| {
        people.net.bucket.conditional.set(false);
        people.net.bucket.ignores_aborts.set(ignores_aborts);
        people.net.weather.bandwidth.set(1);
        people.rivals = true;
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        people.add_one(&people.tabs[0], 240_000);
        let begun =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Unfinished);
        until(people, || shows(&other, begun)).await;
        plan(&people.net, Fault::FalseGone, |operation| {
            matches!(operation, Operation::UploadPart { .. })
        });
        plan(&people.net, Fault::FalseGone, |operation| {
            matches!(operation, Operation::ListParts { .. })
        });
        until(people, || people.net.weather.planned.borrow().is_empty()).await;
        people.bring(&other);
        let done = |view: &Seen| view.transfers.iter().all(|row| row.state == TransferState::Done);
        until(people, || people.tabs.iter().all(|tab| shows(tab, done))).await;
        people.net.executor.sleep(60_000).await;
        then(people).await;
    })
}

/// Whoever names the next upload makes sure first that the one before can become nothing any more.
#[test]
fn an_upload_that_is_falsely_said_to_be_gone_does_not_end_with_two_seals() {
    let model = falsely_gone(false, async |people| {
        // The other device goes on, or begins anew under an id of its own.
        let files = people.tabs[0].session().unwrap().look().files;
        assert!(!files.is_empty() && files.iter().all(|file| file.fault.is_none()), "{files:?}");
    });
    assert_eq!(model.violated(), None);
}

/// Where that is of no use, the object has two seals: that is said, and the file that lies there
/// opens.
#[test]
fn of_an_object_with_two_seals_the_one_that_lies_there_opens() {
    let model = falsely_gone(true, async |people| {
        let session = people.tabs[0].session().unwrap();
        let files = session.look().files;
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].fault, Some(FileFault::TwoSeals));
        session.transfers().download(files[0].id).unwrap();
        let opened = |view: &Seen| {
            let down = |row: &TransferRow| row.direction == Direction::Down;
            view.transfers.iter().any(|row| down(row) && row.state == TransferState::Done)
        };
        until(people, || shows(&people.tabs[0], opened)).await;
    });
    assert!(model.violated().unwrap().contains("TwoSeals"));
}

#[test]
fn an_upload_that_the_store_dropped_is_named_anew_by_its_device() {
    story(async |people| {
        people.net.weather.bandwidth.set(1);
        people.add_one(&people.tabs[0], 120_000);
        until(people, || !people.net.bucket.unfinished().is_empty()).await;
        people.net.executor.sleep(40_000).await;
        people.net.bucket.expire(&people.net.bucket.unfinished()[0]);
        until(people, || people.net.bucket.keys("log/").len() == 3).await;
        assert_eq!(people.net.bucket.keys("objects/").len(), 1);
    });
}

/// Only the device that began an upload names another: whoever else is at it begins anew.
#[test]
fn an_upload_that_the_store_dropped_is_begun_anew_by_another_device() {
    story(async |people| {
        people.net.weather.bandwidth.set(1);
        people.rivals = true;
        people.add_one(&people.tabs[0], 120_000);
        until(people, || !people.net.bucket.unfinished().is_empty()).await;
        people.net.executor.sleep(40_000).await;
        people.tabs.remove(0).kill();
        let other = joins(people, "other");
        let begun =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Unfinished);
        until(people, || shows(&other, begun)).await;
        people.net.bucket.expire(&people.net.bucket.unfinished()[0]);
        people.bring(&other);
        until(people, || shows(&other, |view| view.files.len() == 1 && view.unsaved == 0)).await;
        assert_eq!(people.net.bucket.keys("objects/").len(), 1);
    });
}

/// One device completes what another gives up at the same time.
#[test]
fn what_is_abandoned_while_it_is_completed_stays_a_file() {
    story(async |people| {
        people.net.weather.bandwidth.set(1);
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        people.add_one(&people.tabs[0], 120_000);
        let begun =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Unfinished);
        until(people, || shows(&other, begun)).await;
        until(people, || !people.net.bucket.keys("objects/").is_empty()).await;
        let session = other.session().unwrap();
        session.transfers().cancel(session.view().transfers[0].id);
    });
}

/// What was sent and could not be confirmed is no file. The tab dies, and the next one goes on.
#[test]
fn what_was_sent_is_a_file_only_once_it_is_confirmed() {
    story(async |people| {
        for _ in 0..100 {
            plan(&people.net, Fault::Lost, |operation| {
                matches!(operation, Operation::List(Listing::Objects { .. }))
            });
        }
        people.add_one(&people.tabs[0], 200);
        until(people, || !people.net.bucket.keys("objects/").is_empty()).await;
        let waits = |row: &TransferRow| matches!(row.state, TransferState::Waiting(_));
        let unconfirmed = |view: &Seen| view.files.is_empty() && view.transfers.iter().any(waits);
        until(people, || shows(&people.tabs[0], unconfirmed)).await;
        assert_eq!(people.net.bucket.keys("log/").len(), 0, "no event names it");
        people.tabs.remove(0).kill();
        people.net.weather.planned.borrow_mut().clear();
        let next = tab(people, 0);
        people.tabs.push(Rc::clone(&next));
        next.open();
        let unfinished =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Unfinished);
        let done = |view: &Seen| view.files.len() == 1 && view.unsaved == 0;
        until(people, || shows(&next, |view| done(view) || unfinished(view))).await;
        if shows(&next, unfinished) {
            people.bring(&next);
        }
        until(people, || shows(&next, done)).await;
    });
}
