//! Formatted text as a flat list: elements that open and close, with text between them.

/// Deepest nesting of elements; what lies deeper is shown without elements of its own.
const MAX_DEPTH: usize = 60;
/// Most steps of a preview.
const MAX_STEPS: usize = 60_000;

/// One step through a tree of elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An element begins.
    Open(Tag),
    /// Text.
    Text(String),
    /// The element that began last ends.
    Close,
}

/// What a preview can be built from: no element that loads anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A paragraph.
    Paragraph,
    /// A heading of this level, 1 to 6.
    Heading(u8),
    /// A quotation.
    Quote,
    /// Lines of code.
    Code,
    /// A list with bullets.
    List,
    /// A list with numbers, from this one on.
    Numbered(u64),
    /// An item of a list.
    Item,
    /// A table.
    Table,
    /// A row of a table.
    Row,
    /// A cell that names a column.
    Head,
    /// A cell.
    Cell,
    /// Emphasised text.
    Emphasis,
    /// Important text.
    Strong,
    /// Text that was struck out.
    Struck,
    /// Code within a line.
    Inline,
    /// A link to this address: `http`, `https` or `mailto`.
    Link(String),
    /// A new line; empty.
    Break,
    /// A line across; empty.
    Rule,
}

/// Whether a preview links to this address: a web page or a mail address, and no character that
/// would make it look like another one.
pub(crate) fn is_link(address: &str) -> bool {
    let (scheme, rest) = address.split_once(':').unwrap_or_default();
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let known = is_web && rest.starts_with("//") || scheme.eq_ignore_ascii_case("mailto");
    known && address.chars().all(is_plain)
}

/// An address with U+FFFD for each character that could change how others look.
pub(crate) fn plain(address: &str) -> String {
    address.chars().map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() || c.is_alphanumeric()
}

/// A list of steps that is balanced and within its limits, whatever is put into it.
#[derive(Default)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Whether each element that was opened is in the list.
    open: Vec<bool>,
    full: bool,
}

impl Steps {
    /// Whether something was left out.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn open(&mut self, tag: Tag) {
        let shown = self.open.iter().filter(|shown| **shown).count();
        let fits = shown < MAX_DEPTH && self.has_room();
        self.open.push(fits);
        if fits {
            self.steps.push(Step::Open(tag));
        }
    }

    pub(crate) fn close(&mut self) {
        if self.open.pop() == Some(true) {
            self.steps.push(Step::Close);
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        if text.is_empty() || !self.has_room() {
            return;
        }
        match self.steps.last_mut() {
            Some(Step::Text(before)) => before.push_str(text),
            _ => self.steps.push(Step::Text(text.to_owned())),
        }
    }

    /// The text that was added last, if nothing came after it.
    pub(crate) fn last_text(&self) -> Option<&String> {
        match self.steps.last() {
            Some(Step::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Text in an element of its own.
    pub(crate) fn within(&mut self, tag: Tag, text: &str) {
        self.open(tag);
        self.text(text);
        self.close();
    }

    /// All of it, with what is still open closed.
    pub(crate) fn finish(mut self) -> Vec<Step> {
        while !self.open.is_empty() {
            self.close();
        }
        self.steps
    }

    fn has_room(&mut self) -> bool {
        self.full = self.full || self.steps.len() >= MAX_STEPS;
        !self.full
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_STEPS, Step, Steps, Tag, is_link};

    #[test]
    fn links_lead_to_pages_and_mail_only() {
        for address in ["https://example.org/a?b#c", "HTTP://example.org", "mailto:zoe@example.org"]
        {
            assert!(is_link(address), "{address}");
        }
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            " https://example.org",
            "https://example.org/\u{202e}gpj",
            "data:text/html,x",
            "blob:https://example.org/1",
            "file:///etc/passwd",
            "//example.org",
            "/settings",
            "#/settings",
            "https:settings",
            "",
        ] {
            assert!(!is_link(address), "{address}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded_and_the_list_is_balanced() {
        let mut steps = Steps::default();
        for _ in 0..MAX_DEPTH * 2 {
            steps.open(Tag::Quote);
        }
        steps.text("deep");
        let steps = steps.finish();
        assert_eq!(steps.len(), MAX_DEPTH * 2 + 1);
        assert_eq!(steps.get(MAX_DEPTH), Some(&Step::Text("deep".to_owned())));

        let mut steps = Steps::default();
        for _ in 0..MAX_STEPS {
            steps.within(Tag::Item, "x");
        }
        assert!(steps.is_full());
        assert!(steps.finish().len() <= MAX_STEPS + MAX_DEPTH);
    }
}
