//! Thumbnails: made of files that are added here, and shown where rows come into view. They are
//! fetched in batches, and the last ones seen are kept in memory.

pub(super) mod make;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use frond_preview::small_image;
use frond_view::dom::View;
use frond_view::dom::tag::img;
use frond_view::reactive::{Memo, Signal};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::FileRow;
use crate::object::ObjectId;
use crate::text::kind::{self, Kind};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::BlobUrl;
use crate::ui::page::vault::Vault;

/// Most thumbnails kept in memory.
const KEPT: usize = 600;
/// How long rows that come into view are collected, in milliseconds.
const GATHER_MS: u32 = 60;
/// Thumbnails asked for by one request to the endpoint.
const BATCH: usize = 64;
/// Longest side of a thumbnail that is shown, in pixels.
const SIDE: usize = 256;

/// The thumbnails that were seen; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Thumbnails {
    seen: Signal<Rc<RefCell<Seen>>>,
    /// Counts arrivals.
    version: Signal<u64>,
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
fn may_have_one(path: &str) -> bool {
    matches!(kind::of(path), Kind::Image | Kind::Video) || kind::ending(path) == "pdf"
}
