//! Markdown (CommonMark, with tables, struck text and task lists) as steps.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag as Mark, TagEnd};

use crate::step::{Steps, is_link, plain};
use crate::{Preview, Tag};

pub(crate) fn preview(text: &str, whole: bool) -> Preview {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut written = Written::default();
    for event in Parser::new_ext(text, options) {
        written.event(event);
        if written.steps.is_full() {
            break;
        }
    }
    let whole = whole && !written.steps.is_full();
    Preview::Document { steps: written.steps.finish(), whole }
}

#[derive(Default)]
struct Written {
    steps: Steps,
    /// Addresses of the links and images that are open, innermost last, and whether each is a link.
    addresses: Vec<(String, bool)>,
    /// Whether the row that is open names the columns.
    head: bool,
}

impl Written {
    fn event(&mut self, event: Event<'_>) {
        let steps = &mut self.steps;
        match event {
            Event::Start(mark) => self.start(mark),
            Event::End(mark) => self.end(mark),
            // Markup in Markdown is text.
            Event::Text(text) | Event::Html(text) => steps.text(&text),
            Event::Code(text) | Event::InlineHtml(text) => steps.within(Tag::Inline, &text),
            Event::SoftBreak => steps.text("\n"),
            Event::HardBreak => steps.within(Tag::Break, ""),
            Event::Rule => steps.within(Tag::Rule, ""),
            Event::TaskListMarker(done) => steps.text(if done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, mark: Mark<'_>) {
        let tag = match mark {
            Mark::Heading { level, .. } => Tag::Heading(number(level)),
            Mark::BlockQuote(_) => Tag::Quote,
            Mark::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_))
            | Mark::HtmlBlock => Tag::Code,
            Mark::List(None) => Tag::List,
            Mark::List(Some(first)) => Tag::Numbered(first),
            Mark::Item => Tag::Item,
            Mark::Table(_) => Tag::Table,
            Mark::TableHead | Mark::TableRow => {
                self.head = matches!(mark, Mark::TableHead);
                Tag::Row
            }
            Mark::TableCell => {
                if self.head {
                    Tag::Head
                } else {
                    Tag::Cell
                }
            }
            Mark::Emphasis => Tag::Emphasis,
            Mark::Strong => Tag::Strong,
            Mark::Strikethrough => Tag::Struck,
            Mark::Link { dest_url, .. } => return self.link(&dest_url),
            Mark::Image { dest_url, .. } => return self.image(&dest_url),
            _ => Tag::Paragraph,
        };
        self.steps.open(tag);
    }

    fn link(&mut self, address: &str) {
        let is_link = is_link(address);
        self.addresses.push((address.to_owned(), is_link));
        if is_link {
            self.steps.open(Tag::Link(address.to_owned()));
        }
    }

    /// An image is not loaded: its description and address are shown.
    fn image(&mut self, address: &str) {
        self.addresses.push((address.to_owned(), false));
        self.steps.text("Image: ");
    }

    fn end(&mut self, mark: TagEnd) {
        if !matches!(mark, TagEnd::Link | TagEnd::Image) {
            return self.steps.close();
        }
        let Some((address, is_link)) = self.addresses.pop() else { return };
        let is_shown = self.steps.last_text() == Some(&address);
        if is_link {
            self.steps.close();
        }
        if !is_shown {
            self.steps.text(&format!(" ({})", plain(&address)));
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::preview;
    use crate::{Preview, Step};

    /// The tree in one line.
    fn shown(markdown: &str) -> String {
        let Preview::Document { steps, .. } = preview(markdown, true) else {
            return String::new();
        };
        let mut line = String::new();
        for step in steps {
            match step {
                Step::Open(tag) => line.push_str(&format!("{tag:?}[")),
                Step::Text(text) => line.push_str(&text),
                Step::Close => line.push(']'),
            }
        }
        line
    }

    #[test]
    fn what_is_formatted() {
        let cases = [
            (
                "# One\n\ntwo *three* **four** ~~five~~ `six`",
                "Heading(1)[One]Paragraph[two Emphasis[three] Strong[four] Struck[five] \
                 Inline[six]]",
            ),
            ("- a\n- [x] b", "List[Item[a]Item[☑ b]]"),
            ("3. a\n4. b", "Numbered(3)[Item[a]Item[b]]"),
            ("> a\n\n---\n\n    b\n", "Quote[Paragraph[a]]Rule[]Code[b\n]"),
            ("| a | b |\n|---|---|\n| 1 | 2 |", "Table[Row[Head[a]Head[b]]Row[Cell[1]Cell[2]]]"),
        ];
        for (markdown, tree) in cases {
            assert_eq!(shown(markdown), tree);
        }
    }

    #[test]
    fn markup_stays_text() {
        assert_eq!(
            shown("<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b"),
            "Code[<script>alert(1)</script>\n]Paragraph[a Inline[<img src=x onerror=alert(1)>] b]"
        );
    }

    #[test]
    fn links_show_where_they_lead_and_images_are_not_loaded() {
        let cases = [
            (
                "[a](https://example.org)",
                "Paragraph[Link(\"https://example.org\")[a] (https://example.org)]",
            ),
            (
                "<https://example.org>",
                "Paragraph[Link(\"https://example.org\")[https://example.org]]",
            ),
            ("[a](javascript:alert(1))", "Paragraph[a (javascript:alert(1))]"),
            ("[a](<data:text/html,x y>)", "Paragraph[a (data:text/html,x\u{fffd}y)]"),
            (
                "![a *b*](https://example.org/x.png)",
                "Paragraph[Image: a Emphasis[b] (https://example.org/x.png)]",
            ),
        ];
        for (markdown, tree) in cases {
            assert_eq!(shown(markdown), tree);
        }
    }

    #[test]
    fn nesting_without_end_is_cut() {
        let deep = format!("{}x", "> ".repeat(10_000));
        assert!(shown(&deep).len() < 1_000);
        let long = "* a\n\n".repeat(100_000);
        assert!(matches!(preview(&long, true), Preview::Document { whole: false, .. }));
        assert_eq!(shown("[a]: https://example.org\n\n[a]"), shown("[a](https://example.org)"));
    }
}
