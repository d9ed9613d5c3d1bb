//! What people do in their tabs, and what happens to their machines.

use std::cell::Cell;
use std::rc::Rc;

use frond::session::{Doubt, FileRow, LoginError, TransferRow, TransferState};
use frond::transfer::TransferError;

use crate::device::Device;
use crate::model::{Added, Model};
use crate::net::Net;
use crate::plant::Plant;
use crate::random::Random;
use crate::source::{File, number};
use crate::tab::{Tab, password};
use frond_testing::seen::Look;

/// Chunks and parts of `model::GEOMETRY` begin and end about here.
const EDGES: [u64; 8] = [0, 1, 7_680, 8_192, 15_872, 16_384, 32_768, 49_152];

pub struct People {
    pub net: Rc<Net>,
    pub model: Rc<Model>,
    pub random: Random,
    pub devices: Vec<Rc<Device>>,
    pub tabs: Vec<Rc<Tab>>,
    /// Whether they bring one file to several devices as soon as those know of it.
    pub rivals: bool,
    /// Whether they are away for months, and free what is left over.
    pub months: bool,
    /// Whether profiles of browsers are copied from one machine to another.
    pub copies: bool,
    /// Whether the power fails, and takes back what a browser said that it had written.
    pub cuts: bool,
    /// Whether they change the password.
    pub changes: bool,
    /// Held by whoever is freeing it.
    pub collecting: Rc<()>,
}

impl People {
    /// One thing, in one tab; a dead or locked one is opened again.
    pub fn act(&self) {
        let tab = self.random.pick(&self.tabs).unwrap();
        if !tab.lives() {
            tab.open();
            return;
        }
        if self.rivals && self.random.chance(400) {
            if self.random.chance(200) {
                self.add_one(tab, self.random.between(32_768, 120_000));
            }
            return self.bring(tab);
        }
        if self.months && self.random.chance(150) {
            if self.random.chance(500) {
                self.net.executor.jump(self.random.between(29, 32) * 86_400_000);
            }
            return self.collect_garbage(tab);
        }
        if self.copies && self.random.chance(200) {
            return self.copy_profile();
        }
        if self.cuts && self.random.chance(150) {
            return self.cut_power(&tab.device);
        }
        if self.changes && self.random.chance(150) {
            return self.change_password(tab);
        }
        if self.random.chance(100) {
            self.merge(tab);
        }
        match self.random.below(100) {
            0..30 => self.add(tab),
            30..42 => self.download(tab),
            42..60 => self.change(tab),
            60..64 => self.resume(tab),
            64..67 => self.bring(tab),
            67..69 => self.pause(tab),
            69..70 => self.cancel(tab),
            70..74 => self.lock(tab),
            74 => self.collect_garbage(tab),
            75..80 => tab.kill(),
            80..84 => tab.doom(self.random.between(1, 300)),
            84..88 => self.spoil_source(),
            88..91 => self.expire(),
            _ => self.strike(&tab.device),
        }
    }

    fn add(&self, tab: &Rc<Tab>) {
        for _ in 0..self.random.between(1, 3) {
            self.add_one(
                tab,
                match self.random.below(10) {
                    0..4 => self.random.below(8_000),
                    4..7 => *self.random.pick(&EDGES).unwrap() + self.random.below(3),
                    _ => self.random.below(120_000),
                },
            );
        }
    }

    /// Adds a file of so many bytes.
    pub fn add_one(&self, tab: &Rc<Tab>, size: u64) {
        let Some(session) = tab.session() else { return };
        let number = u64::try_from(self.model.added.borrow().len()).unwrap();
        let (executor, random) = (Rc::clone(&self.net.executor), self.random.fork());
        let (version, sly) = (Cell::new(0), Cell::new(self.random.chance(300)));
        let file =
            Rc::new(File { number, size, version, sly, gone: Cell::new(false), executor, random });
        let source = file.pick().unwrap();
        self.model.added.borrow_mut().insert(
            number,
            Added {
                file,
                hands: [tab.device.name.clone()].into(),
                rivals: 0,
                acknowledged: false,
                unwanted: false,
            },
        );
        let twice = self.net.plant == Some(Plant::Twice);
        let result =
            session.transfers().add(std::iter::repeat_n(source, 1 + usize::from(twice)).collect());
        self.net
            .trace
            .say(|| format!("{} adds file {number} of {size} bytes: {result:?}", tab.name));
    }

    fn file(&self, tab: &Tab, trashed: bool) -> Option<FileRow> {
        let view = tab.session()?.look();
        self.random.pick(if trashed { &view.trash } else { &view.files }).cloned()
    }

    fn download(&self, tab: &Rc<Tab>) {
        let (Some(session), Some(row)) = (tab.session(), self.file(tab, false)) else { return };
        let result = session.transfers().download(row.id);
        self.net.trace.say(|| format!("{} downloads {}: {result:?}", tab.name, row.path));
    }

    /// Trash, restore, rename, delete for ever.
    fn change(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        let what = self.random.below(10);
        let Some(row) = self.file(tab, matches!(what, 4..8)) else { return };
        let (id, trace, name) = (row.id, Rc::clone(&self.net.trace), tab.name.clone());
        let path = format!("renamed {}", self.random.below(3));
        if matches!(what, 5..8) {
            self.model.added.borrow_mut().get_mut(&number(&row.media_type)).unwrap().unwanted =
                true;
        }
        tab.run(async move {
            let (verb, result) = match what {
                0..4 => ("trashes", session.files().trash(id).await),
                4 => ("restores", session.files().restore(id).await),
                5..8 => ("purges", session.files().purge(vec![id]).await),
                _ => ("renames", session.files().rename(id, &path).await),
            };
            trace.say(|| format!("{name} {verb} {}: {result:?}", row.path));
        });
    }

    /// Whatever is paused, failed or unfinished, again.
    pub fn resume(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        for row in session.view().transfers {
            let stands = matches!(
                row.state,
                TransferState::Paused | TransferState::Failed(_) | TransferState::Unfinished
            );
            if stands {
                self.net.trace.say(|| format!("{} resumes {}", tab.name, row.name));
                session.transfers().resume(row.id);
            }
        }
    }

    /// Picks the files again that unfinished uploads wait for: rivals on every device, others where
    /// it was picked before.
    pub fn bring(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        let rows = session.view().transfers.into_iter().filter(|row| {
            matches!(
                row.state,
                TransferState::Unfinished | TransferState::Failed(TransferError::Source)
            )
        });
        for row in rows {
            let file = self
                .model
                .file(&row.name)
                .filter(|file| self.rivals || self.model.was_picked(file.number, &tab.device.name));
            if let Some((file, source)) =
                file.and_then(|file| Some((Rc::clone(&file), file.pick()?)))
            {
                self.model.picked(file.number, &tab.device.name, self.rivals);
                let same = source.size() == row.total;
                let result = session.transfers().add(vec![source]);
                self.net.trace.say(|| {
                    format!("{} brings {}, same size {same}: {result:?}", tab.name, row.name)
                });
                // It went on as another upload: nobody leaves a row that asks for what was brought.
                let asks = |row: &&TransferRow| matches!(row.state, TransferState::Failed(_));
                let still =
                    session.view().transfers.iter().filter(asks).any(|other| other.id == row.id);
                if !same || still {
                    session.transfers().cancel(row.id);
                }
            }
        }
    }

    fn pause(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        if let Some(row) = self.random.pick(&session.view().transfers) {
            self.net.trace.say(|| format!("{} pauses {}", tab.name, row.name));
            session.transfers().pause(row.id);
        }
    }

    fn cancel(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        if let Some(row) = self.random.pick(&session.view().transfers) {
            self.net.trace.say(|| format!("{} cancels {}", tab.name, row.name));
            session.transfers().cancel(row.id);
        }
    }

    /// Frees what belongs to nothing.
    fn collect_garbage(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        let (model, trace, name) =
            (Rc::clone(&self.model), Rc::clone(&self.net.trace), tab.name.clone());
        let collecting = Rc::clone(&self.collecting);
        tab.run(async move {
            let _collecting = collecting;
            let Ok(found) = session.leftovers().await else { return };
            model.collected.borrow_mut().extend(&found.objects);
            let freed = session.free(&found).await;
            trace.say(|| format!("{name} frees {found:?}: {freed:?}"));
        });
    }

    /// All tabs of a machine die, and the last that its browser wrote is gone.
    pub fn cut_power(&self, device: &Device) {
        let tabs = || self.tabs.iter().filter(|tab| tab.device.name == device.name);
        tabs().for_each(|tab| tab.kill());
        self.model.leaves(&device.name, tabs().count());
        let lost = device.lose_power();
        self.net.trace.say(|| format!("{} loses power and {lost} transactions", device.name));
    }

    /// One machine gets the browser profile of another, which goes on as well.
    fn copy_profile(&self) {
        let (Some(from), Some(to)) =
            (self.random.pick(&self.devices), self.random.pick(&self.devices))
        else {
            return;
        };
        if from.name == to.name || !from.is_idle() || !to.is_idle() {
            return;
        }
        self.copy(from, to);
        // Both go on, the copy perhaps before it could list anything.
        let of =
            |device: &Device| self.tabs.iter().find(|tab| tab.device.name == device.name).unwrap();
        let (original, copy) = (Rc::clone(of(from)), Rc::clone(of(to)));
        if self.random.chance(500) {
            to.offline.set(self.net.executor.now() + self.random.between(1, 60_000));
        }
        copy.open();
        let late = self.random.between(1, 3_000);
        for tab in [original, copy] {
            let (executor, slot) = (Rc::clone(&self.net.executor), Rc::clone(&tab));
            let path = format!("of {}", tab.name);
            tab.run(async move {
                executor.sleep(late).await;
                let Some(session) = slot.session() else { return };
                if late.is_multiple_of(2) {
                    session.work_offline();
                }
                let Some(row) = session.look().files.first().cloned() else { return };
                let _ = session.files().rename(row.id, &path).await;
            });
        }
    }

    /// Says that both histories are theirs, where there are two.
    pub fn merge(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        if session.view().doubts == [Doubt::Fork] {
            let (trace, name, merged) =
                (Rc::clone(&self.net.trace), tab.name.clone(), Rc::clone(&self.model));
            tab.run(async move {
                let ended = session.merge_forks().await;
                merged.merges.set(merged.merges.get() + u64::from(ended.is_ok()));
                trace.say(|| format!("{name} merges: {ended:?}"));
            });
        }
    }

    /// `to` gets the browser profile of `from`, which goes on as well.
    pub fn copy(&self, from: &Device, to: &Device) {
        self.tabs.iter().filter(|tab| tab.device.name == to.name).for_each(|tab| tab.kill());
        to.become_copy(from);
        // One of the two takes another id.
        for device in [from, to] {
            let tabs = self.tabs.iter().filter(|tab| tab.device.name == device.name).count();
            self.model.leaves(&device.name, tabs);
        }
        self.net.trace.say(|| format!("{} becomes a copy of {}", to.name, from.name));
    }

    /// Changes the password that the session was opened with, whichever that is; the tab may die
    /// meanwhile.
    fn change_password(&self, tab: &Rc<Tab>) {
        let Some(session) = tab.session() else { return };
        let (model, trace, name) =
            (Rc::clone(&self.model), Rc::clone(&self.net.trace), tab.name.clone());
        let current = model.passwords.valid.borrow().clone();
        let new = model.passwords.next();
        tab.run(async move {
            for current in current {
                let changed =
                    session.logins().change_password(&password(current), &password(new)).await;
                trace.say(|| format!("{name} changes password {current} to {new}: {changed:?}"));
                match changed {
                    Ok(()) => return model.passwords.changed(new),
                    Err(LoginError::CurrentPassword) => {}
                    Err(_) => return,
                }
            }
        });
        if self.random.chance(400) {
            tab.doom(self.random.between(1, 60));
        }
    }

    fn lock(&self, tab: &Rc<Tab>) {
        if let Some(session) = tab.session() {
            self.net.trace.say(|| format!("{} locks", tab.name));
            tab.run(async move { session.lock().await.told().await });
        }
    }

    /// A file is written to or deleted on its disk.
    fn spoil_source(&self) {
        let added = self.model.added.borrow();
        let numbers: Vec<_> = added.keys().copied().collect();
        if let Some(number) = self.random.pick(&numbers) {
            let file = &added[number].file;
            if self.random.chance(300) {
                file.gone.set(true);
            } else {
                file.version.set(file.version.get() + 1);
            }
            self.net.trace.say(|| {
                let (version, sly, gone) = (file.version.get(), file.sly.get(), file.gone.get());
                format!("file {number} is now version {version}, sly {sly}, gone {gone}")
            });
        }
    }

    /// A lifecycle rule of the store.
    fn expire(&self) {
        if let Some(upload) = self.random.pick(&self.net.bucket.unfinished()) {
            self.net.trace.say(|| format!("the store aborts upload {upload}"));
            self.net.bucket.expire(upload);
        }
    }

    /// Something happens to a machine or to a server.
    fn strike(&self, device: &Device) {
        let (random, now, trace) = (&self.random, self.net.executor.now(), &self.net.trace);
        let long = match random.below(20) {
            0 => 3_600_000,
            1..5 => 600_000,
            _ => 40_000,
        };
        let until = now + random.between(1, long);
        match random.below(9) {
            0 => self.net.weather.store_down.set(until),
            1 => self.net.weather.gate_down.set(until),
            2 | 3 => device.offline.set(until),
            4 => {
                device.broken_rate.set(*random.pick(&[100, 500, 1000]).unwrap());
                device.broken.set(now + random.between(1, 40_000));
            }
            5 => device.quota.set(Some(random.below(12))),
            6 => {
                let ahead = random.pick(&[
                    -31_536_000_000,
                    -86_400_000,
                    -960_000,
                    0,
                    50_000,
                    960_000,
                    86_400_000,
                ]);
                device.ahead.set(*ahead.unwrap());
            }
            7 => device.quota.set(None),
            _ => self.net.executor.jump(random.between(60_000, 8 * 3_600_000)),
        }
        trace.say(|| {
            format!(
                "{}: offline until {}, store {}, endpoint {}, storage {}, quota {:?}, clock {}",
                device.name,
                device.offline.get(),
                self.net.weather.store_down.get(),
                self.net.weather.gate_down.get(),
                device.broken.get(),
                device.quota.get(),
                device.ahead.get()
            )
        });
    }
}
