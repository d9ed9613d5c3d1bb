//! The first bytes of a file as it was and as the bucket has it, side by side.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, canvas, div, h2, h3, p, pre, section};
use frond_view::dom::{Element, Ref, View, before_paint};
use frond_view::reactive::{Signal, effect};
use web_sys::HtmlCanvasElement;

use crate::bytes::Bytes;
use crate::object::ObjectId;
use crate::port::Picture;
use crate::session::Direction;
use crate::text::{hex, message};
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::preview::run_here;
use crate::ui::page::vault::Vault;

/// The id of the section's heading.
pub(super) const HEADING: &str = "compared";
/// Bytes compared: a square of one pixel each.
const COMPARED: u64 = 4096;
/// Pixels of a row of the square.
const SIDE: u32 = 64;
/// Bytes of them that are written out.
const WRITTEN: usize = 256;

/// The file whose bytes are shown.
#[derive(Clone, PartialEq)]
pub(super) struct Chosen {
    /// Its name, safe to display.
    pub name: String,
    pub id: ObjectId,
    /// Length of its content in bytes.
    pub size: u64,
    /// Length of its object in bytes.
    pub stored: u64,
}

#[derive(Clone)]
enum Comparison {
    Reading,
    Failed(&'static str),
    Both(Rc<[Bytes; 2]>),
}

pub(super) fn section_of(app: App, vault: Vault, chosen: Signal<Option<Chosen>>) -> impl View {
    let shown = Signal::new(Comparison::Reading);
    effect(move || {
        shown.set(Comparison::Reading);
        let Some(file) = chosen.get() else { return };
        run_here(async move {
            shown.set(match read(vault, &file).await {
                Ok(both) => Comparison::Both(Rc::new(both)),
                Err(error) => Comparison::Failed(message::failed(error, Direction::Down)),
            });
        });
    });
    let heading = move || match chosen.get() {
        Some(file) => format!("Before and after: {}", file.name),
        None => "Before and after".to_owned(),
    };
    let status = move || match (chosen.with(Option::is_some), shown.get()) {
        (false, _) => "Choose “Show its bytes” beside a file in the list above.",
        (true, Comparison::Reading) => "Reading…",
        (true, Comparison::Failed(why)) => why,
        (true, Comparison::Both(_)) => {
            "Each square shows the first 4,096 bytes, one grey dot a byte. Patterns on the left \
             are your file; on the right there is nothing but noise. Only the first eight bytes \
             are the same for every file: they name the format."
        }
    };
    let both = move || {
        let Comparison::Both(both) = shown.get() else { return None };
        let [before, after] = &*both;
        Some(div().attr("class", "both").child((
            side(app, "As you added it", before),
            side(app, "As the bucket has it", after),
        )))
    };
    section().attr("aria-label", "Before and after").child((
        h2().attr("id", HEADING).attr("tabindex", "-1").child(bdi().child(heading)),
        p().attr("role", "status").child(status),
        both,
    ))
}

/// The first bytes of the content, and of the object.
async fn read(vault: Vault, file: &Chosen) -> Result<[Bytes; 2], TransferError> {
    let session = vault.session();
    let before = session.files().read(file.id, 0..COMPARED.min(file.size), |_| {}).await?;
    let after = session.stored_bytes(file.id, COMPARED.min(file.stored)).await?;
    Ok([before, after.into()])
}

fn side(app: App, name: &'static str, bytes: &Bytes) -> Element {
    let bytes = bytes.to_vec();
    let element = Ref::<HtmlCanvasElement>::new();
    let grey: Vec<_> = bytes.iter().flat_map(|byte| [*byte, *byte, *byte, 255]).collect();
    let rows = u32::try_from(bytes.len()).unwrap_or(u32::MAX).div_ceil(SIDE);
    before_paint(move || {
        let Some(canvas) = element.get() else { return };
        let mut pixels = grey;
        let row = usize::try_from(SIDE).unwrap_or_default().saturating_mul(4);
        pixels.resize(pixels.len().next_multiple_of(row), 0);
        let picture = Picture { width: SIDE, height: rows, pixels: pixels.into() };
        if rows > 0 {
            app.with_page(|page| (page.paint)(&picture, &canvas));
        }
    });
    let square = canvas()
        .known(element)
        .attr("width", SIDE.to_string())
        .attr("height", SIDE.to_string())
        .attr("role", "img")
        .attr("aria-label", format!("{name}: the bytes as grey dots"));
    let written = bytes.get(..WRITTEN.min(bytes.len())).unwrap_or_default();
    div().attr("class", "side").child((
        h3().child(name),
        square,
        pre()
            .attr("class", "mono")
            .attr("tabindex", "0")
            .attr("role", "region")
            .attr("aria-label", format!("{name}: the first 256 bytes"))
            .child(hex::dump(written)),
    ))
}
