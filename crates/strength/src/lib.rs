//! The strength meter of account creation: how guessable a password is, as zxcvbn counts
//! (Wheeler, USENIX Security 2016). A program of its own, larger than the page, loaded only when a password is chosen.

use zeroizing_alloc::ZeroAlloc;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// Wipes all memory as it is given back: the meter makes many copies of a password, spelt in many ways.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// 0 (guessed at once) to 4 (very strong); words of `inputs`, such as the user's name, count as guessed.
#[must_use]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what comes from JavaScript comes by value, and is wiped when it goes"
)]
pub fn score(password: String, inputs: Vec<String>) -> u8 {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(&password, &inputs).score().into()
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn guessable_passwords_score_low_and_random_words_high() {
        assert!(score("password1234".into(), Vec::new()) <= 1);
        assert_eq!(score("cedar-violin-harbour-quartz-sphinx".into(), Vec::new()), 4);
    }

    #[test]
    fn the_username_counts_as_guessed() {
        let password = || "zoe.vandermeulen".to_owned();
        assert!(score(password(), vec!["zoe.vandermeulen".to_owned()]) < score(password(), Vec::new()));
    }
}
