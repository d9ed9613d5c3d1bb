//! Objects that nobody names, freed while somebody is about to name them.

use super::*;

const DAY: u64 = 86_400_000;

#[test]
fn what_nobody_names_is_found_after_a_month_and_freed_when_asked() {
    story(async |people| {
        people.net.bucket.leave("0199c82c-c000-7555-8555-555555555555", people.net.executor.now());
        people.add_one(&people.tabs[0], 5);
        people.net.executor.sleep(60_000).await;
        let session = people.tabs[0].session().unwrap();
        for (days, found) in [(0, 0), (29, 0), (2, 1)] {
            people.net.executor.jump(days * DAY);
            people.net.executor.sleep(60_000).await;
            assert_eq!(
                session.leftovers().await.unwrap().objects.len(),
                found,
                "after {days} more days"
            );
        }
        let found = session.leftovers().await.unwrap();
        session.free(&found).await.unwrap();
        assert_eq!(people.net.bucket.keys("objects/").len(), 1);
        assert!(session.leftovers().await.unwrap().is_empty());
    });
}

/// A device goes offline before it could say what it had sent, and comes back after that was freed.
#[test]
fn a_file_that_was_freed_before_it_was_named_is_sent_anew() {
    story(async |people| {
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        people.add_one(&people.tabs[0], 5);
        until(people, || !people.net.bucket.keys("objects/").is_empty()).await;
        people.devices[0].offline.set(people.net.executor.now() + 31 * DAY);
        people.net.executor.jump(30 * DAY + DAY / 2);
        people.net.executor.sleep(60_000).await;
        let session = other.session().unwrap();
        let found = session.leftovers().await.unwrap();
        assert_eq!(found.objects.len(), 1);
        session.free(&found).await.unwrap();
        people.net.executor.jump(DAY);
    });
}

/// The store says what it likes about times; the endpoint's clock is the attacker's as well.
#[test]
fn what_is_young_by_its_id_is_never_left_over() {
    story(async |people| {
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        people.add_one(&people.tabs[0], 5);
        people.add_one(&people.tabs[0], 120_000);
        let bucket = Rc::clone(&people.net.bucket);
        let begun = || bucket.keys("objects/").len() + bucket.unfinished().len() == 2;
        until(people, begun).await;
        let device = Rc::clone(&people.devices[0]);
        device.offline.set(u64::MAX);
        people.net.bucket.backdates.set(true);
        let session = other.session().unwrap();
        assert_eq!(session.leftovers().await.unwrap(), Leftovers::default());
        people.net.executor.jump(29 * DAY);
        people.net.executor.sleep(60_000).await;
        assert_eq!(session.leftovers().await.unwrap().objects, []);
        device.offline.set(0);
    });
}

/// A device whose clock is behind makes ids that look old to others, and young to itself. Where the
/// endpoint does not mind its clock and the store lies about times, what it has just sent may be
/// freed.
#[test]
fn a_file_that_was_freed_is_sent_anew_however_young_it_is() {
    story(async |people| {
        let other = joins(people, "other");
        people.net.executor.sleep(30_000).await;
        let device = Rc::clone(&people.devices[0]);
        device.ahead.set(-40 * i64::try_from(DAY).unwrap());
        people.net.gate.lax.set(true);
        people.add_one(&people.tabs[0], 5);
        until(people, || !people.net.bucket.keys("objects/").is_empty()).await;
        device.offline.set(u64::MAX);
        people.net.bucket.backdates.set(true);
        let session = other.session().unwrap();
        let found = session.leftovers().await.unwrap();
        assert_eq!(found.objects.len(), 1);
        session.free(&found).await.unwrap();
        device.offline.set(0);
        people.net.executor.sleep(60_000).await;
    });
}

/// It comes back at any moment while that is freed, on a store whose lists run behind: it reads of
/// nothing.
#[test]
fn a_file_that_is_named_while_it_is_freed_is_not_lost() {
    for after in (0..2_000).step_by(50).chain((118_000..122_000).step_by(200)) {
        history(async move |people| {
            people.net.weather.latency.set(40);
            let other = joins(people, "other");
            people.net.executor.sleep(30_000).await;
            people.add_one(&people.tabs[0], 5);
            until(people, || !people.net.bucket.keys("objects/").is_empty()).await;
            let device = Rc::clone(&people.devices[0]);
            device.offline.set(u64::MAX);
            people.net.executor.jump(31 * DAY);
            people.net.executor.sleep(60_000).await;
            let session = other.session().unwrap();
            let found = session.leftovers().await.unwrap();
            assert_eq!(found.objects.len(), 1);
            people.model.collected.borrow_mut().extend(&found.objects);
            let people = &*people;
            let said =
                |events| until(people, move || people.net.bucket.keys("log/").len() == events);
            let comes_back = async {
                said(1).await;
                people.net.executor.sleep(after).await;
                device.offline.set(0);
                people.tabs[0].session().unwrap().online();
                said(2).await;
                for _ in 0..2 {
                    plan(&people.net, Fault::Stale, |operation| {
                        matches!(
                            operation,
                            Operation::List(Listing::Devices { .. } | Listing::Events { .. })
                        )
                    });
                }
            };
            let (freed, ()) = futures_util::join!(session.free(&found), comes_back);
            freed.unwrap();
        });
    }
}
