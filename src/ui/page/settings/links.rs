//! "Shared links": the account's links, with what can be done to each.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, div, h2, li, p, section, span, ul};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::Signal;
use frond_wire::ShareId;
use wasm_bindgen_futures::spawn_local;

use crate::session::{LinkRow, ShareError};
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::copy::copy;
use crate::ui::page::focus_on;
use crate::ui::page::vault::Vault;

/// The links, once they were read.
type LinkList = Signal<Option<Result<Vec<LinkRow>, ShareError>>>;

/// Characters of a label that are shown.
const ROOM: usize = 60;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let links = Signal::new(None);
    read(vault, links);
    section().attr("aria-label", "Shared links").child((
        h2().attr("id", "links").attr("tabindex", "-1").child("Shared links"),
        p().child(
            "Whoever has one of these links can read its files, without an account. Share a file \
             or a folder in the list to make one.",
        ),
        list(app, vault, links),
    ))
}

fn read(vault: Vault, links: LinkList) {
    let session = vault.session();
    spawn_local(async move {
        let listed = session.shares().list().await;
        // Unless another screen is shown by now.
        if links.try_get().is_some() {
            links.set(Some(listed));
        }
    });
}

fn list(app: App, vault: Vault, links: LinkList) -> impl View {
    move || match links.get() {
        None => p().attr("class", "status").attr("role", "status").child("Reading your links…"),
        Some(Err(error)) => div().child((
            p().attr("class", "error").attr("role", "alert").child(message::share(&error)),
            div().attr("class", "buttons").child(
                button()
                    .attr("type", "button")
                    .on(event::CLICK, move |_| read(vault, links))
                    .child("Try again"),
            ),
        )),
        Some(Ok(rows)) if rows.is_empty() => p().attr("class", "hint").child("You have no links."),
        Some(Ok(rows)) => {
            let rows: Vec<_> = rows.into_iter().map(|link| row(app, vault, links, link)).collect();
            ul().attr("class", "logins").attr("aria-label", "Shared links").child(rows)
        }
    }
}

fn row(app: App, vault: Vault, links: LinkList, link: LinkRow) -> Element {
    let label = match &*link.label {
        "" => link.id.to_string(),
        label => words::visible(label),
    };
    let id = link.id;
    let act = |verb: &str, class: &'static str| {
        button()
            .attr("type", "button")
            .attr("class", class)
            .attr("aria-label", format!("{verb} {label}"))
    };
    let copied = link.link.clone();
    let copy = copied.map(|link| copy("Copy link", move || link.to_string()));
    let updates = !link.paths.is_empty() && !link.is_over;
    let (said, revoked) = (label.clone(), label.clone());
    let update = updates.then(|| {
        act("Update", "quiet")
            .attr("title", "Share what its files and folders are now")
            .on(event::CLICK, move |_| bring_up_to_date(app, vault, links, id, said.clone()))
            .child("Update")
    });
    let revoke = act("Revoke", "destructive")
        .on(event::CLICK, move |_| ask(app, vault, links, id, revoked.clone()))
        .child("Revoke");
    li().child((
        div().attr("class", "login").child((
            span().attr("class", "kind").child(bdi().child(words::cut(&label, ROOM))),
            link.is_over.then(|| span().attr("class", "current").child("ended")),
            span().attr("class", "facts").child(facts(app, &link)),
        )),
        div().attr("class", "buttons").child((copy, update, revoke)),
    ))
}

fn facts(app: App, link: &LinkRow) -> String {
    if link.link.is_none() {
        return "It was changed in storage. Revoke it.".to_owned();
    }
    let when = |at: u64| app.when(i64::try_from(at).unwrap_or(i64::MAX).saturating_mul(1000)).1;
    let mut facts = vec![words::count(link.files, "file")];
    facts.push(match link.expires {
        None => "no end".to_owned(),
        Some(at) if link.is_over => format!("ended {}", when(at)),
        Some(at) => format!("until {}", when(at)),
    });
    if link.password {
        facts.push("with a password".to_owned());
    }
    facts.join(" · ")
}

fn bring_up_to_date(app: App, vault: Vault, links: LinkList, id: ShareId, label: String) {
    let session = vault.session();
    spawn_local(async move {
        match session.shares().update(&id, None).await {
            Ok(link) => {
                let files = words::count(link.files, "file");
                app.say(format!("Updated {label}: the link opens {files}."), None);
            }
            Err(error) => app.warn(message::share(&error)),
        }
        if vault.open_session().is_some() && links.try_get().is_some() {
            read(vault, links);
        }
    });
}

/// Revokes a link, after a question.
fn ask(app: App, vault: Vault, links: LinkList, id: ShareId, label: String) {
    let title = format!("Revoke {}?", words::cut(&label, ROOM));
    let revoke = move || {
        let (session, label) = (vault.session(), label.clone());
        spawn_local(async move {
            if let Err(error) = session.shares().revoke(&id).await {
                return app.warn(message::share(&error));
            }
            app.say(format!("Revoked {label}."), None);
            if vault.open_session().is_some() && links.try_get().is_some() {
                // The button that had the focus is gone with its row.
                focus_on("links");
                read(vault, links);
            }
        });
    };
    app.question.set(Some(Question {
        title,
        text: message::REVOKED.to_owned(),
        verb: "Revoke",
        then: Rc::new(revoke),
    }));
}
