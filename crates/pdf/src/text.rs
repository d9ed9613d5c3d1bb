//! The text of a page: what its glyphs stand for and where they are drawn, line by line.

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::hayro_syntax::object::Dict;
use hayro::hayro_interpret::hayro_syntax::page::Page;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, interpret_page,
};
use hayro::kurbo::{Affine, BezPath, Point, Rect, Vec2};

/// Most characters of one page.
pub const MAX_TEXT: usize = 200_000;
/// Most lines of one page.
pub const MAX_LINES: usize = 20_000;

/// A gap of this part of the font's size is a space.
const SPACE: f64 = 0.15;
/// A gap of this many times the font's size begins another line: a column or a cell.
const COLUMN: f64 = 1.5;
/// A glyph that is this part of the font's size off the line is on another one.
const OFF: f64 = 0.4;

/// Text along a straight line. Lengths are parts of the page's width.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Where it begins, from the left of the page.
    pub x: f32,
    /// Where its baseline begins, from the top of the page.
    pub y: f32,
    /// How long it is.
    pub length: f32,
    /// Size of its font.
    pub size: f32,
    /// Its direction, clockwise from the right, in degrees.
    pub angle: f32,
}

/// The lines of a page, in the order in which they are drawn.
pub(crate) fn lines(page: &Page<'_>) -> Vec<Line> {
    let (across, down) = page.render_dimensions();
    let transform = page.initial_transform(true).to_kurbo();
    let bounds = Rect::new(0.0, 0.0, across.into(), down.into());
    let cache = InterpreterCache::new();
    let settings = InterpreterSettings::default();
    let mut context = Context::new(transform, bounds, &cache, page.xref(), settings);
    let mut writer = Writer { across: across.into(), lines: Vec::new(), open: None, length: 0 };
    interpret_page(page, &mut context, &mut writer);
    writer.end();
    writer.lines
}

/// A line that may go on.
struct Open {
    text: String,
    start: Point,
    end: Point,
    size: f64,
}

struct Writer {
    /// The page's width.
    across: f64,
    lines: Vec<Line>,
    open: Option<Open>,
    /// Bytes of text so far.
    length: usize,
}

impl Writer {
    fn is_full(&self) -> bool {
        self.length >= MAX_TEXT || self.lines.len() >= MAX_LINES
    }

    fn write(&mut self, glyph: &Glyph<'_>, place: Affine) {
        let text = match glyph.as_unicode() {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(text)) => text,
            None => return,
        };
        let advance = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        // Glyphs are drawn in thousandths of the font's size.
        let start = place * Point::ZERO;
        let end = place * Point::new(advance.unwrap_or(500.0).into(), 0.0);
        let size = (place * Point::new(0.0, 1_000.0) - start).hypot();
        if !(start.is_finite() && end.is_finite() && size > 0.0) {
            return;
        }
        self.length = self.length.saturating_add(text.len());
        let gap = self.open.as_ref().and_then(|open| gap(open, start, end, size));
        if let (Some(open), Some(gap)) = (&mut self.open, gap) {
            let is_apart = gap > SPACE * open.size && !open.text.ends_with(' ');
            if is_apart && !text.starts_with(' ') {
                open.text.push(' ');
            }
            open.text.push_str(&text);
            open.end = end;
        } else {
            self.end();
            self.open = Some(Open { text, start, end, size });
        }
    }

    /// Ends the line.
    fn end(&mut self) {
        let Some(Open { text, start, end, size }) = self.open.take() else { return };
        let along = end - start;
        if text.trim().is_empty() || along.hypot() <= 0.0 || self.across <= 0.0 {
            return;
        }
        self.lines.push(Line {
            text,
            x: narrow(start.x / self.across),
            y: narrow(start.y / self.across),
            length: narrow(along.hypot() / self.across),
            size: narrow(size / self.across),
            angle: narrow(along.atan2().to_degrees()),
        });
    }
}

/// How far behind the end of a line a glyph begins that goes on with it; `None` if it does not.
fn gap(open: &Open, start: Point, end: Point, size: f64) -> Option<f64> {
    let along = open.end - open.start;
    let (length, em) = (along.hypot(), open.size.max(size));
    let direction = if length > 0.0 { along / length } else { Vec2::new(1.0, 0.0) };
    let apart = start - open.end;
    let (gap, off) = (apart.dot(direction), apart.cross(direction));
    let turns = (end - start).cross(direction).abs() > OFF * em;
    let goes_on = off.abs() <= OFF * em && (-OFF * em..=COLUMN * em).contains(&gap) && !turns;
    let is_alike = (0.5..=2.0).contains(&(size / open.size));
    (goes_on && is_alike).then_some(gap)
}

#[expect(clippy::as_conversions, reason = "as exact as a screen needs")]
fn narrow(number: f64) -> f32 {
    number as f32
}

impl<'a> Device<'a> for Writer {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.is_full() {
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
