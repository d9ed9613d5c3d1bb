//! The files, or the folders, of one folder: their distinct names, in the order of lists.

use std::borrow::{Borrow, Cow};
use std::rc::Rc;

use super::names::{Names, Renamed, keyed};
use super::table::Table;
use crate::path::mended_name;
use crate::unicode::{fold, lower};

/// Files or folders with distinct names.
#[derive(Clone, Debug)]
pub(super) struct Children<Id> {
    names: Names<Id>,
    shown: Table<Id, Shown>,
    order: Table<Rc<Name>, Id>,
}

#[derive(Clone, Debug)]
struct Shown {
    /// The name before it was told apart from others.
    given: Rc<str>,
    name: Rc<Name>,
}

/// A name; names sort without regard to case, ties are broken by the name itself.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// In lower case.
    lower: Rc<str>,
    pub(super) name: Rc<str>,
    /// As it is searched for, if that differs from lower case.
    folded: Option<Box<str>>,
}

impl Name {
    fn new(name: Rc<str>) -> Self {
        if name.is_ascii() {
            return Self { lower: keyed(&name), name, folded: None };
        }
        let (lower, folded) = (lower(&name), fold(&name));
        let folded = (folded != lower).then(|| folded.into());
        Self { lower: lower.into(), name, folded }
    }

    /// The key of [`Names`]. Names in ASCII share it.
    fn key(&self) -> Rc<str> {
        if self.name.is_ascii() { Rc::clone(&self.lower) } else { keyed(&self.name) }
    }

    /// As it is searched for.
    pub(super) fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.lower)
    }
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
        self.shown.get(id).map(|shown| &*shown.name.name)
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
        let name = Rc::new(Name::new(Rc::clone(&given)));
        let mut renamed = Renamed::default();
        self.names.insert(id, &given, name.key(), &mut renamed);
        self.shown.insert(id, Shown { given, name });
        self.rename(&renamed)
    }

    /// Removes one; returns those whose shown names changed.
    pub(super) fn remove(&mut self, id: &Id) -> Vec<Id> {
        let Some(Shown { given, name }) = self.shown.remove(id) else { return Vec::new() };
        self.order.remove(&name);
        let mut renamed = Renamed::default();
        self.names.remove(*id, &given, &mut renamed);
        self.rename(&renamed)
    }

    fn rename(&mut self, renamed: &Renamed<Id>) -> Vec<Id> {
        // All from their old places before any to its new one.
        for id in renamed.keys() {
            if let Some(shown) = self.shown.get(id)
                && self.order.get(&shown.name) == Some(id)
            {
                self.order.remove(&shown.name);
            }
        }
        for (id, name) in renamed.iter() {
            if let Some(shown) = self.shown.get_mut(id) {
                if shown.name.name != *name {
                    shown.name = Rc::new(Name::new(Rc::clone(name)));
                }
                self.order.insert(Rc::clone(&shown.name), *id);
            }
        }
        renamed.keys().copied().collect()
    }
}
