//! Histories that once went wrong, told on purpose.

use std::rc::Rc;

use frond_wire::Operation;

use crate::device::Device;
use crate::fault::Fault;
use crate::net::{Meets, Net};
use crate::people::People;
use crate::plant::Plant;
use crate::schedule::{Options, begin, rest, run, world};
use crate::tab::Tab;

const YEAR: i64 = 31_536_000_000;

/// A world without faults but those that the story plans, in which the account is made and one tab is open.
fn story(told: impl AsyncFnOnce(&mut People) + 'static) {
    let mut people = world(0, &Options { plant: None::<Plant>, prints: false, sums: false });
    people.net.weather.rate.set(0);
    people.net.gate.life.set(900);
    let (net, model) = (Rc::clone(&people.net), Rc::clone(&people.model));
    people.devices = vec![Device::new("one", &net.executor, people.random.fork())];
    people.tabs = vec![tab(&people, 0)];
    run(&net, &model, async move {
        begin(&people).await;
        people.net.executor.sleep(30_000).await;
        told(&mut people).await;
        rest(&people, &people.tabs).await;
    });
    assert_eq!(model.violated(), None);
    assert!(model.added.borrow().values().all(|one| one.acknowledged));
}

/// A tab of the device of that number.
fn tab(people: &People, device: usize) -> Rc<Tab> {
    let name = format!("tab {}", people.tabs.len());
    Tab::new(name, &people.devices[device], &people.net, &people.model)
}

fn plan(net: &Net, fault: Fault, meets: Meets) {
    net.weather.planned.borrow_mut().push((fault, meets));
}

/// What answers "200" to a PUT need not be the store.
#[test]
fn an_event_that_nobody_kept_is_sent_again() {
    story(async |people| {
        plan(&people.net, Fault::Portal, |operation| matches!(operation, Operation::PutEvent { .. }));
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
        other.ahead.set(-YEAR);
        people.add_one(&people.tabs[0], 5);
    });
}

/// A request that was on its way while the lid was closed comes too late; the clock is right all the same.
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
