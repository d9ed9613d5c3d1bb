//! The last message, at the edge of the page, with its undo button.

use frond_view::dom::tag::{button, div, span};
use frond_view::dom::{View, event};
use frond_view::reactive::{Signal, effect, on_cleanup};
use gloo_timers::callback::Timeout;

use crate::ui::page::app::{App, Said};
use crate::ui::page::icon::{self, icon};

/// How long a toast stays, in milliseconds: long enough to read it, reach it and press it.
const STAY: u32 = 12_000;

pub(super) fn view(app: App) -> impl View {
    let held = Signal::new(false);
    // A new toast restarts the timeout, and so does leaving it with pointer or focus.
    effect(move || {
        let passing = app.said.with(|said| said.as_ref().is_some_and(|said| !said.urgent));
        if passing && !held.get() {
            let timeout = Timeout::new(STAY, move || app.said.set(None));
            on_cleanup(move || drop(timeout));
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
        .on(event::POINTER_ENTER, move |_| held.set(true))
        .on(event::POINTER_LEAVE, move |_| held.set(false))
        .on(event::FOCUS_IN, move |_| held.set(true))
        .on(event::FOCUS_OUT, move |_| held.set(false))
        .child((div().attr("role", "status").attr("aria-live", "polite").child(quiet), urgent))
}

fn toast(app: App, said: Said) -> impl View {
    let Said { text, urgent, undo } = said;
    let undo = undo.map(|undo| {
        button()
            .attr("type", "button")
            .attr("class", "undo")
            .on(event::CLICK, move |_| {
                app.said.set(None);
                undo();
            })
            .child("Undo")
    });
    let close = button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", "Dismiss")
        .on(event::CLICK, move |_| app.said.set(None))
        .child(icon(icon::CLOSE));
    div().attr("class", if urgent { "toast bad" } else { "toast" }).child((
        span().child(text),
        undo,
        close,
    ))
}
