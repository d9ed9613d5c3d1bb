//! The Fernet spec, strict: its own vectors, tokens with one fault each, and the texts that other
//! decoders accept. Raw tokens go through every engine.

#![cfg(test)]

use frond::bytes::Bytes;
use frond::fernet::{self, InvalidToken, MAX_CLOCK_SKEW, MultiFernet};
use frond::secret::FernetKey;
use frond_testing::engines::engines;
use frond_testing::forge;
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const NOW: u64 = 1_763_886_000;
const IV: [u8; 16] = [3; 16];

fn key() -> FernetKey {
    FernetKey::from_text(KEY).unwrap()
}

/// A good token of a message of one block; 73 bytes, so 100 characters that end in `==`.
fn good() -> String {
    let token = fernet::encrypt(&key(), NOW, IV, b"hello");
    assert!(token.len() == 100 && token.ends_with("=="));
    token
}

fn refused(what: &str, text: &str) {
    assert!(fernet::decrypt(&key(), text).is_err(), "accepted: {what}");
    assert!(
        fernet::decrypt_within(&key(), text, u64::MAX, NOW).is_err(),
        "accepted with a maximum age: {what}"
    );
    assert!(fernet::timestamp(&key(), text).is_err(), "timestamp accepted: {what}");
}

/// As text, raw, and by every engine.
async fn refused_raw(what: &str, token: &[u8]) {
    refused(what, &fernet::to_text(token));
    assert!(fernet::open(&key(), token).is_err(), "accepted raw: {what}");
    for (engine, cipher) in engines() {
        assert_eq!(
            cipher.open(&key(), &token.into()).await,
            Err(InvalidToken),
            "accepted by {engine}: {what}"
        );
    }
}

async fn accepted_raw(what: &str, token: &[u8], message: &[u8]) {
    assert_eq!(
        fernet::decrypt(&key(), &fernet::to_text(token)).unwrap().plaintext,
        message,
        "{what}"
    );
    for (engine, cipher) in engines() {
        assert_eq!(
            cipher.open(&key(), &token.into()).await.unwrap().plaintext.to_vec(),
            message,
            "{what} by {engine}"
        );
    }
}

fn spec(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn field<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

/// The three moments that the spec's vectors name.
fn seconds(vector: &Value) -> u64 {
    match field(vector, "now") {
        "1985-10-26T01:20:00-07:00" => 499_162_800,
        "1985-10-26T01:20:01-07:00" => 499_162_801,
        "1985-10-26T01:21:31-07:00" => 499_162_891,
        other => panic!("another moment: {other}"),
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn spec_generate_and_verify() {
    let vectors = spec(include_str!("vectors/fernet_spec/generate.json"));
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let key = FernetKey::from_text(field(&vector, "secret")).unwrap();
        assert_eq!(*key.to_text(), field(&vector, "secret"));
        let iv: [u8; 16] = serde_json::from_value(vector["iv"].clone()).unwrap();
        let (now, message, token) =
            (seconds(&vector), field(&vector, "src").as_bytes(), field(&vector, "token"));
        assert_eq!(fernet::encrypt(&key, now, iv, message), token);
        for (engine, cipher) in engines() {
            let raw = cipher.seal(&key, now, iv, &message.into()).await.unwrap();
            assert_eq!(fernet::to_text(&raw.bytes()), token, "{engine}");
        }
    }
    let vectors = spec(include_str!("vectors/fernet_spec/verify.json"));
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let key = FernetKey::from_text(field(&vector, "secret")).unwrap();
        let max_age = vector["ttl_sec"].as_u64().unwrap();
        let opened =
            fernet::decrypt_within(&key, field(&vector, "token"), max_age, seconds(&vector))
                .unwrap();
        assert_eq!(opened.plaintext, field(&vector, "src").as_bytes());
        assert_eq!(fernet::timestamp(&key, field(&vector, "token")), Ok(499_162_800));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn each_invalid_vector_of_the_spec_is_refused() {
    let vectors = spec(include_str!("vectors/fernet_spec/invalid.json"));
    assert_eq!(vectors.len(), 11);
    for vector in vectors {
        let key = FernetKey::from_text(field(&vector, "secret")).unwrap();
        let max_age = vector["ttl_sec"].as_u64().unwrap();
        let opened =
            fernet::decrypt_within(&key, field(&vector, "token"), max_age, seconds(&vector));
        assert_eq!(opened, Err(InvalidToken), "{}", field(&vector, "desc"));
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn another_version_is_refused() {
    let good = fernet::from_text(&good()).unwrap();
    for version in (0..=255).filter(|version| *version != 0x80) {
        let mut token = good.clone();
        token[0] = version;
        refused_raw(&format!("version {version:#x}"), &token).await;
        let signed = forge::token(&key(), version, NOW, &IV, &good[25..41]);
        refused_raw(&format!("version {version:#x}, signed"), &signed).await;
    }
    accepted_raw(
        "the same by the same way",
        &forge::token(&key(), 0x80, NOW, &IV, &good[25..41]),
        b"hello",
    )
    .await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_flipped_bit_is_refused() {
    let good = fernet::from_text(&good()).unwrap();
    for bit in 0..good.len() * 8 {
        let mut token = good.clone();
        token[bit / 8] ^= 1 << (bit % 8);
        refused_raw(&format!("bit {bit}"), &token).await;
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn every_prefix_is_refused() {
    let text = good();
    for length in 0..text.len() {
        refused(&format!("{length} characters"), text.split_at(length).0);
    }
    let raw = fernet::from_text(&text).unwrap();
    for length in 0..raw.len() {
        refused_raw(&format!("{length} bytes"), &raw[..length]).await;
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn bytes_after_the_token_are_refused() {
    for tail in ["-GARBAGE", "\n", "\r\n", " ", "\0", "=", "====", "AAAA", "gAAA"] {
        refused(&format!("{tail:?} after"), &(good() + tail));
        refused(
            &format!("{tail:?} after, padding first removed"),
            &(good().replace('=', "") + tail),
        );
    }
    refused("a token after a token", &good().repeat(2));
}

#[wasm_bindgen_test(unsupported = test)]
fn bytes_inside_or_before_the_token_are_refused() {
    for junk in [" ", "\n", "\t", "%", "%%$", "\u{b}", "\u{feff}", "="] {
        for at in [0, 1, 50, 97] {
            let mut token = good();
            token.insert_str(at, junk);
            refused(&format!("{junk:?} at {at}"), &token);
            // The same without changing the length of the whole.
            let mut token = good();
            token.replace_range(at..at + 1, junk);
            refused(&format!("{junk:?} instead of {at}"), &token);
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn the_standard_base64_alphabet_is_refused() {
    // A token that has both `-` and `_`, so that there is something to respell.
    let token = (0..).map(|time| fernet::encrypt(&key(), time, IV, b"hello"));
    let token = token.into_iter().find(|token| token.contains('-') && token.contains('_')).unwrap();
    assert!(fernet::decrypt(&key(), &token).is_ok());
    refused("standard alphabet", &token.replace('-', "+").replace('_', "/"));
    refused("mixed: +", &token.replace('-', "+"));
    refused("mixed: /", &token.replace('_', "/"));
    refused("one of them", &token.replacen('-', "+", 1));
}

#[wasm_bindgen_test(unsupported = test)]
fn base64_padding_is_exact() {
    for (message, padding) in [(5, "=="), (20, "="), (40, "")] {
        let token = fernet::encrypt(&key(), NOW, IV, &vec![b'x'; message]);
        let digits = token.trim_end_matches('=');
        assert_eq!(format!("{digits}{padding}"), token);
        for wrong in ["", "=", "==", "===", "====", "=====", "%3D", "%3D%3D", "AA==", "A==="] {
            if wrong != padding {
                refused(&format!("{wrong:?} for {padding:?}"), &format!("{digits}{wrong}"));
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn spare_bits_of_base64_must_be_zero() {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut tried = 0;
    for (message, spare) in [(5, 16), (20, 4)] {
        let token = fernet::encrypt(&key(), NOW, IV, &vec![b'x'; message]);
        let last = token.trim_end_matches('=').len() - 1;
        let value = ALPHABET.iter().position(|c| *c == token.as_bytes()[last]).unwrap();
        assert_eq!(value % spare, 0, "canonical");
        for other in &ALPHABET[value + 1..value + spare] {
            let mut token = token.clone();
            token.replace_range(last..=last, &char::from(*other).to_string());
            refused(&format!("spare bits: {token}"), &token);
            tried += 1;
        }
    }
    assert_eq!(tried, 15 + 3);
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn texts_too_short_for_a_token_are_refused() {
    for text in ["", "=", "==", "===", "====", "g", "gA", "gAA", "gAAA", "gAA=", "gA==", "g==="] {
        refused(text, text);
    }
    for length in [0, 1, 8, 9, 24, 25, 31, 32, 33, 56, 57, 72] {
        let mut token = vec![0; length];
        if let Some(version) = token.first_mut() {
            *version = 0x80;
        }
        refused_raw(&format!("{length} bytes"), &token).await;
        if length >= 32 {
            refused_raw(
                &format!("{length} bytes, signed"),
                &forge::sign(&key(), &token[..length - 32]),
            )
            .await;
        }
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_signed_token_without_ciphertext_is_refused() {
    refused_raw("no ciphertext", &forge::token(&key(), 0x80, NOW, &IV, &[])).await;
    refused_raw("short IV", &forge::token(&key(), 0x80, NOW, &IV[..15], &[])).await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_signed_token_with_half_a_block_is_refused() {
    for length in [1, 15, 17, 31, 33] {
        refused_raw(
            &format!("{length} bytes"),
            &forge::token(&key(), 0x80, NOW, &IV, &vec![9; length]),
        )
        .await;
    }
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_signed_token_with_wrong_padding_is_refused() {
    let block = |last: &[u8]| [&b"0123456789abcdef"[..16 - last.len()], last].concat();
    let wrong: [(&str, Vec<u8>); 9] = [
        ("0x00", block(&[0])),
        ("0x11", block(&[0x11])),
        ("0x11 in two blocks", [[7; 15].as_slice(), &[0x11; 17]].concat()),
        ("0x20", [0x20; 32].to_vec()),
        ("0xff", block(&[0xff])),
        ("wrong inner byte", block(&[3, 4, 4, 4])),
        ("wrong first byte", block(&[5, 6, 6, 6, 6, 6])),
        ("16 in 15", [[0x0f].as_slice(), &[0x10; 15]].concat()),
        ("two blocks, the last not", [block(&[1]), block(&[0])].concat()),
    ];
    for (what, blocks) in wrong {
        refused_raw(what, &forge::padded(&key(), &blocks)).await;
    }
    accepted_raw("0x01", &forge::padded(&key(), &block(&[1])), b"0123456789abcde").await;
    accepted_raw("0x10", &forge::padded(&key(), &[0x10; 16]), b"").await;
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_wrong_hmac_is_refused() {
    for message in [0, 5, 16, 1000] {
        let good = fernet::seal(&key(), NOW, IV, &vec![1; message]);
        for at in [good.len() - 32, good.len() - 1] {
            let mut token = good.clone();
            token[at] ^= 0x80;
            refused_raw(&format!("HMAC byte {at}"), &token).await;
        }
    }
    refused_raw("another key", &fernet::seal(&FernetKey::copied(&[1; 32]), NOW, IV, b"hello"))
        .await;
}

#[wasm_bindgen_test(unsupported = test)]
fn timestamps_span_all_64_bits() {
    for time in [0, NOW, 1 << 63, u64::MAX] {
        let token = fernet::encrypt(&key(), time, IV, b"hello");
        assert_eq!(
            fernet::decrypt(&key(), &token).unwrap().time,
            time,
            "no maximum age: no meaning"
        );
        assert_eq!(fernet::timestamp(&key(), &token), Ok(time));
        let within = fernet::decrypt_within(&key(), &token, 60, NOW).is_ok();
        assert_eq!(within, time == NOW, "{time}");
        // A forged timestamp is refused by its HMAC, whatever arithmetic it asks for.
        let mut forged = fernet::from_text(&token).unwrap();
        forged[1..9].copy_from_slice(&(!time).to_be_bytes());
        refused("forged", &fernet::to_text(&forged));
    }
    let last = fernet::encrypt(&key(), u64::MAX, IV, b"hello");
    assert!(fernet::decrypt_within(&key(), &last, u64::MAX, u64::MAX).is_ok());
    assert!(fernet::decrypt_within(&key(), &last, 0, u64::MAX - MAX_CLOCK_SKEW - 1).is_err());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_maximum_age_has_exact_bounds() {
    let token = good();
    let opens = |max_age, now| fernet::decrypt_within(&key(), &token, max_age, now).is_ok();
    // (maximum age, now − the token's time, accepted)
    for (max_age, age, accepted) in
        [(0, 0, true), (0, 1, false), (60, 59, true), (60, 60, true), (60, 61, false)]
    {
        assert_eq!(opens(max_age, NOW + age), accepted, "{max_age} {age}");
    }
    // The clock behind the token: 60 s of skew are forgiven.
    for (skew, accepted) in [(59, true), (60, true), (61, false), (NOW, false)] {
        assert_eq!(opens(60, NOW - skew), accepted, "skew {skew}");
        assert_eq!(opens(u64::MAX, NOW - skew), accepted, "skew {skew}, any age");
    }
    assert!(opens(u64::MAX, u64::MAX), "a maximum age that overflows saturates");
    assert!(!opens(u64::MAX - NOW - 1, u64::MAX));
}

#[wasm_bindgen_test(unsupported = tokio::test)]
async fn messages_of_every_length_round_trip() {
    for length in [0, 1, 15, 16, 17, 2304, 2305, 3015, 3016, 65_535, 65_536, 8 << 20] {
        let message: Vec<u8> = (0..=255).cycle().take(length).collect();
        let raw = fernet::seal(&key(), NOW, IV, &message);
        for (engine, cipher) in engines() {
            let sealed =
                cipher.seal(&key(), NOW, IV, &Bytes::from(message.as_slice())).await.unwrap();
            assert!(*sealed.bytes() == *raw, "{length} by {engine}");
        }
        accepted_raw("round trip", &raw, &message).await;
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn keys_have_one_spelling() {
    assert!(FernetKey::from_text(KEY).is_ok());
    for (what, text) in [
        ("31 bytes", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4Q=="),
        ("33 bytes", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e7u"),
        ("junk before", "*w_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="),
        ("junk after", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=*"),
        ("newline after", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n"),
        ("space before", " cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="),
        ("newline inside", "cw_0x689RpI-jtRR7oE8h_\nQsKImvJapLeSbXpwF4e4="),
        ("no padding", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4"),
        ("spare bits", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5="),
        ("standard alphabet", "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4="),
        ("two paddings", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e=="),
        ("padding inside", "cw==x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="),
        ("two texts joined", "cw_0x689RpI-jtRR7oE8h_c=eQsKImvJapLeSbXpwF4e"),
        ("hex", "730ff4c7af3d46923e8ed451ee813c87f790b0a226bc96a92de49b5e9c05e1ee"),
        ("31 bytes, one padding", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4Q="),
        ("30 bytes, one padding", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF="),
        ("padding alone", "="),
        ("nothing", ""),
    ] {
        assert!(FernetKey::from_text(text).is_err(), "{what}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn text_that_is_not_ascii_is_refused() {
    refused("BOM", &format!("\u{feff}{}", good()));
    refused("full-width letter", &good().replacen('g', "\u{ff47}", 1));
    // What a lone surrogate of a browser's string becomes when it enters wasm.
    refused("lone surrogate", &good().replacen('A', "\u{fffd}", 1));
    refused("zero-width space", &good().replacen('A', "A\u{200b}", 1));
    assert!(FernetKey::from_text(&KEY.replace('c', "\u{ff43}")).is_err());
}

/// Every row of the table "How strict three Fernet decoders are": pyca 50.0.2, Rust `fernet` 0.2.2,
/// Frond.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn strictness_table() {
    let good = good();
    let (begin, end) = good.split_at(10);
    refused("token-GARBAGE (pyca accepts)", &format!("{good}-GARBAGE"));
    refused("newline (pyca accepts)", &format!("{good}\n"));
    refused("inner space (pyca accepts)", &format!("{begin} {end}"));
    refused("inner %%$ (pyca accepts)", &format!("{begin}%%${end}"));
    refused(
        "standard alphabet (pyca accepts)",
        &fernet::encrypt(&key(), NOW, [255; 16], b"").replace('_', "/"),
    );
    refused("non-canonical last bits (pyca accepts)", &{
        let (digits, last) = (good.split_at(97).0, good.as_bytes()[97]);
        format!("{digits}{}==", char::from(last + 1))
    });
    refused("padding removed (Rust fernet accepts)", good.trim_end_matches('='));
    refused("padding partly removed (Rust fernet accepts)", good.split_at(99).0);
    refused("extra = (both accept)", &format!("{good}="));
    let future = fernet::encrypt(&key(), NOW + 1_000_000, IV, b"hello");
    assert!(
        fernet::decrypt(&key(), &future).is_ok(),
        "far future, no maximum age (Rust fernet rejects)"
    );
    let mut forged = fernet::from_text(&good).unwrap();
    forged[1..9].copy_from_slice(&u64::MAX.to_be_bytes());
    refused("timestamp 2^64−1, forged (Rust fernet panics)", &fernet::to_text(&forged));
    let old = fernet::encrypt(&key(), 0, IV, b"hello");
    assert!(
        fernet::decrypt_within(&key(), &old, u64::MAX, NOW).is_ok(),
        "maximum age u64::MAX (Rust fernet rejects)"
    );
    refused_raw("signed: empty", &forge::token(&key(), 0x80, NOW, &IV, &[])).await;
    refused_raw("signed: 15 bytes", &forge::token(&key(), 0x80, NOW, &IV, &[0; 15])).await;
    refused_raw("signed: version 0x81", &forge::token(&key(), 0x81, NOW, &IV, &[0; 16])).await;
    refused_raw("signed: short IV", &forge::token(&key(), 0x80, NOW, &[0; 8], &[])).await;
    for padding in [0x00, 0x11, 0xff] {
        refused_raw("signed: padding", &forge::padded(&key(), &[padding; 16])).await;
    }
    refused_raw(
        "signed: bad inner padding",
        &forge::padded(&key(), &[[1; 14].as_slice(), &[9, 2]].concat()),
    )
    .await;
    assert!(
        FernetKey::from_text(&format!("{KEY}\n")).is_err(),
        "key with a newline (pyca accepts)"
    );
    assert!(
        FernetKey::from_text(&KEY.replace("e4=", "e5=")).is_err(),
        "key with spare bits (pyca accepts)"
    );
    assert!(
        FernetKey::from_text(KEY.trim_end_matches('=')).is_err(),
        "key without padding (Rust fernet accepts)"
    );
}

/// As pyca's `MultiFernet`: the first key encrypts, each decrypts, rotation keeps the time.
#[wasm_bindgen_test(unsupported = test)]
fn several_keys() {
    let [new, old, stranger] = [[1; 32], [2; 32], [3; 32]];
    let multi = MultiFernet::new(FernetKey::copied(&new), vec![FernetKey::copied(&old)]);
    let by_old = fernet::encrypt(&FernetKey::copied(&old), NOW, IV, b"hello");
    let by_new = multi.encrypt(NOW, IV, b"hello");
    assert_eq!(by_new, fernet::encrypt(&FernetKey::copied(&new), NOW, IV, b"hello"));
    for token in [&by_old, &by_new] {
        assert_eq!(multi.decrypt(token).unwrap().plaintext, b"hello");
        assert!(multi.decrypt_within(token, 60, NOW + 60).is_ok());
        assert!(multi.decrypt_within(token, 60, NOW + 61).is_err());
        assert_eq!(multi.rotate(token, IV).as_ref(), Ok(&by_new), "the new key, the old time");
    }
    let by_stranger = fernet::encrypt(&FernetKey::copied(&stranger), NOW, IV, b"hello");
    assert_eq!(multi.decrypt(&by_stranger), Err(InvalidToken));
    assert_eq!(multi.rotate(&by_stranger, IV), Err(InvalidToken));
    let alone = MultiFernet::new(FernetKey::copied(&new), Vec::new());
    assert_eq!(alone.decrypt(&by_old), Err(InvalidToken));
}
