//! What only a browser has: the choice of the engine and the judged generator, here inside a
//! dedicated Worker, where bulk work runs. (The suites beside this one run on a page.)

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use std::rc::Rc;

use frond::browser::entropy::SystemEntropy;
use frond::browser::webcrypto::{WebCrypto, engine};
use frond::bytes::Bytes;
use frond::fernet::{self, InvalidToken};
use frond::port::{Entropy, KeyDerivation, NoEntropy};
use frond::secret::FernetKey;
use frond::software::Software;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn the_chosen_engine_gives_the_same_bytes() {
    let (key, chosen) = (FernetKey::copied(&[7; 32]), engine(Rc::new(Software)).await);
    for length in [0, 1, 16, 524_287, 524_288] {
        let message = Bytes::from(vec![5; length]);
        let token = chosen.seal(&key, 7, [3; 16], &message).await.unwrap();
        assert!(*token.bytes() == *fernet::seal(&key, 7, [3; 16], &message.bytes()), "{length}");
        assert!(chosen.open(&key, &token).await.unwrap().plaintext == message, "{length}");
        let mut changed = token.to_vec();
        changed[length / 2] ^= 1;
        assert_eq!(chosen.open(&key, &changed.into()).await, Err(InvalidToken), "{length}");
    }
}

/// The chosen engine is the browser's: a self-test that always failed would go unnoticed otherwise.
#[wasm_bindgen_test]
async fn the_browser_s_engine_passes_its_self_test() {
    assert!(WebCrypto::new().expect("crypto.subtle is here").passes().await);
}

#[wasm_bindgen_test]
async fn passwords_are_stretched_alike() {
    for password in ["", "a", "pässword", &"long ".repeat(100)] {
        let subtle =
            WebCrypto::new().unwrap().derive(password.as_bytes(), &[9; 32], 1000).await.unwrap();
        assert!(
            subtle == Software.derive(password.as_bytes(), &[9; 32], 1000).await.unwrap(),
            "{password}"
        );
    }
}

#[wasm_bindgen_test]
fn randomness_is_believed_only_where_it_can_be() {
    let system = SystemEntropy::new();
    let (mut one, mut two) = ([0; 48], [0; 48]);
    system.fill(&mut one).unwrap();
    system.fill(&mut two).unwrap();
    assert_ne!(one, two);

    let fails = |source: fn(&mut [u8]) -> Result<(), NoEntropy>, at: usize| {
        let entropy = SystemEntropy::over(source);
        let tries = (0..=at).map(|_| entropy.fill(&mut [1; 32])).collect::<Vec<_>>();
        assert_eq!(tries.iter().position(Result::is_err), Some(at));
    };
    fails(|_| Err(NoEntropy), 0);
    fails(
        |bytes| {
            bytes.fill(0);
            Ok(())
        },
        0,
    );
    // Both halves the same.
    fails(
        |bytes| {
            bytes.fill(7);
            Ok(())
        },
        0,
    );
    // The same 32 bytes again and again.
    fails(
        |bytes| {
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = if i < 16 { 1 } else { 2 };
            }
            Ok(())
        },
        1,
    );
}
