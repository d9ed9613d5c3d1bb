//! The preview of a file: a dialog over the list, which steps through the files of the list.

mod content;
mod document;
mod image;
mod origin;
mod pdf;
mod player;

pub(super) use content::run_here;
pub(super) use image::BlobUrl;
pub(super) use origin::Origin;

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, dialog, div, h2, header, span};
use frond_view::dom::{Ref, View, before_paint, document as page, event, focus};
use frond_view::reactive::{Memo, Signal};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, HtmlElement, KeyboardEvent};

use self::origin::Near;
use crate::catalog::FileRow;
use crate::object::ObjectId;
use crate::text::{folder, words};
use crate::ui::page::app::App;
use crate::ui::page::focus_on;
use crate::ui::page::icon::{self, icon};

/// The file whose preview is open, if any.
pub(super) type Previewed = Signal<Option<Rc<FileRow>>>;

/// Id of the button in the list that opens the preview of this file.
pub(super) fn button_id(file: &ObjectId) -> String {
    format!("preview-{file}")
}

/// The dialog, open for as long as it is in the document.
pub(super) fn modal(app: App, origin: Origin, previewed: Previewed) -> impl View {
    let (element, body) = (Ref::<HtmlDialogElement>::new(), Ref::<HtmlElement>::new());
    // Shown as modal once it is in the document; the focus is then where the keyboard scrolls.
    before_paint(move || {
        // Fails only if the dialog is already open or removed.
        let _ = element.get().map(|element| element.show_modal());
        let _ = body.get().map(|body| body.focus());
    });
    let close = move |_: Event| {
        if let Some(element) = element.get() {
            element.close();
        }
    };
    let closed = move |_| {
        let last = previewed.get_untracked();
        previewed.set(None);
        before_paint(move || focus_row(last.as_deref()));
    };
    let (beside, saves) = (origin.clone(), origin.clone());
    let near = Memo::new(move || previewed.with(|file| beside.near(file.as_deref())));
    let step = move |to: Option<Rc<FileRow>>| {
        if let Some(file) = to {
            previewed.set(Some(file));
            if let Some(body) = body.get() {
                body.set_scroll_top(0);
            }
        }
    };
    let arrows = move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowLeft" => near.with(|near| near.previous.clone()),
            "ArrowRight" => near.with(|near| near.next.clone()),
            _ => return,
        };
        let with_another = event.alt_key() || event.ctrl_key() || event.meta_key();
        if !with_another && !has_arrows(&event) {
            event.prevent_default();
            step(to);
        }
    };
    let download = move |_: Event| {
        let Some(file) = previewed.get_untracked() else { return };
        saves.download(app, &file);
    };
    let name = move || previewed.get().map(|file| words::visible(folder::name(&file.path)));
    let size = move || previewed.get().map(|file| words::size(file.size));
    dialog()
        .known(element)
        .attr("class", "preview")
        .attr("aria-labelledby", "preview-title")
        // Escape closes it too.
        .on(event::CLOSE, closed)
        .on(event::KEY_DOWN, arrows)
        .child((
            header().child((
                h2().attr("id", "preview-title")
                    .attr("aria-live", "polite")
                    .live("title", name)
                    .child(bdi().child(name)),
                span().attr("class", "size").child(size),
                tools(near, step, download, close),
            )),
            div()
                .known(body)
                .attr("class", "content")
                .attr("role", "region")
                .attr("aria-label", "Content")
                .attr("tabindex", "0")
                .child(move || previewed.get().map(|file| content::view(app, &origin, &file))),
        ))
}

/// The buttons beside the name.
fn tools(
    near: Memo<Near>,
    step: impl Fn(Option<Rc<FileRow>>) + Copy + 'static,
    download: impl FnMut(Event) + 'static,
    close: impl FnMut(Event) + 'static,
) -> impl View {
    let tool = |name, outline| {
        button()
            .attr("type", "button")
            .attr("class", "icon-button")
            .attr("aria-label", name)
            .attr("title", name)
            .child(icon(outline))
    };
    let disabled = |is: bool| if is { "true" } else { "false" };
    div().attr("class", "tools").child((
        tool("Previous", icon::PREVIOUS)
            .live("aria-disabled", move || disabled(near.with(|near| near.previous.is_none())))
            .on(event::CLICK, move |_| step(near.with(|near| near.previous.clone()))),
        tool("Next", icon::NEXT)
            .live("aria-disabled", move || disabled(near.with(|near| near.next.is_none())))
            .on(event::CLICK, move |_| step(near.with(|near| near.next.clone()))),
        tool("Download", icon::DOWN).on(event::CLICK, download),
        tool("Close", icon::CLOSE).on(event::CLICK, close),
    ))
}

/// Whether the arrow keys belong to what has the focus: a table scrolls sideways, a player seeks.
fn has_arrows(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        target.class_list().contains(document::WIDE)
            || target.is_instance_of::<web_sys::HtmlMediaElement>()
    })
}

/// Focuses the row of the file that was shown last, or the list if the row is gone.
fn focus_row(file: Option<&FileRow>) {
    let row = file.and_then(|file| page().get_element_by_id(&button_id(&file.id)));
    match row {
        Some(row) => focus(&row),
        None => focus_on("title"),
    }
}
