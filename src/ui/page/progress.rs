//! Progress bars.

use frond_view::dom::Element;
use frond_view::dom::tag::div;

use crate::text::words;

/// A bar that shows how much of a whole is done; `bytes` returns both in bytes.
pub(super) fn bar(name: String, bytes: impl Fn() -> (u64, u64) + Copy + 'static) -> Element {
    let percent = move || {
        let (done, total) = bytes();
        words::percent(done, total)
    };
    let part = move || {
        let (done, total) = bytes();
        words::part(done, total)
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
