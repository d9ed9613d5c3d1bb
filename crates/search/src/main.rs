//! The program of the Workers that read texts and search in them (`www/search.js`).

#[cfg(target_arch = "wasm32")]
mod worker {
    use frond_search::{Builder, Index, Match, Term, line as line_of, merge, text as text_of};
    use wasm_bindgen::prelude::*;

    /// A number of a document that is left out.
    const NONE: u32 = u32::MAX;

    /// The text of a file.
    #[wasm_bindgen]
    #[must_use]
    pub fn text(name: &str, bytes: Vec<u8>) -> Option<String> {
        text_of(name, &bytes)
    }

    /// The index of texts.
    #[wasm_bindgen]
    #[must_use]
    pub fn index(texts: Vec<String>) -> Vec<u8> {
        let mut builder = Builder::default();
        texts.iter().for_each(|text| builder.add(text));
        builder.finish()
    }

    /// Text before a hit, the hit, and text after it; or nothing.
    #[wasm_bindgen]
    #[must_use]
    pub fn line(text: &str, required: Vec<String>, other: Vec<String>) -> Vec<String> {
        let terms =
            |all: &[String]| -> Vec<_> { all.iter().filter_map(|t| Term::new(t)).collect() };
        let line = line_of(text, &terms(&required), &terms(&other));
        line.map(|line| vec![line.before, line.hit, line.after]).unwrap_or_default()
    }

    /// An open index.
    #[wasm_bindgen]
    pub struct Opened(Index);

    #[wasm_bindgen]
    impl Opened {
        /// Reads an index of so many documents; `None` if it is none.
        #[must_use]
        pub fn read(documents: u32, bytes: Vec<u8>) -> Option<Opened> {
            Index::read(documents, &bytes).ok().map(Opened)
        }

        /// The documents that have a term: twice the number of each, plus 1 if only a longer word
        /// has the term in it.
        #[must_use]
        pub fn find(&self, term: &str) -> Vec<u32> {
            let found = Term::new(term).map(|term| term.find(&self.0)).unwrap_or_default();
            let sent = |(document, how)| (document << 1) | u32::from(how == Match::Within);
            found.into_iter().map(sent).collect()
        }
    }

    /// Indexes that are merged.
    #[wasm_bindgen]
    #[derive(Default)]
    pub struct Merger(Vec<(Index, Vec<Option<u32>>)>);

    #[wasm_bindgen]
    impl Merger {
        /// Nothing yet.
        #[wasm_bindgen(constructor)]
        #[must_use]
        pub fn new() -> Self {
            Self::default()
        }

        /// Adds an index, with the new number of each of its documents; false if it is none.
        pub fn add(&mut self, bytes: Vec<u8>, numbers: Vec<u32>) -> bool {
            let Ok(count) = u32::try_from(numbers.len()) else { return false };
            let Ok(index) = Index::read(count, &bytes) else { return false };
            let numbers = numbers.into_iter().map(|number| (number != NONE).then_some(number));
            self.0.push((index, numbers.collect()));
            true
        }

        /// The index of so many documents.
        #[must_use]
        pub fn finish(self, documents: u32) -> Vec<u8> {
            let all: Vec<_> = self.0.iter().map(|(index, new)| (index, new.clone())).collect();
            merge(documents, &all)
        }
    }
}

fn main() {}
