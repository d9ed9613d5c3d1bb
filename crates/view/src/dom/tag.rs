//! The elements that this page uses.

use super::{Element, document};

const SVG: &str = "http://www.w3.org/2000/svg";

macro_rules! tags {
    ($($tag:ident)+) => {$(
        #[doc = concat!("A new `<", stringify!($tag), ">`.")]
        #[must_use]
        pub fn $tag() -> Element {
            element(stringify!($tag))
        }
    )+};
}

tags! {
    a audio bdi blockquote br button canvas code dd del details dialog div dl dt em form h1 h2 h3 h4
    h5 h6 header hr img input label li main mark meter nav ol option output p pre section select
    span strong summary table tbody td textarea th thead tr ul video
}

/// A new `<svg>`.
#[must_use]
pub fn svg() -> Element {
    drawing("svg")
}

/// A new `<text>` of an `<svg>`.
#[must_use]
pub fn svg_text() -> Element {
    drawing("text")
}

/// A new `<path>` of an `<svg>`.
#[must_use]
pub fn path() -> Element {
    drawing("path")
}

#[expect(clippy::expect_used, reason = "the names are those above")]
fn element(tag: &str) -> Element {
    Element(document().create_element(tag).expect("a tag's name"))
}

#[expect(clippy::expect_used, reason = "the names are those above")]
fn drawing(tag: &str) -> Element {
    Element(document().create_element_ns(Some(SVG), tag).expect("a tag's name"))
}
