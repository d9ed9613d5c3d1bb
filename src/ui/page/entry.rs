//! The entry: signing in, or switching to another form.
//!
//! Its markup is part of www/index.html, so that it is drawn and can be typed into before this
//! program has loaded. The program takes over those elements and keeps them for as long as the page
//! is open; the other forms are built when they are shown.

use frond_view::dom::tag::{button, p};
use frond_view::dom::{Element, Lasting, Ref, View, before_paint, event, is_unfocused};
use frond_view::reactive::{Memo, Signal, effect};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};

use crate::secret::Password;
use crate::session::UnlockError;
use crate::text::message;
use crate::ui::page::app::{App, LockState};
use crate::ui::page::screens::{Kind, screen};
use crate::ui::page::{field, title};

/// The line shown while keys are derived from the password.
pub(super) const DERIVING: &str =
    "Deriving your keys from your password. This takes a moment by design.";

/// A form of the entry.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    SignIn,
    /// "Create account".
    Create,
    /// "Use a passkey".
    Passkey,
    /// "Use recovery words".
    Recover,
}

/// The entry, which is the first screen, and its form "Sign in".
#[derive(Clone, Copy)]
pub(super) struct EntryScreen {
    app: App,
    /// The form that is shown.
    pub form: Signal<Form>,
    /// The box of the username. The other forms start with its content.
    pub username: Ref<HtmlInputElement>,
    password: Ref<HtmlInputElement>,
    /// Whether the password is shown in clear.
    revealed: Signal<bool>,
    submission: Submission,
}

/// Where the submission of a form is: whether it runs, and why the last one failed.
#[derive(Clone, Copy)]
pub(super) struct Submission {
    /// Whether it runs.
    pub busy: Signal<bool>,
    error: Signal<Option<String>>,
}

impl Submission {
    pub(super) fn new() -> Self {
        Self { busy: Signal::new(false), error: Signal::new(None) }
    }

    /// Takes the events of a form: calls `submit`, unless an earlier submission still runs.
    pub(super) fn on(self, submit: impl Fn() + 'static) -> impl Fn(Event) + 'static {
        move |event| {
            event.prevent_default();
            if !self.busy.get_untracked() {
                submit();
            }
        }
    }

    /// Says why what was typed is not sent.
    pub(super) fn refuse(self, why: impl Into<String>) {
        self.error.set(Some(why.into()));
    }

    /// Runs `send`, whose result is why it failed.
    pub(super) fn run(self, send: impl Future<Output = Option<String>> + 'static) {
        self.error.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let why = send.await;
            self.busy.set(false);
            self.error.set(why);
        });
    }

    /// The error.
    pub(super) fn alert(self) -> impl View {
        let text = |text| p().attr("class", "error").attr("role", "alert").child(text);
        move || self.error.get().map(text)
    }

    /// The submit button, of this class.
    pub(super) fn button(self, name: &'static str, class: &'static str) -> Element {
        is_busy(button().attr("type", "submit").attr("class", class).child(name), self.busy)
    }

    /// A line that is there while the submission runs.
    pub(super) fn status(self, text: &'static str) -> impl View {
        let shown = move || self.busy.get().then_some(text);
        p().attr("class", "status").attr("role", "status").child(shown)
    }
}

/// Takes over the entry from the page's markup. It stays in place if it is to be shown now.
pub(super) fn take_over(app: App) -> Lasting {
    let entry = EntryScreen {
        app,
        form: Signal::new(Form::SignIn),
        username: Ref::new(),
        password: Ref::new(),
        revealed: Signal::new(false),
        submission: Submission::new(),
    };
    let why = move || match app.state.get() {
        LockState::Locked(why) => why,
        LockState::Open(_) => None,
    };
    let _ = Element::in_markup("locked-why").child(why);

    let sign_in = entry.sign_in();
    let form = move || match entry.form.get() {
        Form::SignIn => sign_in.clone().drawn(),
        Form::Create => screen(app, Kind::Create(entry)).drawn(),
        Form::Passkey => screen(app, Kind::Passkey(entry)).drawn(),
        Form::Recover => screen(app, Kind::Recover(entry)).drawn(),
    };
    let _ = Element::in_markup("entry-form").child(form);

    let shown = Memo::new(move || app.is_at_entry());
    effect(move || entry.follow(shown.get()));
    let whole = Element::in_markup("entry").attr("hidden", false);
    if !app.is_at_entry() {
        whole.remove();
    }
    whole.lasting()
}

impl EntryScreen {
    /// The form "Sign in", and the buttons for the other ones.
    fn sign_in(self) -> Lasting {
        let _ = Element::in_markup("username").known(self.username);
        let password = Element::in_markup("password").known(self.password);
        field::reveal(password, Element::in_markup("password-reveal"), self.revealed);
        let _ = Element::in_markup("sign-in-form")
            .on(event::SUBMIT, self.submission.on(move || self.submit()));
        let Submission { busy, error } = self.submission;
        let _ = Element::in_markup("sign-in-error").child(move || error.get());
        let _ = is_busy(Element::in_markup("sign-in-submit"), busy);
        let deriving = move || busy.get().then_some(DERIVING);
        let _ = Element::in_markup("sign-in-status").emptied().child(deriving);
        let has_passkeys = self.app.has_passkeys();
        let _ = Element::in_markup("to-passkey").live("hidden", move || !has_passkeys.get());
        for (button, form) in [
            ("to-create", Form::Create),
            ("to-passkey", Form::Passkey),
            ("to-recover", Form::Recover),
        ] {
            let _ = Element::in_markup(button).on(event::CLICK, move |_| self.form.set(form));
        }
        Element::in_markup("sign-in").lasting()
    }

    /// When the form appears, sets the window title and focuses the form if nothing else has the
    /// focus; when it disappears, clears what was typed. The other forms keep the username.
    fn follow(self, entry_is_shown: bool) {
        if entry_is_shown && self.form.get() == Form::SignIn {
            title::window("Sign in");
            before_paint(move || {
                if is_unfocused() {
                    field::select(self.username);
                }
            });
        } else {
            field::fill(self.password, "");
            self.revealed.set(false);
            self.submission.error.set(None);
        }
        if !entry_is_shown {
            field::fill(self.username, "");
            self.form.set(Form::SignIn);
        }
    }

    fn submit(self) {
        let name = field::value(self.username);
        let password = Password::new(field::value(self.password));
        // EXPOSE: only whether it is empty.
        let missing = if name.trim().is_empty() {
            Some(self.username)
        } else {
            password.expose().is_empty().then_some(self.password)
        };
        if let Some(missing) = missing {
            self.submission.refuse("Enter your username and password.");
            return field::select(missing);
        }
        self.submission.run(async move {
            match self.app.locked().sign_in(&name, &password).await {
                Ok(session) => {
                    self.app.open(session);
                    None
                }
                Err(refused) => {
                    field::select(if refused == UnlockError::Username {
                        self.username
                    } else {
                        self.password
                    });
                    Some(message::unlock(&refused))
                }
            }
        });
    }
}

/// Marks the button of a form as busy; it stays focusable.
fn is_busy(button: Element, busy: Signal<bool>) -> Element {
    button.live("aria-disabled", move || busy.get().then_some("true"))
}
