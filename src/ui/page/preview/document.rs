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

#[cfg(test)]
mod tests {
    use frond_preview::{Step, Tag};
    use frond_view::dom::View;
    use frond_view::dom::tag::div;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::view;

    fn html(steps: &[Step]) -> String {
        let place = frond_view::dom::document().create_element("div").ok();
        place.map_or_else(String::new, |place| {
            div().child(view(steps)).append_to(&place);
            place.inner_html()
        })
    }

    #[wasm_bindgen_test]
    fn steps_become_elements_and_text_stays_text() {
        let steps = [
            Step::Open(Tag::Heading(1)),
            Step::Text("<script>alert(1)</script>".to_owned()),
            Step::Close,
            Step::Open(Tag::Link("https://example.org/".to_owned())),
            Step::Text("a".to_owned()),
            Step::Close,
            Step::Open(Tag::Table),
            Step::Open(Tag::Row),
            Step::Open(Tag::Cell),
            Step::Text("=1+1".to_owned()),
            // What is not closed ends with the document, and what was not opened closes nothing.
        ];
        let shown = html(&steps);
        assert_eq!(
            shown,
            "<div><div class=\"document\"><h3>&lt;script&gt;alert(1)&lt;/script&gt;</h3>\
             <a href=\"https://example.org/\" target=\"_blank\" rel=\"noopener noreferrer\">a</a>\
             <div class=\"wide-table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">\
             <table><tr><td>=1+1</td></tr></table></div></div></div>"
        );
        assert_eq!(html(&[Step::Close, Step::Close]), "<div><div class=\"document\"></div></div>");
    }
}
