//! HTML: what a browser would show, and the title.

use html5gum::{DefaultEmitter, Token, Tokenizer};

use super::Lines;

pub(super) fn read(html: &str, to: &mut Lines) {
    let mut emitter = DefaultEmitter::default();
    // What is in a script is not markup.
    emitter.naively_switch_states(true);
    let mut hidden = false;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        if to.is_full() {
            return;
        }
        match token {
            Ok(Token::String(text)) if !hidden => {
                // A line of the source is none of what it shows.
                let text = String::from_utf8_lossy(&text).replace(['\n', '\r', '\t'], " ");
                if !text.trim().is_empty() || !text.is_empty() && !to.text.ends_with('\n') {
                    to.push(&text);
                }
            }
            Ok(Token::StartTag(tag)) => {
                hidden = is_hidden(&tag.name);
                separate(&tag.name, to);
            }
            Ok(Token::EndTag(tag)) => {
                hidden = false;
                separate(&tag.name, to);
            }
            _ => {}
        }
    }
    to.end();
}

fn is_hidden(name: &[u8]) -> bool {
    matches!(name, b"script" | b"style")
}

/// Elements that are not part of a line end it.
fn separate(name: &[u8], to: &mut Lines) {
    match name {
        b"a" | b"abbr" | b"b" | b"bdi" | b"bdo" | b"cite" | b"code" | b"em" | b"font" | b"i"
        | b"kbd" | b"mark" | b"q" | b"s" | b"small" | b"span" | b"strong" | b"sub" | b"sup"
        | b"u" | b"var" | b"wbr" => {}
        b"td" | b"th" | b"img" | b"input" => to.space(),
        _ => to.end(),
    }
}
