//! One thread, one virtual clock. Which of the ready tasks goes next is drawn; when none is ready,
//! time jumps to the next timer. So a day of pauses takes no time, and one seed gives one history.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use crate::random::Random;

/// Tasks that die together: a tab's, or those of the world outside.
pub type Group = u64;
/// The world outside: packets on their way, and whoever plays the people.
pub const OUTSIDE: Group = 0;
/// More polls than any schedule needs: something spins.
const MOST_POLLS: u64 = 20_000_000;

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    group: Group,
    /// None while it is polled.
    work: Option<Work>,
    waker: Waker,
}

/// Puts its task among the ready ones, once.
struct TaskWaker {
    task: u64,
    ready: Arc<Mutex<Vec<u64>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap();
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

/// Why a run ended before its main task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Nothing is ready and nothing will ever be.
    Deadlock,
    /// The virtual time is over.
    TooLong,
    /// Tasks wake each other for ever.
    Spins,
}

pub struct Executor {
    random: Random,
    now: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Arc<Mutex<Vec<u64>>>,
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    last: Cell<u64>,
    /// Groups that die after so many polls more.
    pending_deletes: RefCell<BTreeMap<Group, u64>>,
    polls: Cell<u64>,
}

impl Executor {
    pub fn new(random: Random) -> Rc<Self> {
        Rc::new(Self {
            random,
            now: Cell::new(0),
            tasks: RefCell::default(),
            ready: Arc::default(),
            timers: RefCell::default(),
            last: Cell::new(OUTSIDE),
            pending_deletes: RefCell::default(),
            polls: Cell::new(0),
        })
    }

    /// Milliseconds since the world began.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    pub fn polls(&self) -> u64 {
        self.polls.get()
    }

    /// Time passes and nothing runs: a closed lid.
    pub fn jump(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }

    fn number(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    /// A group without tasks.
    pub fn group(&self) -> Group {
        self.number()
    }

    pub fn spawn(&self, group: Group, work: impl Future<Output = ()> + 'static) {
        let id = self.number();
        let waker = Waker::from(Arc::new(TaskWaker { task: id, ready: Arc::clone(&self.ready) }));
        waker.wake_by_ref();
        self.tasks.borrow_mut().insert(id, Task { group, work: Some(Box::pin(work)), waker });
    }

    /// Whether the group has tasks.
    pub fn lives(&self, group: Group) -> bool {
        self.tasks.borrow().values().any(|task| task.group == group)
    }

    /// Ends a group at whatever await each of its tasks stands.
    pub fn kill(&self, group: Group) {
        let dying: Vec<_> = {
            let mut tasks = self.tasks.borrow_mut();
            let ids: Vec<_> =
                tasks.iter().filter(|(_, task)| task.group == group).map(|(id, _)| *id).collect();
            ids.into_iter().filter_map(|id| tasks.remove(&id)).collect()
        };
        self.pending_deletes.borrow_mut().remove(&group);
        drop(dying);
    }

    /// Ends a group after so many polls of its tasks.
    pub fn doom(&self, group: Group, polls: u64) {
        self.pending_deletes.borrow_mut().insert(group, polls);
    }

    pub fn sleep(self: &Rc<Self>, ms: u64) -> Sleep {
        Sleep { executor: Rc::clone(self), at: self.now() + ms, timer: None }
    }

    /// Runs until `main` ends, `until` milliseconds of virtual time have passed, or `stop` says so.
    pub fn run(
        self: &Rc<Self>,
        until: u64,
        stop: impl Fn() -> bool,
        main: impl Future<Output = ()> + 'static,
    ) -> Result<(), Stuck> {
        let ended = Rc::new(Cell::new(false));
        let ends = Rc::clone(&ended);
        self.spawn(OUTSIDE, async move {
            main.await;
            ends.set(true);
        });
        while !ended.get() && !stop() {
            if let Some(task) = self.next() {
                self.poll(task);
                continue;
            }
            let Some(((at, _), waker)) = self.timers.borrow_mut().pop_first() else {
                return Err(Stuck::Deadlock);
            };
            self.now.set(self.now.get().max(at));
            waker.wake();
            if self.now.get() > until {
                return Err(Stuck::TooLong);
            }
            if self.polls.get() > MOST_POLLS {
                return Err(Stuck::Spins);
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<u64> {
        let mut ready = self.ready.lock().unwrap();
        let n = u64::try_from(ready.len()).unwrap();
        (n > 0).then(|| ready.swap_remove(usize::try_from(self.random.below(n)).unwrap()))
    }

    fn poll(&self, id: u64) {
        let taken = self.tasks.borrow_mut().get_mut(&id).and_then(|task| {
            let waker = task.waker.clone();
            task.work.take().map(|work| (task.group, work, waker))
        });
        let Some((group, mut work, waker)) = taken else { return };
        let dies = self.pending_deletes.borrow_mut().get_mut(&group).is_some_and(|left| {
            *left = left.saturating_sub(1);
            *left == 0
        });
        if dies {
            self.kill(group);
            return;
        }
        self.polls.set(self.polls.get() + 1);
        if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks.borrow_mut().remove(&id);
        } else if let Some(task) = self.tasks.borrow_mut().get_mut(&id) {
            task.work = Some(work);
        }
    }

    /// Ends everything: tasks hold the executor, and it them.
    pub fn end(&self) {
        let tasks = self.tasks.take();
        drop(tasks);
        self.timers.take();
    }
}

/// A timer.
pub struct Sleep {
    executor: Rc<Executor>,
    at: u64,
    timer: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = self.timer.take() {
            self.executor.timers.borrow_mut().remove(&timer);
        }
        if self.executor.now() >= self.at {
            return Poll::Ready(());
        }
        let timer = (self.at, self.executor.number());
        self.executor.timers.borrow_mut().insert(timer, context.waker().clone());
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            self.executor.timers.borrow_mut().remove(&timer);
        }
    }
}
