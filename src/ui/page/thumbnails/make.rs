//! Makes the thumbnails of files that are added here, of what their types show.

use std::pin::pin;

use frond_preview::{PORTION, Playable, Preview};
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use super::{SIDE, may_have_one};
use crate::bytes::Bytes;
use crate::object::THUMBNAIL_ROOM;
use crate::path;
use crate::port::{Depicted, RangeRequest, Source, Unreadable};
use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;

/// Largest image or PDF that gets a thumbnail, in bytes: all of it is held in memory.
const MAX_WHOLE: u64 = 64 << 20;
/// Bytes of a video that are read at one time.
const PIECE: u64 = 256 << 10;
/// Requests of a player that are answered at one time.
const ANSWERED: usize = 8;

/// Makes the thumbnails of added files, one after the other, until dropped.
pub(in crate::ui::page) async fn thumbnails(app: App, vault: Vault) {
    let session = vault.session();
    loop {
        let (file, source) = session.thumbnails().next().await;
        let picture = of_source(app, &*source).await;
        if let Some(picture) = &picture {
            // Without it the file has an icon elsewhere.
            let _ = session.thumbnails().put(file, picture).await;
        }
        session.thumbnails().done(&file);
        vault.thumbnails.keep(app, file, picture);
    }
}

/// The thumbnail of a file that can be read here, if its type has one.
async fn of_source(app: App, source: &dyn Source) -> Option<Vec<u8>> {
    let (path, size) = (source.path(), source.size());
    if !may_have_one(&path) || size == 0 {
        return None;
    }
    let first = read(source, 0, PORTION.min(size)).await.ok()?;
    let name = path::name(&path);
    let shows = app.previewer().preview(name, None, &first, size <= PORTION).await?;
    let thumbnailer = app.thumbnailer();
    match shows {
        Preview::Image(kind) if size <= MAX_WHOLE => {
            let bytes = whole(source, first).await.ok()?;
            thumbnailer.thumbnail(Depicted::Image(&bytes, kind), THUMBNAIL_ROOM).await
        }
        Preview::Pdf if size <= MAX_WHOLE => {
            let bytes = whole(source, first).await.ok()?;
            let width = u32::try_from(SIDE).unwrap_or_default();
            let page = app.pdf().open(bytes).await.ok()?.draw(0, width).await.ok()?;
            thumbnailer.thumbnail(Depicted::Page(&page), THUMBNAIL_ROOM).await
        }
        Preview::Playable(kind) if kind.is_video() => of_video(app, source, kind).await,
        _ => None,
    }
}

/// The thumbnail of a video: the browser asks for as much of it as it needs.
async fn of_video(app: App, source: &dyn Source, kind: Playable) -> Option<Vec<u8>> {
    let offered = app.media().offer(kind, source.size()).await?;
    let answers = offered.requests.for_each_concurrent(ANSWERED, |request| async move {
        // A player that was not answered to the end asks again, or gives up.
        let _ = answer(source, request).await;
    });
    let thumbnailer = app.thumbnailer();
    let thumbnail = thumbnailer.thumbnail(Depicted::Video(&offered.url), THUMBNAIL_ROOM);
    match select(thumbnail, pin!(answers)).await {
        Either::Left((thumbnail, _)) => thumbnail,
        Either::Right(((), thumbnail)) => thumbnail.await,
    }
}

async fn answer(source: &dyn Source, request: RangeRequest) -> Result<(), Unreadable> {
    let RangeRequest { range, mut sink } = request;
    let mut at = range.start;
    while at < range.end {
        let length = PIECE.min(range.end.saturating_sub(at));
        let bytes = read(source, at, length).await?;
        sink.write(bytes).await.map_err(|_| Unreadable)?;
        at = at.saturating_add(length);
    }
    sink.finish().await.map_err(|_| Unreadable)
}

/// All of a file that begins so.
async fn whole(source: &dyn Source, first: Bytes) -> Result<Bytes, Unreadable> {
    let (mut bytes, size) = (first, source.size());
    if size > PORTION {
        bytes.append(read(source, PORTION, size.saturating_sub(PORTION)).await?);
    }
    Ok(bytes)
}

async fn read(source: &dyn Source, at: u64, length: u64) -> Result<Bytes, Unreadable> {
    source.read(at, usize::try_from(length).map_err(|_| Unreadable)?).await
}
