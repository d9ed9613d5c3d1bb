//! Why an object was not sealed or not opened.

use crate::port::EngineFailed;

/// Why an object was not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// No object of format 1: another magic, impossible lengths, reserved bytes that are not zero.
    #[error("not an object of this format")]
    Format,
    /// Shorter than its size says.
    #[error("the object was cut")]
    Truncated,
    /// Longer than its size says.
    #[error("the object has bytes after its end")]
    Extended,
    /// Not what was sealed: another object, another key, a changed byte. Which, is not said.
    #[error("the object is not what was sealed")]
    Invalid,
    /// Larger than [`MAX_SIZE`](super::MAX_SIZE).
    #[error("the file is too large")]
    TooLarge,
    /// The name does not fit the header.
    #[error("the name is too long")]
    Name,
    /// The source gave another number of bytes than it said it had.
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
