//! The Fernet tool: creates and opens standard tokens in this tab. No account, no network.

use frond_view::dom::tag::{button, div, form, h1, h2, label, p, textarea};
use frond_view::dom::{Ref, View, event};
use frond_view::reactive::Signal;
use web_sys::{Event, HtmlInputElement, HtmlTextAreaElement};

use crate::fernet;
use crate::secret::FernetKey;
use crate::text::{message, pasted};
use crate::ui::page::app::App;
use crate::ui::page::copy::copy;
use crate::ui::page::field::{self, Field};
use crate::ui::page::title;

/// The half of the tool that gave the last answer.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Key,
    Encrypt,
    Decrypt,
}

/// The answer.
#[derive(Clone, PartialEq)]
enum ToolResult {
    /// A result and a remark on it.
    Result(String, String),
    /// Why there is no result.
    Refused(String),
}

/// The boxes, and the last answer: there is only one, so that no result is shown beside an input
/// that it does not belong to.
#[derive(Clone, Copy)]
struct Tool {
    app: App,
    key: Ref<HtmlInputElement>,
    message: Ref<HtmlTextAreaElement>,
    token: Ref<HtmlTextAreaElement>,
    age: Ref<HtmlInputElement>,
    answer: Signal<Option<(Half, ToolResult)>>,
}

pub(super) fn screen(app: App) -> impl View {
    title::named("Fernet tool");
    let tool = Tool {
        app,
        key: Ref::new(),
        message: Ref::new(),
        token: Ref::new(),
        age: Ref::new(),
        answer: Signal::new(None),
    };
    let outdated = move |_| tool.answer.set(None);
    div().attr("class", "prose fernet").on(event::INPUT, outdated).child((
        h1().attr("id", "title").attr("tabindex", "-1").child("Fernet tool"),
        p().child(
            "Encrypt and decrypt Fernet tokens in this tab, without an account. Nothing you type \
             here leaves it.",
        ),
        tool.key_half(),
        tool.encrypt_half(),
        tool.decrypt_half(),
    ))
}

impl Tool {
    fn key_half(self) -> impl View {
        let generate = move |_| match FernetKey::filled(|key| self.app.entropy().fill(key)) {
            Ok(key) => {
                field::fill(self.key, &key.to_text());
                self.answer.set(None);
            }
            Err(_) => self.refuse(Half::Key, message::NO_ENTROPY),
        };
        div().attr("class", "half").child((
            field::text(Field { id: "key", label: "Key", autocomplete: "off" }, self.key),
            div().attr("class", "buttons").child((
                button().attr("type", "button").on(event::CLICK, generate).child("Generate key"),
                copy("Copy key", move || field::value(self.key)),
            )),
            self.answered(Half::Key),
        ))
    }

    fn encrypt_half(self) -> impl View {
        let submit = move |event: Event| {
            event.prevent_default();
            self.encrypt();
        };
        form()
            .attr("class", "half")
            .attr("aria-label", "Encrypt")
            .attr("novalidate", true)
            .on(event::SUBMIT, submit)
            .child((
                h2().child("Encrypt a message"),
                field::lines("message", "Message", self.message),
                div().attr("class", "buttons").child(
                    button().attr("type", "submit").attr("class", "primary").child("Encrypt"),
                ),
                self.answered(Half::Encrypt),
            ))
    }

    fn decrypt_half(self) -> impl View {
        let submit = move |event: Event| {
            event.prevent_default();
            self.decrypt();
        };
        form()
            .attr("class", "half")
            .attr("aria-label", "Decrypt")
            .attr("novalidate", true)
            .on(event::SUBMIT, submit)
            .child((
                h2().child("Decrypt a token"),
                field::lines("token", "Token", self.token),
                field::text(
                    Field { id: "age", label: "Maximum age in seconds", autocomplete: "off" },
                    self.age,
                ),
                p().attr("class", "hint").child("Leave empty to accept a token of any age."),
                div().attr("class", "buttons").child(
                    button().attr("type", "submit").attr("class", "primary").child("Decrypt"),
                ),
                self.answered(Half::Decrypt),
            ))
    }

    fn encrypt(self) {
        let Ok(key) = FernetKey::from_text(field::value(self.key).trim()) else {
            return self.refuse(Half::Encrypt, message::BAD_KEY);
        };
        let mut iv = [0; 16];
        if self.app.entropy().fill(&mut iv).is_err() {
            return self.refuse(Half::Encrypt, message::NO_ENTROPY);
        }
        let token = fernet::encrypt(&key, self.now(), iv, field::long(self.message).as_bytes());
        self.answer.set(Some((
            Half::Encrypt,
            ToolResult::Result(
                token,
                "Any Fernet library can decrypt it with this key.".to_owned(),
            ),
        )));
    }

    fn decrypt(self) {
        let Ok(key) = FernetKey::from_text(field::value(self.key).trim()) else {
            return self.refuse(Half::Decrypt, message::BAD_KEY);
        };
        let (text, age) = (field::long(self.token), field::value(self.age));
        let Ok(token) = pasted::token(&text) else {
            return self.refuse(Half::Decrypt, message::NO_TOKEN);
        };
        let opened = match age.trim() {
            "" => fernet::decrypt(&key, &token),
            age => match age.parse() {
                Ok(age) => fernet::decrypt_within(&key, &token, age, self.now()),
                Err(_) => {
                    return self.refuse(
                        Half::Decrypt,
                        "The maximum age must be a whole number of seconds, or empty.",
                    );
                }
            },
        };
        let Ok(opened) = opened else { return self.refuse(Half::Decrypt, message::BAD_TOKEN) };
        let made = i64::try_from(opened.time)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000))
            .map(|at| format!("Created {}.", self.app.when(at).1))
            .unwrap_or_default();
        let answer = match String::from_utf8(opened.plaintext) {
            Ok(text) => ToolResult::Result(text, made),
            Err(bytes) => ToolResult::Result(
                fernet::to_text(bytes.as_bytes()),
                format!("This message is not text, so it is shown as base64url. {made}"),
            ),
        };
        self.answer.set(Some((Half::Decrypt, answer)));
    }

    fn now(self) -> u64 {
        self.app.clock().now_ms() / 1_000
    }

    fn refuse(self, half: Half, sentence: &str) {
        self.answer.set(Some((half, ToolResult::Refused(sentence.to_owned()))));
    }

    /// The answer of one half, shown below it.
    fn answered(self, half: Half) -> impl View {
        move || {
            let (_, answer) = self.answer.get().filter(|(of, _)| *of == half)?;
            Some(match answer {
                ToolResult::Refused(sentence) => {
                    p().attr("class", "error").attr("role", "alert").child(sentence)
                }
                ToolResult::Result(text, remark) => div().attr("class", "result").child((
                    label().attr("for", "result").child("Result"),
                    textarea()
                        .attr("id", "result")
                        .attr("class", "mono")
                        .attr("rows", "4")
                        .attr("readonly", true)
                        .value(&text),
                    p().attr("class", "hint").attr("role", "status").child(remark),
                    div().attr("class", "buttons").child(copy("Copy result", move || text.clone())),
                )),
            })
        }
    }
}
