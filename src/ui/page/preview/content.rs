//! What a preview shows of one file: read, verified, and handed to the program that knows types.

use std::cell::Cell;
use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;

use frond_preview::{Encoding, MediaType, PORTION, Playable, Preview, Step, Text};
use frond_view::dom::tag::{button, div, p, pre};
use frond_view::dom::{View, event};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use futures_channel::oneshot;
use futures_util::future::{AbortHandle, Abortable, Either, select};
use wasm_bindgen_futures::spawn_local;

use super::document;
use super::image::{self, BlobUrl};
use super::origin::Origin;
use super::pdf::{self, Pages};
use super::player::{self, Playing};
use crate::bytes::Bytes;
use crate::catalog::FileRow;
use crate::port::{Depicted, OpenPdf, PdfFault};
use crate::session::Direction;
use crate::text::{folder, message, words};
use crate::transfer::{Progress, TransferError};
use crate::ui::page::app::App;
use crate::ui::page::thumbnails::make::{self, PAGE_WIDTH};

/// Largest file that is shown as an image, in bytes: all of it is held in memory.
const MAX_IMAGE: u64 = 64 << 20;

/// Largest PDF that is shown, in bytes: all of it is held in memory, here and in its Worker.
const MAX_PDF: u64 = 256 << 20;

const EMPTY: &str = "This file is empty.";
const NO_PREVIEW: &str =
    "There is no preview for this type of file yet. Download it to open it on your device.";
const NOT_LOADED: &str =
    "The preview could not be loaded. Check your connection, then open it again.";
const BAD_IMAGE: &str = "This image is damaged or incomplete, so it can't be shown here. You can \
                         still download it.";
const TOO_LARGE: &str = "This image is too large to be shown here. Download it to open it.";
const NO_SERVICE_WORKER: &str = "Your browser can't play files here, because it offers no service \
    worker, as in some private windows. Download the file to play it.";
const UNPLAYABLE: &str = "Your browser can't play this file. It may be damaged, or of a type that \
                          your browser doesn't know. You can still download it.";
const LARGE_PDF: &str = "This PDF is too large to be shown here. Download it to open it.";
const BEGINNING: &str = "This is only the beginning. Download the file to see all of it.";

/// The state of a preview.
#[derive(Clone)]
enum PreviewState {
    /// It is being read; if that has to wait, why.
    Reading(Option<&'static str>),
    /// There is nothing to see, and why.
    Nothing(String),
    Image(Rc<BlobUrl>),
    Player(Rc<Playing>),
    Pdf(Rc<Pages>),
    Text(Rc<Text>),
    Document {
        steps: Rc<[Step]>,
        whole: bool,
    },
}

/// A file that is read for its preview.
#[derive(Clone)]
struct Reading {
    app: App,
    origin: Origin,
    file: Rc<FileRow>,
    shown: Signal<PreviewState>,
    /// Why a player waits, if it does.
    waits: Signal<Option<&'static str>>,
}

pub(super) fn view(app: App, origin: &Origin, file: &Rc<FileRow>) -> impl View + use<> {
    let shown = Signal::new(PreviewState::Reading(None));
    let waits = Signal::new(None);
    let (origin, file) = (origin.clone(), Rc::clone(file));
    let reading = Reading { app, origin, file, shown, waits };
    let whole = reading.clone();
    run_here(async move {
        let ended = whole.show().await;
        let failed =
            |error| PreviewState::Nothing(message::failed(error, Direction::Down).to_owned());
        shown.set(ended.unwrap_or_else(failed));
    });
    move || match shown.get() {
        PreviewState::Reading(waits) => {
            p().attr("role", "status").child(waits.unwrap_or("Opening…")).drawn()
        }
        PreviewState::Nothing(why) => p().attr("role", "status").child(why).drawn(),
        PreviewState::Image(url) => image::view(&url, &name(&reading.file)).drawn(),
        PreviewState::Player(playing) => player::view(&playing, &name(&reading.file)).drawn(),
        PreviewState::Pdf(pages) => pdf::view(app, &pages).drawn(),
        PreviewState::Text(first) => text(reading.clone(), &first).drawn(),
        PreviewState::Document { steps, whole } => (
            document::view(&steps),
            (!whole).then(|| p().attr("class", "beginning").child(BEGINNING)),
        )
            .drawn(),
    }
}

impl Reading {
    async fn show(&self) -> Result<PreviewState, TransferError> {
        let size = self.file.size;
        let nothing = |why: &str| Ok(PreviewState::Nothing(why.to_owned()));
        if size == 0 {
            return nothing(EMPTY);
        }
        let first = self.read(0..PORTION).await?;
        match self.preview(None, &first, size <= PORTION).await {
            None => nothing(NOT_LOADED),
            Some(Preview::None) => nothing(NO_PREVIEW),
            Some(Preview::BadImage) => nothing(BAD_IMAGE),
            Some(Preview::LargeImage { width, height }) => Ok(PreviewState::Nothing(format!(
                "This image has {width} × {height} pixels, too many to be shown here. Download it \
                 to open it."
            ))),
            Some(Preview::Image(_)) if size > MAX_IMAGE => nothing(TOO_LARGE),
            Some(Preview::Image(kind)) => {
                let bytes = self.whole(first).await?;
                let blob = self.app.with_page(|page| (page.image)(&bytes, kind));
                Ok(match blob.as_ref().and_then(BlobUrl::new) {
                    None => PreviewState::Nothing(TOO_LARGE.to_owned()),
                    Some(url) => match image::check(&url).await {
                        Ok(()) => {
                            self.depict_image(bytes, kind);
                            PreviewState::Image(Rc::new(url))
                        }
                        Err(why) => PreviewState::Nothing(why.to_owned()),
                    },
                })
            }
            Some(Preview::Playable(kind)) => self.play(kind).await,
            Some(Preview::Pdf) if size > MAX_PDF => nothing(LARGE_PDF),
            Some(Preview::Pdf) => self.draw(first).await,
            Some(Preview::Text(text)) => Ok(PreviewState::Text(Rc::new(text))),
            Some(Preview::Document { steps, whole }) => {
                Ok(PreviewState::Document { steps: steps.into(), whole })
            }
        }
    }

    /// All of the file, which begins so.
    async fn whole(&self, first: Bytes) -> Result<Bytes, TransferError> {
        let (mut bytes, size) = (first, self.file.size);
        if size > PORTION {
            bytes.append(self.read(PORTION..size).await?);
        }
        Ok(bytes)
    }

    /// Shows the pages of a PDF that begins so; returns what is to be seen instead.
    async fn draw(&self, first: Bytes) -> Result<PreviewState, TransferError> {
        let bytes = self.whole(first).await?;
        let fault = match self.app.pdf().open(bytes).await {
            Ok(file) => {
                let (fails, failed) = oneshot::channel();
                let pages = Pages { file: Rc::clone(&file), fails: Cell::new(Some(fails)) };
                self.shown.set(PreviewState::Pdf(Rc::new(pages)));
                self.depict_page(file);
                failed.await.unwrap_or(PdfFault::Damaged)
            }
            Err(fault) => fault,
        };
        Ok(PreviewState::Nothing(pdf::sentence(fault).to_owned()))
    }

    /// Plays the file for as long as it is shown; returns what is to be seen instead.
    async fn play(&self, kind: Playable) -> Result<PreviewState, TransferError> {
        let Some(source) = self.app.media().offer(kind, self.file.size).await else {
            return Ok(PreviewState::Nothing(NO_SERVICE_WORKER.to_owned()));
        };
        let (waits, (fails, failed)) = (self.waits, oneshot::channel());
        let fails = Cell::new(Some(fails));
        if kind.is_video() {
            self.depict_video(source.url.clone());
        }
        self.shown.set(PreviewState::Player(Rc::new(Playing {
            url: source.url,
            kind,
            waits,
            fails,
        })));
        let told = move |progress| waits.change(waiting(progress));
        let serve = self.origin.serve(self.file.id, source.requests, told);
        if let Either::Left((served, _)) = select(pin!(serve), failed).await {
            served?;
        }
        Ok(PreviewState::Nothing(UNPLAYABLE.to_owned()))
    }

    /// Makes the file's thumbnail of the image that is shown, if it has none.
    fn depict_image(&self, bytes: Bytes, kind: MediaType) {
        let Self { app, origin, file, .. } = self.clone();
        let Some(vault) = origin.vault() else { return };
        spawn_local(async move {
            make::of_shown(app, vault, &file, Depicted::Image(&bytes, kind)).await;
        });
    }

    /// Makes it of the first page.
    fn depict_page(&self, pages: Rc<dyn OpenPdf>) {
        let Self { app, origin, file, .. } = self.clone();
        let Some(vault) = origin.vault() else { return };
        if vault.thumbnails.lacks(&file.id) {
            spawn_local(async move {
                if let Ok(page) = pages.draw(0, PAGE_WIDTH).await {
                    make::of_shown(app, vault, &file, Depicted::Page(&page)).await;
                }
            });
        }
    }

    /// Makes it of the video that is shown.
    fn depict_video(&self, url: String) {
        let Self { app, origin, file, .. } = self.clone();
        let Some(vault) = origin.vault() else { return };
        spawn_local(async move {
            make::of_shown(app, vault, &file, Depicted::Video(&url)).await;
        });
    }

    /// The part of the text that begins at this byte; where it ends.
    async fn part(&self, encoding: Encoding, at: u64) -> Result<Option<Text>, TransferError> {
        let end = at.saturating_add(PORTION);
        let bytes = self.read(at..end).await?;
        let part = self.preview(Some(encoding), &bytes, end >= self.file.size).await;
        Ok(match part {
            Some(Preview::Text(text)) => Some(text),
            _ => None,
        })
    }

    async fn read(&self, range: Range<u64>) -> Result<Bytes, TransferError> {
        let shown = self.shown;
        let told = move |progress| {
            let waits = waiting(progress);
            // A text whose next part is on its way stays as it is.
            if let Some(PreviewState::Reading(_)) = shown.try_get() {
                shown.set(PreviewState::Reading(waits));
            }
        };
        self.origin.read(self.file.id, range, told).await
    }

    async fn preview(
        &self,
        encoding: Option<Encoding>,
        bytes: &Bytes,
        whole: bool,
    ) -> Option<Preview> {
        let name = folder::name(&self.file.path);
        self.app.previewer().preview(name, encoding, bytes, whole).await
    }
}

/// A text, and a button for its next part.
fn text(reading: Reading, first: &Text) -> impl View + use<> {
    let lines = pre().child(first.text.as_str());
    let (encoding, size) = (first.encoding, reading.file.size);
    let at = Signal::new(length(first));
    let (asked, failed) = (Signal::new(false), Signal::new(None::<&'static str>));
    let shown = lines.clone();
    effect(move || {
        if !asked.get() {
            return;
        }
        let (reading, shown) = (reading.clone(), shown.clone());
        run_here(async move {
            let begin = at.get_untracked();
            match reading.part(encoding, begin).await {
                Ok(Some(text)) => {
                    let _ = shown.child(text.text.as_str());
                    at.set(begin.saturating_add(length(&text)));
                }
                Ok(None) => failed.set(Some(NOT_LOADED)),
                Err(error) => failed.set(Some(message::failed(error, Direction::Down))),
            }
            asked.set(false);
        });
    });
    let ask = move |_| {
        failed.set(None);
        asked.set(true);
    };
    let some_left = Memo::new(move || at.get() < size);
    let more = move || {
        some_left.get().then(|| {
            button()
                .attr("type", "button")
                .live("aria-busy", move || if asked.get() { "true" } else { "false" })
                .on(event::CLICK, ask)
                .child(move || {
                    let left = size.saturating_sub(at.get());
                    format!("Show more ({} left)", words::size(left))
                })
        })
    };
    let why = move || failed.get().map(|why| p().attr("role", "alert").child(why));
    div().attr("class", "text").child((lines, why, more))
}

/// Why reading waits, if it does.
fn waiting(progress: Progress) -> Option<&'static str> {
    match progress {
        Progress::Waiting(error) => Some(message::waiting(error, Direction::Down)),
        _ => None,
    }
}

/// Where the next part begins, counted from the beginning of this one. Never the same place again.
fn length(text: &Text) -> u64 {
    u64::try_from(text.read).unwrap_or(u64::MAX).max(1)
}

fn name(file: &FileRow) -> String {
    words::visible(folder::name(&file.path))
}

/// Runs `work` until the current owner reruns or ends.
pub(in crate::ui::page) fn run_here(work: impl Future<Output = ()> + 'static) {
    let (abort, registration) = AbortHandle::new_pair();
    on_cleanup(move || abort.abort());
    spawn_local(async move {
        let _ = Abortable::new(work, registration).await;
    });
}
