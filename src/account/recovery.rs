//! Recovery words: 24 English BIP-39 words that encode 32 random bytes, which are the root.
//!
//! The entropy itself is used; BIP-39's seed derivation is not. The last word carries a checksum of
//! 8 bits.

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize, Zeroizing};

use crate::secret::Root;

/// Not 24 words of the list, or their checksum is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid recovery words")]
pub struct InvalidWords;

/// The words of a root (made of 32 random bytes), with single spaces. The words are secret.
#[must_use]
#[expect(clippy::expect_used, reason = "BIP-39 takes 32 bytes of entropy")]
pub fn recovery_words(root: &Root) -> Zeroizing<String> {
    // EXPOSE: the user writes the words down.
    let mut mnemonic =
        Mnemonic::from_entropy_in(Language::English, root.expose()).expect("BIP-39 takes 32 bytes");
    // 24 words of at most 8 letters: a growing buffer would leave unwiped copies behind.
    let mut text = Zeroizing::new(String::with_capacity(24 * 9));
    for word in mnemonic.words() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    mnemonic.zeroize();
    text
}

/// The root of 24 words, in any case, separated by any white space.
pub fn recovery_root(words: &str) -> Result<Root, InvalidWords> {
    let words = Zeroizing::new(words.to_ascii_lowercase());
    let mut mnemonic =
        Mnemonic::parse_in_normalized(Language::English, &words).map_err(|_| InvalidWords)?;
    let (entropy, length) = mnemonic.to_entropy_array();
    mnemonic.zeroize();
    let entropy = Zeroizing::new(entropy);
    let bytes =
        entropy.get(..length).and_then(|entropy| entropy.try_into().ok()).ok_or(InvalidWords)?;
    Ok(Root::copied(bytes))
}
