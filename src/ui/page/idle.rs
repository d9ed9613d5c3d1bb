//! Locks the vault when nobody is here, and warns before the tab closes on something unsaved.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;
use crate::ui::words;

/// How often the limit is looked at.
const LOOK: Duration = Duration::from_secs(15);
/// How often a sign of life is passed on at most, in milliseconds.
const PASS_ON: u64 = 5_000;

/// Watches for as long as the current owner lives.
pub(super) fn watch(app: App, vault: Vault) {
    let look = move || {
        let session = vault.session();
        if session.idle() {
            let minutes = usize::try_from(session.idle_minutes()).unwrap_or(usize::MAX);
            app.lock(session, Some(format!("Locked after {} without use.", words::count(minutes, "minute"))));
        }
    };
    // A machine that slept wakes with a key or the pointer: the limit is looked at before that counts as life.
    let last = StoredValue::new(0_u64);
    let alive = move || {
        let now = app.clock().now_ms();
        if now.abs_diff(last.get_value()) < PASS_ON {
            return;
        }
        last.set_value(now);
        let session = vault.session();
        if session.idle() { look() } else { session.touch() }
    };
    let listeners = [
        window_event_listener(ev::pointerdown, move |_| alive()),
        window_event_listener(ev::pointermove, move |_| alive()),
        window_event_listener(ev::keydown, move |_| alive()),
        window_event_listener(ev::wheel, move |_| alive()),
        window_event_listener_untyped("visibilitychange", move |_| look()),
        window_event_listener(ev::beforeunload, move |event| {
            if vault.session().busy() {
                event.prevent_default();
                // Older browsers ask only where there is a text, which none of them shows.
                event.set_return_value("Something is still on its way.");
            }
        }),
    ];
    let interval = set_interval_with_handle(look, LOOK).ok();
    on_cleanup(move || {
        listeners.into_iter().for_each(WindowListenerHandle::remove);
        if let Some(interval) = interval {
            interval.clear();
        }
    });
}
