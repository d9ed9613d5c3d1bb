//! Audio and video, played by the browser as its player asks for ranges of the file.

use std::cell::Cell;
use std::rc::Rc;

use frond_preview::Playable;
use frond_view::dom::tag::{audio, p, video};
use frond_view::dom::{Ref, View, event};
use frond_view::reactive::{Signal, on_cleanup};
use futures_channel::oneshot;
use web_sys::{Event, HtmlMediaElement};

/// A file that is being played.
pub(super) struct Playing {
    /// What the player asks for.
    pub url: String,
    /// What it was told to be.
    pub kind: Playable,
    /// Why the player waits, if it does.
    pub waits: Signal<Option<&'static str>>,
    /// Told once the player can't go on.
    pub fails: Cell<Option<oneshot::Sender<()>>>,
}

pub(super) fn view(playing: &Rc<Playing>, name: &str) -> impl View + use<> {
    let element = Ref::<HtmlMediaElement>::new();
    let (playing, waits) = (Rc::clone(playing), playing.waits);
    let tag = if playing.kind.is_video() { video() } else { audio() };
    let player = tag
        .known(element)
        .attr("controls", true)
        .attr("playsinline", true)
        .attr("preload", "metadata")
        // Either would ask for the URL outside of this page, where it names nothing.
        .attr("controlslist", "nodownload noremoteplayback")
        .attr("disableremoteplayback", true)
        .attr("aria-label", name.to_owned())
        .attr("src", playing.url.clone())
        .on(event::ERROR, move |_: Event| {
            if let Some(fails) = playing.fails.take() {
                let _ = fails.send(());
            }
        });
    // A player outside of the document plays on.
    if let Some(player) = element.get() {
        on_cleanup(move || {
            let _ = player.pause();
            player.set_src("");
            player.load();
        });
    }
    (player, move || {
        waits.get().map(|why| p().attr("class", "waits").attr("role", "status").child(why))
    })
}
