//! What an open vault does behind its screens: it moves files, fetches and makes thumbnails, and
//! asks whether there are recovery words. Its program is in the module of the screens, so it begins
//! once the list is shown.

use frond_view::reactive::{Memo, effect};
use futures_util::FutureExt;
use futures_util::future::{self, LocalBoxFuture};

use crate::transfer::Backoff;
use crate::ui::page::app::App;
use crate::ui::page::preview::run_here;
use crate::ui::page::thumbnails::{fetch, make};
use crate::ui::page::vault::Vault;

/// The vault that it is for.
#[derive(Clone, Copy)]
pub struct Background(Vault);

/// The entrance of the module: runs until the vault is locked.
#[must_use]
pub fn work(app: App, background: Background) -> LocalBoxFuture<'static, ()> {
    let Background(vault) = background;
    let session = vault.session();
    async move {
        let (fetch, make) = (fetch::thumbnails(app, vault), make::thumbnails(app, vault));
        let remind = async {
            vault.lacks_words.change(session.logins().lacks_words().await);
        };
        future::join4(session.work_in_background(), fetch, make, remind).await;
    }
    .boxed_local()
}

/// Begins once the list is shown, cannot be read, or there is something to transfer.
pub(super) fn begin(app: App, vault: Vault) {
    vault.session().thumbnails().begin();
    let mut is_due = false;
    let due = Memo::new(move || {
        is_due |= vault.listed.get()
            || vault.list_error.with(Option::is_some)
            || vault.transfers.with(|all| !all.is_empty());
        is_due
    });
    effect(move || {
        if due.get() {
            run_here(load_and_work(app, vault));
        }
    });
}

/// Fetches the module, however often that takes.
async fn load_and_work(app: App, vault: Vault) {
    let module = app.with_page(|page| page.background);
    let mut failed = 0_u32;
    while !(module.load)().await {
        let pause = Backoff::OUTAGE.pause(failed);
        app.clock().sleep(pause).await;
        failed = failed.saturating_add(1);
    }
    if let Some(work) = (module.enter)(app, Background(vault)) {
        work.await;
    }
}
