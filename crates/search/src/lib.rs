//! Search in the contents of files.
//!
//! ```text
//! format    which files have text
//! extract -> format    the text of a file
//! word      a text's words, folded
//! bits      numbers in bits
//! index  -> bits word      which words are in which of some documents, compact
//! term   -> word index     the documents that have a word or a phrase
//! line   -> word term      the line around a hit
//! ```
//!
//! An [`Index`] says which documents have a word, and not where: that keeps it below 6 % of their
//! text. So a phrase, and the line around a hit, are looked up in the text itself ([`line()`]).
//! Nothing here knows of keys or of the bucket.

mod bits;
mod extract;
mod format;
mod index;
mod line;
mod term;
mod word;

pub use extract::{MAX_TEXT, text};
pub use format::Format;
pub use index::{BadIndex, Builder, Index, MAX_DOCUMENTS, MAX_WORDS, merge};
pub use line::{Line, line};
pub use term::{Match, Term};
pub use word::{MAX_WORD, fold, fold_with, words};
