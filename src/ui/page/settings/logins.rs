//! "Password and logins": a new password, recovery words, and all ways into the account.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, form, h2, h3, input, li, p, section, span, ul};
use frond_view::dom::{Element, Ref, View, event};
use frond_view::reactive::{Signal, effect};
use frond_wire::LoginKind;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use crate::secret::Password;
use crate::session::{LoginError, LoginRow};
use crate::text::message;
use crate::ui::page::app::{App, Question};
use crate::ui::page::dialog::Dialog;
use crate::ui::page::entry::{DERIVING, Submission};
use crate::ui::page::field;
use crate::ui::page::focus_on;
use crate::ui::page::new_password::NewPassword;
use crate::ui::page::vault::Vault;

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
        h3().child("Passkeys"),
        p().child(
            "A passkey opens your vault by fingerprint, face or PIN. Your device or your password \
             manager keeps it, listed under your username.",
        ),
        passkey(app, vault, logins),
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
    let submission = Submission::new();
    let current = Ref::<HtmlInputElement>::new();
    let new = NewPassword::new(app);
    let username = move || vault.session().username();
    let submit = move || {
        let typed = Password::new(field::value(current));
        // EXPOSE: only whether it is empty.
        if typed.expose().is_empty() {
            submission.refuse(message::NO_CURRENT_PASSWORD);
            return field::select(current);
        }
        let Some(secret) = new.typed() else { return submission.refuse(message::DIFFER) };
        let session = vault.session();
        submission.run(async move {
            let changed = session.logins().change_password(&typed, &secret).await;
            let why = match &changed {
                Ok(()) => None,
                Err(refused) => Some(new.why(refused, &session.username(), &secret).await),
            };
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
            why
        });
    };
    form()
        .attr("aria-label", "Change password")
        .attr("class", "half")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(submit))
        .child((
            h3().child("Change password"),
            // For password managers, which are to know whose password it is.
            input()
                .attr("type", "text")
                .attr("autocomplete", "username")
                .attr("readonly", true)
                .attr("hidden", true)
                .value(&username()),
            field::current_password("current-password", current),
            new.boxes(["New password", "Repeat new password"], username),
            submission.alert(),
            div().attr("class", "buttons").child(submission.button("Change password", "primary")),
            submission.status(DERIVING),
        ))
}

/// "Add passkey", where the browser can.
fn passkey(app: App, vault: Vault, logins: LoginList) -> impl View {
    let (submission, has_passkeys) = (Submission::new(), app.has_passkeys());
    let submit = move || {
        let session = vault.session();
        submission.run(async move {
            if let Err(error) = session.logins().add_passkey(&*app.passkeys()).await {
                return Some(message::login(&error));
            }
            app.say("Your passkey opens your vault from now on.", None);
            if vault.open_session().is_some() {
                read(vault, logins);
            }
            None
        });
    };
    let button = move || match has_passkeys.get() {
        true => div().attr("class", "buttons").child(submission.button("Add passkey", "")),
        false => p().attr("class", "hint").child("This browser can't use passkeys for Frond."),
    };
    form()
        .attr("aria-label", "Add passkey")
        .attr("novalidate", true)
        .on(event::SUBMIT, submission.on(submit))
        .child((submission.alert(), button, submission.status("Waiting for your device…")))
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
        LoginKind::Passkey => "Passkey",
    }
}

/// Removes a login, after a question.
fn ask(app: App, vault: Vault, logins: LoginList, login: LoginRow) {
    let (title, text) = match login.kind {
        LoginKind::Recovery => (
            "Remove these recovery words?",
            "They don't open your vault any more. Your files stay as they are.",
        ),
        LoginKind::Passkey => (
            "Remove this passkey?",
            "Devices that signed in with it are signed out, and it doesn't open your vault any \
             more. Your files stay as they are. Your device or password manager lists it until you \
             delete it there.",
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
