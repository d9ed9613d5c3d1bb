//! Typed names of events.

use std::marker::PhantomData;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{BeforeUnloadEvent, DragEvent, EventTarget, HtmlInputElement, KeyboardEvent};

use crate::reactive::{apart, on_cleanup};

/// A kind of event with payload type `E`.
#[derive(Clone, Copy)]
pub struct Event<E>(&'static str, PhantomData<fn(E)>);

impl<E: JsCast> Event<E> {
    /// Calls `act` on each event, until the current owner reruns or ends.
    pub fn listen(self, target: &EventTarget, mut act: impl FnMut(E) + 'static) {
        listen(target, self.0, Box::new(move |event| act(event.unchecked_into())));
    }
}

fn listen(target: &EventTarget, name: &'static str, mut act: Box<dyn FnMut(web_sys::Event)>) {
    // Not passive: some handlers prevent the browser's default.
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(target, name, options, move |event| {
        let event = event.clone();
        // Removing an element may fire a blur event in the middle of an effect.
        apart(|| act(event));
    });
    on_cleanup(move || drop(listener));
}

/// The value of the input or select that fired the event.
#[must_use]
pub fn typed(event: &web_sys::Event) -> String {
    // Every such element has a `value`, also a `<select>`.
    event
        .target()
        .map(|target| target.unchecked_into::<HtmlInputElement>().value())
        .unwrap_or_default()
}

macro_rules! events {
    ($($name:ident $text:literal $event:ty,)+) => {$(
        #[doc = concat!("`", $text, "`")]
        pub const $name: Event<$event> = Event($text, PhantomData);
    )+};
}

events! {
    BEFORE_UNLOAD "beforeunload" BeforeUnloadEvent,
    BLUR "blur" web_sys::Event,
    CHANGE "change" web_sys::Event,
    CLICK "click" web_sys::Event,
    CLOSE "close" web_sys::Event,
    DOUBLE_CLICK "dblclick" web_sys::Event,
    DRAG_END "dragend" DragEvent,
    DRAG_ENTER "dragenter" DragEvent,
    DRAG_LEAVE "dragleave" DragEvent,
    DRAG_OVER "dragover" DragEvent,
    DRAG_START "dragstart" DragEvent,
    DROP "drop" DragEvent,
    FOCUS_IN "focusin" web_sys::Event,
    FOCUS_OUT "focusout" web_sys::Event,
    HASH_CHANGE "hashchange" web_sys::Event,
    INPUT "input" web_sys::Event,
    KEY_DOWN "keydown" KeyboardEvent,
    ONLINE "online" web_sys::Event,
    POINTER_DOWN "pointerdown" web_sys::Event,
    POINTER_ENTER "pointerenter" web_sys::Event,
    POINTER_LEAVE "pointerleave" web_sys::Event,
    POINTER_MOVE "pointermove" web_sys::Event,
    RESIZE "resize" web_sys::Event,
    SCROLL "scroll" web_sys::Event,
    SUBMIT "submit" web_sys::Event,
    VISIBILITY_CHANGE "visibilitychange" web_sys::Event,
    WHEEL "wheel" web_sys::Event,
}
