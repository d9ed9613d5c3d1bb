//! Pages of a PDF file: as pixels, and their text with its places.
//!
//! Files are hostile here. Only what a page looks like and says is read: no script, action, link or
//! embedded file is, and nothing is loaded from anywhere. Sizes are capped before memory is taken.
//! The parser and the renderer are `hayro`; where a file makes them fail, take long or take all
//! memory, that ends the Worker that runs them (`main.rs`), and nothing else.

mod size;
mod text;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::peniko::ImageAlphaType;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

pub use size::{MAX_PIXELS, MAX_SIDE};
pub use text::{Line, MAX_LINES, MAX_TEXT};

/// Why a file shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is encrypted.
    Encrypted,
    /// It is no PDF, or damaged.
    Damaged,
}

/// An open file.
pub struct Document(Pdf);

/// A page, on white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels, 1 to [`MAX_SIDE`].
    pub width: u16,
    /// In pixels, 1 to [`MAX_SIDE`].
    pub height: u16,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub pixels: Vec<u8>,
}

impl Document {
    /// Reads the structure of a file.
    ///
    /// # Errors
    /// If it has no page that can be shown.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Unreadable> {
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(_) => Unreadable::Encrypted,
            LoadPdfError::Invalid => Unreadable::Damaged,
        })?;
        if pdf.pages().is_empty() { Err(Unreadable::Damaged) } else { Ok(Self(pdf)) }
    }

    /// How many pages it has, at least one.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.0.pages().len()
    }

    /// A page, counted from 0, so wide in pixels, or smaller so that it has at most
    /// [`MAX_PIXELS`]. `None` if there is no such page.
    #[must_use]
    pub fn picture(&self, page: usize, width: u32) -> Option<Picture> {
        let page = self.0.pages().get(page)?;
        let (across, down) = page.render_dimensions();
        let (across, down) = (f64::from(across), f64::from(down));
        let (width, height) = size::fitted(across, down, width);
        let scale = Affine::scale_non_uniform(f64::from(width) / across, f64::from(height) / down);
        let transform = scale * page.initial_transform(true).to_kurbo();
        let mut context = RenderContext::new(width, height);
        render_into(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &mut context,
            transform,
        );
        context.flush();
        let mut pixels = Pixmap::new(width, height);
        let target_init = TargetInit::Clear(WHITE);
        let settings = RasterizerSettings { target_init, ..RasterizerSettings::default() };
        context.render_with(&mut pixels, &mut Resources::default(), settings);
        Some(Picture { width, height, pixels: pixels.take_rgba8(ImageAlphaType::Alpha) })
    }

    /// The text of a page, counted from 0, in the order in which it is drawn: at most about
    /// [`MAX_TEXT`] bytes in [`MAX_LINES`] lines. Nothing if there is no such page.
    #[must_use]
    pub fn lines(&self, page: usize) -> Vec<Line> {
        self.0.pages().get(page).map(text::lines).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
