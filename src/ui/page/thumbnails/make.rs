//! Makes thumbnails: of files that are added here; of files that were added before, when they are
//! previewed, or all by `settings::thumbnails`.

use std::ops::Range;
use std::pin::pin;

use frond_preview::{PORTION, Preview};
use futures_util::future::{AbortHandle, Either, select};
use futures_util::stream::{Stream, StreamExt};

use super::may_have_one;
use crate::bytes::Bytes;
use crate::catalog::FileRow;
use crate::object::{ObjectId, THUMBNAIL_ROOM};
use crate::path;
use crate::port::{Depicted, RangeRequest, Source};
use crate::session::Session;
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;

/// Width at which a page of a PDF is drawn for its thumbnail, in pixels.
pub(in crate::ui::page) const PAGE_WIDTH: u32 = 256;
/// Largest image or PDF that gets a thumbnail, in bytes: all of it is held in memory.
const MAX_WHOLE: u64 = 64 << 20;
/// Bytes of a video that are read at one time.
const PIECE: u64 = 256 << 10;
/// Requests of a player that are answered at one time.
const ANSWERED: usize = 8;

/// How far "Make thumbnails" is.
#[derive(Clone)]
pub(in crate::ui::page) struct Making {
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
pub(in crate::ui::page) enum Ended {
    /// All files were read.
    Whole,
    /// The user stopped it.
    Stopped,
    /// It could not be asked which files have none.
    Failed(TransferError),
}

/// Makes the thumbnails of added files, one after the other, until dropped.
pub(in crate::ui::page) async fn thumbnails(app: App, vault: Vault) {
    let session = vault.session();
    loop {
        let (file, source) = session.thumbnails().next().await;
        let picture = of(app, &Local(&*source)).await;
        if !store(app, vault, &session, file, picture).await {
            vault.thumbnails.keep(app, file, None);
        }
        session.thumbnails().done(&file);
    }
}

/// Makes the thumbnail of what is shown of a file and stores it, if the file is known to have none.
pub(in crate::ui::page) async fn of_shown(
    app: App,
    vault: Vault,
    file: &FileRow,
    shown: Depicted<'_>,
) {
    let session = vault.session();
    let lacks = vault.thumbnails.lacks(&file.id);
    if lacks && may_have_one(&file.path) && session.thumbnails().are_on() {
        let picture = app.thumbnailer().thumbnail(shown, THUMBNAIL_ROOM).await;
        store(app, vault, &session, file.id, picture).await;
    }
}

/// Stores a thumbnail and keeps it; whether there is one.
pub(in crate::ui::page) async fn store(
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
pub(in crate::ui::page) trait Readable {
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
pub(in crate::ui::page) async fn of(app: App, file: &impl Readable) -> Option<Vec<u8>> {
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
