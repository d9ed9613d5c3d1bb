//! Fields of forms: a label, a box, and what is said about it.

use frond_view::dom::tag::{button, div, input, label, textarea};
use frond_view::dom::{Element, Ref, View, event};
use frond_view::reactive::Signal;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

/// What a text box is for.
pub(super) struct Field {
    /// Id of the box, once in the document.
    pub id: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What a password manager calls it.
    pub autocomplete: &'static str,
}

/// A line of text that is no prose: nothing corrects it or begins it with a capital.
pub(super) fn text(field: Field, node: Ref<HtmlInputElement>) -> impl View {
    div().attr("class", "field").child((
        label().attr("for", field.id).child(field.label),
        line(&field, node).attr("type", "text"),
    ))
}

/// A password, hidden until one asks to see it.
pub(super) fn password(
    field: Field,
    node: Ref<HtmlInputElement>,
    described_by: Option<&'static str>,
) -> impl View {
    let show = button()
        .attr("type", "button")
        .attr("class", "reveal")
        .attr("aria-controls", field.id)
        .child("Show");
    let line = line(&field, node).attr("aria-describedby", described_by);
    reveal(line.clone(), show.clone(), Signal::new(false));
    div().attr("class", "field").child((
        label().attr("for", field.id).child(field.label),
        div().attr("class", "with-reveal").child((line, show)),
    ))
}

/// Lets a button show what is in a password's box, and hide it again.
pub(super) fn reveal(password: Element, show: Element, revealed: Signal<bool>) {
    let _ = show
        .live("aria-pressed", move || if revealed.get() { "true" } else { "false" })
        .on(event::CLICK, move |_| revealed.update(|revealed| *revealed = !*revealed));
    let _ = password.live("type", move || if revealed.get() { "text" } else { "password" });
}

/// Several lines, in the typeface of keys and tokens.
pub(super) fn lines(
    id: &'static str,
    name: &'static str,
    node: Ref<HtmlTextAreaElement>,
) -> impl View {
    div().attr("class", "field").child((
        label().attr("for", id).child(name),
        textarea()
            .known(node)
            .attr("id", id)
            .attr("class", "mono")
            .attr("rows", "4")
            .attr("autocomplete", "off")
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false"),
    ))
}

fn line(field: &Field, node: Ref<HtmlInputElement>) -> Element {
    input()
        .known(node)
        .attr("id", field.id)
        .attr("name", field.id)
        .attr("autocomplete", field.autocomplete)
        .attr("autocapitalize", "none")
        .attr("autocorrect", "off")
        .attr("spellcheck", "false")
}

/// The text in a box; empty when it is not in the document.
pub(super) fn value(node: Ref<HtmlInputElement>) -> String {
    node.get().map(|input| input.value()).unwrap_or_default()
}

/// Puts text into a box.
pub(super) fn fill(node: Ref<HtmlInputElement>, text: &str) {
    if let Some(input) = node.get() {
        input.set_value(text);
    }
}

/// Puts the focus into a box, all of its text selected.
pub(super) fn select(node: Ref<HtmlInputElement>) {
    if let Some(input) = node.get() {
        // A box that refuses the focus is simply not focused.
        let _ = input.focus();
        input.select();
    }
}
