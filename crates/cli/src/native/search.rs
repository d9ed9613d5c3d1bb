//! The search in contents, in this process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Merging, OpenIndex, SearchFault, SearchProgram};
use frond_search::{Builder, Index, Line, Match, Term, line, merge, text};

/// `frond-search` in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeSearch;

/// An index in memory.
struct Open(Index);

#[async_trait(?Send)]
impl SearchProgram for NativeSearch {
    async fn text(&self, name: &str, bytes: &Bytes) -> Result<Option<String>, SearchFault> {
        let bytes = bytes.bytes();
        // A parser that a hostile file makes panic has changed nothing here.
        catch_unwind(AssertUnwindSafe(|| text(name, &bytes))).map_err(|_| SearchFault::Failed)
    }

    async fn index(&self, texts: &[String]) -> Result<Vec<u8>, SearchFault> {
        let mut builder = Builder::default();
        texts.iter().for_each(|text| builder.add(text));
        Ok(builder.finish())
    }

    async fn merge(&self, documents: u32, indexes: &[Merging]) -> Result<Vec<u8>, SearchFault> {
        let mut read = Vec::with_capacity(indexes.len());
        for Merging { index, numbers } in indexes {
            let count = u32::try_from(numbers.len()).map_err(|_| SearchFault::Failed)?;
            let index = Index::read(count, index).map_err(|_| SearchFault::Failed)?;
            read.push((index, numbers.clone()));
        }
        let read: Vec<_> = read.iter().map(|(index, numbers)| (index, numbers.clone())).collect();
        Ok(merge(documents, &read))
    }

    async fn open(&self, documents: u32, index: &[u8]) -> Result<Rc<dyn OpenIndex>, SearchFault> {
        let index = Index::read(documents, index).map_err(|_| SearchFault::Failed)?;
        Ok(Rc::new(Open(index)))
    }

    async fn line(
        &self,
        text: &str,
        required: &[String],
        other: &[String],
    ) -> Result<Option<Line>, SearchFault> {
        let terms =
            |all: &[String]| -> Vec<_> { all.iter().filter_map(|t| Term::new(t)).collect() };
        Ok(line(text, &terms(required), &terms(other)))
    }

    fn stop(&self) {}
}

#[async_trait(?Send)]
impl OpenIndex for Open {
    async fn find(&self, terms: &[String]) -> Result<Vec<Vec<(u32, Match)>>, SearchFault> {
        let one = |term: &String| Term::new(term).map(|term| term.find(&self.0));
        Ok(terms.iter().map(|term| one(term).unwrap_or_default()).collect())
    }
}
