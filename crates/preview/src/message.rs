//! A preview as strings: what the Worker posts to the page.

use crate::text::{Encoding, Text};
use crate::{MediaType, Playable, Preview, Step, Tag, step};

const IMAGE: &str = "image";
const PLAY: &str = "play";
const PDF: &str = "pdf";
const LARGE: &str = "large";
const BAD: &str = "bad";
const TEXT: &str = "text";
const WHOLE: &str = "whole";
const PART: &str = "part";
const NONE: &str = "none";

/// Names of the tags that have nothing but their name.
const TAGS: [(&str, Tag); 15] = [
    ("<p", Tag::Paragraph),
    ("<blockquote", Tag::Quote),
    ("<pre", Tag::Code),
    ("<ul", Tag::List),
    ("<li", Tag::Item),
    ("<table", Tag::Table),
    ("<tr", Tag::Row),
    ("<th", Tag::Head),
    ("<td", Tag::Cell),
    ("<em", Tag::Emphasis),
    ("<strong", Tag::Strong),
    ("<del", Tag::Struck),
    ("<code", Tag::Inline),
    ("<br", Tag::Break),
    ("<hr", Tag::Rule),
];
const CLOSE: &str = ">";
const CHARACTERS: &str = "=";
const HEADING: &str = "<h ";
const NUMBERED: &str = "<ol ";
const LINK: &str = "<a ";

impl Preview {
    /// All of it as strings.
    #[must_use]
    pub fn into_strings(self) -> Vec<String> {
        let kind = |kind: &str| vec![kind.to_owned()];
        match self {
            Self::Image(kind) => vec![IMAGE.to_owned(), kind.as_str().to_owned()],
            Self::LargeImage { width, height } => {
                vec![LARGE.to_owned(), width.to_string(), height.to_string()]
            }
            Self::Playable(kind) => vec![PLAY.to_owned(), kind.as_str().to_owned()],
            Self::Pdf => kind(PDF),
            Self::BadImage => kind(BAD),
            Self::Text(Text { text, encoding, read }) => {
                vec![TEXT.to_owned(), encoding.as_str().to_owned(), read.to_string(), text]
            }
            Self::Document { steps, whole } => {
                let mut strings = kind(if whole { WHOLE } else { PART });
                strings.extend(steps.into_iter().map(Step::into_string));
                strings
            }
            Self::None => kind(NONE),
        }
    }

    /// Reads what [`Preview::into_strings`] wrote; `None` for anything else, in particular for an
    /// element that no preview is built from, or a link to anything but a page or a mail address.
    #[must_use]
    pub fn from_strings(strings: Vec<String>) -> Option<Self> {
        let mut strings = strings.into_iter();
        Some(match strings.next()?.as_str() {
            IMAGE => {
                let name = strings.next()?;
                Self::Image(MediaType::ALL.into_iter().find(|kind| kind.as_str() == name)?)
            }
            PLAY => {
                let name = strings.next()?;
                Self::Playable(Playable::ALL.into_iter().find(|kind| kind.as_str() == name)?)
            }
            LARGE => Self::LargeImage {
                width: strings.next()?.parse().ok()?,
                height: strings.next()?.parse().ok()?,
            },
            PDF => Self::Pdf,
            BAD => Self::BadImage,
            TEXT => Self::Text(Text {
                encoding: Encoding::named(&strings.next()?)?,
                read: strings.next()?.parse().ok()?,
                text: strings.next()?,
            }),
            whole @ (WHOLE | PART) => {
                let whole = whole == WHOLE;
                Self::Document {
                    steps: strings.map(Step::from_string).collect::<Option<_>>()?,
                    whole,
                }
            }
            NONE => Self::None,
            _ => return None,
        })
    }
}

impl Step {
    fn into_string(self) -> String {
        match self {
            Self::Text(text) => format!("{CHARACTERS}{text}"),
            Self::Close => CLOSE.to_owned(),
            Self::Open(Tag::Heading(level)) => format!("{HEADING}{level}"),
            Self::Open(Tag::Numbered(first)) => format!("{NUMBERED}{first}"),
            Self::Open(Tag::Link(address)) => format!("{LINK}{address}"),
            Self::Open(tag) => {
                let name = TAGS.iter().find(|(_, one)| *one == tag).map(|(name, _)| *name);
                name.unwrap_or_default().to_owned()
            }
        }
    }

    fn from_string(string: String) -> Option<Self> {
        if string == CLOSE {
            return Some(Self::Close);
        }
        if let Some(text) = string.strip_prefix(CHARACTERS) {
            return Some(Self::Text(text.to_owned()));
        }
        Some(Self::Open(if let Some(level) = string.strip_prefix(HEADING) {
            Tag::Heading(level.parse().ok().filter(|level| (1..=6).contains(level))?)
        } else if let Some(first) = string.strip_prefix(NUMBERED) {
            Tag::Numbered(first.parse().ok()?)
        } else if let Some(address) = string.strip_prefix(LINK) {
            Tag::Link(Some(address).filter(|address| step::is_link(address))?.to_owned())
        } else {
            TAGS.into_iter().find(|(name, _)| *name == string)?.1
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::TAGS;
    use crate::{Preview, Step, Tag};

    fn read(strings: &[&str]) -> Option<Preview> {
        Preview::from_strings(strings.iter().map(|string| (*string).to_owned()).collect())
    }

    #[test]
    fn every_tag_travels() {
        let plain = TAGS.into_iter().map(|(_, tag)| tag);
        let address = "https://example.org/ a";
        let tags = plain.chain([Tag::Heading(6), Tag::Numbered(7)]);
        let steps = tags.map(Step::Open).chain([Step::Text("<a ".to_owned()), Step::Close]);
        let document = Preview::Document { steps: steps.collect(), whole: true };
        assert_eq!(Preview::from_strings(document.clone().into_strings()), Some(document));
        assert_eq!(read(&["whole", &format!("<a {address}")]), None);
    }

    #[test]
    fn what_could_run_or_load_is_refused() {
        for string in [
            "<script",
            "<img",
            "<iframe",
            "<style",
            "<a javascript:alert(1)",
            "<h 0",
            "<h 7",
            "<",
            "",
        ] {
            assert_eq!(read(&["whole", string]), None, "{string}");
        }
        for strings in [
            &["image", "image/svg+xml"][..],
            &["image"],
            &["play", "text/html"],
            &["play"],
            &["text", "utf-7", "0", ""],
            &["html"],
            &[],
        ] {
            assert_eq!(read(strings), None, "{strings:?}");
        }
    }
}
