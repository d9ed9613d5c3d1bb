//! The rows of the open folder, or what was searched for, in the order that was asked for.
//!
//! Names are in the order of the browser, by the rules of its language and with numbers as numbers;
//! see [`collation`](crate::ui::collation). All of it is done in slices, between which the page
//! stays responsive. When a long list is another than before, its first rows are shown as soon as
//! they are known, before the rest is in order. A list that changes keeps its order until the new
//! one is known.

mod collator;

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;

use frond_view::reactive::{Memo, effect};
use futures_util::future::{self, Either};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use self::collator::Collator;
use crate::catalog::{NameSearch, NamedRow, RowId};
use crate::notify::Notify;
use crate::slices::Slices;
use crate::text::kind;
use crate::ui::page::app::App;
use crate::ui::page::list::List;
use crate::ui::page::vault::Vault;
use crate::ui::sort::{Column, Sort, first, sorted};

/// Files that one step of a search looks at.
const FILES: usize = 256;
/// Rows that are shown before the rest is in order: more than fit into a window.
const FIRST: usize = 128;

/// Names from z to a.
const BACKWARD: Sort = Sort { column: Column::Name, descending: true };

/// The order of two rows, by their places in [`Rows`].
type Compare<'a> = &'a dyn Fn(u32, u32) -> Ordering;

/// What is to be listed.
#[derive(Default)]
struct Due {
    sort: Cell<Option<Sort>>,
    /// The query and the open folder.
    subject: RefCell<(String, String)>,
    /// Whether the list still shows another subject.
    is_new: Cell<bool>,
    /// The subject became another one.
    turned: Notify,
}

/// Keeps a list to what is to be shown, in the order that `vault.sort` asks for. `changed` is
/// another number when the rows are others, or the content of any is.
pub(super) fn follow(app: App, vault: Vault, list: List, changed: Memo<u64>) {
    let due = Rc::new(Due::default());
    due.is_new.set(true);
    let (running, collator) = (Rc::new(Cell::new(false)), Rc::new(Collator::new()));
    effect(move || {
        changed.get();
        due.sort.set(Some(vault.sort.get()));
        let subject = (vault.query.get_untracked(), vault.folder.get_untracked());
        let turned = due.subject.replace(subject) != *due.subject.borrow();
        if turned {
            due.is_new.set(true);
        }
        if running.replace(true) {
            if turned {
                due.turned.notify();
            }
            return;
        }
        let (due, running, collator) = (Rc::clone(&due), Rc::clone(&running), Rc::clone(&collator));
        spawn_local(async move {
            // The last order that is due; one that becomes due meanwhile comes after this.
            while let Some(sort) = due.sort.take() {
                let slices = Slices::new(app.clock());
                let work = Work { vault, list, due: &due, collator: &collator, slices };
                let (turned, work) = (pin!(due.turned.notified()), pin!(work.run(sort)));
                if let Either::Left(_) = future::select(turned, work).await {
                    due.sort.set(due.sort.take().or(Some(sort)));
                }
                if list.order.try_get().is_none() {
                    return;
                }
            }
            running.set(false);
        });
    });
}

/// Finds and sorts what a list shows, once.
struct Work<'a> {
    vault: Vault,
    list: List,
    due: &'a Due,
    collator: &'a Collator,
    slices: Slices,
}

/// The rows of a list, and in columns of the same length what they are sorted by.
struct Rows {
    named: Vec<NamedRow>,
    /// The names that the browser compares; `undefined`, or beyond the end, are those that have
    /// weights.
    texts: Vec<JsValue>,
    /// The values in the column that is not the name; empty if it is.
    values: Vec<u64>,
}

impl Work<'_> {
    async fn run(&self, sort: Sort) {
        let Some(named) = self.find().await else { return };
        let order = self.order(named, sort).await;
        if self.show(order) {
            self.list.in_order.change(self.due.sort.get().is_none());
        }
    }

    /// Shows these rows; `false` if the list is gone.
    fn show(&self, order: Vec<RowId>) -> bool {
        if self.list.order.try_get().is_none() {
            return false;
        }
        self.due.is_new.set(false);
        self.list.order.set(Rc::new(order));
        self.list.found.change(true);
        true
    }

    /// Counts a step, and lets others go on if the page was busy for long enough.
    async fn step(&self) {
        if self.slices.is_over() {
            if self.list.in_order.try_get().is_some() {
                self.list.in_order.change(false);
            }
            self.slices.pause().await;
        }
    }

    /// The rows, in the order of the index; `None` if something else is due.
    async fn find(&self) -> Option<Vec<NamedRow>> {
        let session = self.vault.session();
        let query = self.vault.query.get_untracked();
        if query.trim().is_empty() {
            let index = session.files().index();
            return Some(self.vault.folder.with_untracked(|open| index.files().names(open)));
        }
        let (mut search, mut found) = (NameSearch::new(&query), Vec::new());
        while !search.step(session.files().index().files(), FILES, &mut found) {
            self.step().await;
            if self.due.sort.get().is_some() || self.list.order.try_get().is_none() {
                return None;
            }
            if self.due.is_new.get() {
                self.list.found.change(false);
            }
        }
        Some(found)
    }

    /// The rows in order.
    async fn order(&self, named: Vec<NamedRow>, sort: Sort) -> Vec<RowId> {
        let step = async || self.step().await;
        let rows = self.columns(named, sort.column).await;
        // As trait objects, since each type of a comparison would have sorting code of its own.
        let by_name: Compare<'_> = &|a, b| rows.compare(self.collator, a, b);
        let by_value: Compare<'_> = &|a, b| match sort.descending {
            true => rows.value(b).cmp(&rows.value(a)),
            false => rows.value(a).cmp(&rows.value(b)),
        };
        // Rows that are equal in another column have the order of their names.
        let by_both: Compare<'_> = &|a, b| match (sort.column, sort.descending) {
            (Column::Name, true) => by_name(b, a),
            (Column::Name, false) => by_name(a, b),
            _ => by_value(a, b).then_with(|| by_name(a, b)),
        };
        let parts = self.parts(&rows, sort).await;
        if self.due.is_new.get() && rows.named.len() > FIRST {
            let mut begin = Vec::with_capacity(FIRST.saturating_mul(2));
            for part in &parts {
                let (mut forth, mut back) = (part.iter().copied(), part.iter().rev().copied());
                let items: &mut dyn Iterator<Item = u32> =
                    if sort == BACKWARD { &mut back } else { &mut forth };
                begin.extend(first(items, FIRST, by_both, step).await);
                begin.truncate(FIRST);
            }
            self.begin(&rows, begin).await;
        }
        let mut order = Vec::with_capacity(rows.named.len());
        for part in parts {
            let mut part = sorted(&part, by_name, step).await;
            if sort == BACKWARD {
                part.reverse();
            }
            if sort.column != Column::Name {
                // Rows that are equal in it keep the order of their names.
                part = sorted(&part, by_value, step).await;
            }
            for row in part {
                order.extend(rows.get(row).map(|row| row.id));
                step().await;
            }
        }
        order
    }

    /// The rows to be sorted: folders, which come first whatever the order, and files.
    async fn parts(&self, rows: &Rows, sort: Sort) -> [Vec<u32>; 2] {
        let number = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        let is_folder = |row: &NamedRow| matches!(row.id, RowId::Folder(_));
        let folders = number(rows.named.partition_point(is_folder));
        let end = number(rows.named.len());
        if rows.texts.is_empty() || sort.column != Column::Name || self.due.is_new.get() {
            return [(0..folders).collect(), (folders..end).collect()];
        }
        // Where the browser compares, the order before is a good begin: little has changed.
        let mut left = HashMap::with_capacity(rows.named.len());
        for (at, row) in (0..).zip(&rows.named) {
            left.insert(row.id, at);
            self.step().await;
        }
        let mut before = self.list.order.try_get().map(|order| order.to_vec()).unwrap_or_default();
        if sort.descending {
            before.reverse();
        }
        let mut order = Vec::with_capacity(rows.named.len());
        for id in before {
            order.extend(left.remove(&id));
            self.step().await;
        }
        for row in &rows.named {
            order.extend(left.remove(&row.id));
            self.step().await;
        }
        let (folders, files) = order.into_iter().partition(|row| *row < folders);
        [folders, files]
    }

    /// Shows the rows, of which these are the first ones, the others in the order of the index.
    async fn begin(&self, rows: &Rows, begin: Vec<u32>) {
        let mut rest = begin.clone();
        rest.sort_unstable();
        let mut rest = rest.into_iter().peekable();
        let mut order = Vec::with_capacity(rows.named.len());
        order.extend(begin.iter().filter_map(|row| rows.get(*row)).map(|row| row.id));
        for (at, row) in (0_u32..).zip(&rows.named) {
            if rest.next_if_eq(&at).is_none() {
                order.push(row.id);
            }
            self.step().await;
        }
        if self.show(order) {
            self.list.in_order.change(false);
        }
    }

    /// What the rows are sorted by.
    async fn columns(&self, named: Vec<NamedRow>, column: Column) -> Rows {
        let mut texts = Vec::new();
        for (at, row) in named.iter().enumerate() {
            if let Some(text) = self.collator.text(&row.name) {
                texts.resize(at, JsValue::UNDEFINED);
                texts.push(text);
            }
            self.step().await;
        }
        let (mut values, mut endings) = (Vec::new(), HashMap::new());
        if column != Column::Name {
            let session = self.vault.session();
            values.reserve_exact(named.len());
            let mut value = |row: &NamedRow| {
                let index = session.files().index();
                let facts = index.files().facts(&row.id)?;
                Some(match (column, facts.modified) {
                    (Column::Size, _) => facts.size,
                    (Column::Modified, Some(at)) => at.abs_diff(i64::MIN),
                    (Column::Type, Some(_)) => number(&mut endings, kind::ending(facts.name)),
                    _ => 0,
                })
            };
            for row in &named {
                values.push(value(row).unwrap_or_default());
                self.step().await;
            }
        }
        if column == Column::Type {
            let ranks = ranks(endings);
            for value in &mut values {
                *value = ranks.get(value).copied().unwrap_or_default();
            }
        }
        Rows { named, texts, values }
    }
}

impl Rows {
    fn get(&self, row: u32) -> Option<&NamedRow> {
        self.named.get(usize::try_from(row).ok()?)
    }

    fn value(&self, row: u32) -> u64 {
        let value = usize::try_from(row).ok().and_then(|row| self.values.get(row));
        value.copied().unwrap_or_default()
    }

    /// Compares two rows by name.
    fn compare(&self, collator: &Collator, a: u32, b: u32) -> Ordering {
        let text = |row: u32| {
            let text = self.texts.get(usize::try_from(row).ok()?)?;
            (!text.is_undefined()).then_some(text)
        };
        let (Some(one), Some(two)) = (self.get(a), self.get(b)) else { return a.cmp(&b) };
        collator.compare((&one.name, text(a)), (&two.name, text(b)))
    }
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
