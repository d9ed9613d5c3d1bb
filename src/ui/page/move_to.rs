//! "Move to": a dialog with the tree of folders.
//!
//! The tree follows the keys of the pattern "tree view" of the ARIA authoring practices: the arrow
//! keys, Home, End, Enter and the first letter of a name.

use std::collections::BTreeSet;

use frond_view::dom::tag::{bdi, button, div, p, span};
use frond_view::dom::{Element, before_paint, document, event, focus, keyed};
use frond_view::reactive::{Memo, Signal};
use web_sys::{Event, KeyboardEvent};

use crate::catalog::{FolderId, Listing, Row, RowId};
use crate::text::{folder, words};
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Modal;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::moving;
use crate::ui::page::vault::Vault;
use crate::unicode;

/// Space before a name for each folder above it, in pixels.
const INDENT: usize = 20;

/// A folder of the tree.
#[derive(Clone, PartialEq)]
struct Node {
    /// `None` is the top.
    id: Option<FolderId>,
    name: String,
    /// Number of folders above it.
    depth: usize,
    /// Its place among the folders of its parent, from 1, and their number.
    place: usize,
    siblings: usize,
    /// Whether it has folders.
    is_parent: bool,
}

/// The tree; cheap to copy.
#[derive(Clone, Copy)]
struct Tree {
    /// The folders whose folders are shown.
    open: Signal<BTreeSet<Option<FolderId>>>,
    nodes: Memo<Vec<Node>>,
    chosen: Signal<Option<FolderId>>,
}

pub(super) fn ask(app: App, vault: Vault, ids: Vec<RowId>) -> Element {
    let (modal, tree) = (Modal::new(), Tree::new(vault, ids.clone()));
    tree.focus();
    let what = moving::what(&vault.session(), &ids);
    let go = move || {
        act(app, vault, Act::Move { ids: ids.clone(), to: tree.chosen() });
        modal.close();
    };
    let move_here = go.clone();
    let content = (
        p().attr("class", "about").child(bdi().child(what)),
        tree.view(go),
        div().attr("class", "buttons").child((
            modal.cancel(),
            button()
                .attr("type", "button")
                .attr("class", "primary")
                .on(event::CLICK, move |_| move_here())
                .child("Move here"),
        )),
    );
    modal.view("move-to", "Move to", move || vault.dialog.set(None), content)
}

impl Tree {
    /// Begins at the folder that is open, without the folders that are moved.
    fn new(vault: Vault, moved: Vec<RowId>) -> Self {
        let (session, chosen) = (vault.session(), vault.folder_id.get_untracked());
        let mut open = BTreeSet::from([None]);
        for path in folder::crumbs(folder::parent(&vault.folder.get_untracked())) {
            open.insert(session.files().index().files().folder(&path));
        }
        let open = Signal::new(open);
        let nodes = Memo::new(move || {
            vault.revision.get();
            let index = session.files().index();
            open.with(|open| nodes(index.files(), open, &moved))
        });
        Self { open, nodes, chosen: Signal::new(chosen) }
    }

    /// The chosen folder; the top if it is not shown any more.
    fn chosen(self) -> Option<FolderId> {
        let chosen = self.chosen.get();
        chosen.filter(|_| self.nodes.with(|nodes| nodes.iter().any(|node| node.id == chosen)))
    }

    fn is_open(self, id: Option<FolderId>) -> bool {
        self.open.with(|open| open.contains(&id))
    }

    fn choose(self, id: Option<FolderId>) {
        self.chosen.set(id);
        self.focus();
    }

    fn toggle(self, id: Option<FolderId>) {
        self.open.update(|open| {
            if !open.remove(&id) {
                open.insert(id);
            }
        });
        self.choose(id);
    }

    fn focus(self) {
        before_paint(move || {
            if let Some(item) = document().get_element_by_id(&item_id(self.chosen())) {
                focus(&item);
            }
        });
    }

    fn view(self, go: impl Fn() + 'static) -> Element {
        let shown = move || self.nodes.get();
        let keys = move |event: KeyboardEvent| {
            let with_another = event.alt_key() || event.ctrl_key() || event.meta_key();
            if with_another {
                return;
            }
            if event.key() == "Enter" {
                event.prevent_default();
                go();
            } else if self.key(&event.key()).is_some() {
                event.prevent_default();
            }
        };
        div()
            .attr("class", "tree")
            .attr("role", "tree")
            .attr("aria-label", "Folders")
            .on(event::KEY_DOWN, keys)
            .child(keyed(shown, Node::clone, move |node| self.item(node)))
    }

    fn item(self, node: Node) -> Element {
        let Node { id, name, depth, place, siblings, is_parent } = node;
        let truth = |is| if is { "true" } else { "false" };
        let twist = is_parent.then(|| {
            let toggle = move |event: Event| {
                event.stop_propagation();
                self.toggle(id);
            };
            span().attr("class", "twist").on(event::CLICK, toggle).child(icon(icon::NEXT))
        });
        div()
            .attr("id", item_id(id))
            .attr("role", "treeitem")
            .attr("aria-level", depth.saturating_add(1).to_string())
            .attr("aria-posinset", place.to_string())
            .attr("aria-setsize", siblings.to_string())
            .live("aria-expanded", move || is_parent.then(|| truth(self.is_open(id))))
            .live("aria-selected", move || truth(self.chosen() == id))
            .live("tabindex", move || if self.chosen() == id { "0" } else { "-1" })
            .style("padding-left", move || {
                let steps = depth.saturating_add(usize::from(!is_parent));
                format!("{}px", steps.saturating_mul(INDENT))
            })
            .on(event::CLICK, move |_: Event| self.choose(id))
            .child((twist, icon(icon::FOLDER), span().attr("class", "name").child(name)))
    }

    /// What a key does; `None` if it does nothing.
    fn key(self, key: &str) -> Option<()> {
        let (nodes, chosen) = (self.nodes.get_untracked(), self.chosen());
        let at = nodes.iter().position(|node| node.id == chosen)?;
        let (before, rest) = nodes.split_at_checked(at)?;
        let (node, after) = rest.split_first()?;
        let is_open = node.is_parent && self.is_open(chosen);
        let to = match key {
            "ArrowDown" => after.first(),
            "ArrowUp" => before.last(),
            "Home" => nodes.first(),
            "End" => nodes.last(),
            "ArrowRight" if is_open => after.first(),
            "ArrowRight" if node.is_parent => {
                self.toggle(chosen);
                None
            }
            "ArrowLeft" if is_open => {
                self.toggle(chosen);
                None
            }
            "ArrowLeft" => before.iter().rfind(|other| other.depth < node.depth),
            "ArrowRight" | " " => None,
            letter if letter.chars().count() == 1 => {
                let letter = unicode::lower(letter);
                let begins = |node: &&Node| unicode::lower(&node.name).starts_with(&letter);
                after.iter().chain(before).find(begins)
            }
            _ => return None,
        };
        if let Some(to) = to {
            self.choose(to.id);
        }
        Some(())
    }
}

fn item_id(folder: Option<FolderId>) -> String {
    folder.map_or_else(|| "folder-top".to_owned(), |id| format!("folder-{id}"))
}

/// The top, and the folders of those that are open, each after its parent.
fn nodes(files: Listing<'_>, open: &BTreeSet<Option<FolderId>>, moved: &[RowId]) -> Vec<Node> {
    let folders = |path: &str| -> Vec<(FolderId, String)> {
        let rows = files.in_folder(path).map_while(|row| match row {
            Row::Folder { id, path, .. } => Some((id, path)),
            Row::File(_) => None,
        });
        rows.filter(|(id, _)| !moved.contains(&RowId::Folder(*id))).collect()
    };
    let (mut nodes, mut unseen) = (Vec::new(), vec![(None, String::new(), 0, 1, 1)]);
    while let Some((id, path, depth, place, siblings)) = unseen.pop() {
        let below = folders(&path);
        let name = if id.is_none() { "Files" } else { folder::name(&path) };
        let (name, is_parent) = (words::visible(name), !below.is_empty());
        nodes.push(Node { id, name, depth, place, siblings, is_parent });
        if open.contains(&id) {
            let (count, depth) = (below.len(), usize::saturating_add(depth, 1));
            let below = below.into_iter().zip(1..);
            let below = below.map(|((id, path), place)| (Some(id), path, depth, place, count));
            let first = unseen.len();
            unseen.extend(below);
            unseen.get_mut(first..).unwrap_or_default().reverse();
        }
    }
    nodes
}
