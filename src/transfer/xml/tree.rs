//! The subset of [XML 1.0](https://www.w3.org/TR/xml/) that S3 uses: elements and text, no document
//! type, and therefore only XML's five predefined entities. Anything else is rejected. Why it is
//! our own: docs/decisions/0036.

use std::borrow::Cow;

use super::NotXml;

/// Maximum nesting of a response: a grantee's name in a list of ACLs is 4 deep.
const MAX_DEPTH: usize = 8;
/// Maximum number of elements of a response: a thousand keys with their members are about 15 000.
const MAX_ELEMENTS: usize = 50_000;

/// An element, without its attributes.
pub(super) struct Element<'a> {
    /// Name without its namespace prefix.
    pub(super) name: &'a str,
    /// Its direct text.
    pub(super) text: Cow<'a, str>,
    /// Its child elements.
    pub(super) children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    /// Parses a document; returns its root.
    pub(super) fn root(text: &'a str) -> Result<Self, NotXml> {
        let mut rest = Rest { text: text.trim_start_matches('\u{feff}'), elements: 0 };
        rest.skip_misc()?;
        let root = rest.element(0)?;
        rest.skip_misc()?;
        if rest.text.is_empty() { Ok(root) } else { Err(NotXml) }
    }
}

/// The remaining input.
struct Rest<'a> {
    text: &'a str,
    elements: usize,
}

impl<'a> Rest<'a> {
    /// Consumes `token` if it comes next.
    fn take(&mut self, token: &str) -> bool {
        self.text.strip_prefix(token).map(|rest| self.text = rest).is_some()
    }

    fn expect(&mut self, token: &str) -> Result<(), NotXml> {
        if self.take(token) { Ok(()) } else { Err(NotXml) }
    }

    /// The text before `token`, consuming both.
    fn until(&mut self, token: &str) -> Result<&'a str, NotXml> {
        let (before, rest) = self.text.split_once(token).ok_or(NotXml)?;
        self.text = rest;
        Ok(before)
    }

    fn skip_space(&mut self) {
        self.text = self.text.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// Skips white space, comments and processing instructions around the root.
    fn skip_misc(&mut self) -> Result<(), NotXml> {
        loop {
            self.skip_space();
            if !self.skip_note()? {
                return Ok(());
            }
        }
    }

    /// Skips a comment or processing instruction, if one comes next.
    fn skip_note(&mut self) -> Result<bool, NotXml> {
        let end = if self.take("<!--") {
            "-->"
        } else if self.take("<?") {
            "?>"
        } else {
            return Ok(false);
        };
        self.until(end).map(|_| true)
    }

    fn name(&mut self) -> Result<&'a str, NotXml> {
        let end = self.text.find([' ', '\t', '\r', '\n', '/', '>', '=', '<', '&', '"', '\'']);
        let (name, rest) = end.and_then(|end| self.text.split_at_checked(end)).ok_or(NotXml)?;
        self.text = rest;
        if name.is_empty() || name.starts_with(['!', '?']) { Err(NotXml) } else { Ok(name) }
    }

    /// `<name attribute="…">…</name>` or `<name/>`.
    fn element(&mut self, depth: usize) -> Result<Element<'a>, NotXml> {
        self.elements = self.elements.saturating_add(1);
        if depth >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(NotXml);
        }
        self.expect("<")?;
        let whole = self.name()?;
        let name = whole.rsplit_once(':').map_or(whole, |(_, name)| name);
        let mut element = Element { name, text: Cow::Borrowed(""), children: Vec::new() };
        loop {
            self.skip_space();
            if self.take("/>") {
                return Ok(element);
            }
            if self.take(">") {
                break;
            }
            self.attribute()?;
        }
        loop {
            if self.take("</") {
                let closed = self.name()?;
                self.skip_space();
                self.expect(">")?;
                return if closed == whole { Ok(element) } else { Err(NotXml) };
            }
            if self.take("<![CDATA[") {
                element.text += self.until("]]>")?;
            } else if self.text.starts_with('<') {
                if !self.skip_note()? {
                    element.children.push(self.element(depth + 1)?);
                }
            } else {
                // Unterminated text is detected in the next iteration.
                let (text, rest) =
                    self.text.split_at_checked(self.text.find('<').ok_or(NotXml)?).ok_or(NotXml)?;
                self.text = rest;
                element.text += unescaped(text)?;
            }
        }
    }

    fn attribute(&mut self) -> Result<(), NotXml> {
        self.name()?;
        self.skip_space();
        self.expect("=")?;
        self.skip_space();
        let quote = if self.take("\"") { "\"" } else { "'" };
        if quote == "'" {
            self.expect("'")?;
        }
        if self.until(quote)?.contains('<') { Err(NotXml) } else { Ok(()) }
    }
}

/// `&amp;` → `&`; `&#x41;` and `&#65;` → `A`.
fn unescaped(text: &str) -> Result<Cow<'_, str>, NotXml> {
    let Some((first, mut rest)) = text.split_once('&') else { return Ok(Cow::Borrowed(text)) };
    let mut plain = first.to_owned();
    loop {
        let (entity, after) = rest.split_once(';').ok_or(NotXml)?;
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity
                    .strip_prefix('#')
                    .filter(|number| !number.contains('+'))
                    .ok_or(NotXml)?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                code.ok().and_then(char::from_u32).ok_or(NotXml)?
            }
        });
        match after.split_once('&') {
            Some((text, more)) => {
                plain.push_str(text);
                rest = more;
            }
            None => {
                plain.push_str(after);
                return Ok(Cow::Owned(plain));
            }
        }
    }
}
