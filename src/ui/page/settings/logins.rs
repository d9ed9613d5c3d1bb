//! "Password and logins": a new password, recovery words, and all ways into the account.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, form, h2, h3, input, li, p, section, span, ul};
use frond_view::dom::{Element, Ref, View, event};
use frond_view::reactive::{Signal, effect};
use frond_wire::LoginKind;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};

use crate::secret::Password;
use crate::session::{LoginError, LoginRow};
use crate::text::message;
use crate::ui::page::app::{App, Question};
use crate::ui::page::dialog::Dialog;
use crate::ui::page::field::{self, Field};
use crate::ui::page::new_password::NewPassword;
use crate::ui::page::vault::Vault;
use crate::ui::page::{entry, focus_on};

/// The logins, once they were read.
type LoginList = Signal<Option<Result<Vec<LoginRow>, LoginError>>>;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let logins = Signal::new(None);
    // Also after the dialog that makes recovery words.
    effect(move || {
        if vault.dialog.with(Option::is_none) {
            read(vault, logins);
        }
    });
    section().attr("aria-label", "Password and logins").child((
        h2().child("Password and logins"),
        change(app, vault, logins),
        h3().child("Recovery words"),
        p().child(
            "24 words on paper that open your vault if you lose your password. New words replace \
             the ones that you have.",
        ),
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .on(event::CLICK, move |_| vault.dialog.set(Some(Dialog::RecoveryWords)))
                .child("Make recovery words"),
        ),
        h3().attr("id", "logins").attr("tabindex", "-1").child("Logins"),
        p().child("Each of these opens your vault."),
        list(app, vault, logins),
    ))
}

fn read(vault: Vault, logins: LoginList) {
    let session = vault.session();
    spawn_local(async move { logins.set(Some(session.logins().list().await)) });
}

/// The form "Change password".
fn change(app: App, vault: Vault, logins: LoginList) -> impl View {
    let busy = Signal::new(false);
    let error = Signal::new(None::<String>);
    let current = Ref::<HtmlInputElement>::new();
    let new = NewPassword::new(app);
    let username = move || vault.session().username();
    let submit = move |event: Event| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = Password::new(field::value(current));
        // EXPOSE: only whether it is empty.
        if typed.expose().is_empty() {
            error.set(Some("Enter your current password.".to_owned()));
            return field::select(current);
        }
        let Some(secret) = new.typed() else {
            return error.set(Some(message::DIFFER.to_owned()));
        };
        error.set(None);
        busy.set(true);
        let session = vault.session();
        spawn_local(async move {
            let changed = session.logins().change_password(&typed, &secret).await;
            let why = match &changed {
                Ok(()) => None,
                Err(refused) => Some(new.why(refused, &session.username(), &secret).await),
            };
            busy.set(false);
            error.set(why);
            match changed {
                Ok(()) => {
                    field::fill(current, "");
                    new.clear();
                    app.say(message::PASSWORD_CHANGED, None);
                }
                Err(LoginError::CurrentPassword) => field::select(current),
                Err(_) => new.select(),
            }
            if vault.open_session().is_some() {
                read(vault, logins);
            }
        });
    };
    form()
        .attr("aria-label", "Change password")
        .attr("class", "half")
        .attr("novalidate", true)
        .on(event::SUBMIT, submit)
        .child((
            h3().child("Change password"),
            // For password managers, which are to know whose password it is.
            input()
                .attr("type", "text")
                .attr("autocomplete", "username")
                .attr("readonly", true)
                .attr("hidden", true)
                .value(&username()),
            field::password(
                Field {
                    id: "current-password",
                    label: "Current password",
                    autocomplete: "current-password",
                },
                current,
                None,
            ),
            new.boxes(["New password", "Repeat new password"], username),
            entry::alert(error),
            div().attr("class", "buttons").child(entry::is_busy(
                button().attr("type", "submit").attr("class", "primary").child("Change password"),
                busy,
            )),
            entry::progress(p().attr("class", "status").attr("role", "status"), busy),
        ))
}

/// All ways into the account.
fn list(app: App, vault: Vault, logins: LoginList) -> impl View {
    move || match logins.get() {
        None => p().attr("class", "status").attr("role", "status").child("Reading your logins…"),
        Some(Err(error)) => div().child((
            p().attr("class", "error").attr("role", "alert").child(message::login(&error)),
            div().attr("class", "buttons").child(
                button()
                    .attr("type", "button")
                    .on(event::CLICK, move |_| read(vault, logins))
                    .child("Try again"),
            ),
        )),
        Some(Ok(rows)) => {
            let is_last = rows.len() < 2;
            let rows = rows.into_iter().enumerate();
            let rows = rows.map(|(at, login)| row(app, vault, logins, at, login, is_last));
            ul().attr("class", "logins")
                .attr("aria-label", "Logins")
                .child(rows.collect::<Vec<_>>())
        }
    }
}

fn row(
    app: App,
    vault: Vault,
    logins: LoginList,
    at: usize,
    login: LoginRow,
    is_last: bool,
) -> Element {
    let made = i64::try_from(login.created).unwrap_or(i64::MAX).saturating_mul(1_000);
    let (when, moment) = app.when(made);
    let id = format!("login-{at}");
    let remove = (!is_last).then(|| {
        button()
            .attr("type", "button")
            .attr("class", "destructive")
            .attr("aria-describedby", id.clone())
            .on(event::CLICK, move |_| ask(app, vault, logins, login))
            .child("Remove")
    });
    li().child((
        div().attr("id", id).attr("class", "login").child((
            span().attr("class", "kind").child(kind(login.kind)),
            login.is_own.then(|| span().attr("class", "current").child("this session")),
            span().attr("class", "facts").attr("title", moment).child(format!("Made {when}")),
        )),
        remove,
    ))
}

fn kind(kind: LoginKind) -> &'static str {
    match kind {
        LoginKind::Password => "Password",
        LoginKind::Recovery => "Recovery words",
    }
}

/// Removes a login, after a question.
fn ask(app: App, vault: Vault, logins: LoginList, login: LoginRow) {
    let (title, text) = match login.kind {
        LoginKind::Recovery => (
            "Remove these recovery words?",
            "They don't open your vault any more. Your files stay as they are.",
        ),
        LoginKind::Password if login.is_own => (
            "Remove your password?",
            "You are signed out on every device, and only your other logins open your vault. Your \
             files stay as they are.",
        ),
        LoginKind::Password => (
            "Remove this password?",
            "Devices that signed in with it are signed out. Your files stay as they are.",
        ),
    };
    let remove = move || {
        let session = vault.session();
        spawn_local(async move {
            if let Err(error) = session.logins().remove(login.id).await {
                return app.warn(message::login(&error));
            }
            if vault.open_session().is_none() {
                return;
            }
            app.say(format!("Removed: {}.", kind(login.kind).to_lowercase()), None);
            // The button that had the focus is gone with its row.
            focus_on("logins");
            read(vault, logins);
            vault.lacks_words.change(session.logins().lacks_words().await);
        });
    };
    app.question.set(Some(Question {
        title: title.to_owned(),
        text: text.to_owned(),
        verb: "Remove",
        then: Rc::new(remove),
    }));
}
