//! The requests of this session, the last first.

use frond_view::dom::tag::{code, details, div, h2, li, p, section, span, summary, ul};
use frond_view::dom::{Element, View};

use crate::session::SentRequest;
use crate::text::words;
use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;

/// Most requests shown.
const SHOWN: usize = 200;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let requests = vault.session().requests();
    let count = requests.len();
    let lines: Vec<_> =
        requests.into_iter().rev().take(SHOWN).map(|request| line(app, request)).collect();
    section().attr("aria-label", "Requests").child((
        h2().child("Requests of this session"),
        p().child(
            "What this tab asked for since you signed in, as the other side sees it. The sign-in \
             server signs each request to the storage, so it sees the same list. One signature \
             serves all parts of a file that is fetched. The signatures themselves are secret and \
             are not kept here.",
        ),
        details().child((
            summary().child(words::count(count, "request")),
            ul().attr("class", "stored").attr("aria-label", "Requests").child(lines),
        )),
    ))
}

fn line(app: App, request: SentRequest) -> Element {
    let (when, _) = app.when(i64::try_from(request.at).unwrap_or(i64::MAX));
    let what = match request.operation {
        Some(operation) => format!("Storage, {}", operation.replace('-', " ")),
        None => "Sign-in server".to_owned(),
    };
    let bytes = match request.bytes {
        0 => String::new(),
        bytes => format!(", {} sent", words::size(bytes)),
    };
    li().child(div().child((
        code().child(format!("{} {}", request.method, request.path)),
        span().attr("class", "facts").child(format!("{what}{bytes}, {when}")),
    )))
}
