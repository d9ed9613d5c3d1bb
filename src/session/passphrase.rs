//! Generated passphrases: words of the English BIP-39 list, 11 bits each.
//!
//! The list is a file beside the page, fetched when a user creates an account and verified by its
//! hash.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::port::{Entropy, NoEntropy};
use crate::secret::Password;

/// 77 bits, with 1.2 million iterations on top.
const WORDS: usize = 7;

/// Largest file that is read for the list, in bytes.
pub(super) const MAX_FILE: usize = 16 * 1024;
/// SHA-256 of the list as BIP-39 publishes it, one word per line, so that a shortened list is
/// rejected.
const LIST: [u8; 32] = [
    0x2f, 0x5e, 0xed, 0x53, 0xa4, 0x72, 0x7b, 0x4b, 0xf8, 0x88, 0x0d, 0x8f, 0x3f, 0x19, 0x9e, 0xfc,
    0x90, 0xe5, 0x85, 0x03, 0x64, 0x6d, 0x9f, 0xf8, 0xef, 0xf3, 0xa2, 0xed, 0x3b, 0x24, 0xdb, 0xda,
];

/// The list.
pub(super) struct Words(String);

impl Words {
    /// Parses the file; anything but the exact list is rejected.
    pub(super) fn read(file: Vec<u8>) -> Option<Self> {
        if Sha256::digest(&file) != LIST {
            return None;
        }
        String::from_utf8(file).ok().map(Self)
    }

    fn list(&self) -> Vec<&str> {
        self.0.lines().collect()
    }

    /// A new passphrase, joined by hyphens: no white space to lose at an end, and easy to type.
    pub(super) fn passphrase(&self, entropy: &dyn Entropy) -> Result<Password, NoEntropy> {
        let mut random = Zeroizing::new([0; WORDS * 2]);
        entropy.fill(&mut *random)?;
        let list = self.list();
        // The list has 2^11 words, so the low bits of a random number choose evenly.
        let words = random
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| usize::from(u16::from_be_bytes(*pair)) % list.len());
        // Full capacity up front: a growing string would leave unwiped copies behind.
        let mut text = String::with_capacity(WORDS * 9);
        for word in words.filter_map(|index| list.get(index)) {
            if !text.is_empty() {
                text.push('-');
            }
            text.push_str(word);
        }
        Ok(Password::new(text))
    }

    /// Whether the password is at least as many distinct words of the list.
    pub(super) fn has_made(&self, password: &Password) -> bool {
        // EXPOSE: to look at its words.
        let mut words: Vec<_> = password.expose().split(['-', ' ']).collect();
        words.sort_unstable();
        words.dedup();
        let list = self.list();
        words.len() >= WORDS && words.iter().all(|word| list.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_FILE, WORDS, Words};
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

    const FILE: &str = include_str!("../../www/words.txt");

    fn words() -> Words {
        Words::read(FILE.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_list_is_bip_39s() {
        assert!(words().list() == bip39::Language::English.word_list());
        assert!(FILE.len() <= MAX_FILE);
        for other in [&b""[..], FILE.trim_end().as_bytes(), FILE.replace("zoo", "zoos").as_bytes()]
        {
            assert!(Words::read(other.to_vec()).is_none());
        }
    }

    #[test]
    fn seven_words_of_the_list() {
        let passphrase = words().passphrase(&Counting).unwrap();
        assert_eq!(passphrase.expose(), "cake-gauge-patch-three-candy-ghost-peace");
        assert_eq!(passphrase.expose().split('-').count(), WORDS);
        assert!(words().has_made(&passphrase));
    }

    #[test]
    fn other_words_are_none() {
        for text in [
            "",
            "abandon-abandon-abandon-abandon-abandon-abandon-abandon",
            "one-two-three-four-five-six-seven",
        ] {
            assert!(!words().has_made(&Password::new(text.to_owned())), "{text}");
        }
    }
}
