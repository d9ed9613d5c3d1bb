//! Kinds of files, as people sort them: by media type, which the browser derives from the name.

/// A kind of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Pictures.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// Text, office documents, PDF.
    Document,
    /// Archives and compressed files.
    Archive,
    /// Everything else, and files without a media type.
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Image, Self::Video, Self::Audio, Self::Document, Self::Archive, Self::Other];

    /// The kind of a media type such as `image/png`.
    #[must_use]
    pub fn of(media_type: &str) -> Self {
        let media_type = media_type.to_ascii_lowercase();
        let (top, rest) = media_type.split_once('/').unwrap_or((&media_type, ""));
        let has = |parts: &[&str]| parts.iter().any(|part| rest.contains(part));
        match top {
            "image" => Self::Image,
            "video" => Self::Video,
            "audio" => Self::Audio,
            "text" => Self::Document,
            "message" => Self::Document,
            "application" if has(DOCUMENTS) => Self::Document,
            "application" if has(ARCHIVES) => Self::Archive,
            _ => Self::Other,
        }
    }

    /// The name in the plural.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "Images",
            Self::Video => "Videos",
            Self::Audio => "Audio",
            Self::Document => "Documents",
            Self::Archive => "Archives",
            Self::Other => "Other files",
        }
    }
}

/// Parts of `application/` types that are documents.
const DOCUMENTS: &[&str] = &[
    "pdf",
    "msword",
    "officedocument",
    "ms-excel",
    "ms-powerpoint",
    "opendocument",
    "rtf",
    "epub",
    "json",
    "xml",
    "yaml",
    "toml",
];
/// Parts of `application/` types that are archives.
const ARCHIVES: &[&str] =
    &["zip", "tar", "7z", "rar", "bzip", "xz", "zstd", "compressed", "java-archive", "iso9660"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_says_the_kind() {
        for (media_type, kind) in [
            ("image/svg+xml", Kind::Image),
            ("Video/MP4", Kind::Video),
            ("audio/ogg", Kind::Audio),
            ("text/csv", Kind::Document),
            ("message/rfc822", Kind::Document),
            ("application/pdf", Kind::Document),
            ("application/vnd.oasis.opendocument.text", Kind::Document),
            ("application/zip", Kind::Archive),
            ("application/gzip", Kind::Archive),
            ("application/octet-stream", Kind::Other),
            ("font/woff2", Kind::Other),
            ("image", Kind::Image),
            ("", Kind::Other),
            ("/", Kind::Other),
        ] {
            assert_eq!(Kind::of(media_type), kind, "{media_type}");
        }
    }
}
