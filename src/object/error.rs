//! Errors of sealing and opening an object.

use crate::port::EngineFailed;

/// Why an object was not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// Not an object of format 1: wrong magic, impossible lengths, or reserved bytes that are not
    /// zero.
    #[error("not an object of this format")]
    Format,
    /// Shorter than its size implies.
    #[error("the object was cut")]
    Truncated,
    /// Longer than its size implies.
    #[error("the object has bytes after its end")]
    Extended,
    /// Not what was sealed: another object, another key or a modified byte. These are not
    /// distinguished.
    #[error("the object is not what was sealed")]
    Invalid,
    /// Larger than [`MAX_SIZE`](super::MAX_SIZE).
    #[error("the file is too large")]
    TooLarge,
    /// The name does not fit the header.
    #[error("the name is too long")]
    Name,
    /// The source returned a different number of bytes than it declared.
    #[error("the content has another length than was said")]
    Content,
    /// The cipher engine failed.
    #[error("the cipher engine failed")]
    Engine,
}

impl From<EngineFailed> for ObjectError {
    fn from(_: EngineFailed) -> Self {
        Self::Engine
    }
}
