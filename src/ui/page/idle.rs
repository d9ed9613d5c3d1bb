//! Reports window events to the vault: user activity or its absence, the network being back, the
//! tab about to close.

use frond_view::dom::{document, event, window};
use frond_view::reactive::{Signal, on_cleanup};
use gloo_timers::callback::Interval;

use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;

/// Interval at which the idle limit is checked, in milliseconds.
const LOOK: u32 = 15_000;
/// Minimum interval between reports of activity, in milliseconds.
const PASS_ON: u64 = 5_000;

/// Watches for as long as the current owner lives.
pub(super) fn watch(app: App, vault: Vault) {
    let look = move || {
        app.lock_if_over(vault.session());
    };
    // A key or the pointer wakes a machine that slept: check the limit before that counts as
    // activity.
    let last = Signal::new(0_u64);
    let alive = move || {
        let now = app.clock().now_ms();
        if now.abs_diff(last.get_untracked()) < PASS_ON {
            return;
        }
        last.set(now);
        let session = vault.session();
        if !app.lock_if_over(session.clone()) {
            session.touch();
        }
    };
    let window = window();
    for event in [event::POINTER_DOWN, event::POINTER_MOVE, event::WHEEL] {
        event.listen(&window, move |_| alive());
    }
    event::KEY_DOWN.listen(&window, move |_| alive());
    event::VISIBILITY_CHANGE.listen(&window, move |_| {
        look();
        // A user who returns to the page wants to see the current list.
        if !document().hidden() {
            vault.session().refresh();
        }
    });
    event::ONLINE.listen(&window, move |_| vault.session().online());
    event::BEFORE_UNLOAD.listen(&window, move |event| {
        if vault.session().busy() {
            event.prevent_default();
            // Older browsers prompt only if there is a text, though none of them shows it.
            event.set_return_value("Something is still being transferred.");
        }
    });
    let interval = Interval::new(LOOK, look);
    on_cleanup(move || drop(interval));
}
