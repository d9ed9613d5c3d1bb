//! The files, or the folders, of one folder: their distinct names, in the order of lists. Who has
//! them knows the name under which each one is shown.

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
    order: Table<Rc<Name>, Id>,
}

impl<Id> Default for Children<Id> {
    fn default() -> Self {
        Self { names: Names::default(), order: Table::default() }
    }
}

impl<Id: Copy + Ord> Children<Id> {
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
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

    /// Adds one; returns those whose shown names changed, with their new ones. `shown` has the
    /// names before.
    pub(super) fn insert(
        &mut self,
        id: Id,
        name: &Rc<str>,
        shown: impl Fn(&Id) -> Option<Rc<Name>>,
    ) -> Renamed<Id> {
        let given = match mended_name(name) {
            Cow::Borrowed(_) => Rc::clone(name),
            Cow::Owned(mended) => mended.into(),
        };
        let mut renamed = Renamed::default();
        self.names.insert(id, &Rc::new(Name::new(given)), &mut renamed);
        self.rename(&renamed, shown);
        renamed
    }

    /// Removes one that is shown under this name; otherwise as [`Children::insert`].
    pub(super) fn remove(
        &mut self,
        id: &Id,
        name: &Rc<Name>,
        shown: impl Fn(&Id) -> Option<Rc<Name>>,
    ) -> Renamed<Id> {
        self.order.remove(name);
        let mut renamed = Renamed::default();
        self.names.remove(*id, name.given().unwrap_or(name), &mut renamed);
        self.rename(&renamed, shown);
        renamed
    }

    fn rename(&mut self, renamed: &Renamed<Id>, shown: impl Fn(&Id) -> Option<Rc<Name>>) {
        // All from their old places before any to its new one.
        for name in renamed.keys().filter_map(shown) {
            self.order.remove(&name);
        }
        for (id, name) in renamed.iter() {
            self.order.insert(Rc::clone(name), *id);
        }
    }
}
