//! The one dialog: asked before what cannot be undone.

use leptos::ev;
use leptos::html::{Dialog, button, dialog, div, h2, p};
use leptos::prelude::*;

use crate::ui::page::app::{App, Question};

pub(super) fn view(app: App) -> impl IntoView {
    move || app.question.get().map(|question| ask(app, question))
}

fn ask(app: App, question: Question) -> impl IntoView {
    let Question { title, text, verb, then } = question;
    let element = NodeRef::<Dialog>::new();
    // Shown as modal once it is in the document; the browser keeps the focus inside and gives it back.
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            request_animation_frame(move || {
                // It fails only for a dialog that is open or gone already.
                let _ = element.show_modal();
            });
        }
    });
    let close = move || {
        if let Some(element) = element.get_untracked() {
            element.close();
        }
    };
    dialog()
        .node_ref(element)
        .attr("aria-labelledby", "question")
        .attr("aria-describedby", "question-text")
        // Escape closes it too.
        .on(ev::close, move |_| app.question.set(None))
        .child((
            h2().attr("id", "question").child(title),
            p().attr("id", "question-text").child(text),
            div().attr("class", "buttons").child((
                button().attr("type", "button").on(ev::click, move |_| close()).child("Cancel"),
                button()
                    .attr("type", "button")
                    .attr("class", "destructive")
                    .on(ev::click, move |_| {
                        close();
                        then();
                    })
                    .child(verb),
            )),
        ))
}
