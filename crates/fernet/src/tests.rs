//! Tests of which check refuses. Outside this crate all refusals are equal, so a wrong reason would
//! go unnoticed.

use super::cipher::open_or_refuse;
use super::text::open_text;
use super::{Refusal, seal, to_text};
use crate::FernetKey;

fn key() -> FernetKey {
    FernetKey::copied(&[7; 32])
}

fn good() -> Vec<u8> {
    seal(&key(), 1_763_886_000, [3; 16], b"hello")
}

fn raw(token: &[u8]) -> Option<Refusal> {
    open_or_refuse(&key(), token).err()
}

fn text(text: &str) -> Option<Refusal> {
    open_text(&key(), text).err()
}

/// A modified `token` with its HMAC recomputed.
fn signed(token: &[u8]) -> Vec<u8> {
    use hmac::Mac;
    let (before, _) = token.split_at(token.len() - 32);
    let hmac = super::cipher::mac(&key()).chain_update(before).finalize().into_bytes();
    [before, &hmac].concat()
}

#[test]
fn a_good_token_is_not_refused() {
    assert_eq!(raw(&good()), None);
    assert_eq!(text(&to_text(&good())), None);
    assert_eq!(raw(&signed(&good())), None, "signing again changes nothing");
}

#[test]
fn the_version_comes_first() {
    let mut token = good();
    token[0] = 0x81;
    for token in [token.clone(), signed(&token)] {
        assert_eq!(raw(&token), Some(Refusal::Version));
    }
    assert_eq!(
        text(&to_text(&signed(&token))),
        Some(Refusal::Version),
        "0x81 begins with g as well"
    );
    token[0] = 0;
    assert_eq!(text(&to_text(&token)), Some(Refusal::Version));
    assert_eq!(text(&"A".repeat(1 << 20)), Some(Refusal::Version), "junk is not even hashed");
}

#[test]
fn then_the_length() {
    assert_eq!(raw(&[]), Some(Refusal::Length));
    assert_eq!(raw(&good()[..56]), Some(Refusal::Length));
    assert_eq!(raw(&good()[..57]), Some(Refusal::Length));
    assert_eq!(raw(&good()[..72]), Some(Refusal::Length));
    assert_eq!(raw(&signed(&good()[..57])), Some(Refusal::Length), "signed, no ciphertext");
    assert_eq!(
        raw(&signed(&[good(), vec![0]].concat())),
        Some(Refusal::Length),
        "signed, 17 bytes of ciphertext"
    );
    assert_eq!(text(&to_text(&signed(&good()[..57]))), Some(Refusal::Length));
    assert_eq!(text("gAAA"), Some(Refusal::Length));
}

#[test]
fn then_the_hmac_before_anything_is_decrypted() {
    for at in [1, 9, 25, 40, 41, 72] {
        let mut token = good();
        token[at] ^= 1;
        assert_eq!(raw(&token), Some(Refusal::Hmac), "{at}");
        assert_eq!(text(&to_text(&token)), Some(Refusal::Hmac), "{at}");
    }
    assert_eq!(raw(&seal(&FernetKey::copied(&[8; 32]), 7, [3; 16], b"hello")), Some(Refusal::Hmac));
}

#[test]
fn then_the_padding() {
    let mut token = good();
    token[24] ^= 1; // The IV's last byte is the padding's: 11 becomes 10.
    assert_eq!(raw(&token), Some(Refusal::Hmac));
    assert_eq!(raw(&signed(&token)), Some(Refusal::Padding));
    assert_eq!(text(&to_text(&signed(&token))), Some(Refusal::Padding));
}

#[test]
fn text_is_refused_as_text() {
    let good = to_text(&good());
    for wrong in [
        good.trim_end_matches('='),
        &format!("{good}="),
        &format!("{good}\n"),
        &format!("{good}AAAA"),
    ] {
        assert_eq!(text(wrong), Some(Refusal::Text), "{wrong}");
    }
    assert_eq!(text(&good.replacen('A', "+", 1)), Some(Refusal::Text));
    assert_eq!(text(&good.replacen('A', " ", 1)), Some(Refusal::Text));
}
