//! "Thumbnails": the switch for this device.

use frond_view::dom::tag::{h2, input, label, p, section};
use frond_view::dom::{View, event};
use frond_view::reactive::Signal;
use web_sys::Event;

use crate::ui::page::vault::Vault;

pub(super) fn section_of(vault: Vault) -> impl View {
    let on = Signal::new(vault.session().thumbnails().are_on());
    let switch = move |_: Event| {
        let session = vault.session();
        on.update(|on| *on = !*on);
        session.thumbnails().switch(on.get_untracked());
    };
    section().attr("aria-label", "Thumbnails").child((
        h2().child("Thumbnails"),
        label().attr("class", "choice").child((
            input()
                .attr("type", "checkbox")
                .property("checked", move || on.get())
                .on(event::CHANGE, switch),
            "Make and show thumbnails in this browser",
        )),
        p().child(
            "A thumbnail is a small picture of an image, a PDF or a video that you add. It is made \
             in this tab and encrypted like the file. The storage can tell which files have one, \
             so it can guess that they are pictures, PDFs or videos, but not what they show. It is \
             deleted with its file.",
        ),
    ))
}
