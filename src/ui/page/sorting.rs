//! The rows of a list in the order that was asked for.
//!
//! Names are compared by the browser, by the rules of its language and with numbers as numbers.
//! That takes half a microsecond a comparison, so a long list is sorted in slices, between which the
//! page stays responsive. Meanwhile it is shown in the order that it had, or in that of the index.

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use frond_view::reactive::{Memo, effect};
use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::RowId;
use crate::port::Clock;
use crate::text::kind;
use crate::ui::page::app::App;
use crate::ui::page::list::List;
use crate::ui::page::vault::Vault;
use crate::ui::sort::{Column, Sort, sorted};

/// How long the page is busy at a time, in milliseconds.
const SLICE: u64 = 12;
/// Steps between two looks at the clock.
const STEPS: u32 = 64;

/// Keeps a list in the order that `vault.sort` asks for. `ids` are its rows, `changed` is another
/// number when the content of any is another.
pub(super) fn follow(
    app: App,
    vault: Vault,
    list: List,
    ids: Memo<Rc<Vec<RowId>>>,
    changed: Memo<u64>,
) {
    let due = Rc::new(RefCell::new(None));
    let (running, by_name) = (Rc::new(Cell::new(false)), Rc::new(RefCell::default()));
    effect(move || {
        changed.get();
        due.replace(Some((ids.get(), vault.sort.get())));
        if running.replace(true) {
            return;
        }
        let (due, running, by_name) = (Rc::clone(&due), Rc::clone(&running), Rc::clone(&by_name));
        spawn_local(async move {
            // The last order that is due; one that becomes due meanwhile comes after this.
            while let Some((ids, sort)) = due.take() {
                let order = order(app, vault, list, &ids, sort, &by_name).await;
                let Some(order) = order else { return };
                list.order.set(Rc::new(order));
                list.in_order.change(due.borrow().is_none());
            }
            running.set(false);
        });
    });
}

/// What a row is sorted by.
struct Prepared {
    id: RowId,
    name: JsValue,
    size: u64,
    modified: Option<i64>,
    ending: String,
}

/// The rows in order; `None` if the list is gone. `by_name` has the rows in the order of their names
/// as it was found last, which is probably nearly the same.
async fn order(
    app: App,
    vault: Vault,
    list: List,
    ids: &Rc<Vec<RowId>>,
    sort: Sort,
    by_name: &RefCell<Vec<RowId>>,
) -> Option<Vec<RowId>> {
    let slices = Slices::new(app.clock());
    let step = async || {
        if slices.is_over() {
            // There is something to look at from the first slice on.
            if list.in_order.try_get() == Some(false) && list.order.with_untracked(|o| o.is_empty())
            {
                list.order.set(Rc::clone(ids));
            } else if list.in_order.try_get().is_some() {
                list.in_order.change(false);
            }
            slices.pause().await;
        }
    };
    let session = vault.session();
    let mut rows = Vec::with_capacity(ids.len());
    for id in nearly_sorted(ids, by_name) {
        if let Some(facts) = session.files().index().files().facts(&id) {
            let name = JsValue::from_str(facts.name);
            let ending = match (sort.column, id) {
                (Column::Type, RowId::File(_)) => kind::ending(facts.name),
                _ => String::new(),
            };
            let (size, modified) = (facts.size, facts.modified);
            rows.push(Prepared { id, name, size, modified, ending });
        }
        step().await;
    }
    let collator = Collator::new();
    let compare = |a: &Prepared, b: &Prepared| collator.compare(&a.name, &b.name);
    // Folders come first, whatever the order.
    let is_folder = |row: &&Prepared| matches!(row.id, RowId::Folder(_));
    let (folders, files): (Vec<_>, Vec<_>) = rows.iter().partition(is_folder);
    let mut folders = sorted(&folders, compare, step).await;
    let mut files = sorted(&files, compare, step).await;
    // Ended meanwhile?
    list.order.try_get()?;
    by_name.replace(folders.iter().chain(&files).map(|row| row.id).collect());
    for rows in [&mut folders, &mut files] {
        by_column(rows, sort);
    }
    Some(folders.into_iter().chain(files).map(|row| row.id).collect())
}

/// The rows in their last order, then those that are new.
fn nearly_sorted(ids: &[RowId], by_name: &RefCell<Vec<RowId>>) -> Vec<RowId> {
    let before = by_name.borrow();
    if before.is_empty() {
        return ids.to_vec();
    }
    let now: HashSet<_> = ids.iter().collect();
    let old: HashSet<_> = before.iter().collect();
    let new = ids.iter().filter(|id| !old.contains(id));
    before.iter().filter(|id| now.contains(id)).chain(new).copied().collect()
}

/// From the order of names to that of a column; rows that are equal in it keep theirs.
fn by_column(rows: &mut [&Prepared], Sort { column, descending }: Sort) {
    match (column, descending) {
        (Column::Name, false) => {}
        (Column::Name, true) => rows.reverse(),
        (Column::Size, false) => rows.sort_by_key(|row| row.size),
        (Column::Size, true) => rows.sort_by_key(|row| Reverse(row.size)),
        (Column::Modified, false) => rows.sort_by_key(|row| row.modified),
        (Column::Modified, true) => rows.sort_by_key(|row| Reverse(row.modified)),
        (Column::Type, _) => {
            // There are few endings: as numbers they compare faster.
            let mut ranks: BTreeMap<&str, usize> =
                rows.iter().map(|row| (&*row.ending, 0)).collect();
            for (rank, place) in ranks.values_mut().enumerate() {
                *place = rank;
            }
            let rank = |row: &&Prepared| ranks.get(&*row.ending).copied().unwrap_or_default();
            if descending {
                rows.sort_by_cached_key(|row| Reverse(rank(row)));
            } else {
                rows.sort_by_cached_key(rank);
            }
        }
    }
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

/// Divides work into slices.
struct Slices {
    clock: Rc<dyn Clock>,
    steps: Cell<u32>,
    since: Cell<u64>,
}

impl Slices {
    fn new(clock: Rc<dyn Clock>) -> Self {
        let since = Cell::new(clock.now_ms());
        Self { clock, steps: Cell::new(0), since }
    }

    /// Counts a step; whether the slice is over.
    fn is_over(&self) -> bool {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        steps.is_multiple_of(STEPS) && self.clock.now_ms().saturating_sub(self.since.get()) >= SLICE
    }

    /// Lets others go on, and begins the next slice.
    async fn pause(&self) {
        self.clock.sleep(0).await;
        self.since.set(self.clock.now_ms());
    }
}
