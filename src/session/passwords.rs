//! Passwords: how hard one is to guess, whether it may become a new one, a generated one, and the
//! root that one becomes.

use std::cell::OnceCell;
use std::rc::Rc;

use super::error::UnlockError;
use super::passphrase::{self, Words};
use super::world::World;
use crate::account::{Deployment, Username, root};
use crate::port::Request;
use crate::secret::{Password, Root};

/// Fewest characters of a new password.
const MIN_CHARACTERS: usize = 12;
/// Minimum guesses for a new password according to the meter, as a decimal logarithm: 2^40. An
/// attacker with a login record guesses offline; at 1.2 million rounds of PBKDF2 a graphics card of
/// 2024 makes some 10^4 guesses a second, so 10^8 in three hours and 2^40 in three years.
const MIN_GUESSES_LOG10: f64 = 12.04;

/// The strength meter's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Decimal logarithm of the number of guesses needed.
    pub guesses_log10: f64,
    /// Long enough and hard to guess: may be used.
    pub accepted: bool,
}

impl Strength {
    /// Rates a password of this many characters.
    #[must_use]
    pub fn new(guesses_log10: f64, characters: usize) -> Self {
        let accepted = characters >= MIN_CHARACTERS && guesses_log10 >= MIN_GUESSES_LOG10;
        Self { guesses_log10, accepted }
    }

    /// From 0 (guessed at once) over 0.5 (just accepted) to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let share = (self.guesses_log10 / MIN_GUESSES_LOG10 / 2.0).clamp(0.0, 1.0);
        if self.accepted { share } else { share.min(0.49) }
    }
}

/// Judges and makes passwords, and derives roots from them.
pub(super) struct Passwords {
    world: Rc<World>,
    /// The word list, once it was fetched.
    words: OnceCell<Words>,
}

impl Passwords {
    pub(super) fn new(world: &Rc<World>) -> Self {
        Self { world: Rc::clone(world), words: OnceCell::new() }
    }

    /// How strong a password is for this user; `None` when the meter could not be loaded.
    pub(super) async fn strength(&self, username: &str, password: &Password) -> Option<Strength> {
        let password = password.normalised();
        // EXPOSE: to the meter, which runs in this tab.
        let text = password.expose();
        let guesses_log10 = self.world.meter.guesses_log10(text, &[username, "frond"]).await?;
        Some(Strength::new(guesses_log10, text.chars().count()))
    }

    /// Whether it may become this user's password.
    ///
    /// # Errors
    /// [`UnlockError::Password`] for its characters, [`UnlockError::Weak`].
    pub(super) async fn check_new(
        &self,
        username: &Username,
        password: &Password,
    ) -> Result<(), UnlockError> {
        password.check_new().map_err(|_| UnlockError::Password)?;
        let strong = match self.strength(username.as_str(), password).await {
            Some(strength) => strength.accepted,
            // Without the meter, accept only passphrases as we generate them.
            None => self.words().await.is_ok_and(|words| words.has_made(password)),
        };
        if strong { Ok(()) } else { Err(UnlockError::Weak) }
    }

    /// A generated passphrase: seven words of 11 bits each, 77 bits, joined by hyphens.
    pub(super) async fn passphrase(&self) -> Result<Password, UnlockError> {
        Ok(self.words().await?.passphrase(&*self.world.entropy)?)
    }

    /// The root of this user's password.
    pub(super) async fn root(
        &self,
        deployment: &str,
        username: &Username,
        password: &Password,
    ) -> Result<Root, UnlockError> {
        let deployment = Deployment::parse(deployment).map_err(|_| UnlockError::InvalidResponse)?;
        Ok(root(&*self.world.cipher, &deployment, username, password).await?)
    }

    /// The word list, fetched on first use.
    async fn words(&self) -> Result<&Words, UnlockError> {
        if let Some(words) = self.words.get() {
            return Ok(words);
        }
        let request = Request {
            method: "GET".to_owned(),
            url: format!("{}words.txt", self.world.base_url),
            headers: Vec::new(),
            body: Rc::default(),
            max_response: passphrase::MAX_FILE,
        };
        let answer =
            self.world.http.send(request, &|_| ()).await.map_err(|_| UnlockError::NoAnswer)?;
        let words = Words::read(answer.body).ok_or(UnlockError::InvalidResponse)?;
        Ok(self.words.get_or_init(|| words))
    }
}
