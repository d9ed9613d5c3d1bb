//! All that a person sees of a session at one moment: the view, and the lists of files.

use std::ops::Deref;

use frond::session::{FileRow, Session, View};

#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub view: View,
    pub files: Vec<FileRow>,
    pub trash: Vec<FileRow>,
}

impl Deref for Seen {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

pub trait Look {
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
