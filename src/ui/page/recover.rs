//! "Use recovery words": they open the account, and lead to a new password.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, form, h2, p};
use frond_view::dom::{Ref, View, before_paint, event, focus};
use frond_view::reactive::{Signal, on_cleanup};
use gloo_timers::callback::Timeout;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use zeroize::Zeroizing;

use crate::session::{LoginError, Recovery, UnlockError};
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::create::username_box;
use crate::ui::page::entry::{DERIVING, EntryScreen, Form, Submission};
use crate::ui::page::new_password::NewPassword;
use crate::ui::page::{field, title};

/// How long the words open the account without a new password, in milliseconds.
const OPEN_MS: u32 = 15 * 60_000;

pub(super) fn view(app: App, entry: EntryScreen) -> impl View {
    title::window("Use recovery words");
    let recovery = Signal::new(None::<Rc<Recovery>>);
    let shown = move || match recovery.get() {
        None => words(app, recovery).drawn(),
        Some(opened) => {
            let limit = Timeout::new(OPEN_MS, move || recovery.set(None));
            on_cleanup(move || drop(limit));
            new_password(app, entry, opened).drawn()
        }
    };
    let back = button()
        .attr("type", "button")
        .attr("class", "wide")
        .on(event::CLICK, move |_| entry.form.set(Form::SignIn))
        .child("Sign in instead");
    div().attr("class", "form").child((shown, div().attr("class", "or").child(back)))
}

/// Asks for the words; once they are right, `found` has the account.
fn words(app: App, found: Signal<Option<Rc<Recovery>>>) -> impl View {
    let submission = Submission::new();
    let words = Ref::<HtmlTextAreaElement>::new();
    let focused = move || {
        if let Some(area) = words.get() {
            focus(&area);
        }
    };
    let submit = move || {
        let typed = Zeroizing::new(field::long(words));
        submission.run(async move {
            match app.locked().recover(&typed).await {
                Ok(recovery) => {
                    found.set(Some(Rc::new(recovery)));
                    None
                }
                Err(refused) => {
                    focused();
                    Some(message::login(&refused))
                }
            }
        });
    };
    before_paint(focused);
    form()
        .attr("aria-label", "Use recovery words")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(submit))
        .child((
            h2().child("Use recovery words"),
            p().child(
                "Enter the 24 words that you wrote down, in order. Then you choose a new password.",
            ),
            field::lines("recovery-words", "Recovery words", words),
            submission.alert(),
            submission.button("Use recovery words", "primary wide"),
            submission.status("Looking for your account…"),
        ))
}

/// Asks for the new password.
fn new_password(app: App, entry: EntryScreen, recovery: Rc<Recovery>) -> impl View {
    let submission = Submission::new();
    let username = Ref::<HtmlInputElement>::new();
    let password = NewPassword::new(app);
    let submit = move || {
        let name = field::value(username);
        if name.trim().is_empty() {
            submission.refuse("Enter your username.");
            return field::select(username);
        }
        let Some(secret) = password.typed() else { return submission.refuse(message::DIFFER) };
        let recovery = Rc::clone(&recovery);
        submission.run(async move {
            match recovery.set_password(&name, &secret).await {
                Ok(session) => {
                    password.clear();
                    app.open(session);
                    app.say(message::PASSWORD_CHANGED, None);
                    None
                }
                Err(refused) => {
                    let sentence = password.why(&refused, &name, &secret).await;
                    match refused {
                        LoginError::Unlock(UnlockError::Username) => field::select(username),
                        _ => password.select(),
                    }
                    Some(sentence)
                }
            }
        });
    };
    form()
        .attr("aria-label", "Change password")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(submit))
        .child((
            h2().child("Choose a new password"),
            p().attr("role", "status").child(
                "Your recovery words are right, and they stay valid. From now on you sign in with \
                 this username and the new password.",
            ),
            username_box(entry, username),
            password.boxes(["New password", "Repeat new password"], move || field::value(username)),
            submission.alert(),
            submission.button("Change password", "primary wide"),
            submission.status(DERIVING),
        ))
}
