//! An image, decoded by the browser.

use frond_preview::may_show;
use frond_view::dom::View;
use frond_view::dom::tag::img;
use futures_channel::oneshot;
use gloo_events::EventListener;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlImageElement, Url};

const UNREADABLE: &str =
    "Your browser can't show this image. It may be damaged. You can still download it.";
const TOO_LARGE: &str = "This image has too many pixels to be shown here. Download it to open it.";

/// The URL of a Blob, revoked when dropped.
pub(in crate::ui::page) struct BlobUrl(String);

impl BlobUrl {
    pub fn new(blob: &Blob) -> Option<Self> {
        Url::create_object_url_with_blob(blob).ok().map(Self)
    }

    pub fn text(&self) -> String {
        self.0.clone()
    }
}

impl Drop for BlobUrl {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// Whether the browser can show it; a sentence if not. The browser's own reading of the header has
/// to agree that the image is small enough, before anything is decoded.
pub(super) async fn check(url: &BlobUrl) -> Result<(), &'static str> {
    let image = HtmlImageElement::new().map_err(|_| UNREADABLE)?;
    let (loaded, failed) = (oneshot::channel(), oneshot::channel::<()>());
    let _listeners = [
        EventListener::once(&image, "load", move |_| {
            let _ = loaded.0.send(());
        }),
        EventListener::once(&image, "error", move |_| {
            let _ = failed.0.send(());
        }),
    ];
    image.set_src(&url.0);
    futures_util::future::select(loaded.1, failed.1).await;
    let (width, height) = (image.natural_width(), image.natural_height());
    if !may_show(width.into(), height.into()) {
        return Err(TOO_LARGE);
    }
    if width == 0 || JsFuture::from(image.decode()).await.is_err() {
        return Err(UNREADABLE);
    }
    Ok(())
}

pub(super) fn view(url: &BlobUrl, name: &str) -> impl View + use<> {
    img().attr("src", url.text()).attr("alt", name.to_owned())
}
