//! Creating an account: a password that withstands guessing, entered twice.

use frond_view::dom::tag::{button, div, form, h2, p};
use frond_view::dom::{Ref, View, before_paint, event};
use frond_view::reactive::Signal;
use frond_wire::{PublicConfig, Registration};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use crate::session::UnlockError;
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::entry::{DERIVING, EntryScreen, Form, Submission};
use crate::ui::page::field::{self, Field};
use crate::ui::page::new_password::NewPassword;
use crate::ui::page::title;

/// The form, if this deployment accepts new accounts.
pub(super) fn view(app: App, entry: EntryScreen) -> impl View {
    title::window("Create account");
    let config = Signal::new(None::<Result<PublicConfig, UnlockError>>);
    let ask = move || {
        config.set(None);
        spawn_local(async move {
            let answer = app.locked().config().await;
            config.set(Some(answer));
        });
    };
    ask();
    let shown = move || match config.get() {
        None => p()
            .attr("class", "status")
            .attr("role", "status")
            .child("Contacting the server…")
            .drawn(),
        Some(Ok(config)) => match config.registration {
            Registration::Closed => p()
                .attr("class", "error")
                .attr("role", "alert")
                .child(message::unlock(&UnlockError::Closed))
                .drawn(),
            Registration::Invite => create(app, entry, true).drawn(),
            Registration::Open => create(app, entry, false).drawn(),
        },
        Some(Err(error)) => (
            p().attr("class", "error").attr("role", "alert").child(message::unlock(&error)),
            button()
                .attr("type", "button")
                .attr("class", "wide")
                .on(event::CLICK, move |_| ask())
                .child("Try again"),
        )
            .drawn(),
    };
    let back = button()
        .attr("type", "button")
        .attr("class", "wide")
        .on(event::CLICK, move |_| entry.form.set(Form::SignIn))
        .child("Sign in instead");
    div().attr("class", "form").child((shown, div().attr("class", "or").child(back)))
}

fn create(app: App, entry: EntryScreen, invited: bool) -> impl View {
    let submission = Submission::new();
    let username = Ref::<HtmlInputElement>::new();
    let invite = Ref::<HtmlInputElement>::new();
    let password = NewPassword::new(app);

    let submit = move || {
        let name = field::value(username);
        let code = field::value(invite).trim().to_owned();
        field::fill(entry.username, &name);
        if name.trim().is_empty() {
            submission.refuse("Choose a username.");
            return field::select(username);
        }
        let Some(secret) = password.typed() else { return submission.refuse(message::DIFFER) };
        if invited && code.is_empty() {
            submission.refuse("Enter your invite code.");
            return field::select(invite);
        }
        submission.run(async move {
            let invite_code = invited.then_some(code);
            match app.locked().create(&name, &secret, invite_code).await {
                Ok(session) => {
                    password.clear();
                    app.open(session);
                    None
                }
                Err(refused) => {
                    let why = refused.clone().into();
                    let sentence = password.why(&why, &name, &secret).await;
                    match refused {
                        UnlockError::Username | UnlockError::Exists => field::select(username),
                        UnlockError::Invite => field::select(invite),
                        _ => password.select(),
                    }
                    Some(sentence)
                }
            }
        });
    };

    form()
        .attr("aria-label", "Create account")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(submit))
        .child((
            h2().child("Create account"),
            username_box(entry, username),
            password.boxes(["Password", "Repeat password"], move || field::value(username)),
            invited.then(|| {
                field::text(
                    Field { id: "invite", label: "Invite code", autocomplete: "off" },
                    invite,
                )
            }),
            p().attr("class", "hint").child(
                "Whoever holds the storage can try out passwords for as long as they like. Only a \
                 password that nobody can guess protects your files.",
            ),
            submission.alert(),
            submission.button("Create account", "primary wide"),
            submission.status(DERIVING),
        ))
}

/// The box of the username, with what was typed in the other form. It is focused when the form
/// appears.
pub(super) fn username_box(entry: EntryScreen, node: Ref<HtmlInputElement>) -> impl View {
    let view =
        field::text(Field { id: "username", label: "Username", autocomplete: "username" }, node);
    field::fill(node, &field::value(entry.username));
    before_paint(move || field::select(node));
    view
}
