//! Clocks that are wrong: a device's, and what an endpoint says of the time.

use super::*;

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
                shows(&tab, |view| view.listed && view.unsaved == 0 && view.list_error.is_none())
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
            until(people, || session.view().list_error == Some(TransferError::ClockWrong)).await;
            let now = BEGAN + net.executor.now() / 1000;
            let latest = net.gate.latest.get();
            assert!(
                latest <= now.saturating_add_signed(ahead / 1000),
                "{ahead}: {latest} at {now}"
            );
            device.ahead.set(0);
            session.refresh();
            until(people, || session.view().list_error.is_none()).await;
        }
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
