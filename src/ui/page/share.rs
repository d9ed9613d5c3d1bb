//! "Share": a dialog that makes a link.

use std::rc::Rc;

use frond_view::dom::tag::{
    bdi, button, details, div, form, input, label, option, p, path, select, summary, svg,
};
use frond_view::dom::{Element, Ref, View, before_paint, event};
use frond_view::reactive::Signal;
use qrcodegen::{QrCode, QrCodeEcc};
use web_sys::{Event, HtmlInputElement};

use crate::catalog::RowId;
use crate::secret::Password;
use crate::session::{LinkRow, NewLink, ShareError};
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::copy::copy;
use crate::ui::page::dialog::Modal;
use crate::ui::page::entry::Submission;
use crate::ui::page::field::{self, Field};
use crate::ui::page::moving::what;
use crate::ui::page::vault::Vault;

/// The times that are offered, in seconds; 30 days unless another one is chosen.
const LIVES: [(&str, Option<u64>); 6] = [
    ("In 1 hour", Some(3_600)),
    ("In 1 day", Some(86_400)),
    ("In 7 days", Some(7 * 86_400)),
    ("In 30 days", Some(30 * 86_400)),
    ("In 1 year", Some(365 * 86_400)),
    ("Never", None),
];
const USUAL: usize = 3;
/// White modules around a QR code.
const QUIET: i32 = 4;

pub(super) fn ask(app: App, vault: Vault, ids: Vec<RowId>) -> Element {
    let modal = Modal::new();
    let made = Signal::new(None::<Rc<LinkRow>>);
    let title = ("Share ", bdi().child(words::cut(&what(&vault.session(), &ids), 60)));
    let content = move || match made.get() {
        None => new(vault, modal, ids.clone(), made).drawn(),
        Some(link) => shown(app, modal, &link).drawn(),
    };
    modal.view("share", title, move || vault.dialog.set(None), content)
}

/// The form.
fn new(
    vault: Vault,
    modal: Modal,
    ids: Vec<RowId>,
    made: Signal<Option<Rc<LinkRow>>>,
) -> impl View {
    let (name, password) = (Ref::<HtmlInputElement>::new(), Ref::<HtmlInputElement>::new());
    let submission = Submission::new();
    let life = Signal::new(USUAL);
    let submit = submission.on(move || {
        let typed = Password::new(field::value(password));
        let label = field::value(name).trim().to_owned();
        let seconds = LIVES.get(life.get_untracked()).and_then(|(_, seconds)| *seconds);
        let (session, ids) = (vault.session(), ids.clone());
        submission.run(async move {
            let paths: Option<Vec<_>> = {
                let index = session.files().index();
                let path = |id| index.files().row(id).map(|row| row.path().to_owned());
                ids.iter().map(path).collect()
            };
            // EXPOSE: only whether it is empty.
            let password = Some(&typed).filter(|typed| !typed.expose().is_empty());
            let link = match &paths {
                Some(paths) => {
                    let new = NewLink { paths, label: &label, seconds, password };
                    session.shares().make(new).await
                }
                None => Err(ShareError::Gone),
            };
            match link {
                Ok(link) => {
                    made.set(Some(Rc::new(link)));
                    None
                }
                Err(refused) => Some(message::share(&refused)),
            }
        });
    });
    let options = LIVES.iter().enumerate().map(|(at, (words, _))| {
        option().attr("value", at.to_string()).attr("selected", at == USUAL).child(*words)
    });
    let options: Vec<_> = options.collect();
    let chosen = move |event: Event| life.set(event::typed(&event).parse().unwrap_or(USUAL));
    form().attr("class", "share").attr("novalidate", true).on(event::SUBMIT, submit).child((
        p().child(
            "Whoever has the link can read these files, without an account, until it ends or you \
             revoke it. They see nothing else.",
        ),
        field::text(Field { id: "share-label", label: "Label", autocomplete: "off" }, name),
        div().attr("class", "field").child((
            label().attr("for", "share-expires").child("Expires"),
            select().attr("id", "share-expires").on(event::CHANGE, chosen).child(options),
        )),
        field::password(
            Field { id: "share-password", label: "Link password", autocomplete: "new-password" },
            password,
            None,
        ),
        p().attr("class", "hint").child(
            "Label and password may stay empty. Only you see the label. Send the password another \
             way than the link.",
        ),
        submission.alert(),
        submission.status("Making the link…"),
        div()
            .attr("class", "buttons")
            .child((modal.cancel(), submission.button("Create link", "primary"))),
    ))
}

/// The link that was made.
fn shown(app: App, modal: Modal, row: &LinkRow) -> impl View + use<> {
    let link = row.link.as_ref().map(|link| link.to_string()).unwrap_or_default();
    let (node, copied) = (Ref::<HtmlInputElement>::new(), link.clone());
    before_paint(move || field::select(node));
    let ends = row.expires.map(|at| {
        let at = i64::try_from(at).unwrap_or(i64::MAX).saturating_mul(1000);
        format!(", until {}", app.when(at).1)
    });
    div().attr("class", "share").child((
        p().attr("role", "status").child((
            format!("The link opens {}", words::count(row.files, "file")),
            ends,
            ". It stays in Settings, under “Shared links”.",
        )),
        div().attr("class", "field").child((
            label().attr("for", "share-link").child("Link"),
            input()
                .known(node)
                .attr("id", "share-link")
                .attr("class", "mono")
                .attr("type", "text")
                .attr("readonly", true)
                .value(&link),
        )),
        qr(&link),
        div().attr("class", "buttons").child((
            button().attr("type", "button").on(event::CLICK, move |_| modal.close()).child("Close"),
            copy("Copy link", move || copied.clone()),
        )),
    ))
}

/// The link as a QR code.
fn qr(link: &str) -> Option<Element> {
    let code = QrCode::encode_text(link, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let cells = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = cells.filter(|(x, y)| code.get_module(*x, *y));
    let outline: String =
        dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    let whole = size + 2 * QUIET;
    let picture = svg()
        .attr("class", "qr")
        .attr("viewBox", format!("0 0 {whole} {whole}"))
        .attr("role", "img")
        .attr("aria-label", "QR code of the link")
        .attr("shape-rendering", "crispEdges")
        .child(path().attr("d", outline));
    Some(details().child((summary().child("Show QR code"), picture)))
}
