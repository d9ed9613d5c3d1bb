//! The files, or the folders, of one folder: their distinct names, in the order of lists.

use std::borrow::{Borrow, Cow};
use std::rc::Rc;

use super::name::Name;
use super::names::{Names, Renamed};
use super::table::Table;
use crate::path::mended_name;

/// Files or folders with distinct names.
#[derive(Clone, Debug)]
pub(super) struct Children<Id> {
    names: Names<Id>,
    shown: Table<Id, Rc<Name>>,
    order: Table<Rc<Name>, Id>,
}

impl<Id> Default for Children<Id> {
    fn default() -> Self {
        Self { names: Names::default(), shown: Table::default(), order: Table::default() }
    }
}

impl<Id: Copy + Ord> Children<Id> {
    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.shown.len()
    }

    /// The name under which one is shown.
    pub(super) fn name(&self, id: &Id) -> Option<&str> {
        self.shown.get(id).map(|shown| &*shown.name)
    }

    /// The one that is shown under a name.
    pub(super) fn find(&self, name: &str) -> Option<&Id> {
        self.order.get::<Name>(&Name::new(name.into()))
    }

    /// All, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Id, &Name)> {
        self.order.iter().map(|(name, id)| (id, name.borrow()))
    }

    /// Those after a name, or all, in the order of their names.
    pub(super) fn after(&self, name: Option<&Rc<Name>>) -> impl Iterator<Item = (&Id, &Rc<Name>)> {
        self.order.after(name).map(|(name, id)| (id, name))
    }

    /// Adds one; returns those whose shown names changed.
    pub(super) fn insert(&mut self, id: Id, name: &Rc<str>) -> Vec<Id> {
        let given = match mended_name(name) {
            Cow::Borrowed(_) => Rc::clone(name),
            Cow::Owned(mended) => mended.into(),
        };
        let mut renamed = Renamed::default();
        self.names.insert(id, &Rc::new(Name::new(given)), &mut renamed);
        self.rename(&renamed)
    }

    /// Removes one; returns those whose shown names changed.
    pub(super) fn remove(&mut self, id: &Id) -> Vec<Id> {
        let Some(shown) = self.shown.remove(id) else { return Vec::new() };
        self.order.remove(&shown);
        let mut renamed = Renamed::default();
        self.names.remove(*id, shown.given().unwrap_or(&shown), &mut renamed);
        self.rename(&renamed)
    }

    fn rename(&mut self, renamed: &Renamed<Id>) -> Vec<Id> {
        // All from their old places before any to its new one.
        for id in renamed.keys() {
            if let Some(shown) = self.shown.get(id) {
                self.order.remove(shown);
            }
        }
        for (id, name) in renamed.iter() {
            self.shown.insert(*id, Rc::clone(name));
            self.order.insert(Rc::clone(name), *id);
        }
        renamed.keys().copied().collect()
    }
}
