//! Password strength, as estimated by zxcvbn (Wheeler, USENIX Security 2016).

use async_trait::async_trait;
use frond::port::Meter;

/// zxcvbn in this process. It makes many variants of the password and does not wipe them: they last
/// until the process ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Zxcvbn;

#[async_trait(?Send)]
impl Meter for Zxcvbn {
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64> {
        Some(zxcvbn::zxcvbn(password, inputs).guesses_log10())
    }
}
