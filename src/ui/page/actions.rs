//! What the user does to files and folders, and how it is undone. The program for it is in the
//! module of the screens, so the list is shown before it arrives.

use std::rc::Rc;

use frond_view::reactive::Signal;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{FolderId, RowId};
use crate::path;
use crate::port::Source;
use crate::session::{ChangeError, Compared, Moved, Session};
use crate::text::{folder, message, placed, words};
use crate::ui::page::app::App;
use crate::ui::page::moving::{name, what};
use crate::ui::page::vault::Vault;

/// One of them, in a vault.
pub struct Action(Vault, Act);

/// Which one.
pub(super) enum Act {
    /// Adds files to a folder, and makes empty folders in it; their paths are relative to it.
    Add {
        /// The path of the folder.
        folder: String,
        sources: Vec<Rc<dyn Source>>,
        empty: Vec<String>,
    },
    /// Downloads one file as it is, a folder or several as one archive.
    Download(Vec<RowId>),
    /// Renames one, and then ends the renaming in the list.
    Rename { id: RowId, from: String, to: String, renaming: Signal<bool> },
    /// Moves them into a folder, `None` for the top.
    Move { ids: Vec<RowId>, to: Option<FolderId> },
    /// Moves them to the trash.
    Trash(Vec<RowId>),
    /// Takes them back out of the trash.
    PutBack(Vec<RowId>),
    /// Merges the histories of a fork.
    MergeForks,
}

/// Does it, once the module is there.
pub(super) fn act(app: App, vault: Vault, act: Act) {
    let module = app.with_page(|page| page.actions);
    spawn_local(async move {
        let entered = match (module.load)().await {
            true => (module.enter)(app, Action(vault, act)),
            false => None,
        };
        if entered.is_none() {
            app.warn(
                "This part of Frond could not be loaded, so nothing was changed. Check your \
                 connection and try again; if Frond was updated meanwhile, reload the page.",
            );
        }
    });
}

/// The entrance of the module.
pub fn run(app: App, action: Action) {
    let Action(vault, act) = action;
    spawn_local(async move {
        // It may have been locked while the module was on its way.
        let Some(session) = vault.open_session() else { return };
        let done = match act {
            Act::Add { folder, sources, empty } => {
                add(app, vault, &session, &folder, sources, &empty).await
            }
            Act::Download(ids) => download(vault, &session, &ids),
            Act::Rename { id, from, to, renaming } => {
                rename(app, vault, &session, id, from, &to, renaming).await
            }
            Act::Move { ids, to } => move_all(app, vault, &session, ids, to).await,
            Act::Trash(ids) => trash(app, vault, &session, ids).await,
            Act::PutBack(ids) => put_back(app, &session, &ids).await,
            Act::MergeForks => session.merge_forks().await,
        };
        if let Err(error) = done {
            app.warn(message::change(error));
        }
    });
}

/// What systems put into folders for themselves is left out, and so is what is there already; files
/// whose paths are taken are asked about.
async fn add(
    app: App,
    vault: Vault,
    session: &Session,
    folder: &str,
    sources: Vec<Rc<dyn Source>>,
    empty: &[String],
) -> Result<(), ChangeError> {
    let (sources, clutter) = placed::without_clutter(sources);
    let Compared { new, taken, unchanged } =
        session.files().compare(placed::place(sources, folder));
    session.transfers().add(new)?;
    if let Some(skipped) = placed::skipped(unchanged.len(), clutter) {
        app.say(skipped, None);
    }
    vault.taken.update(|all| all.extend(taken));
    let empty: Vec<_> = empty.iter().map(|path| path::joined(folder, path)).collect();
    session.files().create_folders(&empty).await
}

fn download(vault: Vault, session: &Session, ids: &[RowId]) -> Result<(), ChangeError> {
    let (open, is_search) = (vault.folder.get_untracked(), vault.is_searching());
    let above = if is_search { String::new() } else { open };
    let path = |id: &RowId| {
        let index = session.files().index();
        index.files().row(id).map(|row| row.path().to_owned()).unwrap_or_default()
    };
    let transfers = session.transfers();
    match ids {
        [RowId::File(id)] => transfers.download(*id),
        [id @ RowId::Folder(_)] => transfers.download_folder(&path(id)),
        ids => {
            let mut files = Vec::new();
            for id in ids {
                match id {
                    RowId::File(id) => files.push(*id),
                    RowId::Folder(_) => {
                        let path = path(id);
                        let index = session.files().index();
                        files.extend(index.files().below(&path).iter().map(|file| file.id));
                    }
                }
            }
            let name = if above.is_empty() { "Files" } else { folder::name(&above) };
            transfers.download_archive(files, &above, name)
        }
    }
}

async fn rename(
    app: App,
    vault: Vault,
    session: &Session,
    id: RowId,
    from: String,
    to: &str,
    renaming: Signal<bool>,
) -> Result<(), ChangeError> {
    rename_to(session, id, to).await?;
    renaming.set(false);
    let back = move || {
        let session = vault.session();
        undo(app, rename_back(session, id, from.clone()));
    };
    app.say(format!("Renamed to {}.", words::visible(folder::name(to))), Some(Rc::new(back)));
    Ok(())
}

async fn rename_back(session: Session, id: RowId, path: String) -> Result<(), ChangeError> {
    rename_to(&session, id, &path).await
}

async fn rename_to(session: &Session, id: RowId, path: &str) -> Result<(), ChangeError> {
    match id {
        RowId::File(id) => session.files().rename(id, path).await,
        RowId::Folder(id) => session.files().rename_folder(id, path).await,
    }
}

async fn move_all(
    app: App,
    vault: Vault,
    session: &Session,
    ids: Vec<RowId>,
    to: Option<FolderId>,
) -> Result<(), ChangeError> {
    let what = what(session, &ids);
    let moved = session.files().move_all(&ids, to).await?;
    if !moved.is_empty() {
        let back = move || undo(app, move_back(app, vault.session(), moved.clone()));
        app.say(format!("Moved {what} to {}.", name(session, to)), Some(Rc::new(back)));
    }
    Ok(())
}

async fn move_back(app: App, session: Session, moved: Moved) -> Result<(), ChangeError> {
    for (folder, ids) in moved {
        session.files().move_all(&ids, folder).await?;
    }
    app.say("Moved back.", None);
    Ok(())
}

async fn trash(
    app: App,
    vault: Vault,
    session: &Session,
    ids: Vec<RowId>,
) -> Result<(), ChangeError> {
    let what = what(session, &ids);
    session.files().trash_all(&ids).await?;
    let back = move || {
        let (session, ids) = (vault.session(), ids.clone());
        undo(app, async move { put_back(app, &session, &ids).await });
    };
    app.say(format!("Moved {what} to trash."), Some(Rc::new(back)));
    Ok(())
}

async fn put_back(app: App, session: &Session, ids: &[RowId]) -> Result<(), ChangeError> {
    session.files().restore_all(ids).await?;
    app.say("Restored.", None);
    Ok(())
}

/// Undoes something, or says why not.
fn undo(app: App, work: impl Future<Output = Result<(), ChangeError>> + 'static) {
    spawn_local(async move {
        if let Err(error) = work.await {
            app.warn(message::change(error));
        }
    });
}
