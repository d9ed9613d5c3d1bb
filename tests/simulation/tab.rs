//! A tab: a session over one device, that can die at any await, and begins again with what the
//! device has.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use frond::port::BulkCipher;
use frond::secret::Password;
use frond::session::{LockedVault, Session, UnlockError, World};
use frond::transfer::TransferWorld;
use futures_util::future;

use crate::chest::{Chest, Ways};
use crate::cipher::Cheap;
use crate::device::{Device, Disk, Pleased, Safe, Watch};
use crate::executor::Group;
use crate::gate::ORIGIN;
use crate::model::{GEOMETRY, Model};
use crate::net::{Line, Net};
use crate::plant::Plant;
use crate::runner::Porter;
use crate::scale::Scale;
use frond_testing::seen::Look;

const NAME: &str = "ada";

/// The password of that number.
pub fn password(number: u64) -> Password {
    Password::new(format!("cake-gauge-patch-three-candy-ghost-peace-{number}"))
}

pub struct Tab {
    pub name: String,
    pub device: Rc<Device>,
    net: Rc<Net>,
    model: Rc<Model>,
    group: Cell<Group>,
    session: Rc<RefCell<Option<Session>>>,
}

impl Tab {
    pub fn new(name: String, device: &Rc<Device>, net: &Rc<Net>, model: &Rc<Model>) -> Rc<Self> {
        let (device, net, model) = (Rc::clone(device), Rc::clone(net), Rc::clone(model));
        let group = Cell::new(net.executor.group());
        Rc::new(Self { name, device, net, model, group, session: Rc::default() })
    }

    fn locked(&self) -> LockedVault {
        let entropy = Rc::new(self.net.random.fork());
        let cipher: Rc<dyn BulkCipher> =
            Rc::new(Cheap { wrong: self.net.plant == Some(Plant::WrongByte) });
        let http = Rc::new(Line::new(&self.net, &self.device));
        let clock = Rc::new(Watch(Rc::clone(&self.device)));
        let spool = Rc::new(Chest(Rc::clone(&self.device)));
        let world = TransferWorld {
            http: http.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            cipher: cipher.clone(),
            spool: spool.clone(),
            geometry: GEOMETRY,
        };
        LockedVault::new(Rc::new(World {
            http,
            clock,
            entropy,
            cipher,
            store: Rc::new(Disk(Rc::clone(&self.device))),
            keys: Rc::new(Safe(Rc::clone(&self.device))),
            notes: Rc::new(Safe(Rc::clone(&self.device))),
            // Nobody is away for so long: who locks is drawn.
            session_seconds: Some(400 * 86_400),
            runner: Rc::new(Porter {
                world,
                model: Rc::clone(&self.model),
                scale: Scale::new(&self.model, self.net.plant),
            }),
            spool,
            handles: Rc::new(Ways(Rc::clone(&self.device))),
            geometry: GEOMETRY,
            snapshots: self.net.snapshots,
            search: None,
            meter: Rc::new(Pleased),
            base_url: format!("{ORIGIN}/"),
            deployment: None,
        }))
    }

    /// Makes the account.
    pub async fn create(&self) -> String {
        self.locked().create(NAME, &password(0), None).await.unwrap().username()
    }

    /// Opens the vault, however long it takes, and works until it is locked.
    pub fn open(&self) {
        self.group.set(self.net.executor.group());
        self.net.trace.say(|| format!("{} opens", self.name));
        let (locked, slot, net) = (self.locked(), Rc::clone(&self.session), Rc::clone(&self.net));
        let (model, name) = (Rc::clone(&self.model), self.name.clone());
        let polls = net.random.chance(100).then(|| net.random.between(1, 60));
        self.net.executor.spawn(self.group.get(), async move {
            let mut refused = 0;
            let session = match locked.restore().await.open() {
                Some(session) => session,
                None => loop {
                    let (number, of) = {
                        let valid = model.passwords.valid.borrow();
                        (valid[refused % valid.len()], valid.len())
                    };
                    match locked.sign_in(NAME, &password(number)).await {
                        Ok(session) => break session,
                        // A person tries the passwords that may be the right one, and once more
                        // those that another device has changed meanwhile.
                        Err(UnlockError::Wrong) if refused < 3 * of => refused += 1,
                        // A person tries again.
                        Err(
                            UnlockError::NoAnswer
                            | UnlockError::ClockWrong
                            | UnlockError::DeviceStorage,
                        ) => {}
                        Err(UnlockError::InvalidResponse | UnlockError::TooMany(_)) => {}
                        Err(other) => {
                            return model.object(format!("{name} cannot sign in: {other}"));
                        }
                    }
                    net.executor.sleep(2_000).await;
                },
            };
            let shown = Rc::downgrade(&slot);
            let trace = Rc::clone(&net.trace);
            session.on_change(Rc::new(move || {
                let Some(slot) = shown.upgrade() else { return };
                let slot = slot.borrow();
                let Some(session) = &*slot else { return };
                let view = session.look();
                trace.say(|| {
                    let rows =
                        view.transfers.iter().map(|row| format!("{}:{:?} ", row.name, row.state));
                    let rows: String = rows.collect();
                    let (files, list_error) = (view.files.len(), view.list_error);
                    format!(
                        "{name} shows {files} files, {} unsaved, {list_error:?} {:?} {rows}",
                        view.unsaved, view.doubts
                    )
                });
                model.seen(&name, &view);
            }));
            *slot.borrow_mut() = Some(session.clone());
            // As the page does: what another tab locked is locked here.
            future::select(pin!(session.work()), pin!(session.ends())).await;
            if session.over().is_some() {
                session.lock().await.told().await;
            }
        });
        if let Some(polls) = polls.filter(|_| net_wild(&self.net)) {
            self.net.executor.doom(self.group.get(), polls);
        }
    }

    /// Whether this password opens the vault on this device; the endpoint has to answer.
    pub async fn opens(&self, number: u64) -> bool {
        self.locked().sign_in(NAME, &password(number)).await.is_ok()
    }

    /// The session, if the tab lives and the vault is open.
    pub fn session(&self) -> Option<Session> {
        if !self.lives() {
            self.session.take();
        }
        self.session.borrow().clone()
    }

    pub fn lives(&self) -> bool {
        self.net.executor.lives(self.group.get())
    }

    /// Dies now.
    pub fn kill(&self) {
        self.net.trace.say(|| format!("{} dies", self.name));
        self.net.executor.kill(self.group.get());
        self.session.take();
    }

    /// Dies after so many polls of its tasks.
    pub fn doom(&self, polls: u64) {
        self.net.executor.doom(self.group.get(), polls);
    }

    /// Does something in the tab; it dies with it.
    pub fn run(&self, work: impl Future<Output = ()> + 'static) {
        self.net.executor.spawn(self.group.get(), work);
    }
}

/// Whether faults may still happen.
fn net_wild(net: &Net) -> bool {
    net.weather.rate.get() > 0
}
