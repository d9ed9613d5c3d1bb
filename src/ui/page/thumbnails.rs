//! Thumbnails: made of files that are added here, and shown where rows come into view. They are
//! fetched in batches, and the last ones seen are kept in memory. Of files that were added before,
//! they are made when they are previewed, or all by `settings::thumbnails`.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;

use frond_preview::{PORTION, Preview, small_image};
use frond_view::dom::View;
use frond_view::dom::tag::img;
use frond_view::reactive::{Memo, Signal};
use futures_util::future::{AbortHandle, Either, select};
use futures_util::stream::{Stream, StreamExt};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use crate::bytes::Bytes;
use crate::catalog::FileRow;
use crate::object::{ObjectId, THUMBNAIL_ROOM};
use crate::path;
use crate::port::{Depicted, RangeRequest, Source};
use crate::session::Session;
use crate::text::kind::{self, Kind};
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::{BlobUrl, run_here};
use crate::ui::page::vault::Vault;

/// Most thumbnails kept in memory.
const KEPT: usize = 600;
/// How long rows that come into view are collected, in milliseconds.
const GATHER_MS: u32 = 60;
/// Thumbnails asked for by one request to the endpoint.
const BATCH: usize = 64;
/// Longest side of a thumbnail that is shown, in pixels.
const SIDE: usize = 256;
/// Width at which a page of a PDF is drawn for its thumbnail, in pixels.
pub(super) const PAGE_WIDTH: u32 = 256;
/// Largest image or PDF that gets a thumbnail, in bytes: all of it is held in memory.
const MAX_WHOLE: u64 = 64 << 20;
/// Bytes of a video that are read at one time.
const PIECE: u64 = 256 << 10;
/// Requests of a player that are answered at one time.
const ANSWERED: usize = 8;

/// The thumbnails that were seen; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Thumbnails {
    seen: Signal<Rc<RefCell<Seen>>>,
    /// Counts arrivals.
    version: Signal<u64>,
}

/// How far "Make thumbnails" is.
#[derive(Clone)]
pub(super) struct Making {
    /// Files read.
    pub done: usize,
    /// Files without a thumbnail when it began.
    pub of: usize,
    /// Thumbnails made.
    pub made: usize,
    /// Whether it has ended, and how.
    pub ended: Option<Ended>,
    /// Why it waits, if it does.
    pub waits: Option<&'static str>,
    /// Stops it.
    pub stop: AbortHandle,
}

/// How "Make thumbnails" ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All files were read.
    Whole,
    /// The user stopped it.
    Stopped,
    /// It could not be asked which files have none.
    Failed(TransferError),
}

#[derive(Default)]
struct Seen {
    /// By file, with the arrival after which it was last shown; `None` for a file without one.
    pictures: HashMap<ObjectId, (u64, Option<BlobUrl>)>,
    /// Wanted, and not asked for yet.
    wanted: Vec<ObjectId>,
    /// Wanted or asked for.
    awaited: BTreeSet<ObjectId>,
}

impl Thumbnails {
    pub fn new() -> Self {
        Self { seen: Signal::new(Rc::default()), version: Signal::new(0) }
    }

    /// The URL of a file's thumbnail, if it has arrived; asks for it if need be.
    fn url(self, app: App, vault: Vault, file: ObjectId) -> Option<String> {
        let version = self.version.get();
        let seen = self.seen.get_untracked();
        let mut seen = seen.borrow_mut();
        if let Some((shown, picture)) = seen.pictures.get_mut(&file) {
            *shown = version;
            return picture.as_ref().map(BlobUrl::text);
        }
        if seen.awaited.insert(file) {
            if seen.wanted.is_empty() {
                Timeout::new(GATHER_MS, move || self.fetch(app, vault)).forget();
            }
            seen.wanted.push(file);
        }
        None
    }

    /// Asks for what was wanted.
    fn fetch(self, app: App, vault: Vault) {
        // The vault may be closed.
        let Some(seen) = self.seen.try_get() else { return };
        let wanted = std::mem::take(&mut seen.borrow_mut().wanted);
        let session = vault.session();
        spawn_local(async move {
            for files in wanted.chunks(BATCH) {
                let (made, asked): (Vec<_>, Vec<_>) =
                    files.iter().partition(|file| session.thumbnails().awaits(file));
                let got = match asked.is_empty() {
                    true => Vec::new(),
                    false => session.thumbnails().fetch(&asked).await,
                };
                // What did not come is asked for when its row is drawn again.
                for file in made.iter().chain(&asked) {
                    seen.borrow_mut().awaited.remove(file);
                }
                for (file, picture) in got {
                    self.keep(app, file, picture);
                }
            }
        });
    }

    /// Whether a file is known to have no thumbnail.
    pub fn lacks(self, file: &ObjectId) -> bool {
        let seen = self.seen.try_get();
        seen.is_some_and(|seen| matches!(seen.borrow().pictures.get(file), Some((_, None))))
    }

    /// Keeps a picture, or that there is none, if it is one that may be shown.
    fn keep(self, app: App, file: ObjectId, picture: Option<Vec<u8>>) {
        let Some(seen) = self.seen.try_get() else { return };
        let picture = picture.and_then(|bytes| {
            let kind = small_image(&bytes, SIDE)?;
            BlobUrl::new(&app.with_page(|page| (page.image)(&bytes.into(), kind))?)
        });
        let version = self.version.get_untracked().wrapping_add(1);
        {
            let mut seen = seen.borrow_mut();
            seen.pictures.insert(file, (version, picture));
            if seen.pictures.len() > KEPT {
                let oldest = seen.pictures.iter().min_by_key(|(_, (shown, _))| *shown);
                let oldest = oldest.map(|(file, _)| *file);
                oldest.and_then(|file| seen.pictures.remove(&file));
            }
        }
        self.version.set(version);
    }
}

/// The thumbnail of a file, or its icon.
pub(super) fn view(app: App, vault: Vault, file: &FileRow) -> impl View + use<> {
    let (id, outline) = (file.id, icon::of(kind::of(&file.path)));
    let may_have_one = may_have_one(&file.path) && vault.session().thumbnails().are_on();
    let url =
        Memo::new(move || may_have_one.then(|| vault.thumbnails.url(app, vault, id)).flatten());
    move || match url.get() {
        // The name is beside it.
        Some(url) => img()
            .attr("class", "thumbnail")
            .attr("src", url)
            .attr("alt", "")
            .attr("draggable", "false")
            .attr("decoding", "async")
            .drawn(),
        None => icon(outline).drawn(),
    }
}

/// Whether a file of this name may have a thumbnail.
pub(super) fn may_have_one(path: &str) -> bool {
    matches!(kind::of(path), Kind::Image | Kind::Video) || kind::ending(path) == "pdf"
}

/// Makes the thumbnails of added files, one after the other, for as long as the vault is open.
pub(super) fn make(app: App, vault: Vault) {
    let session = vault.session();
    session.thumbnails().begin();
    run_here(async move {
        loop {
            let (file, source) = session.thumbnails().next().await;
            let picture = of(app, &Local(&*source)).await;
            if !store(app, vault, &session, file, picture).await {
                vault.thumbnails.keep(app, file, None);
            }
            session.thumbnails().done(&file);
        }
    });
}

/// Makes the thumbnail of what is shown of a file and stores it, if the file is known to have none.
pub(super) async fn of_shown(app: App, vault: Vault, file: &FileRow, shown: Depicted<'_>) {
    let session = vault.session();
    let lacks = vault.thumbnails.lacks(&file.id);
    if lacks && may_have_one(&file.path) && session.thumbnails().are_on() {
        let picture = app.thumbnailer().thumbnail(shown, THUMBNAIL_ROOM).await;
        store(app, vault, &session, file.id, picture).await;
    }
}

/// Stores a thumbnail and keeps it; whether there is one.
pub(super) async fn store(
    app: App,
    vault: Vault,
    session: &Session,
    file: ObjectId,
    picture: Option<Vec<u8>>,
) -> bool {
    let Some(picture) = picture else { return false };
    // If it fails the file has an icon elsewhere.
    let _ = session.thumbnails().put(file, &picture).await;
    vault.thumbnails.keep(app, file, Some(picture));
    true
}

/// A file of which a thumbnail is made.
pub(super) trait Readable {
    fn path(&self) -> String;
    fn size(&self) -> u64;
    /// These bytes of it, which it has.
    async fn read(&self, range: Range<u64>) -> Option<Bytes>;
    /// Answers a player until it asks for nothing more.
    async fn serve(&self, requests: impl Stream<Item = RangeRequest> + Unpin);
}

/// A file of this device.
struct Local<'a>(&'a dyn Source);

impl Readable for Local<'_> {
    fn path(&self) -> String {
        self.0.path()
    }

    fn size(&self) -> u64 {
        self.0.size()
    }

    async fn read(&self, range: Range<u64>) -> Option<Bytes> {
        let length = usize::try_from(range.end.saturating_sub(range.start)).ok()?;
        self.0.read(range.start, length).await.ok()
    }

    async fn serve(&self, requests: impl Stream<Item = RangeRequest> + Unpin) {
        let answers = requests.for_each_concurrent(ANSWERED, |request| async move {
            // A player that was not answered to the end asks again, or gives up.
            let _ = self.answer(request).await;
        });
        answers.await;
    }
}

impl Local<'_> {
    async fn answer(&self, request: RangeRequest) -> Option<()> {
        let RangeRequest { range, mut sink } = request;
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at.saturating_add(PIECE));
            sink.write(self.read(at..end).await?).await.ok()?;
            at = end;
        }
        sink.finish().await.ok()
    }
}

/// The thumbnail of a file, if its type has one.
pub(super) async fn of(app: App, file: &impl Readable) -> Option<Vec<u8>> {
    let (path, size) = (file.path(), file.size());
    if !may_have_one(&path) || size == 0 {
        return None;
    }
    let first = file.read(0..PORTION.min(size)).await?;
    let name = path::name(&path);
    let shows = app.previewer().preview(name, None, &first, size <= PORTION).await?;
    let thumbnailer = app.thumbnailer();
    match shows {
        Preview::Image(kind) if size <= MAX_WHOLE => {
            let bytes = whole(file, first).await?;
            thumbnailer.thumbnail(Depicted::Image(&bytes, kind), THUMBNAIL_ROOM).await
        }
        Preview::Pdf if size <= MAX_WHOLE => {
            let bytes = whole(file, first).await?;
            let page = app.pdf().open(bytes).await.ok()?.draw(0, PAGE_WIDTH).await.ok()?;
            thumbnailer.thumbnail(Depicted::Page(&page), THUMBNAIL_ROOM).await
        }
        Preview::Playable(kind) if kind.is_video() => {
            // The browser asks for as much of it as it needs.
            let offered = app.media().offer(kind, size).await?;
            let answers = file.serve(offered.requests);
            let thumbnail = thumbnailer.thumbnail(Depicted::Video(&offered.url), THUMBNAIL_ROOM);
            match select(thumbnail, pin!(answers)).await {
                Either::Left((thumbnail, _)) => thumbnail,
                Either::Right(((), thumbnail)) => thumbnail.await,
            }
        }
        _ => None,
    }
}

/// All of a file that begins so.
async fn whole(file: &impl Readable, first: Bytes) -> Option<Bytes> {
    let (mut bytes, size) = (first, file.size());
    if size > PORTION {
        bytes.append(file.read(PORTION..size).await?);
    }
    Some(bytes)
}
