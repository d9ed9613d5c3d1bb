//! Creating an account: a password that withstands guessing, entered twice.

use frond_view::dom::tag::{button, div, form, h2, meter, output, p, span};
use frond_view::dom::{Ref, View, before_paint, event};
use frond_view::reactive::{Memo, Signal};
use frond_wire::{PublicConfig, Registration};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};

use crate::secret::Password;
use crate::session::{Strength, UnlockError};
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::entry::{self, Entry};
use crate::ui::page::field::{self, Field};
use crate::ui::page::title;

/// Pause after the last keystroke before the strength meter is asked, in milliseconds.
const PAUSE: u32 = 250;

/// The strength of the password in the box; `None` when the meter could not be loaded.
type Judged = Option<Strength>;

/// The form, if this deployment accepts new accounts.
pub(super) fn view(app: App, entry: Entry) -> impl View {
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
        .on(event::CLICK, move |_| entry.creating.set(false))
        .child("Sign in instead");
    div().attr("class", "form").child((shown, div().attr("class", "or").child(back)))
}

fn create(app: App, entry: Entry, invited: bool) -> impl View {
    let busy = Signal::new(false);
    let error = Signal::new(None::<String>);
    let strength = Signal::new(None::<Judged>);
    let username = Ref::<HtmlInputElement>::new();
    let password = Ref::<HtmlInputElement>::new();
    let repeat = Ref::<HtmlInputElement>::new();
    let invite = Ref::<HtmlInputElement>::new();

    let judge = move || {
        let name = field::value(username);
        let secret = Password::new(field::value(password));
        spawn_local(async move {
            // EXPOSE: only whether it is empty.
            let typed = !secret.expose().is_empty();
            let judged =
                if typed { Some(app.locked().strength(&name, &secret).await) } else { None };
            strength.change(judged);
        });
    };
    let soon = Signal::new(None);
    // Each keystroke restarts the pause: replacing the previous timer drops and so stops it.
    let judge_soon = move |_| soon.set(Some(Timeout::new(PAUSE, judge)));

    let submit = move |event: Event| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let name = field::value(username);
        let secret = Password::new(field::value(password));
        let again = Password::new(field::value(repeat));
        let code = field::value(invite).trim().to_owned();
        field::fill(entry.username, &name);
        let refuse = |sentence: &str, at: Ref<HtmlInputElement>| {
            error.set(Some(sentence.to_owned()));
            field::select(at);
        };
        if name.trim().is_empty() {
            return refuse("Choose a username.", username);
        }
        // EXPOSE: compared with its repetition, both typed here.
        if secret.expose() != again.expose() {
            return refuse("The passwords don't match. Enter the same one twice.", repeat);
        }
        if invited && code.is_empty() {
            return refuse("Enter your invite code.", invite);
        }
        error.set(None);
        busy.set(true);
        spawn_local(async move {
            let invite_code = invited.then_some(code);
            match app.locked().create(&name, &secret, invite_code).await {
                Ok(session) => {
                    field::fill(password, "");
                    field::fill(repeat, "");
                    app.open(session);
                }
                Err(refused) => {
                    // Without the meter no other password counts as strong; that is not the
                    // password's fault.
                    let unjudged = refused == UnlockError::Weak
                        && app.locked().strength(&name, &secret).await.is_none();
                    let sentence = if unjudged {
                        message::UNJUDGED.to_owned()
                    } else {
                        message::unlock(&refused)
                    };
                    busy.set(false);
                    error.set(Some(sentence));
                    field::select(match refused {
                        UnlockError::Username | UnlockError::Exists => username,
                        UnlockError::Invite => invite,
                        _ => password,
                    });
                }
            }
        });
    };

    form()
        .attr("aria-label", "Create account")
        .attr("novalidate", true)
        .on(event::SUBMIT, submit)
        .child((
            h2().child("Create account"),
            username_box(entry, username),
            div().on(event::INPUT, judge_soon).child(field::password(
                Field { id: "password", label: "Password", autocomplete: "new-password" },
                password,
                Some("strength"),
            )),
            meter_of(strength),
            suggestion(app, move |phrase| {
                field::fill(password, phrase);
                field::fill(repeat, phrase);
                judge();
            }),
            field::password(
                Field { id: "repeat", label: "Repeat password", autocomplete: "new-password" },
                repeat,
                None,
            ),
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
            entry::alert(error),
            entry::submit_button("Create account", busy),
            entry::progress(p().attr("class", "status").attr("role", "status"), busy),
        ))
}

/// The box of the username, with what was typed in the other form. It is focused when the form
/// appears.
fn username_box(entry: Entry, node: Ref<HtmlInputElement>) -> impl View {
    let view =
        field::text(Field { id: "username", label: "Username", autocomplete: "username" }, node);
    field::fill(node, &field::value(entry.username));
    before_paint(move || field::select(node));
    view
}

/// The strength in words, with a bar.
fn meter_of(strength: Signal<Option<Judged>>) -> impl View {
    let bar = move |strength: Strength| {
        meter()
            .attr("aria-label", "Strength")
            .attr("min", "0")
            .attr("max", "1")
            .attr("low", "0.5")
            .attr("high", "0.65")
            .attr("optimum", "1")
            .attr("value", format!("{:.2}", strength.share()))
    };
    div().attr("class", "strength").attr("id", "strength").attr("aria-live", "polite").child(
        move || {
            strength.get().map(|judged| match judged {
                Some(strength) => {
                    (bar(strength), span().child(message::strength(strength))).drawn()
                }
                None => span().attr("class", "unjudged").child(message::UNJUDGED).drawn(),
            })
        },
    )
}

/// Offers a generated passphrase in clear, and fills it in on one click.
fn suggestion(app: App, take: impl Fn(&str) + Copy + 'static) -> impl View {
    let phrase = Signal::new(String::new());
    let suggest = move |_| {
        spawn_local(async move {
            match app.locked().passphrase().await {
                // EXPOSE: shown because the user asked to see a suggestion.
                Ok(suggested) => phrase.set(suggested.expose().to_owned()),
                Err(error) => app.warn(message::unlock(&error)),
            }
        });
    };
    let none = Memo::new(move || phrase.with(String::is_empty));
    div().attr("class", "suggestion").child(move || {
        if none.get() {
            return button()
                .attr("type", "button")
                .attr("class", "link")
                .on(event::CLICK, suggest)
                .child("Suggest a passphrase");
        }
        div().attr("class", "suggested").child((
            output()
                .attr("aria-label", "Suggested passphrase")
                .attr("class", "mono")
                .child(move || phrase.get()),
            p().child(
                "Write it down or keep it in a password manager. If you lose it, nobody can bring \
                 your files back.",
            ),
            div().attr("class", "buttons").child((
                button().attr("type", "button").on(event::CLICK, suggest).child("Suggest another"),
                button()
                    .attr("type", "button")
                    .on(event::CLICK, move |_| phrase.with(|phrase| take(phrase)))
                    .child("Use this passphrase"),
            )),
        ))
    })
}
