//! The keys of the files beyond those of any list: Delete, Ctrl+X and Ctrl+V, Backspace and Alt+Up,
//! and typing the beginning of a name.

use frond_view::dom::{event, window};
use frond_view::reactive::Signal;
use web_sys::KeyboardEvent;

use crate::catalog::RowId;
use crate::text::folder;
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::list::{self, List, SELECT};
use crate::ui::page::moving;
use crate::ui::page::vault::Vault;
use crate::ui::selection::Selection;
use crate::unicode;

/// Keys that follow each other within this time are one beginning of a name, in milliseconds.
const PAUSE: u64 = 1_000;

/// Listens for as long as the current owner lives.
pub(super) fn listen(app: App, vault: Vault, list: List) {
    let typed = Signal::new((String::new(), 0));
    event::KEY_DOWN.listen(&window(), move |event| {
        if list::has_keys(&event) && key(app, vault, list, typed, &event).is_some() {
            event.prevent_default();
        }
    });
}

/// What a key does; `None` if it does nothing.
fn key(
    app: App,
    vault: Vault,
    list: List,
    typed: Signal<(String, u64)>,
    event: &KeyboardEvent,
) -> Option<()> {
    let control = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "Delete" if !list.meant(event).is_empty() => {
            act(app, vault, Act::Trash(list.meant(event)));
        }
        "x" | "X" if control && !list.meant(event).is_empty() => cut(app, vault, list.meant(event)),
        "v" | "V" if control && has_cut(vault) => paste(app, vault),
        "Escape" if has_cut(vault) => {
            vault.cut.update(Selection::clear);
        }
        "Backspace" => up(app, vault)?,
        "ArrowUp" if event.alt_key() => up(app, vault)?,
        key if !control && !event.alt_key() => {
            let mut letters = key.chars();
            let letter = letters.next().filter(|letter| *letter != ' ')?;
            if letters.next().is_some() {
                return None;
            }
            find(app, vault, list, typed, letter)?;
        }
        _ => return None,
    }
    Some(())
}

fn has_cut(vault: Vault) -> bool {
    vault.cut.with_untracked(|cut| !cut.is_empty())
}

fn cut(app: App, vault: Vault, ids: Vec<RowId>) {
    let what = moving::what(&vault.session(), &ids);
    app.say(format!("Cut {what}. Open a folder and press Ctrl+V."), None);
    vault.cut.update(|cut| cut.all(ids));
}

fn paste(app: App, vault: Vault) {
    let ids = vault.cut.with_untracked(|cut| cut.iter().copied().collect());
    vault.cut.update(Selection::clear);
    act(app, vault, Act::Move { ids, to: vault.folder_id.get_untracked() });
}

/// Opens the folder above; `None` at the top.
fn up(app: App, vault: Vault) -> Option<()> {
    let open = vault.folder.get_untracked();
    if open.is_empty() {
        return None;
    }
    let above = vault.session().files().index().files().folder(folder::parent(&open));
    vault.left.set(vault.folder_id.get_untracked());
    app.go(vault.route(above));
    Some(())
}

/// Goes to the next row whose name begins with what was typed.
fn find(
    app: App,
    vault: Vault,
    list: List,
    typed: Signal<(String, u64)>,
    letter: char,
) -> Option<()> {
    let now = app.clock().now_ms();
    typed.update(|(text, at)| {
        if now.saturating_sub(*at) > PAUSE {
            text.clear();
        }
        text.push(letter);
        *at = now;
    });
    let (text, _) = typed.get_untracked();
    let beginning = unicode::lower(&text);
    let (order, session) = (list.order.get_untracked(), vault.session());
    let begins = |id: &&RowId| {
        let index = session.files().index();
        let facts = index.files().facts(id);
        facts.is_some_and(|facts| unicode::lower(facts.name).starts_with(&beginning))
    };
    // A new letter leads on; a word that grows may stay where it is.
    let skip = usize::from(text.chars().count() == 1);
    let start = list.current_index().map_or(0, |at| at.saturating_add(skip));
    let (before, after) = order.split_at_checked(start)?;
    let id = *after.iter().chain(before).find(begins)?;
    list.go_to(id, SELECT);
    list.selection.update(|selection| selection.only(id));
    Some(())
}
