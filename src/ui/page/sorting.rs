//! The rows of the open folder, or what was searched for, in the order that was asked for.
//!
//! Names are compared by the browser, by the rules of its language and with numbers as numbers.
//! That takes half a microsecond a comparison, so all of it is done in slices, between which the
//! page stays responsive. Meanwhile a long list is shown in the order that it had, or in that of the
//! index.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use frond_view::reactive::{Memo, effect};
use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{NameSearch, RowId};
use crate::slices::Slices;
use crate::text::kind;
use crate::ui::page::app::App;
use crate::ui::page::list::List;
use crate::ui::page::vault::Vault;
use crate::ui::sort::{Column, Sort, sorted};

/// Files that one step of a search looks at.
const FILES: usize = 64;

/// Keeps a list to what is to be shown, in the order that `vault.sort` asks for. `changed` is another
/// number when the rows are others, or the content of any is.
pub(super) fn follow(app: App, vault: Vault, list: List, changed: Memo<u64>) {
    let due = Rc::new(Cell::new(None));
    let (running, by_name) = (Rc::new(Cell::new(false)), Rc::new(RefCell::default()));
    effect(move || {
        changed.get();
        due.set(Some(vault.sort.get()));
        if running.replace(true) {
            return;
        }
        let (due, running, by_name) = (Rc::clone(&due), Rc::clone(&running), Rc::clone(&by_name));
        spawn_local(async move {
            // The last order that is due; one that becomes due meanwhile comes after this.
            while let Some(sort) = due.take() {
                let work = Work { vault, list, due: &due, slices: Slices::new(app.clock()) };
                let Some(ids) = work.ids().await else { continue };
                let order = work.order(ids, sort, &by_name).await;
                if list.order.try_get().is_none() {
                    return;
                }
                list.order.set(Rc::new(order));
                list.in_order.change(due.get().is_none());
            }
            running.set(false);
        });
    });
}

/// What a row is sorted by.
struct Prepared {
    id: RowId,
    name: JsValue,
    /// Its value in the column that is not the name.
    value: u64,
}

/// Finds and sorts what a list shows, once.
struct Work<'a> {
    vault: Vault,
    list: List,
    /// Something else, if it became due meanwhile.
    due: &'a Cell<Option<Sort>>,
    slices: Slices,
}

impl Work<'_> {
    /// Counts a step, and lets others go on if the page was busy for long enough. The list shows
    /// `ids` meanwhile if it shows nothing yet.
    async fn step(&self, ids: Option<&Rc<Vec<RowId>>>) {
        if !self.slices.is_over() {
            return;
        }
        let list = self.list;
        if list.in_order.try_get().is_some() {
            list.in_order.change(false);
            if let Some(ids) = ids
                && list.order.with_untracked(|order| order.is_empty())
            {
                list.order.set(Rc::clone(ids));
            }
        }
        self.slices.pause().await;
    }

    /// The rows, in the order of the index; `None` if something else is due.
    async fn ids(&self) -> Option<Rc<Vec<RowId>>> {
        let session = self.vault.session();
        let query = self.vault.query.get_untracked();
        if query.trim().is_empty() {
            let index = session.files().index();
            let open = self.vault.folder.with_untracked(|open| index.files().ids(open));
            return Some(Rc::new(open));
        }
        let (mut search, mut found) = (NameSearch::new(&query), Vec::new());
        while !search.step(session.files().index().files(), FILES, &mut found) {
            self.step(None).await;
            if self.due.get().is_some() || self.list.order.try_get().is_none() {
                return None;
            }
        }
        Some(Rc::new(found.into_iter().map(RowId::File).collect()))
    }

    /// The rows in order. `by_name` has the rows in the order of their names as it was found last,
    /// which is probably nearly the same.
    async fn order(
        &self,
        ids: Rc<Vec<RowId>>,
        sort: Sort,
        by_name: &RefCell<Vec<RowId>>,
    ) -> Vec<RowId> {
        let step = async || self.step(Some(&ids)).await;
        let session = self.vault.session();
        let mut endings = HashMap::new();
        let mut rows = Vec::with_capacity(ids.len());
        for id in nearly_sorted(&ids, by_name.take(), step).await {
            if let Some(facts) = session.files().index().files().facts(&id) {
                let value = match (sort.column, facts.modified) {
                    (Column::Size, _) => facts.size,
                    (Column::Modified, Some(at)) => at.abs_diff(i64::MIN),
                    (Column::Type, Some(_)) => number(&mut endings, kind::ending(facts.name)),
                    _ => 0,
                };
                rows.push(Prepared { id, name: JsValue::from_str(facts.name), value });
            }
            step().await;
        }
        let ranks = ranks(endings);
        let collator = Collator::new();
        let compare = |a: &Prepared, b: &Prepared| collator.compare(&a.name, &b.name);
        // Folders come first, whatever the order.
        let is_folder = |row: &&Prepared| matches!(row.id, RowId::Folder(_));
        let (folders, files): (Vec<_>, Vec<_>) = rows.iter().partition(is_folder);
        let folders = sorted(&folders, compare, step).await;
        let files = sorted(&files, compare, step).await;
        by_name.replace(folders.iter().chain(&files).map(|row| row.id).collect());
        let mut order = Vec::with_capacity(rows.len());
        for mut rows in [folders, files] {
            match sort.column {
                Column::Name if sort.descending => rows.reverse(),
                Column::Name => {}
                // Rows that are equal in it keep the order of their names.
                column => {
                    let key = |row: &Prepared| match column {
                        Column::Type => ranks.get(&row.value).copied().unwrap_or_default(),
                        _ => row.value,
                    };
                    let compare = |a: &Prepared, b: &Prepared| match sort.descending {
                        true => key(b).cmp(&key(a)),
                        false => key(a).cmp(&key(b)),
                    };
                    rows = sorted(&rows, compare, step).await;
                }
            }
            order.extend(rows.iter().map(|row| row.id));
        }
        order
    }
}

/// The rows in their last order, then those that are new.
async fn nearly_sorted(ids: &[RowId], before: Vec<RowId>, step: impl AsyncFn()) -> Vec<RowId> {
    if before.is_empty() {
        return ids.to_vec();
    }
    let mut new = HashSet::with_capacity(ids.len());
    for id in ids {
        new.insert(*id);
        step().await;
    }
    let mut order = Vec::with_capacity(ids.len());
    for id in before {
        if new.remove(&id) {
            order.push(id);
        }
        step().await;
    }
    for id in ids {
        if new.contains(id) {
            order.push(*id);
        }
        step().await;
    }
    order
}

/// The number of an extension: there are few, and numbers compare faster.
fn number(endings: &mut HashMap<String, u64>, ending: String) -> u64 {
    let next = u64::try_from(endings.len()).unwrap_or(u64::MAX);
    *endings.entry(ending).or_insert(next)
}

/// The places of the extensions in alphabetical order, by their numbers.
fn ranks(endings: HashMap<String, u64>) -> HashMap<u64, u64> {
    let mut endings: Vec<_> = endings.into_iter().collect();
    endings.sort_unstable();
    endings.into_iter().map(|(_, number)| number).zip(0..).collect()
}

/// Compares names by the browser's rules.
struct Collator(Function);

impl Collator {
    fn new() -> Self {
        let options = Object::new();
        let _ = Reflect::set(&options, &"numeric".into(), &JsValue::TRUE);
        Self(Intl::Collator::new(&Array::new(), &options).compare())
    }

    fn compare(&self, a: &JsValue, b: &JsValue) -> Ordering {
        let order = self.0.call2(&JsValue::UNDEFINED, a, b).ok();
        order.and_then(|order| order.as_f64()).unwrap_or_default().total_cmp(&0.0)
    }
}
