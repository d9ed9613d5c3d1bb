//! What stands for a folder in the page's address.
//!
//! Browsers store addresses and send them to other devices, and a folder's id may be derived from
//! its name. So the address is derived from the id with the vault key: it is the same whenever this
//! vault is open, and says nothing to anybody else.

use std::fmt;

use super::Files;
use crate::catalog::FolderId;

/// Stands for a folder of one vault: 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderAddress(u128);

impl FolderAddress {
    /// Parses the text, which is always in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_text = text.len() == 32 && text.bytes().all(is_digit);
        is_text.then(|| u128::from_str_radix(text, 16).ok().map(Self))?
    }
}

impl fmt::Display for FolderAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Files {
    /// The address of a folder; `None` once the vault is locked.
    #[must_use]
    pub fn address(&self, folder: &FolderId) -> Option<FolderAddress> {
        let keys = self.context.keys()?;
        Some(FolderAddress(u128::from_be_bytes(keys.vault_key.folder_address(folder))))
    }

    /// The folder that has an address; `None` if no listed folder has it. Looks at all folders, at
    /// a few microseconds each.
    #[must_use]
    pub fn at_address(&self, address: FolderAddress) -> Option<FolderId> {
        let folders = self.index().files().folders_below("");
        folders.into_iter().map(|(id, _)| id).find(|id| self.address(id) == Some(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_leads_back() {
        for text in ["000000000000000000000000000000ff", "f0e1d2c3b4a5968778695a4b3c2d1e0f"] {
            assert_eq!(
                FolderAddress::parse(text).map(|address| address.to_string()).unwrap(),
                text
            );
        }
    }

    #[test]
    fn there_is_one_text_of_an_address() {
        for text in
            ["", "ff", "F0E1D2C3B4A5968778695A4B3C2D1E0F", "+00000000000000000000000000000ff"]
        {
            assert_eq!(FolderAddress::parse(text), None, "{text}");
        }
    }
}
