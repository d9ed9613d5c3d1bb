//! Connection slots. When all are taken, the longest idle connections are closed, so ten thousand
//! idle connections cannot lock out active clients.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One in this many is freed at a time, which keeps the search rare.
const SHARE: usize = 16;
/// Open files other than client connections: the page's files, connections to the store.
#[cfg(unix)]
const OTHER_FILES: u64 = 128;

/// One connection.
#[derive(Debug)]
pub(super) struct Seat {
    number: u64,
    /// Logical time of its last request, or of its start, from the common counter.
    last: AtomicU64,
    turns: Arc<AtomicU64>,
    wanted: Notify,
}

impl Seat {
    /// Marks a request.
    pub(super) fn touch(&self) {
        self.last.store(self.turns.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Resolves when the connection must close.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }
}

/// All connection slots.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    turns: Arc<AtomicU64>,
    taken: Mutex<BTreeMap<u64, Arc<Seat>>>,
}

impl Seats {
    pub(super) fn new(most: usize) -> Self {
        Self { most, turns: Arc::default(), taken: Mutex::default() }
    }

    /// Takes a slot; if none is free, closes the longest idle connections.
    pub(super) fn take(&self) -> Arc<Seat> {
        let number = self.turns.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat {
            number,
            last: AtomicU64::new(number),
            turns: self.turns.clone(),
            wanted: Notify::new(),
        });
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= self.most {
            let mut by_age: Vec<_> = taken
                .values()
                .map(|seat| (seat.last.load(Ordering::Relaxed), seat.number))
                .collect();
            by_age.sort_unstable();
            for (_, number) in by_age.iter().take(self.most.div_ceil(SHARE)) {
                if let Some(quiet) = taken.remove(number) {
                    quiet.wanted.notify_one();
                }
            }
        }
        taken.insert(number, seat.clone());
        seat
    }

    /// Releases the slot of a closed connection.
    pub(super) fn leave(&self, seat: &Seat) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&seat.number);
    }
}

/// The process's limit of open files for connections, after raising it to the maximum.
#[cfg(unix)]
pub(super) fn open_files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    let most = current.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(1));
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// Unknown here.
#[cfg(not(unix))]
pub(super) const fn open_files() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_quietest_go_first() {
        let seats = Seats::new(16);
        let taken: Vec<_> = (0..16).map(|_| seats.take()).collect();
        taken[0].touch();
        let _new = seats.take();
        taken[1].wanted().await;
        let left = seats.taken.lock().unwrap();
        assert!(left.len() == 16 && left.contains_key(&taken[0].number));
        assert!(!left.contains_key(&taken[1].number));
    }
}
