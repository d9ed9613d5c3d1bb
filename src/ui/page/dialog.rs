//! Dialogs: what asks before it acts. One at a time; a question may open over another dialog.

use frond_view::dom::tag::{button, dialog, div, h2, p};
use frond_view::dom::{Element, Ref, View, before_paint, event, is_unfocused};
use frond_view::reactive::Memo;
use web_sys::HtmlDialogElement;

use crate::catalog::RowId;
use crate::object::ObjectId;
use crate::ui::page::app::{App, Question};
use crate::ui::page::focus_on;
use crate::ui::page::screens::{Kind, screen};
use crate::ui::page::vault::Vault;

/// A dialog over the screens of the vault.
#[derive(Clone)]
pub(super) enum Dialog {
    /// Asks for the name of a new folder.
    NewFolder,
    /// Asks where to move these.
    MoveTo(Vec<RowId>),
    /// Makes a link that opens these.
    Share(Vec<RowId>),
    /// Shows the versions of this file.
    Versions(ObjectId),
    /// Makes recovery words.
    RecoveryWords,
    /// Deletes the account.
    DeleteAccount,
}

/// The dialogs of an open vault.
pub(super) fn of_vault(app: App, vault: Vault) -> impl View {
    let asked = move || vault.dialog.get().map(|dialog| screen(app, Kind::Dialog(vault, dialog)));
    let some_taken = Memo::new(move || vault.taken.with(|taken| !taken.is_empty()));
    let taken = move || some_taken.get().then(|| screen(app, Kind::AlreadyThere(vault)));
    (asked, taken)
}

/// The question that is asked, if any.
pub(super) fn view(app: App) -> impl View {
    move || app.question.get().map(|question| ask(app, question))
}

fn ask(app: App, question: Question) -> Element {
    let Question { title, text, verb, then } = question;
    let modal = Modal::new();
    let content = (
        p().attr("id", "question-text").child(text),
        div().attr("class", "buttons").child((
            modal.cancel(),
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, move |_| {
                    modal.close();
                    then();
                })
                .child(verb),
        )),
    );
    let closed = move || app.question.set(None);
    modal.view("question", title, closed, content).attr("aria-describedby", "question-text")
}

/// A modal dialog, open for as long as it is in the document. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Modal(Ref<HtmlDialogElement>);

impl Modal {
    /// The browser traps the focus in it.
    pub(super) fn new() -> Self {
        let element = Ref::<HtmlDialogElement>::new();
        before_paint(move || {
            // Fails only if the dialog is already open or removed.
            let _ = element.get().map(|element| element.show_modal());
        });
        Self(element)
    }

    /// Closes it, as Escape does.
    pub(super) fn close(self) {
        if let Some(element) = self.0.get() {
            element.close();
        }
    }

    /// The button that closes it without any change.
    pub(super) fn cancel(self) -> Element {
        button().attr("type", "button").on(event::CLICK, move |_| self.close()).child("Cancel")
    }

    /// The element, named by its title, which has the id `id`. `closed` is called when it was
    /// closed and has to remove it; the browser then restores the focus.
    pub(super) fn view(
        self,
        id: &'static str,
        title: impl View,
        mut closed: impl FnMut() + 'static,
        content: impl View,
    ) -> Element {
        let closed = move |_| {
            closed();
            // What had the focus may be gone.
            before_paint(|| {
                if is_unfocused() {
                    focus_on("title");
                }
            });
        };
        dialog()
            .known(self.0)
            .attr("aria-labelledby", id)
            .on(event::CLOSE, closed)
            .child((h2().attr("id", id).child(title), content))
    }
}
