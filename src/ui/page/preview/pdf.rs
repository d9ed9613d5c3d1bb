//! A PDF file, one page at a time: its picture, and over it its text, which can be selected.

use std::cell::Cell;
use std::rc::Rc;

use frond_view::dom::tag::{button, canvas, div, span, svg, svg_text};
use frond_view::dom::{Element, Ref, View, document, event};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use futures_channel::oneshot;
use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, KeyboardEvent};

use super::content::run_here;
use crate::port::{OpenPdf, PdfFault, PdfLine};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};

const NOT_LOADED: &str =
    "The preview could not be loaded. Check your connection, then open it again.";
const ENCRYPTED: &str = "This PDF is protected by a password. Download it to open it with a \
                         program that asks for the password.";
const DAMAGED: &str = "This PDF can't be shown here. It may be damaged. You can still download it.";
const SLOW: &str = "This PDF takes too long to draw. Download it to open it on your device.";

/// A file that is looked at.
pub(super) struct Pages {
    /// Draws them.
    pub file: Rc<dyn OpenPdf>,
    /// Told once no page can be drawn any more.
    pub fails: Cell<Option<oneshot::Sender<PdfFault>>>,
}

/// Why there is nothing to see.
pub(super) fn sentence(fault: PdfFault) -> &'static str {
    match fault {
        PdfFault::NotLoaded => NOT_LOADED,
        PdfFault::Encrypted => ENCRYPTED,
        PdfFault::Damaged => DAMAGED,
        PdfFault::Slow => SLOW,
    }
}

/// How far pages are enlarged, in per cent of the width that there is.
const ZOOMS: [u32; 7] = [100, 125, 150, 200, 250, 300, 400];
/// Units of the text's drawing for the width of a page.
const UNITS: f64 = 1_000.0;

/// What is shown of a page.
#[derive(Clone, Copy)]
struct Leaf {
    /// The page, counted from 0.
    page: Signal<u32>,
    /// Its place in [`ZOOMS`].
    zoom: Signal<usize>,
    busy: Signal<bool>,
    frame: Ref<HtmlElement>,
    picture: Ref<HtmlCanvasElement>,
    /// The text over the picture, and the page's height for a width of [`UNITS`].
    text: Signal<(Rc<[PdfLine]>, f64)>,
}

impl Leaf {
    /// The zoom after this one; `None` if there is none.
    fn larger(self) -> Option<usize> {
        self.zoom.get().checked_add(1).filter(|zoom| *zoom < ZOOMS.len())
    }

    /// The zoom before this one; `None` if there is none.
    fn smaller(self) -> Option<usize> {
        self.zoom.get().checked_sub(1)
    }

    fn percent(self) -> u32 {
        ZOOMS.get(self.zoom.get()).copied().unwrap_or(100)
    }

    /// Draws a page at this zoom, then reads its text.
    async fn draw(self, app: App, pages: &Pages, page: u32, percent: u32) -> Result<(), PdfFault> {
        let width = self.frame.get().map_or(0, |frame| frame.client_width());
        let width = u32::try_from(width).unwrap_or_default().saturating_mul(percent) / 100;
        let drawn = pages.file.draw(page, width).await?;
        let canvas = self.picture.get().ok_or(PdfFault::Damaged)?;
        if !app.with_page(|page| (page.paint)(&drawn, &canvas)) {
            return Err(PdfFault::Damaged);
        }
        self.busy.set(false);
        let height = UNITS * f64::from(drawn.height) / f64::from(drawn.width.max(1));
        self.text.set((pages.file.read(page).await?.into(), height));
        Ok(())
    }
}

pub(super) fn view(app: App, pages: &Rc<Pages>) -> impl View + use<> {
    let pages = Rc::clone(pages);
    let count = pages.file.pages();
    let no_text: Rc<[PdfLine]> = Rc::new([]);
    let leaf = Leaf {
        page: Signal::new(0),
        zoom: Signal::new(0),
        busy: Signal::new(true),
        frame: Ref::new(),
        picture: Ref::new(),
        text: Signal::new((Rc::clone(&no_text), UNITS)),
    };
    let name = move || format!("Page {} of {count}", leaf.page.get().saturating_add(1));
    let to = move |page: Option<u32>| page.filter(|page| *page < count);
    let previous = Memo::new(move || to(leaf.page.get().checked_sub(1)));
    let next = Memo::new(move || to(leaf.page.get().checked_add(1)));
    let (larger, smaller) = (Memo::new(move || leaf.larger()), Memo::new(move || leaf.smaller()));
    let fitted = Memo::new(move || (leaf.zoom.get() > 0).then_some(0));
    let tools = div().attr("class", "pages").child((
        tool("Previous page", icon::PREVIOUS, previous, leaf.page),
        span().attr("role", "status").child(name),
        tool("Next page", icon::NEXT, next, leaf.page),
        tool("Zoom out", icon::ZOOM_OUT, smaller, leaf.zoom),
        tool("Zoom in", icon::ZOOM_IN, larger, leaf.zoom),
        tool("Fit width", icon::WIDTH, fitted, leaf.zoom),
    ));
    listen(move |key| {
        let zoom = match key {
            "+" | "=" => larger.get_untracked(),
            "-" => smaller.get_untracked(),
            "0" => fitted.get_untracked(),
            _ => None,
        };
        zoom.inspect(|zoom| leaf.zoom.set(*zoom)).is_some()
    });
    let sheet = div()
        .attr("class", "pdf-page")
        .style("width", move || format!("{}%", leaf.percent()))
        .child((
            canvas().known(leaf.picture).attr("role", "img").live("aria-label", name),
            move || leaf.text.with(|(lines, height)| text(lines, *height)),
        ));
    let frame = div()
        .known(leaf.frame)
        .attr("class", "leaf")
        .live("aria-busy", move || if leaf.busy.get() { "true" } else { "false" })
        .child(sheet);
    let shown = Memo::new(move || (leaf.page.get(), leaf.percent()));
    let before = Cell::new(None);
    effect(move || {
        let ((page, percent), pages) = (shown.get(), Rc::clone(&pages));
        if before.replace(Some(page)) != Some(page) {
            leaf.text.set((Rc::clone(&no_text), UNITS));
        }
        leaf.busy.set(true);
        run_here(async move {
            let drawn = leaf.draw(app, &pages, page, percent).await;
            match (drawn, pages.fails.take()) {
                (Err(fault), Some(fails)) => drop(fails.send(fault)),
                (_, fails) => pages.fails.set(fails),
            }
        });
    });
    div().attr("class", "pdf").child((tools, frame))
}

/// A button that sets `of` to what is next, if there is something.
fn tool<T: Copy + PartialEq + 'static>(
    name: &'static str,
    outline: &'static str,
    next: Memo<Option<T>>,
    of: Signal<T>,
) -> Element {
    button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", name)
        .attr("title", name)
        .live("aria-disabled", move || if next.get().is_some() { "false" } else { "true" })
        .on(event::CLICK, move |_: Event| {
            if let Some(next) = next.get_untracked() {
                of.set(next);
            }
        })
        .child(icon(outline))
}

/// Offers keys that are pressed in the document, until the current owner ends; `act` says whether
/// it took one.
fn listen(act: impl Fn(&str) -> bool + 'static) {
    let listener = EventListener::new_with_options(
        &document(),
        "keydown",
        EventListenerOptions::enable_prevent_default(),
        move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let with_another = event.alt_key() || event.ctrl_key() || event.meta_key();
            if !with_another && act(&event.key()) {
                event.prevent_default();
            }
        },
    );
    on_cleanup(move || drop(listener));
}

/// Text that is not seen but can be selected, over the picture of a page so high.
fn text(lines: &[PdfLine], height: f64) -> Element {
    let line = |line: &PdfLine| {
        let (x, y) = (line.place.0 * UNITS, line.place.1 * UNITS);
        svg_text()
            .attr("transform", format!("translate({x:.2} {y:.2}) rotate({:.2})", line.angle))
            .attr("font-size", format!("{:.2}", line.size * UNITS))
            .attr("textLength", format!("{:.2}", line.length * UNITS))
            .attr("lengthAdjust", "spacingAndGlyphs")
            .child(line.text.clone())
    };
    svg()
        .attr("class", "words")
        .attr("role", "group")
        .attr("aria-label", "Text")
        .attr("viewBox", format!("0 0 {UNITS} {height:.2}"))
        .attr("preserveAspectRatio", "none")
        .child(lines.iter().map(line).collect::<Vec<_>>())
}
