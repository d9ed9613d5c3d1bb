//! How guessable a password is, as zxcvbn counts (Wheeler, USENIX Security 2016).

use async_trait::async_trait;

use crate::port::Meter;

/// zxcvbn in this process. It spells the password in many ways, and does not wipe them: they go
/// with the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zxcvbn;

#[async_trait(?Send)]
impl Meter for Zxcvbn {
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64> {
        Some(zxcvbn::zxcvbn(password, inputs).guesses_log10())
    }
}
