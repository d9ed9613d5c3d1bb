//! Passphrases that nobody has to invent: words of the English BIP-39 list, 11 bits each.

use std::collections::BTreeSet;

use bip39::Language;
use zeroize::Zeroizing;

use crate::port::{Entropy, NoEntropy};
use crate::secret::Password;

/// 77 bits, with 1.2 million iterations on top.
const WORDS: usize = 7;

/// A new passphrase, joined by hyphens: no white space to lose at an end, no key to look for.
pub(super) fn generate(entropy: &dyn Entropy) -> Result<Password, NoEntropy> {
    let mut random = Zeroizing::new([0; WORDS * 2]);
    entropy.fill(&mut *random)?;
    let list = Language::English.word_list();
    // The list has 2^11 words, so the low bits of a random number choose evenly.
    let words =
        random.as_chunks::<2>().0.iter().map(|pair| usize::from(u16::from_be_bytes(*pair)) % list.len());
    // Room for all of it: a growing string would leave unwiped pieces behind.
    let mut text = String::with_capacity(WORDS * 9);
    for word in words.filter_map(|index| list.get(index)) {
        if !text.is_empty() {
            text.push('-');
        }
        text.push_str(word);
    }
    Ok(Password::new(text))
}

/// Whether it is at least as many different words of the list.
pub(super) fn is_one(password: &Password) -> bool {
    // EXPOSE: to look at its words.
    let words: BTreeSet<_> = password.expose().split(['-', ' ']).collect();
    let list = Language::English.word_list();
    words.len() >= WORDS && words.iter().all(|word| list.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{WORDS, generate, is_one};
    use crate::port::{Entropy, NoEntropy};
    use crate::secret::Password;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
            for (byte, n) in bytes.iter_mut().zip(1..) {
                *byte = n;
            }
            Ok(())
        }
    }

    #[test]
    fn seven_words_of_the_list() {
        let passphrase = generate(&Counting).unwrap();
        assert_eq!(passphrase.expose(), "cake-gauge-patch-three-candy-ghost-peace");
        assert_eq!(passphrase.expose().split('-').count(), WORDS);
        assert!(is_one(&passphrase));
    }

    #[test]
    fn other_words_are_none() {
        for text in [
            "",
            "abandon-abandon-abandon-abandon-abandon-abandon-abandon",
            "one-two-three-four-five-six-seven",
        ] {
            assert!(!is_one(&Password::new(text.to_owned())), "{text}");
        }
    }
}
