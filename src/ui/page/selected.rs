//! What can be done with the selected rows: the bar in place of the buttons that add files.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, span};
use frond_view::dom::{View, event};
use frond_view::reactive::Memo;
use web_sys::Event;

use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::focus_on;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::list::List;
use crate::ui::page::vault::Vault;
use crate::ui::selection::Selection;

/// How many rows are selected; empty if none is. It is always there, so that it is read out.
pub(super) fn count(list: List) -> impl View {
    let count = Memo::new(move || list.selection.with(Selection::len));
    let words = move || match count.get() {
        0 => String::new(),
        n => format!("{n} selected"),
    };
    span().attr("class", "number").attr("role", "status").child(words)
}

/// The actions for the selected rows.
pub(super) fn bar(app: App, vault: Vault, list: List) -> impl View {
    let action = |name: &'static str, verb: &'static str, outline, acts: Rc<dyn Fn()>| {
        button()
            .attr("type", "button")
            .attr("class", "quiet")
            .attr("aria-label", name)
            .attr("title", name)
            .on(event::CLICK, move |_: Event| acts())
            .child((icon(outline), span().attr("class", "label").child(verb)))
    };
    let clear = move || {
        list.selection.update(Selection::clear);
        focus_on("title");
    };
    div().attr("class", "selected").attr("role", "group").attr("aria-label", "Selected").child((
        action(
            "Download selected",
            "Download",
            icon::DOWN,
            Rc::new(move || act(app, vault, Act::Download(list.selected()))),
        ),
        action(
            "Move selected",
            "Move",
            icon::MOVE,
            Rc::new(move || vault.dialog.set(Some(Dialog::MoveTo(list.selected())))),
        ),
        action(
            "Share selected",
            "Share",
            icon::LINK,
            Rc::new(move || vault.dialog.set(Some(Dialog::Share(list.selected())))),
        ),
        action(
            "Delete selected",
            "Delete",
            icon::TRASH,
            Rc::new(move || act(app, vault, Act::Trash(list.selected()))),
        ),
        action("Clear selection", "Clear", icon::CLOSE, Rc::new(clear)),
    ))
}
