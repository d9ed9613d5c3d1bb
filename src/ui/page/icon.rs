//! The set of outline icons and the mark, as SVG nodes. Always beside words or named by them.

use frond_view::dom::View;
use frond_view::dom::tag::{path, svg};

use crate::text::kind::Kind;

/// Outlines on a grid of 20.
pub(super) const ADD: &str = "M10 4v12M4 10h12";
pub(super) const ADD_FOLDER: &str = "M2.5 15.5v-11h5l2 2h8v9h-15zM10 9v4M8 11h4";
pub(super) const CLOSE: &str = "M5 5l10 10M15 5L5 15";
pub(super) const CHECK: &str = "M4 10.5l4 4 8-9";
pub(super) const COPY: &str = "M7 7h9.5v9.5H7zM4.5 13h-1V3.5H13v1";
pub(super) const DOWN: &str = "M10 3v10M5.5 9l4.5 4.5L14.5 9M4 17h12";
pub(super) const ARCHIVE: &str =
    "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4M8 4.5v1.5M8 8v1.5M8 11.5v1.5M7 15h2";
pub(super) const AUDIO: &str =
    "M8 14.5v-10l8-1.5v10M8 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM16 13a2 2 0 1 1-4 0 2 2 0 0 1 4 0z";
pub(super) const CODE: &str =
    "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4M9 10l-2 2 2 2M11.5 10l2 2-2 2";
pub(super) const DOCUMENT: &str =
    "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4M7.5 10h5.5M7.5 12.5h5.5M7.5 15h3";
pub(super) const FILE: &str = "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4";
pub(super) const FILES: &str = "M7 2.5h5.5l3.5 3.5v8.5H7zM12.5 2.5V6H16M4 6v11.5h9";
pub(super) const FOLDER: &str = "M2.5 15.5v-11h5l2 2h8v9z";
pub(super) const IMAGE: &str =
    "M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13.5 8.2a1 1 0 1 0 0-2 1 1 0 0 0 0 2z";
pub(super) const LINK: &str =
    "M8.5 11.5l3-3M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2";
pub(super) const LOCK: &str = "M4.5 9h11v8.5h-11zM7 9V6.5a3 3 0 0 1 6 0V9M10 12.2v2";
pub(super) const GO_ON: &str = "M7 4.5v11l8.5-5.5z";
pub(super) const MOVE: &str = "M2.5 15.5v-11h5l2 2h8v9zM6.5 11h6M10 8.5l2.5 2.5-2.5 2.5";
pub(super) const NEXT: &str = "M7.5 4.5L13 10l-5.5 5.5";
pub(super) const PAUSE: &str = "M7.5 5v10M12.5 5v10";
pub(super) const PENCIL: &str = "M3.5 16.5l.8-3.6L13.5 3.7l2.8 2.8-9.2 9.2zM11.5 5.7l2.8 2.8";
pub(super) const PREVIOUS: &str = "M12.5 4.5L7 10l5.5 5.5";
pub(super) const RESTORE: &str = "M4 8h8a4 4 0 0 1 0 8H7M7 4.5L3.5 8 7 11.5";
pub(super) const RETRY: &str = "M16 10a6 6 0 1 1-1.8-4.3M16.5 3v3.5H13";
pub(super) const ROWS: &str = "M3 5h14M3 10h14M3 15h14";
pub(super) const SEARCH: &str = "M8.5 14a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM12.5 12.5L17 17";
pub(super) const SETTINGS: &str = "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4z\
    M7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4z";
pub(super) const SHEET: &str = "M3.5 4h13v12h-13zM3.5 8h13M3.5 12h13M8.5 4v12";
pub(super) const TILES: &str =
    "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h5v5h-5z";
pub(super) const TRANSFERS: &str = "M6.5 16V4.5M3.5 7.5l3-3 3 3M13.5 4v11.5M10.5 12.5l3 3 3-3";
pub(super) const TRASH: &str =
    "M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.8 12h8.4l.8-12M8.5 8.5v6M11.5 8.5v6";
pub(super) const UP: &str = "M10 16V4M5.5 8.5L10 4l4.5 4.5";
pub(super) const VIDEO: &str = "M3 4.5h14v11H3zM8.5 7.5v5l4-2.5z";
pub(super) const VERSIONS: &str = "M4 10a6 6 0 1 1 1.8 4.3M3.5 6.5L4 10l3.5-.5M10 6.5V10l2.5 1.5";
pub(super) const ZOOM_IN: &str =
    "M8.5 14a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM12.5 12.5l4.5 4.5M6 8.5h5M8.5 6v5";
pub(super) const ZOOM_OUT: &str =
    "M8.5 14a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM12.5 12.5l4.5 4.5M6 8.5h5";
pub(super) const WIDTH: &str =
    "M3 4v12M17 4v12M6 10h8M8.5 7.5L6 10l2.5 2.5M11.5 7.5L14 10l-2.5 2.5";
pub(super) const WAITING: &str = "M10 17.5a7.5 7.5 0 1 1 0-15 7.5 7.5 0 0 1 0 15zM10 6v4.5l3 1.5";
pub(super) const WARNING: &str = "M10 3l7.5 13.5h-15zM10 8v4M10 14v.5";
/// A fern's unrolling tip, on a grid of 32, in one stroke.
const MARK: &str = "M12 30C12 23 7 20 7 13A8.2 8.2 0 0 1 15.2 4.8 7.4 7.4 0 0 1 22.6 12.2 6.4 6.4 \
    0 0 1 16.2 18.6 5.2 5.2 0 0 1 11 13.4 4.2 4.2 0 0 1 15.2 9.2 3.2 3.2 0 0 1 18.4 12.4 2.2 2.2 0 \
    0 1 16.2 14.6";

/// The outline for a kind of file.
pub(super) fn of(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => IMAGE,
        Kind::Video => VIDEO,
        Kind::Audio => AUDIO,
        Kind::Document => DOCUMENT,
        Kind::Sheet => SHEET,
        Kind::Archive => ARCHIVE,
        Kind::Code => CODE,
        Kind::Other => FILE,
    }
}

pub(super) fn icon(outline: &'static str) -> impl View {
    drawn("icon", "0 0 20 20", outline)
}

pub(super) fn mark() -> impl View {
    drawn("mark", "0 0 32 32", MARK)
}

fn drawn(class: &'static str, grid: &'static str, outline: &'static str) -> impl View {
    svg()
        .attr("class", class)
        .attr("viewBox", grid)
        .attr("aria-hidden", "true")
        .attr("focusable", "false")
        .child(path().attr("d", outline))
}
