//! The files, or the folders, of one folder: their distinct names, in the order of lists.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use super::names::{Names, Renamed};
use crate::path::mended_name;
use crate::unicode::{fold, lower};

/// Files or folders with distinct names.
#[derive(Clone, Debug)]
pub(super) struct Children<Id> {
    names: Names<Id>,
    shown: BTreeMap<Id, Shown>,
    order: BTreeMap<Rc<Name>, Id>,
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
    pub(super) lower: Box<str>,
    pub(super) name: Box<str>,
    /// As it is searched for, if that differs from lower case.
    folded: Option<Box<str>>,
}

impl Name {
    fn new(name: &str) -> Self {
        let (lower, folded) = (lower(name), fold(name));
        let folded = (folded != lower).then(|| folded.into());
        Self { lower: lower.into(), name: name.into(), folded }
    }

    /// As it is searched for.
    pub(super) fn folded(&self) -> &str {
        self.folded.as_ref().unwrap_or(&self.lower)
    }
}

impl<Id> Default for Children<Id> {
    fn default() -> Self {
        Self { names: Names::default(), shown: BTreeMap::new(), order: BTreeMap::new() }
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
        self.order.get::<Name>(&Name::new(name))
    }

    /// All, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Id, &Name)> {
        self.order.iter().map(|(name, id)| (id, name.borrow()))
    }

    /// Those after a name, or all, in the order of their names.
    pub(super) fn after(&self, name: Option<&Rc<Name>>) -> impl Iterator<Item = (&Id, &Rc<Name>)> {
        let from = name.map_or(Bound::Unbounded, Bound::Excluded);
        self.order.range::<Rc<Name>, _>((from, Bound::Unbounded)).map(|(name, id)| (id, name))
    }

    /// Adds one; returns those whose shown names changed.
    pub(super) fn insert(&mut self, id: Id, name: &str) -> Vec<Id> {
        let given: Rc<str> = mended_name(name).into();
        let mut renamed = Renamed::new();
        self.names.insert(id, &given, &mut renamed);
        let name = Rc::new(Name::new(&given));
        self.shown.insert(id, Shown { given, name });
        self.rename(renamed)
    }

    /// Removes one; returns those whose shown names changed.
    pub(super) fn remove(&mut self, id: &Id) -> Vec<Id> {
        let Some(Shown { given, name }) = self.shown.remove(id) else { return Vec::new() };
        self.order.remove(&name);
        let mut renamed = Renamed::new();
        self.names.remove(*id, &given, &mut renamed);
        self.rename(renamed)
    }

    fn rename(&mut self, renamed: Renamed<Id>) -> Vec<Id> {
        // All from their old places before any to its new one.
        for id in renamed.keys() {
            if let Some(shown) = self.shown.get(id)
                && self.order.get(&shown.name) == Some(id)
            {
                self.order.remove(&shown.name);
            }
        }
        for (id, name) in &renamed {
            if let Some(shown) = self.shown.get_mut(id) {
                shown.name = Rc::new(Name::new(name));
                self.order.insert(Rc::clone(&shown.name), *id);
            }
        }
        renamed.into_keys().collect()
    }
}
