//! The state of the open vault shared by all tabs of this browser: which vault is open, and when it
//! was last used.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::world::World;
use crate::account::{AccountId, SessionId};
use crate::port::TabNotes;

/// Note: which vault is open in this browser, `<account>/<random>`. Locking removes it, which ends
/// the session in every tab.
const OPEN: &str = "open";
/// Note: the last activity in any tab, milliseconds since the Unix epoch.
const ACTIVE: &str = "active";
/// Minimum interval between activity notes, in milliseconds.
const TOUCH_MS: u64 = 1_000;

/// The notes of one open vault, as one tab sees them.
pub(super) struct Tabs {
    world: Rc<World>,
    /// The note by which all tabs know that this vault is open; `None` if tabs share no notes.
    open_note: RefCell<Option<String>>,
    /// The last activity in this tab, milliseconds since the Unix epoch.
    active: Cell<u64>,
}

impl Tabs {
    /// Notes that this account's vault is open, and in use now.
    pub(super) fn join(world: &Rc<World>, account: &AccountId) -> Self {
        let now = world.clock.now_ms();
        let open_note = RefCell::new(open_note(world, account));
        world.notes.set(ACTIVE, Some(&now.to_string()));
        Self { world: Rc::clone(world), open_note, active: Cell::new(now) }
    }

    /// Whether another tab locked the vault, or opened another one.
    pub(super) fn is_over_elsewhere(&self) -> bool {
        let own = self.open_note.borrow();
        own.is_some() && self.world.notes.get(OPEN) != *own
    }

    /// Ends the session in all tabs but this one.
    pub(super) fn end_others(&self, account: &AccountId) {
        let fresh = fresh_note(&self.world, account);
        *self.open_note.borrow_mut() = fresh;
    }

    /// Ends the session in all tabs; false if another vault was opened here meanwhile, which then
    /// stays open.
    pub(super) fn end(&self) -> bool {
        let notes = &*self.world.notes;
        let open = notes.get(OPEN);
        let superseded = open.is_some() && open != *self.open_note.borrow();
        if !superseded {
            notes.set(OPEN, None);
        }
        !superseded
    }

    /// Records activity: the idle limit counts from now, in all tabs.
    pub(super) fn touch(&self) {
        let now = self.world.clock.now_ms();
        if now.abs_diff(self.active.get()) >= TOUCH_MS {
            self.active.set(now);
            self.world.notes.set(ACTIVE, Some(&now.to_string()));
        }
    }

    /// The last activity in any tab, milliseconds since the Unix epoch.
    pub(super) fn last_active(&self, now: u64) -> u64 {
        last_active(&*self.world.notes, now).unwrap_or(0).max(self.active.get())
    }
}

fn open_note(world: &World, account: &AccountId) -> Option<String> {
    let notes = &*world.notes;
    let own = |note: &String| note.split_once('/').is_some_and(|(of, _)| of == account.to_string());
    if let Some(open) = notes.get(OPEN).filter(own) {
        return Some(open);
    }
    fresh_note(world, account)
}

fn fresh_note(world: &World, account: &AccountId) -> Option<String> {
    let notes = &*world.notes;
    // Any fresh id will do: it only distinguishes one unlock from the next.
    let note = format!("{account}/{}", SessionId::from_bytes(world.entropy.bytes().ok()?));
    notes.set(OPEN, Some(&note));
    notes.get(OPEN).filter(|kept| *kept == note)
}

/// The last activity in any tab, milliseconds since the Unix epoch, as far as tabs share notes.
pub(super) fn last_active(notes: &dyn TabNotes, now: u64) -> Option<u64> {
    notes.get(ACTIVE)?.parse().ok().map(|at: u64| at.min(now))
}
