//! Moves the focus and sets the window title when a screen changes.

use frond_view::dom::document;

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
