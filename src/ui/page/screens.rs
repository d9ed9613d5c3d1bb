//! The screens and dialogs that the list does not need: one module, fetched once the list is
//! shown, or with the first of them.

use frond_view::dom::{Drawn, View};
use frond_view::reactive::Signal;

use crate::catalog::RowId;
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::entry::EntryScreen;
use crate::ui::page::list::List;
use crate::ui::page::module::{LazyModule, module};
use crate::ui::page::preview::{Origin, Previewed};
use crate::ui::page::vault::Vault;
use crate::ui::page::{
    already_there, bucket, contents, create, delete_account, fernet, move_to, new_folder, passkey,
    preview, recover, recovery_words, reminder, rename, server, settings, share, shared, transfers,
    trash, versions,
};

/// One of them, with what it is about.
#[derive(Clone)]
pub struct Screen(Kind);

/// Which one.
#[derive(Clone)]
pub(super) enum Kind {
    /// The form "Create account".
    Create(EntryScreen),
    /// The form "Use a passkey".
    Passkey(EntryScreen),
    /// The form "Use recovery words".
    Recover(EntryScreen),
    /// The Fernet tool.
    Fernet,
    /// What the server sees; whether the vault is open.
    Server(bool),
    /// The files of a link.
    Shared,
    /// What the bucket sees.
    Bucket(Vault),
    /// The settings.
    Settings(Vault),
    /// The trash.
    Trash(Vault),
    /// The name of a row as a text box; the path of the row, and whether it is shown so.
    Rename(Vault, RowId, String, Signal<bool>),
    /// A dialog over the screens of the vault.
    Dialog(Vault, Dialog),
    /// Asks what to do with files whose paths are taken.
    AlreadyThere(Vault),
    /// The reminder of recovery words.
    Reminder(Vault),
    /// The sheet of transfers.
    Transfers(Vault),
    /// What a search finds in contents.
    Contents(Vault, Previewed),
    /// The preview of a file.
    Preview(Box<(Vault, List, Previewed)>),
}

/// The entrance of the module.
#[must_use]
pub fn draw(app: App, screen: Screen) -> Drawn {
    match screen.0 {
        Kind::Create(entry) => create::view(app, entry).drawn(),
        Kind::Passkey(entry) => passkey::view(app, entry).drawn(),
        Kind::Recover(entry) => recover::view(app, entry).drawn(),
        Kind::Fernet => fernet::screen(app).drawn(),
        Kind::Server(is_open) => server::screen(is_open).drawn(),
        Kind::Shared => shared::screen(app).drawn(),
        Kind::Bucket(vault) => bucket::screen(app, vault).drawn(),
        Kind::Settings(vault) => settings::screen(app, vault).drawn(),
        Kind::Trash(vault) => trash::screen(app, vault).drawn(),
        Kind::Rename(vault, id, path, renaming) => {
            rename::view(app, vault, id, path, renaming).drawn()
        }
        Kind::Dialog(vault, Dialog::NewFolder) => new_folder::ask(app, vault).drawn(),
        Kind::Dialog(vault, Dialog::MoveTo(ids)) => move_to::ask(app, vault, ids).drawn(),
        Kind::Dialog(vault, Dialog::Share(ids)) => share::ask(app, vault, ids).drawn(),
        Kind::Dialog(vault, Dialog::Versions(id)) => versions::show(app, vault, id).drawn(),
        Kind::AlreadyThere(vault) => already_there::ask(app, vault).drawn(),
        Kind::Dialog(vault, Dialog::RecoveryWords) => recovery_words::make(app, vault).drawn(),
        Kind::Dialog(vault, Dialog::DeleteAccount) => delete_account::ask(app, vault).drawn(),
        Kind::Reminder(vault) => reminder::view(app, vault).drawn(),
        Kind::Transfers(vault) => transfers::sheet(vault).drawn(),
        Kind::Contents(vault, previewed) => contents::view(vault, previewed).drawn(),
        Kind::Preview(of) => {
            let (vault, list, previewed) = *of;
            preview::modal(app, Origin::List(Box::new((vault, list))), previewed).drawn()
        }
    }
}

/// Shows one of them, once the module is there.
pub(super) fn screen(app: App, kind: Kind) -> impl View {
    let screens: LazyModule<Screen> = app.with_page(|page| page.screens);
    module(app, screens, Screen(kind))
}
