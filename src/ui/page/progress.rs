//! Progress bars.

use frond_view::dom::Element;
use frond_view::dom::tag::div;

use crate::text::words;

/// A bar that shows how much of a whole is done; `bytes` returns both in bytes.
pub(super) fn bar(name: String, bytes: impl Fn() -> (u64, u64) + Copy + 'static) -> Element {
    counted(name, bytes, move || {
        let (done, total) = bytes();
        words::part(done, total)
    })
}

/// A bar that shows how much of a whole is done, and says so in these words.
pub(super) fn counted(
    name: String,
    counts: impl Fn() -> (u64, u64) + Copy + 'static,
    part: impl Fn() -> String + 'static,
) -> Element {
    let percent = move || {
        let (done, total) = counts();
        words::percent(done, total)
    };
    div()
        .attr("class", "progress")
        .attr("role", "progressbar")
        .attr("aria-label", name)
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .live("aria-valuenow", move || percent().to_string())
        .live("aria-valuetext", part)
        .child(div().attr("class", "done").style("width", move || format!("{}%", percent())))
}
