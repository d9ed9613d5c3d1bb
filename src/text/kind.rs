//! What kind of file a name tells of. For icons and the column "Type" only: what a file really is,
//! its bytes say.

use crate::path::split_ending;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// A text to be read.
    Document,
    /// A table.
    Sheet,
    /// Several files in one.
    Archive,
    /// A text for machines.
    Code,
    /// Any other.
    Other,
}

/// Maximum length of an extension that is shown as a type, in bytes.
const MAX: usize = 8;

/// The extensions of each kind, in lower case.
const KINDS: [(Kind, &[&str]); 7] = [
    (
        Kind::Image,
        &[
            "avif", "bmp", "gif", "heic", "jpeg", "jpg", "png", "psd", "raw", "svg", "tif", "tiff",
            "webp",
        ],
    ),
    (Kind::Video, &["avi", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "webm", "wmv"]),
    (Kind::Audio, &["aac", "aiff", "flac", "m4a", "mid", "mp3", "ogg", "opus", "wav", "wma"]),
    (
        Kind::Document,
        &[
            "doc", "docx", "epub", "md", "odp", "odt", "pages", "pdf", "ppt", "pptx", "rtf", "tex",
            "txt",
        ],
    ),
    (Kind::Sheet, &["csv", "numbers", "ods", "tsv", "xls", "xlsx"]),
    (Kind::Archive, &["7z", "bz2", "gz", "iso", "rar", "tar", "tgz", "xz", "zip", "zst"]),
    (
        Kind::Code,
        &[
            "c", "cpp", "css", "go", "h", "html", "java", "js", "json", "py", "rb", "rs", "sh",
            "sql", "toml", "ts", "xml", "yaml", "yml",
        ],
    ),
];

/// The kind that a name tells of.
#[must_use]
pub fn of(name: &str) -> Kind {
    let ending = ending(name);
    let found = KINDS.iter().find(|(_, endings)| endings.contains(&&*ending));
    found.map_or(Kind::Other, |(kind, _)| *kind)
}

/// The files of a kind, as a heading.
#[must_use]
pub fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "Images",
        Kind::Video => "Videos",
        Kind::Audio => "Audio",
        Kind::Document => "Documents",
        Kind::Sheet => "Tables",
        Kind::Archive => "Archives",
        Kind::Code => "Code",
        Kind::Other => "Other files",
    }
}

/// The extension of a name in lower case, without its dot; empty if it has none of ASCII letters
/// and digits.
#[must_use]
pub fn ending(name: &str) -> String {
    let ending = split_ending(name).1.trim_start_matches('.');
    let is_ending = ending.len() <= MAX && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_ending { ending.to_ascii_lowercase() } else { String::new() }
}

/// The type of a file as a word: its extension, `PDF`; `File` if it has none.
#[must_use]
pub fn word(name: &str) -> String {
    match ending(name) {
        ending if ending.is_empty() => "File".to_owned(),
        ending => ending.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_kind() {
        for (name, kind, word) in [
            ("Passport.PDF", Kind::Document, "PDF"),
            ("zo\u{eb}.jpeg", Kind::Image, "JPEG"),
            ("backup.tar.gz", Kind::Archive, "GZ"),
            ("film.mkv", Kind::Video, "MKV"),
            (".profile", Kind::Other, "File"),
            ("README", Kind::Other, "File"),
            ("letter.from Edda", Kind::Other, "File"),
            ("letter.\u{e9}t\u{e9}", Kind::Other, "File"),
        ] {
            assert_eq!((of(name), super::word(name).as_str()), (kind, word), "{name}");
        }
    }

    #[test]
    fn no_extension_has_two_kinds() {
        let mut all: Vec<_> = KINDS.iter().flat_map(|(_, endings)| endings.iter()).collect();
        let before = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
