//! What was said last, at the edge of the page, with the way to take it back.

use std::time::Duration;

use leptos::ev;
use leptos::html::{button, div, span};
use leptos::prelude::*;

use crate::ui::page::app::{App, Said};
use crate::ui::page::icon::{self, icon};

/// How long a toast stays: long enough to read it, reach it and press it.
const STAY: Duration = Duration::from_secs(12);

pub(super) fn view(app: App) -> impl IntoView {
    let held = RwSignal::new(false);
    // Each toast starts the time anew, and so does letting go of it.
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(Some(timeout)) = before {
            timeout.clear();
        }
        let passing = app.said.with(|said| said.as_ref().is_some_and(|said| !said.urgent));
        if passing && !held.get() {
            set_timeout_with_handle(move || app.said.set(None), STAY).ok()
        } else {
            None
        }
    });
    let quiet = move || app.said.get().filter(|said| !said.urgent).map(|said| toast(app, said));
    let urgent = move || {
        app.said
            .get()
            .filter(|said| said.urgent)
            .map(|said| div().attr("role", "alert").child(toast(app, said)))
    };
    div()
        .attr("class", "toasts")
        .on(ev::pointerenter, move |_| held.set(true))
        .on(ev::pointerleave, move |_| held.set(false))
        .on(ev::focusin, move |_| held.set(true))
        .on(ev::focusout, move |_| held.set(false))
        .child((div().attr("role", "status").attr("aria-live", "polite").child(quiet), urgent))
}

fn toast(app: App, said: Said) -> impl IntoView {
    let Said { text, urgent, undo } = said;
    let undo = undo.map(|undo| {
        button()
            .attr("type", "button")
            .attr("class", "undo")
            .on(ev::click, move |_| {
                app.said.set(None);
                undo();
            })
            .child("Undo")
    });
    let close = button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", "Dismiss")
        .on(ev::click, move |_| app.said.set(None))
        .child(icon(icon::CLOSE));
    div().attr("class", if urgent { "toast bad" } else { "toast" }).child((span().child(text), undo, close))
}
