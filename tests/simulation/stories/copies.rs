//! A browser's profile that is copied, or has forgotten its last writes.

use super::*;

/// A backup of a browser's profile comes back beside the original, and is changed before it has
/// heard of it.
#[test]
fn a_copied_profile_goes_on_as_another_device() {
    story(async |people| {
        let (other, row) = copied(people).await;
        let (original, copy) = (people.tabs[0].session().unwrap(), other.session().unwrap());
        people.devices[1].offline.set(people.net.executor.now() + 120_000);
        copy.work_offline();
        copy.files().rename(row.id, "by the copy").await.unwrap();
        copy.files().trash(row.id).await.unwrap();
        original.files().rename(row.id, "by the original").await.unwrap();
        people.net.executor.sleep(60_000).await;
        assert_eq!((copy.view().unsaved, original.view().unsaved), (2, 0));
        until(people, || shows(&other, |view| view.unsaved == 0)).await;
        // Sealed anew, it comes after what the original did meanwhile.
        let moved = |view: &Seen| view.trash.iter().any(|row| row.path == "by the copy");
        until(people, || people.tabs.iter().all(|tab| shows(tab, moved))).await;
        assert_eq!(people.net.bucket.keys("log/").len(), 4, "each once");
        assert_eq!(devices(people), 2);
    });
}

/// A profile with one file, and a copy of it in a tab that has read the list once.
async fn copied(people: &mut People) -> (Rc<Tab>, FileRow) {
    let other = joins(people, "other");
    people.add_one(&people.tabs[0], 5);
    people.net.executor.sleep(60_000).await;
    people.copy(&people.devices[0], &people.devices[1]);
    other.open();
    people.net.executor.sleep(60_000).await;
    let row = people.tabs[0].session().unwrap().look().files[0].clone();
    (other, row)
}

/// How many device ids the bucket shows.
fn devices(people: &People) -> usize {
    let keys = people.net.bucket.keys("log/");
    let mut devices: Vec<_> = keys.iter().filter_map(|key| key.split('/').next()).collect();
    devices.dedup();
    devices.len()
}

/// Both copies look at the bucket before either has put anything: on a store whose lists run
/// behind, they always do.
#[test]
fn what_two_copies_put_at_one_moment_is_merged_by_a_person() {
    story(async |people| {
        let (other, row) = copied(people).await;
        let (original, copy) = (people.tabs[0].session().unwrap(), other.session().unwrap());
        people.devices[1].offline.set(u64::MAX);
        original.files().rename(row.id, "by the original").await.unwrap();
        until(people, || people.net.bucket.keys("log/").len() == 2).await;
        people.net.executor.sleep(3_000).await;
        people.devices[1].offline.set(0);
        // For the copy's next look at the list, for the one before it puts, and for one of the
        // original's.
        for _ in 0..4 {
            plan(&people.net, Fault::StaleByMost, |operation| {
                matches!(operation, Operation::List(Listing::Events { .. }))
            });
        }
        copy.files().rename(row.id, "by the copy").await.unwrap();
        until(people, || people.net.bucket.keys("log/").len() == 3).await;
        let forked = |view: &Seen| view.doubts == [Doubt::Fork];
        until(people, || people.tabs.iter().all(|tab| shows(tab, forked))).await;
        assert_eq!(original.files().trash(row.id).await, Err(ChangeError::ReadOnly));
        // A reload ends no doubt, and asks nobody.
        people.devices[1].offline.set(people.net.executor.now() + 60_000);
        other.kill();
        other.open();
        until(people, || shows(&other, forked)).await;
        original.merge_forks().await.unwrap();
        let sound =
            |view: &Seen| view.doubts.is_empty() && view.merges.len() == 1 && view.unsaved == 0;
        until(people, || people.tabs.iter().all(|tab| shows(tab, sound))).await;
        original.files().trash(row.id).await.unwrap();
        assert_eq!(original.look().merges[0].events, 2);
    });
}

/// The bucket has the event, and the browser has forgotten that it wrote one: its upload comes back
/// to life.
#[test]
fn a_number_is_not_used_twice_after_a_power_cut() {
    // What was only in the queue may be lost with it, so not all is acknowledged.
    history(async |people| {
        for _ in 0..6 {
            let events = people.net.bucket.keys("log/").len();
            people.add_one(&people.tabs[0], 5);
            until(people, || people.net.bucket.keys("log/").len() > events).await;
            people.cut_power(&people.devices[0]);
            people.tabs[0].open();
            until(people, || people.tabs[0].session().is_some()).await;
            people.add_one(&people.tabs[0], 7);
            people.net.executor.sleep(60_000).await;
        }
        let keys = people.net.bucket.keys("log/");
        let mut places: Vec<_> = keys.iter().map(|key| key.rsplit_once('/').unwrap().0).collect();
        places.dedup();
        assert_eq!(places.len(), keys.len(), "{keys:?}");
        assert!(devices(people) > 1, "it noticed");
    });
}
