//! A Fernet token as users paste it: with white space around it, or wrapped over lines, as mail
//! programs do.
//!
//! The white space is removed before the token is read; [`crate::fernet`] itself accepts only the
//! canonical encoding.

use std::borrow::Cow;

/// Bytes of a token around its ciphertext, and of a block.
const FRAME: usize = 57;
const BLOCK: usize = 16;

/// The text is not a token, whatever the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a Fernet token")]
pub struct NoToken;

/// The token in a text, without ASCII white space. Checks alphabet, padding, version and length;
/// only the key can tell whether it is authentic.
pub fn token(text: &str) -> Result<Cow<'_, str>, NoToken> {
    let text = text.trim_ascii();
    let token = if text.contains(blank) {
        Cow::Owned(text.replace(blank, ""))
    } else {
        Cow::Borrowed(text)
    };
    if has_form(&token) { Ok(token) } else { Err(NoToken) }
}

fn blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

fn has_form(text: &str) -> bool {
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // The first twelve bits: 0x80, the version, and half of the timestamp's first byte.
    let version = matches!(digits.as_bytes(), [b'g', b'A'..=b'P', ..]);
    let length = digits.len() / 4 * 3 + (digits.len() % 4).saturating_sub(1);
    let blocks =
        length.checked_sub(FRAME).is_some_and(|left| left > 0 && left.is_multiple_of(BLOCK));
    version && text.len().is_multiple_of(4) && blocks && digits.bytes().all(in_alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fernet;
    use crate::secret::FernetKey;

    const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    #[test]
    fn blanks_around_and_within_a_token_go() {
        let key = FernetKey::from_text(KEY).unwrap();
        for length in 0..40 {
            let whole = fernet::encrypt(&key, 1, [7; 16], &vec![b'x'; length]);
            let wrapped: Vec<_> =
                whole.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
            for pasted in [
                whole.clone(),
                format!("{whole}\n"),
                format!(" \t{whole}\r\n\r\n"),
                wrapped.join("\r\n"),
                wrapped.join("\n  "),
            ] {
                let token = token(&pasted).unwrap();
                assert_eq!(token, whole);
                assert_eq!(fernet::decrypt(&key, &token).unwrap().plaintext.len(), length);
            }
            assert!(
                fernet::decrypt(&key, &format!("{whole}\n")).is_err(),
                "the library stays strict"
            );
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        let token_of = |text: &str| token(text).map(|token| token.into_owned());
        let whole = fernet::encrypt(&FernetKey::from_text(KEY).unwrap(), 1, [7; 16], b"hello");
        assert_eq!(token_of(&whole), Ok(whole.clone()));
        let cut = whole.trim_end_matches('=');
        for text in [
            "",
            "hello",
            KEY,
            "gAAAAA==",
            cut,
            &whole.replacen('g', "h", 1),
            &whole.replacen("gA", "gQ", 1),
            &whole.replacen('A', "+", 1),
            &whole.replacen('A', "\u{a0}", 1),
            &format!("{whole}AAAA"),
        ] {
            assert_eq!(token_of(text), Err(NoToken), "{text}");
        }
    }
}
