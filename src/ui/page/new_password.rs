//! A new password: two boxes, a strength meter, and a passphrase on offer.

use frond_view::dom::tag::{button, div, meter, output, p, span};
use frond_view::dom::{Ref, View, event};
use frond_view::reactive::{Memo, Signal};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use crate::secret::Password;
use crate::session::{LoginError, Strength, UnlockError};
use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::field::{self, Field};

/// Pause after the last keystroke before the strength meter is asked, in milliseconds.
const PAUSE: u32 = 250;

/// The strength of the password in the box; `None` when the meter could not be loaded.
type Judged = Option<Strength>;

/// The boxes of a new password.
#[derive(Clone, Copy)]
pub(super) struct NewPassword {
    app: App,
    password: Ref<HtmlInputElement>,
    repeat: Ref<HtmlInputElement>,
    strength: Signal<Option<Judged>>,
}

impl NewPassword {
    pub(super) fn new(app: App) -> Self {
        Self { app, password: Ref::new(), repeat: Ref::new(), strength: Signal::new(None) }
    }

    /// The boxes with these labels. The meter takes into account whose password it is to be.
    pub(super) fn boxes(
        self,
        [label, again]: [&'static str; 2],
        username: impl Fn() -> String + Copy + 'static,
    ) -> impl View {
        let Self { app, password, repeat, strength } = self;
        let judge = move || {
            let (name, secret) = (username(), Password::new(field::value(password)));
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
        let take = move |phrase: &str| {
            field::fill(password, phrase);
            field::fill(repeat, phrase);
            judge();
        };
        (
            div().on(event::INPUT, judge_soon).child(field::password(
                Field { id: "new-password", label, autocomplete: "new-password" },
                password,
                Some("strength"),
            )),
            meter_of(strength),
            suggestion(app, take),
            field::password(
                Field { id: "repeat-password", label: again, autocomplete: "new-password" },
                repeat,
                None,
            ),
        )
    }

    /// What was typed, if it was typed the same twice; otherwise focuses the repetition.
    pub(super) fn typed(self) -> Option<Password> {
        let secret = Password::new(field::value(self.password));
        let again = Password::new(field::value(self.repeat));
        // EXPOSE: compared with its repetition, both typed here.
        if secret.expose() == again.expose() {
            return Some(secret);
        }
        field::select(self.repeat);
        None
    }

    /// Focuses the first box and selects what is in it.
    pub(super) fn select(self) {
        field::select(self.password);
    }

    /// Empties the boxes.
    pub(super) fn clear(self) {
        field::fill(self.password, "");
        field::fill(self.repeat, "");
        self.strength.set(None);
    }

    /// Why a new password of this user was refused. Without the meter no password but a suggested
    /// one counts as strong; that is not the password's fault.
    pub(super) async fn why(self, refused: &LoginError, name: &str, secret: &Password) -> String {
        let unjudged = *refused == LoginError::Unlock(UnlockError::Weak)
            && self.app.locked().strength(name, secret).await.is_none();
        if unjudged { message::UNJUDGED.to_owned() } else { message::login(refused) }
    }
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
