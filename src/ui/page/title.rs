//! Moves the focus and sets the window title when a screen or a list changes.

use frond_view::dom::{before_paint, document, is_unfocused};
use frond_view::reactive::{Memo, effect};

use crate::ui::page::focus_on;

/// Sets the window title.
pub(super) fn window(name: &str) {
    document().set_title(&format!("{name} · Frond"));
}

/// Sets the window title and focuses the heading of a new screen.
pub(super) fn named(name: &'static str) {
    window(name);
    focus_on("title");
}

/// Like [`named`], for a list: when the focused row is removed, the focus returns to the heading.
pub(super) fn focused<T: PartialEq + 'static>(name: &'static str, list: Memo<T>) {
    named(name);
    let mut first = true;
    effect(move || {
        list.with(|_| ());
        if !std::mem::take(&mut first) {
            before_paint(|| {
                if is_unfocused() {
                    focus_on("title");
                }
            });
        }
    });
}
