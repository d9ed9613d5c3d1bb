//! The password strength meter of account creation, after zxcvbn (Wheeler, USENIX Security 2016). A
//! program of its own, larger than the page, loaded only when a password is chosen.

use zeroizing_alloc::ZeroAlloc;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// Wipes memory when it is freed: the meter makes many copies of a password, in many spellings.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// Decimal logarithm of the number of guesses for a password; words of `inputs`, such as the
/// username, count as known.
#[must_use]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what comes from JavaScript comes by value, and is wiped when it goes"
)]
pub fn guesses_log10(password: String, inputs: Vec<String>) -> f64 {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(&password, &inputs).guesses_log10()
}

#[cfg(test)]
mod tests {
    use super::guesses_log10;

    #[test]
    fn guessable_passwords_take_few_guesses_and_random_words_many() {
        for guessable in ["password1234", "password-1234x", "letmein-please", "happybirthday7"] {
            assert!(guesses_log10(guessable.into(), Vec::new()) < 12.0, "{guessable}");
        }
        assert!(guesses_log10("cedar-violin-harbour-quartz-sphinx".into(), Vec::new()) > 16.0);
    }

    #[test]
    fn the_username_counts_as_guessed() {
        let password = || "zoe.vandermeulen".to_owned();
        let inputs = vec!["zoe.vandermeulen".to_owned()];
        assert!(guesses_log10(password(), inputs) < guesses_log10(password(), Vec::new()));
    }
}
