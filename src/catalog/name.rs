//! A name, and the forms in which it is compared: without case in lists, as a file system compares
//! it, and as it is searched for.
//!
//! In a name of ASCII letters these forms differ from it in case only, so they are made while it is
//! compared. A list has one name for each of its files, and most names are in ASCII.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::unicode::{Form, fold, lower, normalise};

/// A name, or a path. Names sort without regard to case, ties are broken by the name itself.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) name: Rc<str>,
    forms: Option<Box<Forms>>,
}

/// The forms of a name that is not in ASCII, or that was told apart from others. The case of ASCII
/// letters in them does not count.
#[derive(Debug)]
struct Forms {
    lower: Rc<str>,
    key: Rc<str>,
    folded: Rc<str>,
    /// The name before it was told apart.
    given: Option<Rc<Name>>,
}

impl Name {
    pub(super) fn new(name: Rc<str>) -> Self {
        let forms = (!name.is_ascii()).then(|| Box::new(Forms::of(&name, None)));
        Self { name, forms }
    }

    /// A name that another one is shown under.
    pub(super) fn instead_of(given: &Rc<Self>, name: &str) -> Self {
        let name = name.into();
        let forms = Some(Box::new(Forms::of(&name, Some(Rc::clone(given)))));
        Self { name, forms }
    }

    /// The name that it was given, if it was told apart from others.
    pub(super) fn given(&self) -> Option<&Rc<Self>> {
        self.forms.as_ref()?.given.as_ref()
    }

    /// In lower case.
    fn lower(&self) -> impl Iterator<Item = u8> {
        small(self.forms.as_ref().map_or(&self.name, |forms| &forms.lower))
    }

    /// As a file system compares it that ignores case and Unicode form.
    fn key(&self) -> impl Iterator<Item = u8> {
        small(self.forms.as_ref().map_or(&self.name, |forms| &forms.key))
    }

    /// As it is searched for, but for the case of ASCII letters.
    pub(super) fn folded(&self) -> &str {
        self.forms.as_ref().map_or(&self.name, |forms| &forms.folded)
    }
}

impl Forms {
    fn of(name: &Rc<str>, given: Option<Rc<Name>>) -> Self {
        let share = |form: String| if *form == **name { Rc::clone(name) } else { form.into() };
        if name.is_ascii() {
            let [lower, key, folded] = [name, name, name].map(Rc::clone);
            return Self { lower, key, folded, given };
        }
        let (lower, key, folded) = (lower(name), folded(name), fold(name));
        Self { lower: share(lower), key: share(key), folded: share(folded), given }
    }
}

fn small(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower().cmp(other.lower()).then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Name {}

/// A name as a file system compares it that ignores case and Unicode form.
#[derive(Clone, Debug)]
pub(super) struct Key(pub(super) Rc<Name>);

impl Key {
    /// The compared form.
    pub(super) fn text(&self) -> String {
        folded(&self.0.name)
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.key().cmp(other.0.key())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

/// Folds a path as a file system that ignores case and Unicode form compares it.
pub(super) fn folded(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    normalise(&lower(&normalise(path, Form::Nfc)), Form::Nfc)
}
