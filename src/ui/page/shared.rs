//! "Shared files": what a link opens, without an account.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, div, form, h1, li, p, section, span, ul};
use frond_view::dom::{Element, Ref, View, before_paint, event, keyed};
use frond_view::reactive::{Signal, on_cleanup};
use futures_util::future::{AbortHandle, Abortable};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use crate::catalog::FileRow;
use crate::object::ObjectId;
use crate::secret::{Password, ShareSecret};
use crate::session::{Direction, ShareError, SharedFiles, SharedLink};
use crate::text::kind;
use crate::text::{folder, message, words};
use crate::transfer::{Progress, TransferControl, TransferError};
use crate::ui::page::app::App;
use crate::ui::page::entry::Submission;
use crate::ui::page::field::{self, Field};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::{self, Origin, Previewed, run_here};
use crate::ui::page::{progress, title};

/// Rows that are shown at first, and further ones each time they are asked for.
const ROWS: usize = 500;
/// Characters of a name that are shown.
const ROOM: usize = 60;

const NO_LINK: &str = "Open the link again to see its files. Frond takes it out of the address bar \
    at once, so that it does not stay in this browser's history.";

/// What is to be seen of a link.
#[derive(Clone)]
enum State {
    Opening,
    /// It has a password.
    Asks(Rc<SharedLink>),
    Open(Shared),
    /// Why there is nothing.
    Failed(String),
}

/// The files of an open link, and their downloads.
#[derive(Clone)]
pub(super) struct Shared {
    /// The files.
    pub files: Rc<SharedFiles>,
    downloads: Signal<Vec<Download>>,
}

/// A download, or several files as one archive.
#[derive(Clone)]
struct Download {
    number: usize,
    name: String,
    total: u64,
    done: Signal<u64>,
    state: Signal<Moving>,
    stop: AbortHandle,
}

#[derive(Clone, Copy, PartialEq)]
enum Moving {
    Running,
    Waiting(TransferError),
    Done,
    Failed(TransferError),
}

pub(super) fn screen(app: App) -> impl View {
    title::named("Shared files");
    let state = Signal::new(State::Opening);
    let link = app.with_page(|page| (page.link)());
    run_here(async move {
        let opened = match link {
            None => State::Failed(NO_LINK.to_owned()),
            Some(text) => fetch(app, &text).await.unwrap_or_else(|error| failed(&error)),
        };
        state.set(opened);
    });
    let shown = move || match state.get() {
        State::Opening => p().attr("role", "status").child("Opening…").drawn(),
        State::Asks(link) => asks(link, state).drawn(),
        State::Open(shared) => list(app, &shared).drawn(),
        State::Failed(why) => p().attr("class", "error").attr("role", "alert").child(why).drawn(),
    };
    div()
        .attr("class", "shared")
        .child((h1().attr("id", "title").attr("tabindex", "-1").child("Shared files"), shown))
}

fn failed(error: &ShareError) -> State {
    State::Failed(message::share(error))
}

async fn fetch(app: App, text: &str) -> Result<State, ShareError> {
    let secret = ShareSecret::from_text(text).map_err(|_| ShareError::Link)?;
    let link = app.locked().shared(secret).await?;
    if link.needs_password() {
        return Ok(State::Asks(Rc::new(link)));
    }
    Ok(State::Open(Shared::new(link.open(None).await?)))
}

/// Asks for the link password.
fn asks(link: Rc<SharedLink>, state: Signal<State>) -> impl View {
    let submission = Submission::new();
    let password = Ref::<HtmlInputElement>::new();
    let submit = submission.on(move || {
        let typed = Password::new(field::value(password));
        let link = Rc::clone(&link);
        submission.run(async move {
            let opened = link.open(Some(&typed)).await;
            // Unless another screen is shown by now.
            submission.busy.try_get()?;
            match opened {
                Ok(files) => {
                    state.set(State::Open(Shared::new(files)));
                    title::named("Shared files");
                    None
                }
                Err(refused) => {
                    field::select(password);
                    Some(message::share(&refused))
                }
            }
        });
    });
    before_paint(move || field::select(password));
    form()
        .attr("class", "form")
        .attr("aria-label", "Link password")
        .attr("novalidate", true)
        .on(event::SUBMIT, submit)
        .child((
            p().child("These files have a password. Whoever sent you the link knows it."),
            field::password(
                Field { id: "link-password", label: "Link password", autocomplete: "off" },
                password,
                None,
            ),
            submission.alert(),
            submission.button("Open", "primary wide"),
            submission.status("Checking the link password…"),
        ))
}

/// The files of an open link.
fn list(app: App, shared: &Shared) -> impl View {
    let rows: Rc<[_]> = shared.files.rows().into();
    let previewed: Previewed = Signal::new(None);
    let total = rows.iter().fold(0, |sum: u64, row| sum.saturating_add(row.size));
    let ends = shared.files.expires().map(|at| {
        let at = i64::try_from(at).unwrap_or(i64::MAX).saturating_mul(1000);
        format!(" · until {}", app.when(at).1)
    });
    let facts = format!("{} · {}", words::count(rows.len(), "file"), words::size(total));
    let (count, limit) = (rows.len(), Signal::new(ROWS));
    let (listed, of_row) = (Rc::clone(&rows), shared.clone());
    let shown = move || listed.iter().take(limit.get()).cloned().collect::<Vec<_>>();
    let more = move || {
        let left = count.saturating_sub(limit.get());
        (left > 0).then(|| {
            button()
                .attr("type", "button")
                .on(event::CLICK, move |_| limit.set(limit.get_untracked().saturating_add(ROWS)))
                .child(format!("Show more ({left} left)"))
        })
    };
    let all = (count > 1).then(|| {
        let shared = shared.clone();
        button()
            .attr("type", "button")
            .attr("class", "primary")
            .on(event::CLICK, move |_| shared.download_all(total))
            .child((icon(icon::ARCHIVE), "Download all"))
    });
    let origin = Origin::Shared(shared.clone());
    let preview = move || {
        let is_open = previewed.with(Option::is_some);
        is_open.then(|| preview::modal(app, origin.clone(), previewed))
    };
    (
        p().attr("class", "facts").child((facts, ends)),
        p().attr("class", "hint").child(
            "They are decrypted in this tab. Every byte is checked against what was shared before \
             you see it.",
        ),
        div().attr("class", "buttons").child(all),
        shared.transfers(),
        ul().attr("class", "files").attr("aria-label", "Shared files").child(keyed(
            shown,
            |row| row.id,
            move |row| file(&of_row, &row, previewed),
        )),
        more,
        preview,
    )
}

fn file(shared: &Shared, row: &Rc<FileRow>, previewed: Previewed) -> Element {
    let name = words::visible(folder::name(&row.path));
    let place = words::visible(folder::parent(&row.path));
    let place = (!place.is_empty()).then(|| {
        span().attr("class", "place").child(("in ", bdi().child(words::cut(&place, ROOM))))
    });
    let (shared, of, opens) = (shared.clone(), Rc::clone(row), Rc::clone(row));
    let download = button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", format!("Download {name}"))
        .attr("title", "Download")
        .on(event::CLICK, move |_| shared.download(&of))
        .child(icon(icon::DOWN));
    let preview = button()
        .attr("type", "button")
        .attr("class", "name")
        .attr("id", preview::button_id(&row.id))
        .attr("aria-label", format!("Preview {name}"))
        .attr("title", name.clone())
        .on(event::CLICK, move |_| previewed.set(Some(Rc::clone(&opens))))
        .child(bdi().child(words::cut(&name, ROOM)));
    li().child((
        icon(icon::of(kind::of(&row.path))),
        div().attr("class", "named").child((preview, place)),
        span().attr("class", "facts").child(words::size(row.size)),
        download,
    ))
}

impl Shared {
    /// Its downloads end with the current owner.
    fn new(files: SharedFiles) -> Self {
        let downloads = Signal::new(Vec::<Download>::new());
        Self { files: Rc::new(files), downloads }
    }

    /// Downloads a file.
    pub(super) fn download(&self, row: &FileRow) {
        let name = words::visible(folder::name(&row.path));
        let (files, id) = (Rc::clone(&self.files), row.id);
        self.begin(name, row.size, move |control| async move { files.download(id, control).await });
    }

    /// Downloads all files as one archive.
    fn download_all(&self, total: u64) {
        let files = Rc::clone(&self.files);
        let ids: Vec<ObjectId> = files.rows().iter().map(|row| row.id).collect();
        self.begin("Shared files.zip".to_owned(), total, move |control| async move {
            files.download_archive(&ids, "Shared files", control).await
        });
    }

    fn begin<F: Future<Output = Result<(), TransferError>> + 'static>(
        &self,
        name: String,
        total: u64,
        work: impl FnOnce(Rc<TransferControl>) -> F + 'static,
    ) {
        let (stop, registration) = AbortHandle::new_pair();
        let (done, state) = (Signal::new(0), Signal::new(Moving::Running));
        let number = self.downloads.with_untracked(Vec::len);
        let ended = stop.clone();
        on_cleanup(move || ended.abort());
        self.downloads.update(|all| all.push(Download { number, name, total, done, state, stop }));
        let told = move |progress| {
            if state.try_get().is_none() {
                return;
            }
            match progress {
                Progress::Done(bytes) => {
                    done.set(bytes);
                    state.change(Moving::Running);
                }
                Progress::Waiting(error) => state.change(Moving::Waiting(error)),
                _ => {}
            }
        };
        let control = Rc::new(TransferControl::new(told));
        spawn_local(async move {
            let result = Abortable::new(work(control), registration).await;
            if let (Ok(result), Some(_)) = (result, state.try_get()) {
                state.set(match result {
                    Ok(()) => Moving::Done,
                    Err(error) => Moving::Failed(error),
                });
            }
        });
    }

    /// The downloads that were begun and not cancelled.
    fn transfers(&self) -> impl View + use<> {
        let downloads = self.downloads;
        let cancel = move |number: usize| {
            downloads.update(|all| all.retain(|download| download.number != number));
        };
        move || {
            let is_any = downloads.with(|all| !all.is_empty());
            is_any.then(|| {
                section().attr("class", "moving").attr("aria-label", "Transfers").child(ul().child(
                    keyed(
                        move || downloads.get(),
                        |download| download.number,
                        move |download| transfer(&download, cancel),
                    ),
                ))
            })
        }
    }
}

fn transfer(download: &Download, cancel: impl Fn(usize) + 'static) -> Element {
    let Download { number, name, total, done, state, stop } = download.clone();
    let bar = progress::bar(name.clone(), move || (done.get(), total));
    let sentence = move || match state.get() {
        Moving::Running => words::part(done.get(), total),
        Moving::Waiting(error) => message::waiting(error, Direction::Down).to_owned(),
        Moving::Done => format!("{} · done", words::size(total)),
        Moving::Failed(error) => message::failed(error, Direction::Down).to_owned(),
    };
    let button = button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", format!("Cancel {name}"))
        .attr("title", "Cancel")
        .on(event::CLICK, move |_| {
            stop.abort();
            cancel(number);
        })
        .child(icon(icon::CLOSE));
    li().child((
        div().attr("class", "line").child((
            icon(icon::DOWN),
            span().attr("class", "name").child(bdi().child(words::cut(&name, ROOM))),
            button,
        )),
        bar,
        p().attr("class", "facts").attr("role", "status").child(sentence),
    ))
}
