//! The rows of a list in the order that was asked for.
//!
//! Names are compared by the browser, by the rules of its language and with numbers as numbers.
//! That takes half a microsecond a comparison, so a long list is sorted in slices, between which the
//! page stays responsive. Meanwhile it is shown in the order that it had, or in that of the index.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::HashSet;
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
    /// Its value in the column that is not the name.
    value: u64,
    /// Its extension, if that is the column.
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
            let (mut value, mut ending) = (0, String::new());
            match (sort.column, facts.modified) {
                (Column::Size, _) => value = facts.size,
                (Column::Modified, Some(at)) => value = at.abs_diff(i64::MIN),
                (Column::Type, Some(_)) => ending = kind::ending(facts.name),
                _ => {}
            }
            rows.push(Prepared { id, name: JsValue::from_str(facts.name), value, ending });
        }
        step().await;
    }
    if sort.column == Column::Type {
        rank(&mut rows);
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

/// Makes the extensions values: there are few, and numbers compare faster.
fn rank(rows: &mut [Prepared]) {
    let mut endings: Vec<_> = rows.iter().map(|row| row.ending.clone()).collect();
    endings.sort_unstable();
    endings.dedup();
    for row in rows {
        let rank = endings.binary_search(&row.ending).unwrap_or_default();
        row.value = u64::try_from(rank).unwrap_or_default();
    }
}

/// From the order of names to that of a column; rows that are equal in it keep theirs.
fn by_column(rows: &mut [&Prepared], Sort { column, descending }: Sort) {
    match column {
        Column::Name if descending => rows.reverse(),
        Column::Name => {}
        _ => rows.sort_by_key(|row| if descending { !row.value } else { row.value }),
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
