//! "Use a passkey": the device gives the key that opens the account.

use std::cell::RefCell;
use std::rc::Rc;

use frond_view::dom::tag::{button, div, form, h2, p};
use frond_view::dom::{View, event};
use frond_view::reactive::on_cleanup;
use futures_util::future::{AbortHandle, abortable};

use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::entry::{EntryScreen, Form, Submission};
use crate::ui::page::title;

pub(super) fn view(app: App, entry: EntryScreen) -> impl View {
    title::window("Use a passkey");
    let submission = Submission::new();
    let asking = Rc::<RefCell<Option<AbortHandle>>>::default();
    let asked = Rc::clone(&asking);
    // Who leaves the form is not asked by the device any more.
    on_cleanup(move || {
        if let Some(handle) = asking.take() {
            handle.abort();
        }
    });
    let enter = move || {
        let (work, handle) = abortable(async move {
            match app.locked().sign_in_with_passkey(&*app.passkeys()).await {
                Ok(session) => {
                    app.open(session);
                    None
                }
                Err(refused) => Some(message::login(&refused)),
            }
        });
        asked.replace(Some(handle));
        submission.run(async move { work.await.unwrap_or_default() });
    };
    enter();
    let back = button()
        .attr("type", "button")
        .attr("class", "wide")
        .on(event::CLICK, move |_| entry.form.set(Form::SignIn))
        .child("Sign in instead");
    let form = form()
        .attr("aria-label", "Use a passkey")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(enter))
        .child((
            h2().child("Use a passkey"),
            p().child(
                "Your device asks who you are, by fingerprint, face or PIN, and gives the key that \
                 opens your vault.",
            ),
            submission.alert(),
            submission.button("Use a passkey", "primary wide"),
            submission.status("Waiting for your device…"),
        ));
    div().attr("class", "form").child((form, div().attr("class", "or").child(back)))
}
