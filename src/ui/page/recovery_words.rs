//! "Make recovery words": a dialog that shows 24 words once, and asks three of them back.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, form, li, ol, p};
use frond_view::dom::{Drawn, Element, Ref, View, before_paint, event};
use frond_view::reactive::Signal;
use web_sys::HtmlInputElement;
use zeroize::Zeroizing;

use crate::session::RecoveryWords;
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::copy::copy;
use crate::ui::page::dialog::Modal;
use crate::ui::page::entry::Submission;
use crate::ui::page::field::{self, Field};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

/// Ids of the boxes.
const IDS: [&str; 3] = ["word-1", "word-2", "word-3"];

pub(super) fn make(app: App, vault: Vault) -> Element {
    let dialog = Making { app, vault, modal: Modal::new(), asking: Signal::new(false) };
    let made = vault.session().logins().make_words().map(Rc::new);
    let content = move || match &made {
        Ok(words) if dialog.asking.get() => dialog.ask(words),
        Ok(words) => dialog.show(words),
        Err(error) => (
            p().attr("class", "error").attr("role", "alert").child(message::login(error)),
            div().attr("class", "buttons").child(dialog.modal.cancel()),
        )
            .drawn(),
    };
    let closed = move || vault.dialog.set(None);
    dialog.modal.view("recovery-words", "Make recovery words", closed, content)
}

/// The dialog. The words are in the document while they are shown, and nowhere once it is closed.
#[derive(Clone, Copy)]
struct Making {
    app: App,
    vault: Vault,
    modal: Modal,
    /// Whether words are asked back, and none is shown.
    asking: Signal<bool>,
}

impl Making {
    fn show(self, words: &Rc<RecoveryWords>) -> Drawn {
        let (copied, saved) = (Rc::clone(words), Rc::clone(words));
        let joined =
            |words: &RecoveryWords, by| Zeroizing::new(words.words().collect::<Vec<_>>().join(by));
        let save = move |_| {
            self.app.save("frond-recovery-words.txt", joined(&saved, "\n").as_bytes());
        };
        let list = words.words().fold(ol().attr("class", "recovery"), |list, word| {
            list.child(li().attr("class", "mono").child(word))
        });
        (
            p().child(
                "Write down these 24 words in order. They are shown only now. Anyone who has them \
                 can open your vault, so keep them where you keep your passport.",
            ),
            list.attr("aria-label", "Recovery words"),
            div().attr("class", "buttons keep").child((
                copy("Copy words", move || joined(&copied, " ")),
                button()
                    .attr("type", "button")
                    .on(event::CLICK, save)
                    .child((icon(icon::DOWN), "Save as text file")),
            )),
            div().attr("class", "buttons").child((
                self.modal.cancel(),
                button()
                    .attr("type", "button")
                    .attr("class", "primary")
                    .on(event::CLICK, move |_| self.asking.set(true))
                    .child("I have written them down"),
            )),
        )
            .drawn()
    }

    fn ask(self, words: &Rc<RecoveryWords>) -> Drawn {
        let submission = Submission::new();
        let boxes: Vec<_> = IDS
            .into_iter()
            .zip(words.asked())
            .map(|(id, number)| (id, number, Ref::<HtmlInputElement>::new()))
            .collect();
        if let Some((_, _, first)) = boxes.first().copied() {
            before_paint(move || field::select(first));
        }
        let fields: Vec<_> = boxes
            .iter()
            .map(|(id, number, node)| {
                let label = format!("Word {number}");
                field::text(Field { id, label, autocomplete: "off" }, *node).drawn()
            })
            .collect();
        let words = Rc::clone(words);
        let submit = move || {
            let wrong = boxes
                .iter()
                .find(|(_, number, node)| !words.is(*number, &Zeroizing::new(field::value(*node))));
            if let Some((_, number, node)) = wrong {
                submission.refuse(format!(
                    "Word {number} isn't right. Compare what you typed with what you wrote down."
                ));
                return field::select(*node);
            }
            submission.run(self.keep(Rc::clone(&words)));
        };
        let again = button()
            .attr("type", "button")
            .on(event::CLICK, move |_| self.asking.set(false))
            .child("Back to the words");
        form()
            .attr("class", "asked")
            .attr("novalidate", true)
            .on(event::SUBMIT, submission.on(submit))
            .child((
                p().child("Enter three of them to check what you wrote down."),
                fields,
                submission.alert(),
                submission.status("Saving…"),
                div().attr("class", "buttons").child((
                    self.modal.cancel(),
                    again,
                    submission.button("Confirm", "primary"),
                )),
            ))
            .drawn()
    }

    /// Makes the words a way into the account; the result is why that failed.
    async fn keep(self, words: Rc<RecoveryWords>) -> Option<String> {
        let Self { app, vault, modal, .. } = self;
        let session = vault.session();
        match session.logins().keep_words(&words).await {
            Ok(()) => {
                vault.lacks_words.set(false);
                modal.close();
                app.say("Your recovery words open your vault from now on.", None);
                None
            }
            Err(refused) => Some(message::login(&refused)),
        }
    }
}
