//! A PDF file, one page at a time.

use std::cell::Cell;
use std::rc::Rc;

use frond_view::dom::tag::{button, canvas, div, span};
use frond_view::dom::{Ref, View, event};
use frond_view::reactive::{Memo, Signal, effect};
use futures_channel::oneshot;
use web_sys::{HtmlCanvasElement, HtmlElement};

use super::content::run_here;
use crate::port::{OpenPdf, PdfFault};
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

pub(super) fn view(app: App, pages: &Rc<Pages>) -> impl View + use<> {
    let pages = Rc::clone(pages);
    let count = pages.file.pages();
    let (at, busy) = (Signal::new(0_u32), Signal::new(true));
    let (leaf, picture) = (Ref::<HtmlElement>::new(), Ref::<HtmlCanvasElement>::new());
    let name = move || format!("Page {} of {count}", at.get().saturating_add(1));
    let turn = move |name: &'static str, outline, to: fn(u32) -> Option<u32>| {
        let next = Memo::new(move || to(at.get()).filter(|next| *next < count));
        button()
            .attr("type", "button")
            .attr("class", "icon-button")
            .attr("aria-label", name)
            .attr("title", name)
            .live("aria-disabled", move || if next.get().is_some() { "false" } else { "true" })
            .on(event::CLICK, move |_: web_sys::Event| {
                if let Some(next) = next.get_untracked() {
                    at.set(next);
                }
            })
            .child(icon(outline))
    };
    let tools = div().attr("class", "pages").child((
        turn("Previous page", icon::PREVIOUS, |page| page.checked_sub(1)),
        span().attr("role", "status").child(name),
        turn("Next page", icon::NEXT, |page| page.checked_add(1)),
    ));
    let page = div()
        .known(leaf)
        .attr("class", "leaf")
        .live("aria-busy", move || if busy.get() { "true" } else { "false" })
        .child(canvas().known(picture).attr("role", "img").live("aria-label", name));
    effect(move || {
        let (page, pages) = (at.get(), Rc::clone(&pages));
        busy.set(true);
        run_here(async move {
            let width = leaf.get().map_or(0, |leaf| leaf.client_width());
            let drawn = pages.file.draw(page, u32::try_from(width).unwrap_or_default()).await;
            let shown = drawn.and_then(|drawn| {
                let canvas = picture.get().ok_or(PdfFault::Damaged)?;
                let painted = app.with_page(|page| (page.paint)(&drawn, &canvas));
                if painted { Ok(()) } else { Err(PdfFault::Damaged) }
            });
            match (shown, pages.fails.take()) {
                (Err(fault), Some(fails)) => drop(fails.send(fault)),
                (_, fails) => pages.fails.set(fails),
            }
            busy.set(false);
        });
    });
    div().attr("class", "pdf").child((tools, page))
}
