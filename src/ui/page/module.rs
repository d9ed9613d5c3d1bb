//! Modules of the page's program, fetched when they are first needed.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, p};
use frond_view::dom::{Drawn, View, event};
use frond_view::reactive::Signal;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use wasm_bindgen_futures::spawn_local;

use crate::ui::page::app::App;

/// An entrance of a module of the program, which takes a `T` and makes an `R` of it.
pub struct LazyModule<T, R = Drawn> {
    /// Fetches the module if it is not there; whether it is there now.
    pub load: fn() -> LocalBoxFuture<'static, bool>,
    /// The entrance; `None` while the module is not there.
    pub enter: fn(App, T) -> Option<R>,
}

impl<T, R> Clone for LazyModule<T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, R> Copy for LazyModule<T, R> {}

/// Whether a module is there.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Loading,
    Loaded,
    Failed,
}

/// Shows `what`, drawn by a module, once that is there.
pub(super) fn module<T: Clone + 'static>(app: App, module: LazyModule<T>, what: T) -> impl View {
    let (state, fetch) = loading(module.load);
    let draw = move || (module.enter)(app, what.clone());
    move || match state.get() {
        State::Loading => {
            p().attr("class", "status").attr("role", "status").child("Loading…").drawn()
        }
        State::Loaded => draw().unwrap_or_else(|| failed(Rc::clone(&fetch))),
        State::Failed => failed(Rc::clone(&fetch)),
    }
}

/// The state of a module, which is being loaded, and what loads it again.
fn loading(load: fn() -> LocalBoxFuture<'static, bool>) -> (Signal<State>, Rc<dyn Fn()>) {
    let state = Signal::new(State::Loading);
    let ended = |loaded| if loaded { State::Loaded } else { State::Failed };
    let fetch = move || {
        let mut load = load();
        if let Some(loaded) = (&mut load).now_or_never() {
            state.set(ended(loaded));
            return;
        }
        state.set(State::Loading);
        spawn_local(async move {
            let loaded = load.await;
            // Unless nothing waits for it any more.
            if state.try_get().is_some() {
                state.set(ended(loaded));
            }
        });
    };
    fetch();
    (state, Rc::new(fetch))
}

fn failed(again: Rc<dyn Fn()>) -> Drawn {
    let text = "This part of Frond could not be loaded. Nothing is lost. Check your connection and \
                try again; if Frond was updated meanwhile, reload the page.";
    let retry = button().attr("type", "button").on(event::CLICK, move |_| again());
    div()
        .child((
            p().attr("class", "error").attr("role", "alert").child(text),
            retry.child("Try again"),
        ))
        .drawn()
}
