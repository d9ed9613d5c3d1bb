//! Hits: the files that a query finds with the help of their contents.
//!
//! A file is found if each word or phrase of the query is in its path or in its contents.
//! [`NameSearch`](super::NameSearch) finds those whose paths have all. A *hit* is found otherwise,
//! or besides: its contents have one or more, and its path the rest.

use std::rc::Rc;

use frond_search::Match;

use super::index::Index;
use super::listing::{FileRow, by_path};
use super::query::{Query, terms};
use crate::object::ObjectId;
use crate::unicode::fold;

/// Which terms of a query ([`terms`]) the contents of one file have, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches(Vec<Option<Match>>);

impl Matches {
    /// None of so many terms.
    #[must_use]
    pub fn none(terms: usize) -> Self {
        Self(vec![None; terms])
    }

    /// The contents have a term, by its number. Of two ways the better counts.
    pub fn add(&mut self, term: usize, how: Match) {
        if let Some(known) = self.0.get_mut(term) {
            *known = Some(known.map_or(how, |known| known.min(how)));
        }
    }

    /// How path and contents together have all terms; `None` if they do not, or the contents have
    /// none.
    fn all(&self, terms: &[String], path: &str) -> Option<Match> {
        self.0.iter().flatten().next()?;
        let one = |(term, how): (&String, &Option<Match>)| match path.contains(term) {
            true => Some(Match::Begins),
            false => *how,
        };
        let all: Option<Vec<_>> = terms.iter().zip(&self.0).map(one).collect();
        all?.into_iter().max()
    }
}

impl Index {
    /// The hits of a query among the files in the lists, by the terms that contents have: those
    /// first that have every term at the beginning of a word, each in path order.
    #[must_use]
    pub fn hits(
        &self,
        query: &str,
        contents: impl IntoIterator<Item = (ObjectId, Matches)>,
    ) -> Vec<Rc<FileRow>> {
        let (query, terms) = (Query::parse(query), terms(query));
        let hit = |(id, matches): (ObjectId, Matches)| {
            let is_listed = self.newer(&id).is_none() && !self.trash().contains(&id);
            let row = self.row(&id).filter(|_| is_listed)?;
            let path = fold(&row.path);
            let how = matches.all(&terms, &path)?;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let is_admitted = query.folders.iter().all(|wanted| folder.contains(wanted))
                && query.admits(&path, &row.media_type, row.shown_time());
            is_admitted.then(|| (how, Rc::new(row)))
        };
        let mut hits: Vec<_> = contents.into_iter().filter_map(hit).collect();
        hits.sort_by(|(a, first), (b, second)| a.cmp(b).then_with(|| by_path(first, second)));
        hits.into_iter().map(|(_, row)| row).collect()
    }
}

impl FileRow {
    /// The terms of a query ([`terms`]) that the path has, and those that it does not have.
    #[must_use]
    pub fn terms(&self, query: &str) -> (Vec<String>, Vec<String>) {
        let path = fold(&self.path);
        terms(query).into_iter().partition(|term| path.contains(term))
    }
}
