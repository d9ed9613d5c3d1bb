//! Copying to the clipboard.

use frond_view::dom::tag::button;
use frond_view::dom::{View, event, window};
use frond_view::reactive::Signal;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::ui::page::icon::{self, icon};

/// Copies to the clipboard and confirms it in place; absent if the browser gives pages no
/// clipboard.
pub(super) fn copy<T: AsRef<str>>(name: &'static str, text: impl Fn() -> T + 'static) -> impl View {
    let copied = Signal::new(false);
    let click = move |_| {
        let written = window().navigator().clipboard().write_text(text().as_ref());
        spawn_local(async move {
            // If refused, the text can still be selected and copied by hand.
            copied.set(JsFuture::from(written).await.is_ok());
        });
    };
    window().is_secure_context().then(|| {
        button()
            .attr("type", "button")
            .on(event::CLICK, click)
            .on(event::BLUR, move |_| copied.set(false))
            .child((icon(icon::COPY), move || if copied.get() { "Copied" } else { name }))
    })
}
