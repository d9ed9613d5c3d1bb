//! Extraction: the text of a file, in lines.
//!
//! Files are hostile here. What comes out is bounded ([`MAX_TEXT`]), and so is what is unpacked on
//! the way. No format is followed into another but a mail into its attachments, once. A parser that
//! fails all the same, or takes long, ends the Worker that runs it, and nothing else.

mod html;
mod mail;
mod office;
mod pdf;

use frond_preview::Preview;

use crate::Format;

/// Most text that is read of one file, in bytes; what follows is not found.
pub const MAX_TEXT: usize = 16 << 20;

/// The text of a file with this name; `None` if it has none that can be read: it is damaged,
/// encrypted or not what its name says.
#[must_use]
pub fn text(name: &str, bytes: &[u8]) -> Option<String> {
    let mut text = Lines::default();
    read(Format::of(name)?, bytes, true, &mut text)?;
    Some(text.text)
}

/// Appends the text of a file; `outer` says whether attachments are read too.
fn read(format: Format, bytes: &[u8], outer: bool, to: &mut Lines) -> Option<()> {
    match format {
        Format::Plain => to.push(&decoded(bytes)?),
        Format::Html => html::read(&decoded(bytes)?, to),
        Format::Mail => mail::read(bytes, outer, to)?,
        Format::Pdf => pdf::read(bytes, to)?,
        Format::Office => office::read(bytes, to)?,
    }
    Some(())
}

/// The characters of a text; `None` if it is none.
fn decoded(bytes: &[u8]) -> Option<String> {
    match frond_preview::preview("", bytes, true) {
        Preview::Text(text) => Some(text.text),
        _ => None,
    }
}

/// Text that is gathered, up to [`MAX_TEXT`].
#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn is_full(&self) -> bool {
        self.text.len() >= MAX_TEXT
    }

    fn push(&mut self, text: &str) {
        let room = MAX_TEXT.saturating_sub(self.text.len());
        let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        self.text.push_str(end.and_then(|end| text.get(..end)).unwrap_or_default());
    }

    /// Ends the line, if there is anything on it.
    fn end(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.push("\n");
        }
    }

    /// Separates words.
    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.push(" ");
        }
    }
}
