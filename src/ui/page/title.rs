//! Where the focus goes, and what the window is called, when a screen or a list changes.

use frond_view::dom::{before_paint, document, is_unfocused};
use frond_view::reactive::{Memo, effect};

use crate::ui::page::focus_on;

/// Names the window.
pub(super) fn window(name: &str) {
    document().set_title(&format!("{name} · Frond"));
}

/// Names the window and puts the focus on the heading of a new screen.
pub(super) fn named(name: &'static str) {
    window(name);
    focus_on("title");
}

/// The same for a list, whose rows go away under the focus: it then returns to the heading.
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
