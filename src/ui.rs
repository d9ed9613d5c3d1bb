//! What a person sees.

use leptos::prelude::*;

/// Shows the page.
pub fn start() {
    let (n, set) = signal(0);
    mount_to_body(move || leptos::html::button().on(leptos::ev::click, move |_| set.update(|n| *n += 1)).child(move || n.get()));
}
