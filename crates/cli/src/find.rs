//! `find`: by names and paths, then by contents.

use std::collections::BTreeSet;
use std::rc::Rc;

use frond::catalog::Row;
use frond::session::FileRow;
use frond_search::Line;
use serde_json::{Value, json};

use super::arguments::{Find, Place};
use super::failure::{Failure, Kind};
use super::list::{described, file_line, synced_or_stale};
use super::message::visible;
use super::output::Output;
use super::vault::Vault;

/// A file whose contents have what is searched for.
struct Hit {
    file: Rc<FileRow>,
    line: Option<Line>,
}

impl Hit {
    fn described(&self) -> Value {
        let mut described = described(&self.file);
        let line = self.line.as_ref().map(|line| [&*line.before, &line.hit, &line.after].concat());
        if let Value::Object(members) = &mut described {
            members.insert("line".to_owned(), json!(line));
        }
        described
    }
}

/// The files whose contents have what is searched for.
async fn in_contents(vault: &Vault, query: &str, lines: bool) -> Result<Vec<Hit>, Failure> {
    let search = vault.session.search();
    // Without an answer, the segments that this machine has are searched.
    let _ = search.fetch().await;
    let failed = |_| Failure::other("The index of contents could not be read.");
    let mut hits = Vec::new();
    for file in search.find(query).await.map_err(failed)? {
        if lines {
            let line = search.line(file.id, query).await?;
            // All words, but not the phrase.
            let Some(line) = line else { continue };
            hits.push(Hit { file, line: Some(line) });
        } else {
            hits.push(Hit { file, line: None });
        }
    }
    Ok(hits)
}

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
    let mut hits = match find.trash {
        false => in_contents(&vault, &query, find.lines).await?,
        true => Vec::new(),
    };
    let named: BTreeSet<_> = found.iter().map(|file| file.id).collect();
    hits.retain(|hit| hit.line.is_some() || !named.contains(&hit.file.id));
    if output.json() {
        let named = found.iter().map(|file| described(file));
        output.result(&named.chain(hits.iter().map(Hit::described)).collect::<Vec<_>>());
    } else {
        found.iter().for_each(|file| output.line(&file_line(file, find.long)));
        for hit in &hits {
            if !named.contains(&hit.file.id) {
                output.line(&file_line(&hit.file, find.long));
            }
            if let Some(Line { before, hit, after }) = &hit.line {
                output.line(&format!("    {}", visible(&format!("{before}{hit}{after}"))));
            }
        }
    }
    synced_or_stale(known)?;
    if found.is_empty() && hits.is_empty() {
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
