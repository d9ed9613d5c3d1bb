//! Fields of forms: a label, a box, and what is said about it.

use leptos::ev;
use leptos::html::{Input, Textarea, button, div, input, label, textarea};
use leptos::prelude::*;

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
pub(super) fn text(field: Field, node: NodeRef<Input>) -> impl IntoView {
    div()
        .attr("class", "field")
        .child((label().attr("for", field.id).child(field.label), line(field, "text", node)))
}

/// A password, hidden until one asks to see it.
pub(super) fn password(
    field: Field,
    node: NodeRef<Input>,
    described_by: Option<&'static str>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let show = button()
        .attr("type", "button")
        .attr("class", "reveal")
        .attr("aria-pressed", move || if shown.get() { "true" } else { "false" })
        .attr("aria-controls", field.id)
        .on(ev::click, move |_| shown.update(|shown| *shown = !*shown))
        .child("Show");
    let kind = move || if shown.get() { "text" } else { "password" };
    div().attr("class", "field").child((
        label().attr("for", field.id).child(field.label),
        div()
            .attr("class", "with-reveal")
            .child((line(field, kind, node).attr("aria-describedby", described_by), show)),
    ))
}

/// Several lines, in the typeface of keys and tokens.
pub(super) fn lines(id: &'static str, name: &'static str, node: NodeRef<Textarea>) -> impl IntoView {
    div().attr("class", "field").child((
        label().attr("for", id).child(name),
        textarea()
            .node_ref(node)
            .attr("id", id)
            .attr("class", "mono")
            .attr("rows", "4")
            .attr("autocomplete", "off")
            .attr("autocapitalize", "none")
            .attr("spellcheck", "false"),
    ))
}

fn line<K>(field: Field, kind: K, node: NodeRef<Input>) -> impl IntoView + AddAnyAttr
where
    K: leptos::attr::AttributeValue + Send + 'static,
{
    input()
        .node_ref(node)
        .attr("type", kind)
        .attr("id", field.id)
        .attr("name", field.id)
        .attr("autocomplete", field.autocomplete)
        .attr("autocapitalize", "none")
        .attr("autocorrect", "off")
        .attr("spellcheck", "false")
}

/// The box, while it is in the document: timers and replies may come after its form is gone.
fn there(node: NodeRef<Input>) -> Option<leptos::web_sys::HtmlInputElement> {
    node.try_get_untracked().flatten()
}

/// The text in a box; empty when it is not in the document.
pub(super) fn value(node: NodeRef<Input>) -> String {
    there(node).map(|input| input.value()).unwrap_or_default()
}

/// Puts text into a box.
pub(super) fn fill(node: NodeRef<Input>, text: &str) {
    if let Some(input) = there(node) {
        input.set_value(text);
    }
}

/// Puts the focus into a box, all of its text selected.
pub(super) fn select(node: NodeRef<Input>) {
    if let Some(input) = there(node) {
        // A box that refuses the focus is simply not focused.
        let _ = input.focus();
        input.select();
    }
}
