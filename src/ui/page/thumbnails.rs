//! Thumbnails: made of files that are added here, and shown where rows come into view. They are
//! fetched in batches, and the last ones seen are kept in memory.

pub(super) mod fetch;
pub(super) mod make;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use frond_view::dom::View;
use frond_view::dom::tag::img;
use frond_view::reactive::{Memo, Signal};

use crate::catalog::FileRow;
use crate::notify::Notify;
use crate::object::ObjectId;
use crate::text::kind::{self, Kind};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::BlobUrl;
use crate::ui::page::vault::Vault;

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
    /// Something is wanted.
    asked: Rc<Notify>,
}

impl Thumbnails {
    pub fn new() -> Self {
        Self { seen: Signal::new(Rc::default()), version: Signal::new(0) }
    }

    /// The URL of a file's thumbnail, if it has arrived; asks for it if need be.
    fn url(self, file: ObjectId) -> Option<String> {
        let version = self.version.get();
        let seen = self.seen.get_untracked();
        let mut seen = seen.borrow_mut();
        if let Some((shown, picture)) = seen.pictures.get_mut(&file) {
            *shown = version;
            return picture.as_ref().map(BlobUrl::text);
        }
        if seen.awaited.insert(file) {
            seen.wanted.push(file);
            seen.asked.notify();
        }
        None
    }

    /// Whether a file is known to have no thumbnail.
    pub fn lacks(self, file: &ObjectId) -> bool {
        let seen = self.seen.try_get();
        seen.is_some_and(|seen| matches!(seen.borrow().pictures.get(file), Some((_, None))))
    }
}

/// The thumbnail of a file, or its icon.
pub(super) fn view(vault: Vault, file: &FileRow) -> impl View + use<> {
    let (id, outline) = (file.id, icon::of(kind::of(&file.path)));
    let may_have_one = may_have_one(&file.path) && vault.session().thumbnails().are_on();
    let url = Memo::new(move || may_have_one.then(|| vault.thumbnails.url(id)).flatten());
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
