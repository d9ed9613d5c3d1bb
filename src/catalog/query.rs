//! A search, as people type it.
//!
//! ```text
//! query  = *( white-space / term )
//! term   = "type:" text / "in:" text / "before:" date / "after:" date / text
//! text   = word / DQUOTE phrase [ DQUOTE ]
//! date   = year [ "-" month [ "-" day ] ]                                           in UTC
//! ```
//!
//! All terms must hold. Case and accents do not count. A term that is none of the above, such as
//! `before:soon`, is a word.

use crate::date;
use crate::unicode::fold;

/// What a file must be to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Folded; each is somewhere in the path.
    pub(super) words: Vec<String>,
    /// Folded; each is somewhere in the path of the folder.
    pub(super) folders: Vec<String>,
    /// Folded; each is the extension, the media type, or one of its halves.
    types: Vec<String>,
    /// Modified before this, in milliseconds since the Unix epoch.
    before: Option<i64>,
    /// Modified at this time or later, in milliseconds since the Unix epoch.
    after: Option<i64>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for term in parts(text) {
            let (name, value) = term.split_once(':').unwrap_or_default();
            let value = (!value.is_empty()).then_some(value);
            match (name, value.and_then(date::first_ms)) {
                ("type", _) if value.is_some() => query.types.extend(value.map(str::to_owned)),
                ("in", _) if value.is_some() => query.folders.extend(value.map(folder)),
                ("before", Some(at)) => query.before = query.before.min(Some(at)).or(Some(at)),
                ("after", Some(at)) => query.after = query.after.max(Some(at)),
                _ => query.words.push(term),
            }
        }
        query
    }

    /// Whether words alone decide.
    pub(super) fn filters_nothing(&self) -> bool {
        self.folders.is_empty() && self.admits_all()
    }

    /// Whether a file is one whatever its type and time.
    pub(super) fn admits_all(&self) -> bool {
        self.types.is_empty() && self.before.is_none() && self.after.is_none()
    }

    /// Whether a file with this name, folded but for the case of ASCII letters, media type and time
    /// is one, whatever its path.
    pub(super) fn admits(&self, name: &str, media_type: &str, at: i64) -> bool {
        let is = |wanted: &String| {
            let halves = media_type.split('/').chain([media_type]);
            name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case(wanted))
                || halves.into_iter().any(|half| half.eq_ignore_ascii_case(wanted))
        };
        self.types.iter().all(is)
            && self.before.is_none_or(|before| at < before)
            && self.after.is_none_or(|after| at >= after)
    }
}

/// Whether a text contains a folded word; the case of the text's ASCII letters does not count.
pub(super) fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((first, rest)) = word.split_first() else { return true };
    let Some(starts) = text.len().checked_sub(rest.len()).and_then(|end| text.get(..end)) else {
        return false;
    };
    // Texts are short: preparing a faster search would take longer than this.
    starts.iter().enumerate().any(|(at, byte)| {
        byte.to_ascii_lowercase() == *first
            && text.get(at.saturating_add(1)..).is_some_and(|text| {
                text.iter().zip(rest).all(|(byte, wanted)| byte.to_ascii_lowercase() == *wanted)
            })
    })
}

/// The words and phrases of a query, folded: what is looked for in the contents of files. One
/// without a letter or digit is looked for in names only.
#[must_use]
pub fn terms(query: &str) -> Vec<String> {
    let mut terms = Query::parse(query).words;
    terms.retain(|term| term.contains(char::is_alphanumeric));
    terms
}

/// A folder is named with or without slashes around it.
fn folder(value: &str) -> String {
    value.trim_matches('/').to_owned()
}

/// All parts of a query, folded. Quotes hold a term together, also after a colon.
fn parts(text: &str) -> Vec<String> {
    let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for c in fold(text).chars() {
        match c {
            '"' => quoted = !quoted,
            _ if c.is_whitespace() && !quoted => terms.push(std::mem::take(&mut term)),
            _ => term.push(c),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.trim().is_empty());
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &str) -> Vec<String> {
        Query::parse(query).words
    }

    #[test]
    fn terms_are_words_and_phrases() {
        assert_eq!(words("  Tax  Return\t2024 "), ["tax", "return", "2024"]);
        assert_eq!(words("\"my house\" b"), ["my house", "b"]);
        assert_eq!(words("a\"b c\"d"), ["ab cd"]);
        assert_eq!(words("\"open end"), ["open end"]);
        assert_eq!(words("\"\" \"  \""), [""; 0]);
        assert_eq!(words("Éclair ŒUVRE Straße 𝔖"), ["eclair", "oeuvre", "strasse", "s"]);
    }

    #[test]
    fn what_has_no_letter_is_not_looked_for_in_contents() {
        assert_eq!(terms("a – type:pdf \"b & c\" 東 ・"), ["a", "b & c", "東"]);
    }

    #[test]
    fn filters_are_told_from_words() {
        let query = Query::parse("type:PDF in:\"My Photos\" before:2025 after:2024-02-29 x");
        assert_eq!(query.words, ["x"]);
        assert_eq!(query.folders, ["my photos"]);
        assert_eq!(query.types, ["pdf"]);
        assert_eq!(query.before, Some(1_735_689_600_000));
        assert_eq!(query.after, Some(1_709_164_800_000));
        for word in
            ["before:soon", "type:", "in:", "after:2024-13", "re:x", ":x", "before:2025-1-1-1"]
        {
            assert_eq!(words(word), [word]);
        }
        assert_eq!(Query::parse("before:2025 before:2024").before, Some(1_704_067_200_000));
    }

    #[test]
    fn a_word_is_found_anywhere_without_case() {
        let found = |word| contains("IMG_0054321.JPG é", word);
        assert!(found("img") && found("54321.jpg") && found("pg é") && found(""));
        assert!(found("img_0054321.jpg é") && !found("img_0054321.jpg éé"));
        assert!(!found("imh") && !found("jpgg") && !contains("", "a") && contains("", ""));
        assert!(contains("aaab", "aab"));
    }

    #[test]
    fn a_type_is_an_extension_or_a_media_type() {
        let is = |query: &str, name, media_type| Query::parse(query).admits(name, media_type, 0);
        assert!(is("type:pdf", "a.pdf", "") && is("type:pdf", "a", "application/pdf"));
        assert!(is("type:image", "a", "image/png") && is("type:image/png", "a", "Image/PNG"));
        assert!(!is("type:pdf", "pdf", "") && !is("type:pdf type:image", "a.pdf", ""));
    }

    #[test]
    fn times_are_half_open() {
        let at = |query: &str, at| Query::parse(query).admits("", "", at);
        assert!(at("before:1970-01-02", 86_399_999) && !at("before:1970-01-02", 86_400_000));
        assert!(at("after:1970-01-02", 86_400_000) && !at("after:1970-01-02", 86_399_999));
    }
}
