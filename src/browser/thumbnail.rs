//! Small pictures, made by the browser: `createImageBitmap` decodes away from the page, turns an
//! image as its EXIF data says, and converts its colours.

use std::pin::pin;

use async_trait::async_trait;
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, HtmlVideoElement, ImageBitmap, ImageBitmapOptions, ImageEncodeOptions, OffscreenCanvas,
    OffscreenCanvasRenderingContext2d, ResizeQuality, window,
};

use super::clock::timer;
use super::number::to_u64;
use super::{pdf, preview};
use crate::port::{Depicted, Thumbnailer};

/// Longest side of a thumbnail, in pixels.
const SIDE: u32 = 256;
/// What is asked of the browser, in this order, until the picture fits. A browser that does not
/// write WebP gives PNG instead.
const FORMS: [(&str, f64); 4] =
    [("image/webp", 0.8), ("image/webp", 0.5), ("image/jpeg", 0.7), ("image/jpeg", 0.4)];
/// A video that shows nothing after this many milliseconds gets no thumbnail.
const LIMIT_MS: u64 = 20_000;
/// The frame of a video is one this many seconds after its beginning, or at a tenth of it.
const INTO: f64 = 1.0;

/// Makes thumbnails with the browser's own decoders.
pub struct BrowserThumbnailer;

#[async_trait(?Send)]
impl Thumbnailer for BrowserThumbnailer {
    async fn thumbnail(&self, of: Depicted<'_>, room: usize) -> Option<Vec<u8>> {
        let bitmap = match of {
            Depicted::Image(bytes, kind) => {
                let blob = preview::image(bytes, kind)?;
                bitmap(window()?.create_image_bitmap_with_blob(&blob)).await?
            }
            Depicted::Page(picture) => {
                // The pixels are copied before the call returns.
                let made = pdf::with_image_data(picture, |data| {
                    window()?.create_image_bitmap_with_image_data(data).ok()
                });
                bitmap(Ok(made?)).await?
            }
            Depicted::Video(url) => frame(url).await?,
        };
        let small = scaled(bitmap).await?;
        let canvas = OffscreenCanvas::new(small.width(), small.height()).ok()?;
        let context: OffscreenCanvasRenderingContext2d =
            canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.draw_image_with_image_bitmap(&small, 0.0, 0.0).ok()?;
        small.close();
        for (kind, quality) in FORMS {
            let options = ImageEncodeOptions::new();
            options.set_type(kind);
            options.set_quality(quality);
            let encoded = canvas.convert_to_blob_with_options(&options).ok()?;
            let blob: Blob = JsFuture::from(encoded).await.ok()?.dyn_into().ok()?;
            if to_u64(blob.size()) <= u64::try_from(room).unwrap_or(u64::MAX) {
                let bytes = JsFuture::from(blob.array_buffer()).await.ok()?;
                return Some(Uint8Array::new(&bytes).to_vec());
            }
        }
        None
    }
}

async fn bitmap(made: Result<Promise, JsValue>) -> Option<ImageBitmap> {
    JsFuture::from(made.ok()?).await.ok()?.dyn_into().ok()
}

/// The same picture with no side longer than [`SIDE`].
async fn scaled(bitmap: ImageBitmap) -> Option<ImageBitmap> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let longest = width.max(height);
    if longest <= SIDE {
        return Some(bitmap);
    }
    let side = |side: u32| {
        let side = u64::from(side).saturating_mul(SIDE.into()).checked_div(longest.into());
        side.and_then(|side| u32::try_from(side).ok()).unwrap_or(1).max(1)
    };
    let options = ImageBitmapOptions::new();
    options.set_resize_width(side(width));
    options.set_resize_height(side(height));
    options.set_resize_quality(ResizeQuality::High);
    let made =
        window()?.create_image_bitmap_with_image_bitmap_and_image_bitmap_options(&bitmap, &options);
    let small = self::bitmap(made).await;
    bitmap.close();
    small
}

/// A frame near the beginning of a video.
async fn frame(url: &str) -> Option<ImageBitmap> {
    let video: HtmlVideoElement =
        window()?.document()?.create_element("video").ok()?.dyn_into().ok()?;
    let shown = async {
        video.set_muted(true);
        video.set_preload("auto");
        let loaded = event(&video, "loadeddata");
        video.set_src(url);
        loaded.await?;
        let sought = event(&video, "seeked");
        let tenth = video.duration() / 10.0;
        video.set_current_time(if tenth < INTO { tenth } else { INTO });
        sought.await?;
        bitmap(window()?.create_image_bitmap_with_html_video_element(&video)).await
    };
    let frame = match select(pin!(shown), timer(LIMIT_MS)).await {
        Either::Left((frame, _)) => frame,
        Either::Right(_) => None,
    };
    // It would go on loading.
    video.set_src("");
    video.load();
    frame
}

/// Listens now, and waits for an event; `None` for an error.
fn event(video: &HtmlVideoElement, name: &'static str) -> impl Future<Output = Option<()>> + use<> {
    let (happened, failed) = (oneshot::channel(), oneshot::channel());
    let listeners = [
        EventListener::once(video, name, move |_| happened.0.send(()).unwrap_or_default()),
        EventListener::once(video, "error", move |_| failed.0.send(()).unwrap_or_default()),
    ];
    async move {
        let first = select(happened.1, failed.1).await;
        drop(listeners);
        matches!(first, Either::Left(_)).then_some(())
    }
}
