//! Formatted text and tables, from the steps that a preview consists of.

use frond_preview::{Step, Tag};
use frond_view::dom::Element;
use frond_view::dom::tag::{
    a, blockquote, br, code, del, div, em, h3, h4, h5, h6, hr, li, ol, p, pre, strong, table, td,
    th, tr, ul,
};

/// Class of what may be wider than the dialog, and then scrolls sideways.
pub(super) const WIDE: &str = "wide-table";

/// The document.
pub(super) fn view(steps: &[Step]) -> Element {
    let mut open = vec![Open { element: div().attr("class", "document"), is_table: false }];
    for step in steps {
        match (step, open.last()) {
            (Step::Open(tag), _) => {
                open.push(Open { element: element(tag), is_table: *tag == Tag::Table });
            }
            (Step::Text(text), Some(last)) => {
                let _ = last.element.clone().child(text.as_str());
            }
            (Step::Close, _) | (_, None) => close(&mut open),
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map_or_else(div, |document| document.element)
}

struct Open {
    element: Element,
    is_table: bool,
}

/// Moves the last element into the one before; the first is never closed.
fn close(open: &mut Vec<Open>) {
    if open.len() < 2 {
        return;
    }
    if let (Some(Open { element, is_table }), Some(parent)) = (open.pop(), open.last()) {
        let parent = parent.element.clone();
        let _ = if is_table { parent.child(wide(element)) } else { parent.child(element) };
    }
}

/// A table that scrolls by itself.
fn wide(table: Element) -> Element {
    div()
        .attr("class", WIDE)
        .attr("role", "region")
        .attr("aria-label", "Table")
        .attr("tabindex", "0")
        .child(table)
}

fn element(tag: &Tag) -> Element {
    match tag {
        Tag::Paragraph => p(),
        // Below the heading of the dialog.
        Tag::Heading(1) => h3(),
        Tag::Heading(2) => h4(),
        Tag::Heading(3) => h5(),
        Tag::Heading(_) => h6(),
        Tag::Quote => blockquote(),
        Tag::Code => pre(),
        Tag::List => ul(),
        Tag::Numbered(first) => ol().attr("start", first.to_string()),
        Tag::Item => li(),
        Tag::Table => table(),
        Tag::Row => tr(),
        Tag::Head => th().attr("scope", "col"),
        Tag::Cell => td(),
        Tag::Emphasis => em(),
        Tag::Strong => strong(),
        Tag::Struck => del(),
        Tag::Inline => code(),
        Tag::Link(address) => a()
            .attr("href", address.clone())
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer"),
        Tag::Break => br(),
        Tag::Rule => hr(),
    }
}
