//! PDF: the characters that its pages draw, in the order in which they are drawn. Lines and spaces
//! are told by where they are.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};

use super::Lines;

/// Most pages that are read.
const MAX_PAGES: usize = 5_000;
/// A gap of this part of the font's size is a space.
const SPACE: f64 = 0.15;
/// A glyph that is this part of the font's size off the line is on another one.
const LINE: f64 = 0.4;

pub(super) fn read(bytes: &[u8], to: &mut Lines) -> Option<()> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    // A font is read once, and not for each page.
    let cache = InterpreterCache::new();
    for page in pdf.pages().iter().take(MAX_PAGES) {
        let (width, height) = page.render_dimensions();
        let transform = page.initial_transform(true).to_kurbo();
        let bounds = Rect::new(0.0, 0.0, width.into(), height.into());
        let settings = InterpreterSettings::default();
        let mut context = Context::new(transform, bounds, &cache, page.xref(), settings);
        interpret_page(page, &mut context, &mut Writer { to, last: None });
        to.end();
        if to.is_full() {
            break;
        }
    }
    Some(())
}

/// Where the last glyph ends, and the font's size.
struct Last {
    end: Point,
    size: f64,
}

struct Writer<'t> {
    to: &'t mut Lines,
    last: Option<Last>,
}

impl Writer<'_> {
    fn write(&mut self, glyph: &Glyph<'_>, place: Affine) {
        let start = place * Point::ZERO;
        // Glyphs are drawn in thousandths of the font's size.
        let size = (place * Point::new(0.0, 1_000.0) - start).hypot();
        if let Some(last) = &self.last {
            let gap = start - last.end;
            let em = size.max(last.size);
            if gap.y.abs() > LINE * em {
                self.to.end();
            } else if gap.x.abs() > SPACE * em {
                self.to.space();
            }
        }
        match glyph.as_unicode() {
            Some(BfString::Char(c)) => self.to.push(c.encode_utf8(&mut [0; 4])),
            Some(BfString::String(text)) => self.to.push(&text),
            None => {}
        }
        let advance = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(500.0));
        self.last = Some(Last { end: place * Point::new(advance, 0.0), size });
    }
}

impl<'a> Device<'a> for Writer<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.to.is_full() {
                return;
            }
            self.write(glyph, props.transform * glyph.transform());
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {}
    fn begin_marked_content(&mut self, _: &[u8], _: Option<&Dict<'_>>) {}
    fn end_marked_content(&mut self) {}
}
