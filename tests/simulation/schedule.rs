//! One schedule: a world is drawn, people live in it, the faults stop, it comes to rest, everything
//! is looked at.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use frond::catalog::snapshot::Snapshot;
use frond::session::{SnapshotLimits, TransferState, View};
use frond::transfer::TransferError;

use crate::bucket::Bucket;
use crate::device::Device;
use crate::executor::{Executor, Stuck};
use crate::fault;
use crate::gate::Gate;
use crate::model::Model;
use crate::net::{Net, Weather};
use crate::people::People;
use crate::plant::Plant;
use crate::random::Random;
use crate::source::base_name;
use crate::tab::Tab;
use crate::trace::Trace;
use frond_testing::seen::{Look, Seen};

/// Virtual milliseconds after which a healed world must be at rest.
const REST: u64 = 3_600_000;
/// Every tab looks at the bucket at least so often, in milliseconds: what is at rest for so long
/// stays so.
const LOOK: u64 = 21_000;
/// Virtual milliseconds of a whole schedule.
const LONGEST: u64 = 400 * DAY;
const DAY: u64 = 86_400_000;

pub struct Options {
    pub plant: Option<Plant>,
    /// Print the trace; sum it up.
    pub prints: bool,
    pub sums: bool,
}

/// What a schedule was like.
#[derive(Debug, Default)]
pub struct Report {
    pub violation: Option<String>,
    pub polls: u64,
    pub requests: u64,
    pub faults: u64,
    pub added: u64,
    pub acknowledged: u64,
    pub fetched: u64,
    /// Objects without an entry and unfinished uploads that are left at the end.
    pub orphans: u64,
    pub unfinished: u64,
    /// Forks that people merged.
    pub merges: u64,
    /// Passwords that took the place of others.
    pub passwords: u64,
    /// Snapshots that are in the bucket at the end.
    pub snapshots: u64,
    /// Bytes of files at one time: by an upload, by a download, by a tab.
    pub most_held: [usize; 3],
    pub hours: u64,
    pub sum: u64,
}

impl Report {
    pub fn add(&mut self, other: &Self) {
        self.polls += other.polls;
        self.requests += other.requests;
        self.faults += other.faults;
        self.added += other.added;
        self.acknowledged += other.acknowledged;
        self.fetched += other.fetched;
        self.orphans += other.orphans;
        self.unfinished += other.unfinished;
        self.merges += other.merges;
        self.passwords += other.passwords;
        self.snapshots += other.snapshots;
        self.most_held
            .iter_mut()
            .zip(other.most_held)
            .for_each(|(most, other)| *most = other.max(*most));
        self.hours += other.hours;
    }
}

pub fn schedule(seed: u64, options: &Options) -> Report {
    let people = world(seed, options);
    let People { net, model, .. } = &people;
    let (net, model) = (Rc::clone(net), Rc::clone(model));
    let left = Rc::new(Cell::new(0));
    let orphans = Rc::clone(&left);
    run(&net, &model, async move { live(people, &orphans).await });
    let count = |number: usize| u64::try_from(number).unwrap();
    let added = model.added.borrow();
    Report {
        violation: model.violated(),
        polls: net.executor.polls(),
        requests: net.requests.get(),
        faults: net.faults.get(),
        added: count(added.len()),
        acknowledged: count(added.values().filter(|one| one.acknowledged).count()),
        fetched: count(model.fetched.borrow().len()),
        orphans: count(left.get()),
        unfinished: count(net.bucket.unfinished().len()),
        merges: model.merges.get(),
        passwords: count(model.passwords.former.borrow().len()),
        snapshots: count(net.bucket.manifests()),
        most_held: model.most_held.get(),
        hours: net.executor.now() / 3_600_000,
        sum: net.trace.sum(),
    }
}

/// All of it, drawn from one seed.
pub fn world(seed: u64, options: &Options) -> People {
    let random = Random::new(seed);
    let executor = Executor::new(random.fork());
    let bucket = Rc::new(Bucket::default());
    bucket.conditional.set(random.chance(500));
    bucket.hides_etags.set(random.chance(200));
    bucket.hides_ranges.set(random.chance(200));
    let gate = Gate::default();
    gate.life.set(*random.pick(&[10, 60, 900]).unwrap());
    gate.keeps_logins.set(options.plant == Some(Plant::KeepsLogins));
    let net = Rc::new(Net {
        trace: Rc::new(Trace::new(&executor, options.prints, options.sums)),
        executor,
        bucket: Rc::clone(&bucket),
        gate,
        weather: weather(&random),
        random: random.fork(),
        plant: options.plant,
        snapshots: limits(&random),
        requests: Cell::new(0),
        faults: Cell::new(0),
    });
    let model = Model::new(&bucket);
    let (devices, tabs) = machines(&random, &net, &model);
    let rivals = random.chance(300);
    let months = random.chance(150);
    bucket.backdates.set(months && random.chance(300));
    let (copies, cuts) = (random.chance(250), random.chance(250));
    People {
        net,
        model,
        random,
        devices,
        tabs,
        rivals,
        months,
        copies,
        cuts,
        // Drawn apart: histories without it are as they were.
        changes: Random::new(!seed).chance(250),
        collecting: Rc::default(),
    }
}

/// Lets a world live until `main` ends or something is wrong.
pub fn run(net: &Rc<Net>, model: &Rc<Model>, main: impl Future<Output = ()> + 'static) {
    let result = net.executor.run(LONGEST, || model.violated().is_some(), main);
    net.executor.end();
    if let Err(stuck @ (Stuck::Deadlock | Stuck::TooLong | Stuck::Spins)) = result {
        model.object(format!("the world stands still: {stuck:?}"));
    }
}

/// How bad it is, and which faults this schedule knows: few of them at a time find more than all at
/// once.
fn weather(random: &Random) -> Weather {
    let known = random.between(100, 1000);
    let faults = fault::ALL.into_iter().filter(|_| random.chance(known)).collect();
    Weather {
        rate: Cell::new(*random.pick(&[0, 20, 60, 150, 300]).unwrap()),
        faults: RefCell::new(faults),
        planned: RefCell::default(),
        store_down: Cell::new(0),
        gate_down: Cell::new(0),
        latency: Cell::new(*random.pick(&[2, 40, 300, 2_000]).unwrap()),
        bandwidth: Cell::new(*random.pick(&[1, 100, 100_000]).unwrap()),
    }
}

/// Snapshots of a few events, or of so many that there are none.
fn limits(random: &Random) -> SnapshotLimits {
    if random.chance(400) {
        return SnapshotLimits::DEFAULT;
    }
    let few = usize::try_from(random.between(0, 4)).unwrap();
    let uncovered = usize::try_from(random.between(1, 8)).unwrap();
    let (pause_ms, grace_ms) = (random.between(1_000, 120_000), random.between(0, 600_000));
    SnapshotLimits { few, uncovered, pause_ms, grace_ms }
}

fn machines(random: &Random, net: &Rc<Net>, model: &Rc<Model>) -> (Vec<Rc<Device>>, Vec<Rc<Tab>>) {
    let (mut devices, mut tabs) = (Vec::new(), Vec::new());
    for name in ["a", "b", "c"].into_iter().take(usize::try_from(random.between(1, 3)).unwrap()) {
        let device = Device::new(name, &net.executor, random.fork());
        for number in 0..random.between(1, 2) {
            tabs.push(Tab::new(format!("{name}{number}"), &device, net, model));
        }
        devices.push(device);
    }
    (devices, tabs)
}

async fn live(people: People, orphans: &Cell<usize>) {
    let People { net, model, random, devices, tabs, .. } = &people;
    begin(&people).await;
    // A bucket may spoil what nobody needs.
    let spoils = random.chance(200);
    for _ in 0..random.between(3, 20) {
        people.act();
        if spoils && random.chance(200) {
            net.bucket.spoil_snapshots(random);
        }
        let pause = *random.pick(&[1, 50, 1_000, 20_000]).unwrap();
        net.executor.sleep(random.between(0, pause)).await;
    }
    net.trace.say(|| "the faults stop".to_owned());
    if net.plant != Some(Plant::StaysDown) {
        net.heal();
        devices.iter().for_each(|device| device.heal());
    } else {
        net.weather.store_down.set(u64::MAX);
    }
    let Some(fingerprint) = rest(&people, tabs).await else { return };
    let state = snapshot(&tabs[0]);
    if spoils {
        net.bucket.spoil_snapshots(random);
    }
    let fresh = Device::new("fresh", &net.executor, random.fork());
    let fresh = [Tab::new("fresh".to_owned(), &fresh, net, model)];
    let Some(code) = rest(&people, &fresh).await else { return };
    if fingerprint != code {
        return model.object(format!(
            "list fingerprint: {fingerprint} on the old devices, {code} on a fresh one"
        ));
    }
    if snapshot(&fresh[0]) != state {
        model.object("snapshot: a fresh device writes another one".to_owned());
    }
    let session = fresh[0].session().unwrap();
    let view = session.look();
    for row in view.files.iter().chain(&view.trash) {
        session.transfers().download(row.id).unwrap();
    }
    if rest(&people, &fresh).await.is_none() {
        return;
    }
    for row in view.files.iter().chain(&view.trash) {
        if !model.fetched.borrow().contains(&row.id) {
            model.object(format!("{} cannot be fetched", row.path));
        }
    }
    let former = model.passwords.former.borrow().clone();
    for former in former {
        if fresh[0].opens(former).await {
            return model.object(format!("the former password {former} opens the vault"));
        }
    }
    orphans.set(model.orphans(&view));
    collect_garbage(&people, &fresh[0]).await;
}

/// What a tab's snapshot of all events would say.
fn snapshot(tab: &Tab) -> Option<[u8; 32]> {
    Some(Snapshot::of(&tab.session()?.files().index())?.state())
}

/// A later run finds all that belongs to nothing, and frees it.
async fn collect_garbage(people: &People, tab: &Tab) {
    let People { net, model, .. } = people;
    net.executor.jump(31 * DAY);
    let session = tab.session().unwrap();
    session.refresh();
    net.executor.sleep(60_000).await;
    // What is behind the first page of one journal, the next look finds.
    for _ in 0..5 {
        let freed = match session.leftovers().await {
            Ok(found) if found.is_empty() => break,
            Ok(found) => session.free(&found).await,
            Err(error) => Err(error),
        };
        if let Err(error) = freed {
            return model.object(format!("orphans cannot be looked for: {error}"));
        }
    }
    model.tidy(&session.look());
}

/// The account is made, on a good day, and the first tab opened.
pub async fn begin(people: &People) {
    let People { net, tabs, .. } = people;
    let rate = net.weather.rate.replace(0);
    tabs[0].create().await;
    *net.bucket.account.borrow_mut() = net.gate.account();
    net.weather.rate.set(rate);
    tabs[0].open();
}

/// Waits until these tabs are at rest; their one list fingerprint.
pub async fn rest(people: &People, tabs: &[Rc<Tab>]) -> Option<String> {
    let People { net, model, .. } = people;
    let end = net.executor.now() + REST;
    let (mut seconds, mut since) = (0, None);
    loop {
        for tab in tabs.iter().filter(|tab| !tab.lives()) {
            tab.open();
        }
        net.executor.sleep(1_000).await;
        let unrest = tabs.iter().find_map(|tab| match tab.session() {
            Some(session) => {
                restless(people, &session.look()).map(|why| format!("{} {why}", tab.name))
            }
            None => Some(format!("{} is not open", tab.name)),
        });
        let collecting = Rc::strong_count(&people.collecting) > 1;
        let unrest = unrest.or_else(|| collecting.then(|| "somebody still frees".to_owned()));
        let fingerprint =
            |tab: &Rc<Tab>| tab.session().map(|session| session.view().list_fingerprint);
        let one = tabs.iter().all(|tab| fingerprint(tab) == fingerprint(&tabs[0]));
        match unrest {
            None if one && since.is_none_or(|since| net.executor.now() < since + LOOK) => {
                since.get_or_insert(net.executor.now());
                continue;
            }
            None if one => {
                for tab in tabs {
                    model.complete(&tab.name, &tab.session()?.look());
                }
                if tabs.iter().any(|tab| snapshot(tab) != snapshot(&tabs[0])) {
                    model.object("snapshot: equal devices write different ones".to_owned());
                }
                return fingerprint(&tabs[0]);
            }
            unrest if net.executor.now() > end => {
                let why = unrest
                    .unwrap_or_else(|| "list fingerprint: the devices do not agree".to_owned());
                model.object(format!("not at rest: {why}"));
                return None;
            }
            _ => since = None,
        }
        // A person looks now and then, and asks for what failed once more; files are brought to one
        // tab at a time, for two rivals who bring them for ever never end.
        seconds += 1;
        if seconds % 60 == 0 {
            people.bring(&tabs[seconds / 60 % tabs.len()]);
            people.merge(&tabs[seconds / 60 % tabs.len()]);
            tabs.iter().for_each(|tab| people.resume(tab));
        }
    }
}

/// Why a tab is not at rest.
fn restless(people: &People, view: &Seen) -> Option<String> {
    if !view.listed || view.unsaved > 0 || view.list_error.is_some() || !view.doubts.is_empty() {
        let View { listed, unsaved, list_error, doubts, .. } = &**view;
        return Some(format!(
            "listed {listed}, unsaved {unsaved}, list_error {list_error:?}, doubts {doubts:?}"
        ));
    }
    let added = people.model.added.borrow();
    view.transfers.iter().find_map(|row| {
        let one = added.values().find(|one| base_name(one.file.number) == row.name);
        let ended = match row.state {
            TransferState::Done => true,
            // Somebody would have to bring what is gone.
            TransferState::Unfinished
            | TransferState::Elsewhere
            | TransferState::Failed(TransferError::Source)
                if one.is_some_and(|one| one.file.gone.get()) =>
            {
                true
            }
            // It waited for so long to be named that somebody freed it.
            TransferState::Failed(TransferError::Source) => {
                !people.model.collected.borrow().is_empty()
            }
            // Deleted for ever while it was asked for, perhaps under another name; or freed, before
            // it was named too late.
            TransferState::Failed(TransferError::Missing) => {
                let unwanted = match one {
                    Some(one) => one.unwanted,
                    None => added.values().any(|one| one.unwanted),
                };
                unwanted || !people.model.collected.borrow().is_empty()
            }
            _ => false,
        };
        (!ended).then(|| format!("{} is {:?}", row.name, row.state))
    })
}
