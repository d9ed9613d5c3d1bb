//! Recovery words on their way to paper: shown once, and three of them asked back.

use zeroize::Zeroizing;

use super::error::LoginError;
use crate::account::{recovery_root, recovery_words};
use crate::port::{Entropy, NoEntropy};
use crate::secret::Root;

/// How many words are asked back.
const ASKED: usize = 3;
/// How many there are.
const WORDS: usize = 24;

/// New recovery words. They open nothing until
/// [`Logins::keep_words`](super::Logins::keep_words).
pub struct RecoveryWords {
    root: Root,
    words: Zeroizing<String>,
    asked: [usize; ASKED],
}

impl RecoveryWords {
    /// Makes words that nobody has.
    pub(super) fn make(entropy: &dyn Entropy) -> Result<Self, LoginError> {
        let root = Root::filled(|root| entropy.fill(root))?;
        let words = recovery_words(&root);
        // What is on paper has to give the same bytes again.
        if recovery_root(&words).as_ref() != Ok(&root) {
            return Err(LoginError::Words);
        }
        Ok(Self { root, words, asked: asked(entropy)? })
    }

    /// The words, in order. They are secret.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.split(' ')
    }

    /// The numbers of the words that are asked back, ascending; the first word is 1.
    #[must_use]
    pub fn asked(&self) -> [usize; ASKED] {
        self.asked
    }

    /// Whether this is the word of that number, in any case and with any white space around it.
    #[must_use]
    pub fn is(&self, number: usize, typed: &str) -> bool {
        let at = number.checked_sub(1);
        let word = at.and_then(|at| self.words().nth(at));
        word.is_some_and(|word| word.eq_ignore_ascii_case(typed.trim()))
    }

    pub(super) fn root(&self) -> &Root {
        &self.root
    }
}

impl std::fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryWords(…)")
    }
}

/// One number of each third, at random: writing down only a part does not do.
fn asked(entropy: &dyn Entropy) -> Result<[usize; ASKED], NoEntropy> {
    let mut random = [0; ASKED];
    entropy.fill(&mut random)?;
    let third = WORDS / ASKED;
    let mut asked = [0; ASKED];
    for ((number, random), before) in asked.iter_mut().zip(random).zip((0..).step_by(third)) {
        // A byte has 256 values, which eight divide evenly.
        *number = before + usize::from(random) % third + 1;
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// Gives the same bytes over and over.
    struct Fixed([u8; 32]);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            for (byte, fixed) in bytes.iter_mut().zip(self.0.iter().cycle()) {
                *byte = *fixed;
            }
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn any_words_open_what_they_were_made_of(bytes in any::<[u8; 32]>()) {
            let words = RecoveryWords::make(&Fixed(bytes)).unwrap();
            let all: Vec<_> = words.words().collect();
            prop_assert_eq!(all.len(), WORDS);
            let typed = all.join("\n ").to_uppercase();
            let opened = recovery_root(&typed).unwrap();
            prop_assert_eq!(opened.expose(), &bytes);
        }

        #[test]
        fn one_word_of_each_third_is_asked_back(bytes in any::<[u8; 32]>()) {
            let words = RecoveryWords::make(&Fixed(bytes)).unwrap();
            let all: Vec<_> = words.words().map(str::to_owned).collect();
            for (number, third) in words.asked().into_iter().zip([1..=8, 9..=16, 17..=24]) {
                prop_assert!(third.contains(&number));
                let word = all.get(number - 1).unwrap();
                let typed = format!(" {} ", word.to_uppercase());
                let other = format!("{word}s");
                prop_assert!(words.is(number, &typed) && !words.is(number, &other));
                prop_assert!(!words.is(number, "") && !words.is(0, word) && !words.is(25, word));
            }
            prop_assert_eq!(format!("{:?}", words), "RecoveryWords(…)");
        }
    }
}
