//! "Thumbnails": the switch for this device, and "Make thumbnails" for files added before.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use frond_view::dom::tag::{button, div, h2, input, label, p, section};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::Stream;
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::bytes::Bytes;
use crate::catalog::FileRow;
use crate::port::RangeRequest;
use crate::session::{Direction, Session};
use crate::text::{message, words};
use crate::transfer::{Progress, TransferError};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::progress;
use crate::ui::page::thumbnails::make::{self, Ended, Making, Readable};
use crate::ui::page::thumbnails::may_have_one;
use crate::ui::page::vault::Vault;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let on = Signal::new(vault.session().thumbnails().are_on());
    let switch = move |_: Event| {
        let session = vault.session();
        on.update(|on| *on = !*on);
        session.thumbnails().switch(on.get_untracked());
        if !on.get_untracked() {
            end(vault, Ended::Stopped);
        }
    };
    let running = Memo::new(move || {
        vault.making.with(|making| making.as_ref().is_some_and(|making| making.ended.is_none()))
    });
    let bar = move || {
        let counts = move || {
            vault.making.with(|making| {
                making.as_ref().map(|making| (making.done, making.of)).unwrap_or_default()
            })
        };
        let done = move || {
            let (done, of) = counts();
            (u64::try_from(done).unwrap_or(u64::MAX), u64::try_from(of).unwrap_or(u64::MAX))
        };
        running.get().then(|| {
            progress::counted("Making thumbnails".to_owned(), done, move || {
                let (done, of) = counts();
                format!("{done} of {}", words::count(of, "file"))
            })
        })
    };
    let status = move || vault.making.with(|making| making.as_ref().and_then(status));
    section().attr("aria-label", "Thumbnails").child((
        h2().child("Thumbnails"),
        label().attr("class", "choice").child((
            input()
                .attr("type", "checkbox")
                .property("checked", move || on.get())
                .on(event::CHANGE, switch),
            "Make and show thumbnails in this browser",
        )),
        p().child(
            "A thumbnail is a small picture of an image, a PDF or a video that you add. It is made \
             in this tab and encrypted like the file. The storage can tell which files have one, \
             so it can guess that they are pictures, PDFs or videos, but not what they show. It is \
             deleted with its file.",
        ),
        p().child(
            "A file that was added without one gets it when you preview it, or here: images and \
             PDFs are downloaded whole for that, videos in part.",
        ),
        bar,
        p().attr("role", "status").child(status),
        div().attr("class", "buttons").child((
            move || (on.get() && !running.get()).then(|| start(app, vault)),
            move || running.get().then(|| stop(vault)),
        )),
    ))
}

/// Why it waits, or how it ended, in one sentence.
fn status(making: &Making) -> Option<String> {
    let made = words::count(making.made, "thumbnail");
    let without = making.of.saturating_sub(making.made);
    match making.ended {
        None => making.waits.map(ToOwned::to_owned),
        Some(Ended::Failed(error)) => Some(message::failed(error, Direction::Down).to_owned()),
        Some(Ended::Stopped) => Some(format!("Stopped. Made {made}.")),
        Some(Ended::Whole) if making.of == 0 => Some("No file needs a thumbnail.".to_owned()),
        Some(Ended::Whole) if without == 0 => Some(format!("Made {made}.")),
        Some(Ended::Whole) => {
            Some(format!("Made {made}. Of {} none can be made.", words::count(without, "file")))
        }
    }
}

fn start(app: App, vault: Vault) -> Element {
    let start = move |_| {
        let (stop, stopped) = AbortHandle::new_pair();
        let begun = Making { done: 0, of: 0, made: 0, ended: None, waits: None, stop };
        vault.making.set(Some(begun));
        spawn_local(async move {
            let ended = match Abortable::new(make(app, vault), stopped).await {
                Ok(Ok(())) => Ended::Whole,
                Ok(Err(error)) => Ended::Failed(error),
                // Said where it was stopped.
                Err(_) => return,
            };
            end(vault, ended);
        });
    };
    button()
        .attr("type", "button")
        .on(event::CLICK, start)
        .child((icon(icon::IMAGE), "Make thumbnails"))
}

fn stop(vault: Vault) -> Element {
    button()
        .attr("type", "button")
        .on(event::CLICK, move |_| end(vault, Ended::Stopped))
        .child("Stop")
}

/// Ends it, if it runs.
fn end(vault: Vault, how: Ended) {
    change(vault, |making| {
        if making.ended.is_none() {
            making.ended = Some(how);
            making.stop.abort();
        }
    });
}

/// Changes the progress, unless the vault is closed.
fn change(vault: Vault, act: impl FnOnce(&mut Making)) {
    if vault.making.try_get().is_some() {
        vault.making.update(|making| {
            if let Some(making) = making {
                act(making);
            }
        });
    }
}

/// Makes the thumbnails of all listed files that have none, one after the other.
async fn make(app: App, vault: Vault) -> Result<(), TransferError> {
    let session = vault.session();
    let rows = session.files().rows();
    let may: Vec<_> = rows.iter().filter(|row| may_have_one(&row.path)).collect();
    let ids: Vec<_> = may.iter().map(|row| row.id).collect();
    let missing = session.thumbnails().missing(&ids).await?;
    let missing: BTreeSet<_> = missing.into_iter().collect();
    change(vault, |making| making.of = missing.len());
    for row in may.into_iter().filter(|row| missing.contains(&row.id)) {
        let picture = make::of(app, &Stored { vault, session: &session, row }).await;
        let made = make::store(app, vault, &session, row.id, picture).await;
        change(vault, |making| {
            making.done = making.done.saturating_add(1);
            making.made = making.made.saturating_add(usize::from(made));
        });
    }
    Ok(())
}

/// A file in the bucket.
struct Stored<'a> {
    vault: Vault,
    session: &'a Session,
    row: &'a Rc<FileRow>,
}

impl Stored<'_> {
    fn told(&self) -> impl Fn(Progress) + 'static {
        let vault = self.vault;
        move |progress| {
            let waits = match progress {
                Progress::Waiting(error) => Some(message::waiting(error, Direction::Down)),
                _ => None,
            };
            change(vault, |making| making.waits = waits);
        }
    }
}

impl Readable for Stored<'_> {
    fn path(&self) -> String {
        self.row.path.clone()
    }

    fn size(&self) -> u64 {
        self.row.size
    }

    async fn read(&self, range: Range<u64>) -> Option<Bytes> {
        self.session.files().read(self.row.id, range, self.told()).await.ok()
    }

    async fn serve(&self, requests: impl Stream<Item = RangeRequest> + Unpin) {
        // A player that is not answered gives up.
        let _ = self.session.files().serve(self.row.id, requests, self.told()).await;
    }
}
