//! `find`.

use std::rc::Rc;

use frond::catalog::Row;
use frond::session::FileRow;

use super::arguments::{Find, Place};
use super::failure::{Failure, Kind};
use super::list::{described, file_line, synced_or_stale};
use super::output::Output;
use super::vault::Vault;

/// Lists the files that a search finds.
pub(super) async fn find(place: &Place, output: &Output, find: &Find) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let known = vault.session.sync().await;
    vault.warn(output);
    // A shell has removed the quotes around a phrase, so each argument with white space is one.
    let terms: Vec<_> = find.terms.iter().map(|term| quoted(term)).collect();
    let query = terms.join(" ");
    let found: Vec<_> = {
        let index = vault.session.files().index();
        match find.trash {
            false => index.files().search(&query),
            true => index.trash().search(&query).filter_map(file).collect(),
        }
    };
    if output.json() {
        output.result(&found.iter().map(|file| described(file)).collect::<Vec<_>>());
    } else {
        found.iter().for_each(|file| output.line(&file_line(file, find.long)));
    }
    synced_or_stale(known)?;
    if found.is_empty() {
        return Err(Failure::new(Kind::NotFound, "Nothing was found."));
    }
    Ok(())
}

fn quoted(term: &str) -> String {
    if term.contains(char::is_whitespace) && !term.contains('"') {
        match term.split_once(':') {
            Some((name, value)) => format!("{name}:\"{value}\""),
            None => format!("\"{term}\""),
        }
    } else {
        term.to_owned()
    }
}

fn file(row: Row) -> Option<Rc<FileRow>> {
    match row {
        Row::File(file) => Some(file),
        Row::Folder { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_with_white_space_is_a_phrase() {
        for (term, query) in [
            ("tax", "tax"),
            ("my house", "\"my house\""),
            ("in:my photos", "in:\"my photos\""),
            ("\"my house\" x", "\"my house\" x"),
        ] {
            assert_eq!(quoted(term), query);
        }
    }
}
