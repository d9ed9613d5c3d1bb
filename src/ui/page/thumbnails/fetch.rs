//! Fetches the thumbnails of rows that came into view.

use std::rc::Rc;

use frond_preview::small_image;
use wasm_bindgen_futures::spawn_local;

use super::Thumbnails;
use crate::object::ObjectId;
use crate::ui::page::app::App;
use crate::ui::page::preview::BlobUrl;
use crate::ui::page::vault::Vault;

/// Longest side of a thumbnail that is shown, in pixels.
const SIDE: usize = 256;
/// Most thumbnails kept in memory.
const KEPT: usize = 600;
/// How long rows that come into view are collected, in milliseconds.
const GATHER_MS: u64 = 60;
/// Thumbnails asked for by one request to the endpoint.
const BATCH: usize = 64;

/// Fetches what is wanted, until dropped.
pub(in crate::ui::page) async fn thumbnails(app: App, vault: Vault) {
    let seen = vault.thumbnails.seen.get_untracked();
    let asked = Rc::clone(&seen.borrow().asked);
    loop {
        asked.notified().await;
        app.clock().sleep(GATHER_MS).await;
        let wanted = std::mem::take(&mut seen.borrow_mut().wanted);
        if !wanted.is_empty() {
            // What is wanted meanwhile does not wait for these.
            spawn_local(fetch(app, vault, wanted));
        }
    }
}

async fn fetch(app: App, vault: Vault, wanted: Vec<ObjectId>) {
    // The vault may be closed.
    let Some(seen) = vault.thumbnails.seen.try_get() else { return };
    let session = vault.session();
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
            vault.thumbnails.keep(app, file, picture);
        }
    }
}

impl Thumbnails {
    /// Keeps a picture, or that there is none, if it is one that may be shown.
    pub(super) fn keep(self, app: App, file: ObjectId, picture: Option<Vec<u8>>) {
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
