//! The entry: sign in, or go on to make an account.

use frond_view::dom::tag::{a, button, div, form, h1, p};
use frond_view::dom::{Ref, View, before_paint, event};
use frond_view::reactive::Signal;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};

use crate::secret::Password;
use crate::session::UnlockError;
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::field::{self, Field};
use crate::ui::page::{create, icon, title};
use crate::ui::route::Route;

/// The line that is shown while the password becomes keys.
pub(super) const DERIVING: &str =
    "Turning your password into keys. This takes a moment, on purpose.";

/// What the two forms of the entry share.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The form is "Create account".
    pub creating: Signal<bool>,
    /// The username, kept from one form to the other.
    pub username: Signal<String>,
}

/// The entry; `why` says why it is shown, where there is something to say.
pub(super) fn screen(app: App, why: Option<String>) -> impl View {
    let entry = Entry { creating: Signal::new(false), username: Signal::new(String::new()) };
    let shown = move || {
        if entry.creating.get() {
            create::view(app, entry).drawn()
        } else {
            sign_in(app, entry).drawn()
        }
    };
    let why = why.map(|why| p().attr("class", "notice wait").attr("role", "status").child(why));
    div().attr("class", "entry").child((
        div().attr("class", "brand").child((icon::mark(), h1().child("Frond"))),
        p().attr("class", "promise").child(
            "Your files are encrypted in this tab before they leave it. Only you hold the key.",
        ),
        why,
        shown,
        div().attr("class", "below").child((
            p().child("If you lose your password, nobody can bring your files back."),
            p().child((
                a().attr("href", Route::Fernet.href()).child("Fernet tool"),
                a().attr("href", Route::Server.href()).child("What the server sees"),
            )),
        )),
    ))
}

fn sign_in(app: App, entry: Entry) -> impl View {
    title::window("Sign in");
    let busy = Signal::new(false);
    let error = Signal::new(None::<String>);
    let username = Ref::<HtmlInputElement>::new();
    let password = Ref::<HtmlInputElement>::new();

    let submit = move |event: Event| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let name = field::value(username);
        let secret = Password::new(field::value(password));
        entry.username.set(name.clone());
        // EXPOSE: only whether anything was typed.
        let nothing = secret.expose().is_empty();
        if name.trim().is_empty() || nothing {
            error.set(Some("Type your username and your password.".to_owned()));
            return field::select(if nothing && !name.trim().is_empty() {
                password
            } else {
                username
            });
        }
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            match app.locked().sign_in(&name, &secret).await {
                Ok(session) => {
                    field::fill(password, "");
                    app.open(session);
                }
                Err(refused) => {
                    busy.set(false);
                    error.set(Some(message::unlock(&refused)));
                    field::select(if refused == UnlockError::Username {
                        username
                    } else {
                        password
                    });
                }
            }
        });
    };

    let to_create = button()
        .attr("type", "button")
        .attr("class", "wide")
        .on(event::CLICK, move |_| {
            entry.username.set(field::value(username));
            entry.creating.set(true);
        })
        .child("Create account");
    (
        form()
            .attr("aria-label", "Sign in")
            .attr("novalidate", true)
            .on(event::SUBMIT, submit)
            .child((
                self::username(entry, username),
                field::password(
                    Field { id: "password", label: "Password", autocomplete: "current-password" },
                    password,
                    None,
                ),
                alert(error),
                submit_button("Sign in", busy),
                progress(busy),
            )),
        div().attr("class", "or").child(to_create),
    )
}

/// The first box of both forms: it has the focus when the form appears.
pub(super) fn username(entry: Entry, node: Ref<HtmlInputElement>) -> impl View {
    let view =
        field::text(Field { id: "username", label: "Username", autocomplete: "username" }, node);
    field::fill(node, &entry.username.get_untracked());
    before_paint(move || field::select(node));
    view
}

/// The error of a form.
pub(super) fn alert(error: Signal<Option<String>>) -> impl View {
    move || error.get().map(|text| p().attr("class", "error").attr("role", "alert").child(text))
}

/// The button of a form. It stays focusable while the form is busy.
pub(super) fn submit_button(name: &'static str, busy: Signal<bool>) -> impl View {
    button()
        .attr("type", "submit")
        .attr("class", "primary wide")
        .live("aria-disabled", move || busy.get().then_some("true"))
        .child(name)
}

/// What is going on while the form is busy.
pub(super) fn progress(busy: Signal<bool>) -> impl View {
    p().attr("class", "status").attr("role", "status").child(move || busy.get().then_some(DERIVING))
}
