//! E-mails: subject, names and addresses, the message, and attachments with text.

use mail_parser::{Address, MessageParser, MimeHeaders};

use super::{Lines, html, read as read_format};
use crate::Format;

pub(super) fn read(bytes: &[u8], outer: bool, to: &mut Lines) -> Option<()> {
    let message = MessageParser::default().parse(bytes)?;
    to.push(message.subject().unwrap_or_default());
    to.end();
    for addresses in [message.from(), message.to(), message.cc()].into_iter().flatten() {
        people(addresses, to);
        to.end();
    }
    for part in message.text_bodies() {
        let text = part.text_contents().unwrap_or_default();
        if part.is_text_html() {
            html::read(text, to)
        } else {
            to.push(text)
        }
        to.end();
    }
    for part in message.attachments().filter(|_| outer) {
        if let Some(name) = part.attachment_name() {
            to.push(name);
            to.end();
            if let Some(format) = Format::of(name) {
                // An attachment that cannot be read has no text.
                let _ = read_format(format, part.contents(), false, to);
                to.end();
            }
        }
    }
    Some(())
}

fn people(addresses: &Address<'_>, to: &mut Lines) {
    for address in addresses.iter() {
        for text in [address.name(), address.address()].into_iter().flatten() {
            to.space();
            to.push(text);
        }
    }
}
