//! Histories that once went wrong, told on purpose.

use std::rc::Rc;

use frond::session::{
    ChangeError, Direction, Doubt, FileFault, FileRow, Leftovers, TransferRow, TransferState,
};
use frond::transfer::TransferError;
use frond_wire::{Listing, Name, Operation};

use crate::device::Device;
use crate::fault::Fault;
use crate::model::Model;
use crate::net::{BEGAN, Meets, Net};
use crate::people::People;
use crate::plant::Plant;
use crate::schedule::{Options, begin, rest, run, world};
use crate::tab::Tab;
use frond_testing::seen::{Look, Seen};

const YEAR: i64 = 31_536_000_000;

/// A world without faults but those that the story plans, in which the account is made and one tab
/// is open.
fn story(told: impl AsyncFnOnce(&mut People) + 'static) {
    let model = history(told);
    assert!(model.added.borrow().values().all(|one| one.acknowledged));
}

/// As a story, at whose end somebody may have been told that a file is gone.
fn history(story: impl AsyncFnOnce(&mut People) + 'static) -> Rc<Model> {
    let model = told(story);
    assert_eq!(model.violated(), None);
    model
}

/// As a story, whatever comes of it.
fn told(story: impl AsyncFnOnce(&mut People) + 'static) -> Rc<Model> {
    let mut people = world(0, &Options { plant: None::<Plant>, prints: false, sums: false });
    people.net.weather.rate.set(0);
    people.net.gate.life.set(900);
    let (net, model) = (Rc::clone(&people.net), Rc::clone(&people.model));
    people.devices = vec![Device::new("one", &net.executor, people.random.fork())];
    people.tabs = vec![tab(&people, 0)];
    run(&net, &model, async move {
        begin(&people).await;
        people.net.executor.sleep(30_000).await;
        story(&mut people).await;
        rest(&people, &people.tabs).await;
    });
    model
}

/// A tab of the device of that number.
fn tab(people: &People, device: usize) -> Rc<Tab> {
    let name = format!("tab {}", people.tabs.len());
    Tab::new(name, &people.devices[device], &people.net, &people.model)
}

/// Another device, with one tab.
fn joins(people: &mut People, name: &str) -> Rc<Tab> {
    people.devices.push(Device::new(name, &people.net.executor, people.random.fork()));
    let tab = tab(people, people.devices.len() - 1);
    people.tabs.push(Rc::clone(&tab));
    tab.open();
    tab
}

async fn until(people: &People, seen: impl Fn() -> bool) {
    for _ in 0..360_000 {
        if seen() {
            return;
        }
        people.net.executor.sleep(10).await;
    }
    people.model.object("what the story waits for never came".to_owned());
}

fn shows(tab: &Tab, seen: impl Fn(&Seen) -> bool) -> bool {
    tab.session().is_some_and(|session| seen(&session.look()))
}

fn plan(net: &Net, fault: Fault, meets: Meets) {
    net.weather.planned.borrow_mut().push((fault, meets));
}

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

#[test]
fn a_device_whose_clock_is_set_back_still_reads_the_list() {
    story(async |people| {
        let other = Device::new("other", &people.net.executor, people.random.fork());
        people.devices.push(Rc::clone(&other));
        people.tabs.push(tab(people, 1));
        people.tabs[1].open();
        people.net.executor.sleep(60_000).await;
        other.ahead.set(-23 * 3_600_000);
        people.add_one(&people.tabs[0], 5);
    });
}

/// A token may be from 5 s ahead, and is good for 60: who is further off is refused once, and
/// learns it from `Date`.
#[test]
fn a_device_whose_clock_is_off_by_less_than_a_minute_works_like_any_other() {
    story(async |people| {
        for ahead in [-50_000, 4_000, 30_000, 55_000] {
            let tab = joins(people, &format!("{ahead} ms ahead"));
            people.devices.last().unwrap().ahead.set(ahead);
            people.net.executor.sleep(60_000).await;
            people.add_one(&tab, 5);
            until(people, || {
                shows(&tab, |view| view.listed && view.unsaved == 0 && view.trouble.is_none())
            })
            .await;
        }
    });
}

/// What a request is signed for must not be of a time that an endpoint chose for later.
#[test]
fn a_clock_that_is_off_by_more_than_a_day_is_not_corrected() {
    story(async |people| {
        people.add_one(&people.tabs[0], 5);
        let (net, device) = (Rc::clone(&people.net), Rc::clone(&people.devices[0]));
        until(people, || net.bucket.keys("log/").len() == 1).await;
        for ahead in [-YEAR, -25 * 3_600_000, 25 * 3_600_000, YEAR] {
            device.ahead.set(ahead);
            net.gate.latest.set(0);
            let session = people.tabs[0].session().unwrap();
            session.refresh();
            until(people, || session.view().trouble == Some(TransferError::ClockWrong)).await;
            let now = BEGAN + net.executor.now() / 1000;
            let latest = net.gate.latest.get();
            assert!(
                latest <= now.saturating_add_signed(ahead / 1000),
                "{ahead}: {latest} at {now}"
            );
            device.ahead.set(0);
            session.refresh();
            until(people, || session.view().trouble.is_none()).await;
        }
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

/// A request that was on its way while the lid was closed comes too late; the clock is right all
/// the same.
#[test]
fn a_closed_lid_is_no_wrong_clock() {
    story(async |people| {
        people.tabs[0].kill();
        let other = Device::new("other", &people.net.executor, people.random.fork());
        people.devices.push(other);
        people.tabs = vec![tab(people, 1)];
        people.tabs[0].open();
        let sent = people.net.requests.get();
        // The configuration, then the login record: that one sleeps.
        while people.net.requests.get() < sent + 2 {
            people.net.executor.sleep(1).await;
        }
        people.net.executor.jump(4 * 3_600_000);
    });
}

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
            people.model.swept.borrow_mut().extend(&found.objects);
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
