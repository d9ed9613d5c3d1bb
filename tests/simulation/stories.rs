//! Histories that once went wrong, told on purpose.

mod clocks;
mod copies;
mod events;
mod leftovers;
mod retention;
mod uploads;

use std::cell::Cell;
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
