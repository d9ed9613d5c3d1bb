//! The software engine for bulk work in a browser: whatever is asked for at the same time, each
//! caller gets what the reference gives.

#![cfg(test)]

use frond::bytes::Bytes;
use frond::fernet::InvalidToken;
use frond::port::BulkCipher;
use frond::secret::FernetKey;
use frond::software::{SideBySide, Software};
use futures_util::future::join_all;
use futures_util::poll;
use std::pin::pin;
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// One call: its key, IV and message depend on its number.
fn call(n: u8, length: usize) -> (FernetKey, [u8; 16], Bytes) {
    let message: Vec<u8> = (0..=u8::MAX).map(|byte| byte ^ n).cycle().take(length).collect();
    (FernetKey::copied(&[n; 32]), [!n; 16], message.into())
}

/// Several of one length, more or fewer than are done together, and some of other lengths.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn any_number_of_any_lengths_at_once() {
    let several: [&[usize]; 8] = [
        &[],
        &[100],
        &[0; 4],
        &[16, 16, 16],
        &[4096; 4],
        &[1000; 9],
        &[5, 80, 5, 16, 5, 80, 5, 5, 15],
        &[15, 16, 17, 31, 32, 33],
    ];
    for lengths in several {
        let engine = SideBySide::default();
        let calls: Vec<_> = (1..).zip(lengths).map(|(n, length)| call(n, *length)).collect();
        let sealed =
            join_all(calls.iter().map(|(key, iv, message)| engine.seal(key, 7, *iv, message)));
        let sealed = sealed.await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        for ((key, iv, message), token) in calls.iter().zip(&sealed) {
            let expected = Software.seal(key, 7, *iv, message).await.unwrap();
            assert!(*token == expected, "{lengths:?}");
        }
        let opened =
            join_all(calls.iter().zip(&sealed).map(|((key, ..), token)| engine.open(key, token)));
        for (opened, (_, _, message)) in opened.await.into_iter().zip(&calls) {
            let opened = opened.unwrap();
            assert!(opened.plaintext == *message && opened.time == 7, "{lengths:?}");
        }
    }
}

/// Of four that are opened together, a changed one is refused, wherever it was changed, and so is
/// one that is no token; the others open.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_changed_token_is_refused_alone() {
    let engine = SideBySide::default();
    let calls: Vec<_> = (1..5).map(|n| call(n, 40)).collect();
    let sealed =
        join_all(calls.iter().map(|(key, iv, message)| engine.seal(key, 7, *iv, message))).await;
    let sealed: Vec<_> = sealed.into_iter().map(|token| token.unwrap().to_vec()).collect();
    for changed in 0..4 {
        for at in 0..sealed[changed].len() {
            let mut tokens = sealed.clone();
            tokens[changed][at] ^= 1;
            let tokens: Vec<_> = tokens.into_iter().map(Bytes::from).collect();
            let opened =
                calls.iter().zip(&tokens).map(|((key, ..), token)| engine.open(key, token));
            for (n, opened) in join_all(opened).await.into_iter().enumerate() {
                match opened {
                    Ok(opened) => assert!(n != changed && opened.plaintext == calls[n].2),
                    Err(InvalidToken) => assert_eq!(n, changed, "{at}"),
                }
            }
        }
    }
}

/// A padding that was authenticated, and is none: by whoever has the key.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn padding_is_judged_as_the_reference_judges_it() {
    let key = FernetKey::copied(&[1; 32]);
    let engine = SideBySide::default();
    // The last byte of what any ciphertext decrypts to takes every value.
    for n in 0..=u8::MAX {
        let mut ciphertext = [3; 32];
        ciphertext[15] = n;
        let token = frond_testing::forge::token(&key, 0x80, 7, &[0; 16], &ciphertext);
        let token = Bytes::from(token);
        let tokens = [(); 4].map(|()| engine.open(&key, &token));
        let expected = Software.open(&key, &token).await;
        for opened in join_all(tokens).await {
            assert_eq!(opened, expected, "{n}");
        }
    }
}

/// A call that is dropped while it waits takes nothing from the others.
#[wasm_bindgen_test(unsupported = tokio::test)]
async fn a_dropped_call_leaves() {
    let engine = SideBySide::default();
    let (key, iv, message) = call(1, 100);
    {
        let mut dropped = pin!(engine.seal(&key, 7, iv, &message));
        assert!(poll!(&mut dropped).is_pending());
    }
    let token = engine.seal(&key, 7, iv, &message).await.unwrap();
    assert!(token == Software.seal(&key, 7, iv, &message).await.unwrap());
}
