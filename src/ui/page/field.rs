//! Form fields: a label, a box, and its description.

use frond_view::dom::tag::{button, div, input, label, textarea};
use frond_view::dom::{Element, Ref, View, event};
use frond_view::reactive::Signal;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

/// The attributes of a text box.
pub(super) struct Field<L = &'static str> {
    /// Id of the box, unique in the document.
    pub id: &'static str,
    /// Its label.
    pub label: L,
    /// Its `autocomplete` value, for password managers.
    pub autocomplete: &'static str,
}

/// A line of text without autocorrection or capitalisation.
pub(super) fn text<L: View>(field: Field<L>, node: Ref<HtmlInputElement>) -> impl View {
    let line = line(&field, node).attr("type", "text");
    div().attr("class", "field").child((label().attr("for", field.id).child(field.label), line))
}

/// A password, hidden until the user asks to see it.
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

/// The account's password, asked for again.
pub(super) fn current_password(id: &'static str, node: Ref<HtmlInputElement>) -> impl View {
    let (label, autocomplete) = ("Current password", "current-password");
    password(Field { id, label, autocomplete }, node, None)
}

/// Makes a button show and hide the text of a password box.
pub(super) fn reveal(password: Element, show: Element, revealed: Signal<bool>) {
    let _ = show
        .live("aria-pressed", move || if revealed.get() { "true" } else { "false" })
        .on(event::CLICK, move |_| revealed.update(|revealed| *revealed = !*revealed));
    let _ = password.live("type", move || if revealed.get() { "text" } else { "password" });
}

/// A multi-line box in the monospace typeface of keys and tokens.
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

fn line<L>(field: &Field<L>, node: Ref<HtmlInputElement>) -> Element {
    input()
        .known(node)
        .attr("id", field.id)
        .attr("name", field.id)
        .attr("autocomplete", field.autocomplete)
        .attr("autocapitalize", "none")
        .attr("autocorrect", "off")
        .attr("spellcheck", "false")
}

/// The text of a box; empty if it is not in the document.
pub(super) fn value(node: Ref<HtmlInputElement>) -> String {
    node.get().map(|input| input.value()).unwrap_or_default()
}

/// The text of a multi-line box.
pub(super) fn long(node: Ref<HtmlTextAreaElement>) -> String {
    node.get().map(|area| area.value()).unwrap_or_default()
}

/// Puts text into a box.
pub(super) fn fill(node: Ref<HtmlInputElement>, text: &str) {
    if let Some(input) = node.get() {
        input.set_value(text);
    }
}

/// Focuses a box and selects all of its text.
pub(super) fn select(node: Ref<HtmlInputElement>) {
    if let Some(input) = node.get() {
        // If the box refuses the focus, it is simply not focused.
        let _ = input.focus();
        input.select();
    }
}
