//! Formats: which files have text, by their names.

/// How the text of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text, Markdown, CSV, source code.
    Plain,
    /// HTML.
    Html,
    /// An e-mail (RFC 5322).
    Mail,
    /// PDF.
    Pdf,
    /// A zip archive with XML: docx, xlsx, pptx, odt, ods, odp.
    Office,
}

/// Largest file of text that is read, in bytes.
const MAX_PLAIN: u64 = 16 << 20;
/// Largest file of another format that is read, in bytes: pictures in it are not text.
const MAX_FILE: u64 = 64 << 20;

/// Extensions of plain text.
const PLAIN: [&str; 59] = [
    "adoc", "bash", "bat", "bib", "c", "cc", "cfg", "cpp", "cs", "css", "csv", "dart", "diff",
    "erl", "ex", "go", "h", "hpp", "hs", "ics", "ini", "java", "js", "json", "jsx", "kt", "log",
    "lua", "markdown", "md", "mjs", "ml", "patch", "php", "pl", "ps1", "py", "r", "rb", "rs",
    "rst", "scala", "scss", "sh", "sql", "srt", "svg", "swift", "tex", "text", "toml", "ts", "tsv",
    "tsx", "txt", "vcf", "xml", "yaml", "yml",
];

impl Format {
    /// The format of a file with this name, by its extension; `None` if it has no text.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        match extension.as_str() {
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "eml" => Some(Self::Mail),
            "pdf" => Some(Self::Pdf),
            "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" => Some(Self::Office),
            plain => PLAIN.binary_search(&plain).is_ok().then_some(Self::Plain),
        }
    }

    /// Whether a file of this size in bytes is read.
    #[must_use]
    pub const fn reads(self, size: u64) -> bool {
        match self {
            Self::Plain | Self::Html => size <= MAX_PLAIN,
            Self::Mail | Self::Pdf | Self::Office => size <= MAX_FILE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, PLAIN};

    #[test]
    fn the_extension_decides() {
        assert!(PLAIN.is_sorted_by(|a, b| a < b));
        for (name, format) in [
            ("a.TXT", Some(Format::Plain)),
            ("a.b/c.rs", Some(Format::Plain)),
            ("a.Html", Some(Format::Html)),
            ("a.docx", Some(Format::Office)),
            ("a.pdf", Some(Format::Pdf)),
            ("a.eml", Some(Format::Mail)),
            ("txt", None),
            ("a.jpg", None),
            ("a.", None),
        ] {
            assert_eq!(Format::of(name), format, "{name}");
        }
    }
}
