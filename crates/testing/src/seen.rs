//! All that a person sees of a session at one moment: the view, and the lists of files.

use std::ops::Deref;

use frond::session::{FileRow, Session, View};

/// What is on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// All but the lists of files.
    pub view: View,
    /// The files, in their order.
    pub files: Vec<FileRow>,
    /// The trash, in its order.
    pub trash: Vec<FileRow>,
}

impl Deref for Seen {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

/// Looks at a session.
pub trait Look {
    /// What a person sees now.
    fn look(&self) -> Seen;
}

impl Look for Session {
    fn look(&self) -> Seen {
        let rows =
            |rows: Vec<_>| rows.iter().map(|row: &std::rc::Rc<FileRow>| (**row).clone()).collect();
        Seen {
            view: self.view(),
            files: rows(self.files().rows()),
            trash: rows(self.files().trash_rows()),
        }
    }
}
