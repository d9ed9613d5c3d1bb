//! PDF files: a separate program, fetched when the user opens the first one, which draws the pages
//! of one file in a Worker of its own (`www/pdf.js`).

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use gloo_events::EventListener;
use js_sys::{Array, Float32Array, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData, MessageEvent, Worker};

use super::buffer::{Contiguous, external};
use super::clock::timer;
use super::number::{to_f64, to_u64};
use super::script::{self, Program};
use crate::bytes::Bytes;
use crate::port::{OpenPdf, PdfFault, PdfLine, PdfOpener, Picture};

/// A Worker that has not answered after this many milliseconds is ended.
const LIMIT_MS: u64 = 20_000;
/// Pixels that a page is drawn wide at most; fewer where it would have too many.
const WIDEST: u64 = 8_000;
/// Pixels of the largest picture that is accepted.
const MAX_PIXELS: u64 = 16_000_000;

/// The program `frond-pdf`.
pub struct BrowserPdf;

/// A Worker with its file.
struct File {
    worker: Worker,
    pages: u32,
    answers: Mutex<Answers>,
    _listeners: [EventListener; 2],
}

impl Drop for File {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

struct Answers {
    /// What the Worker says; ends when it fails.
    said: mpsc::UnboundedReceiver<JsValue>,
    /// Questions asked so far: an answer to one that nobody waits for any more is passed over.
    asked: u32,
    /// Why there are no more answers.
    fault: Option<PdfFault>,
}

impl Answers {
    async fn next(&mut self) -> Result<JsValue, PdfFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let fault = match select(self.said.next(), timer(LIMIT_MS)).await {
            Either::Left((Some(answer), _)) => return Ok(answer),
            Either::Left((None, _)) => PdfFault::Damaged,
            Either::Right(_) => PdfFault::Slow,
        };
        self.fault = Some(fault);
        Err(fault)
    }
}

#[async_trait(?Send)]
impl PdfOpener for BrowserPdf {
    async fn open(&self, bytes: Bytes) -> Result<Rc<dyn OpenPdf>, PdfFault> {
        let worker = script::start(Program::Pdf).await.map_err(|_| PdfFault::NotLoaded)?;
        let (tell, said) = mpsc::unbounded();
        let tell = Rc::new(RefCell::new(Some(tell)));
        let failed = Rc::clone(&tell);
        let listeners = [
            EventListener::new(&worker, "message", move |event| {
                let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
                if let (Some(tell), Some(data)) = (&*tell.borrow(), data) {
                    let _ = tell.unbounded_send(data);
                }
            }),
            EventListener::new(&worker, "error", move |_| drop(failed.take())),
        ];
        let answers = Answers { said, asked: 0, fault: None };
        let mut file =
            File { worker, pages: 0, answers: Mutex::new(answers), _listeners: listeners };
        let given = Contiguous::sole(&bytes);
        file.worker
            .post_message_with_transfer(given.array(), &Array::of1(&given.array().buffer()))
            .map_err(|_| PdfFault::Damaged)?;
        drop(given);
        drop(bytes);
        let answer = file.answers.get_mut().next().await?;
        file.pages = match (answer.as_f64(), answer.as_string().as_deref()) {
            (Some(pages), _) => u32::try_from(to_u64(pages)).unwrap_or(u32::MAX).max(1),
            (None, Some("encrypted")) => return Err(PdfFault::Encrypted),
            (None, _) => return Err(PdfFault::Damaged),
        };
        Ok(Rc::new(file))
    }
}

#[async_trait(?Send)]
impl OpenPdf for File {
    fn pages(&self) -> u32 {
        self.pages
    }

    async fn draw(&self, page: u32, width: u32) -> Result<Picture, PdfFault> {
        let density = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let width = to_f64(to_u64(f64::from(width) * density).min(WIDEST));
        let answer = self.ask(&[page.into(), width.into()]).await?;
        picture(&answer).ok_or(PdfFault::Damaged)
    }

    async fn read(&self, page: u32) -> Result<Vec<PdfLine>, PdfFault> {
        let answer = self.ask(&[page.into()]).await?;
        lines(&answer).ok_or(PdfFault::Damaged)
    }
}

impl File {
    /// Asks the Worker one question, whose number goes before it, and returns the answer.
    async fn ask(&self, question: &[JsValue]) -> Result<Array, PdfFault> {
        let mut answers = self.answers.lock().await;
        answers.asked = answers.asked.wrapping_add(1);
        let asked = JsValue::from(answers.asked);
        let numbered: Array = std::iter::once(&asked).chain(question).collect();
        self.worker.post_message(&numbered).map_err(|_| PdfFault::Damaged)?;
        loop {
            match answers.next().await {
                Ok(answer) => {
                    let answer = Array::from(&answer);
                    if answer.get(0) == asked {
                        return Ok(answer);
                    }
                }
                Err(fault) => {
                    self.worker.terminate();
                    return Err(fault);
                }
            }
        }
    }
}

/// Lines of text, and five numbers for each.
fn lines(answer: &Array) -> Option<Vec<PdfLine>> {
    let texts: Array = answer.get(1).dyn_into().ok()?;
    let places: Float32Array = answer.get(2).dyn_into().ok()?;
    let places = places.to_vec();
    let lines = texts.iter().zip(places.as_chunks::<5>().0).map(|(text, place)| {
        let [x, y, length, size, angle] = place.map(f64::from);
        Some(PdfLine { text: text.as_string()?, place: (x, y), length, size, angle })
    });
    lines.collect()
}

/// A picture of whole rows, small enough.
fn picture(answer: &Array) -> Option<Picture> {
    let width = u32::try_from(to_u64(answer.get(1).as_f64()?)).ok()?;
    let pixels: Uint8Array = answer.get(2).dyn_into().ok()?;
    let count = pixels.length().checked_div(4)?;
    let height = count.checked_div(width)?;
    let is_whole = width.checked_mul(height)?.checked_mul(4)? == pixels.length();
    let fits = height > 0 && u64::from(count) <= MAX_PIXELS;
    (is_whole && fits).then(|| Picture { width, height, pixels: external(pixels) })
}

/// Shows a picture; false if the browser has no room.
pub fn paint(picture: &Picture, canvas: &HtmlCanvasElement) -> bool {
    canvas.set_width(picture.width);
    canvas.set_height(picture.height);
    let painted = with_image_data(picture, |data| {
        let context =
            canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        context.put_image_data(data, 0.0, 0.0).ok()
    });
    painted.is_some()
}

/// A picture as the browser's drawing functions take it, valid during `act`; `None` if the browser
/// has no room.
pub(super) fn with_image_data<T>(
    picture: &Picture,
    act: impl FnOnce(&ImageData) -> Option<T>,
) -> Option<T> {
    let pixels = Contiguous::of(&picture.pixels);
    let array = pixels.array();
    let clamped = Uint8ClampedArray::new_with_byte_offset_and_length(
        &array.buffer(),
        array.byte_offset(),
        array.length(),
    );
    let data =
        ImageData::new_with_js_u8_clamped_array_and_sh(&clamped, picture.width, picture.height);
    act(&data.ok()?)
}
