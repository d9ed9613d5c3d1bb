//! The only dialog: confirms what cannot be undone.

use frond_view::dom::tag::{button, dialog, div, h2, p};
use frond_view::dom::{Ref, View, before_paint, event};
use web_sys::HtmlDialogElement;

use crate::ui::page::app::{App, Question};

pub(super) fn view(app: App) -> impl View {
    move || app.question.get().map(|question| ask(app, question))
}

fn ask(app: App, question: Question) -> impl View {
    let Question { title, text, verb, then } = question;
    let element = Ref::<HtmlDialogElement>::new();
    // Shown as modal once it is in the document; the browser traps the focus and restores it on
    // close.
    before_paint(move || {
        // Fails only if the dialog is already open or removed.
        let _ = element.get().map(|element| element.show_modal());
    });
    let close = move || {
        if let Some(element) = element.get() {
            element.close();
        }
    };
    dialog()
        .known(element)
        .attr("aria-labelledby", "question")
        .attr("aria-describedby", "question-text")
        // Escape closes it too.
        .on(event::CLOSE, move |_| app.question.set(None))
        .child((
            h2().attr("id", "question").child(title),
            p().attr("id", "question-text").child(text),
            div().attr("class", "buttons").child((
                button().attr("type", "button").on(event::CLICK, move |_| close()).child("Cancel"),
                button()
                    .attr("type", "button")
                    .attr("class", "destructive")
                    .on(event::CLICK, move |_| {
                        close();
                        then();
                    })
                    .child(verb),
            )),
        ))
}
