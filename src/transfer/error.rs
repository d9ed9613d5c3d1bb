//! Why a transfer waits or stopped.

use crate::object::ObjectError;
use crate::path::BadName;
use crate::port::{EngineFailed, NoEntropy, StoreFailed, Unreadable, Unwritable};

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why a transfer waits or stopped. Nothing is lost.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum TransferError {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl TransferError {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Stable name, for `postMessage`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The error of that name.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

errors! {
    /// The endpoint does not answer.
    EndpointDown = "endpoint-down", "the endpoint does not answer";
    /// The store does not answer, or asks to slow down.
    StoreDown = "store-down", "the store does not answer";
    /// The store answers, and does not let this page read its answers (CORS).
    NotAdmitted = "not-admitted", "the store does not admit this page";
    /// The endpoint refuses this login.
    Refused = "refused", "the endpoint refused";
    /// The store refuses what the endpoint signed.
    StoreRefused = "store-refused", "the store refused";
    /// The file is larger than this deployment takes.
    TooLarge = "too-large", "the file is too large";
    /// The source cannot be read, or changed while it was read.
    Source = "source", "the source cannot be read";
    /// What the bucket has of this upload cannot be gone on with: the source is another one than
    /// before, or nothing can tell. It has to begin anew, under a new object id.
    SourceChanged = "source-changed", "the source is not what it was";
    /// The store has the multipart upload no more, and no object that came of it.
    UploadGone = "upload-gone", "the upload is gone";
    /// This device has no room to keep it.
    Full = "full", "no room on this device";
    /// The path has a name in it that is none, or is too long for the header.
    Name = "name", "the name cannot be used";
    /// The bucket has no such object.
    Missing = "missing", "the object is missing";
    /// The stored object is shorter than it was saved.
    Truncated = "truncated", "the object was cut";
    /// The stored object is not what was saved.
    Changed = "changed", "the object was changed";
    /// Whatever is sent arrives damaged: the store refused one body several times.
    Damaged = "damaged", "what arrives is not what was sent";
    /// The target went away, or cannot be written for a reason that has no name here.
    Target = "target", "the target cannot be written";
    /// The target's disk is full.
    TargetFull = "target-full", "no room for the target";
    /// The target may not be written.
    TargetDenied = "target-denied", "no right to write the target";
    /// A file has the target's name already.
    TargetExists = "target-exists", "the target is there already";
    /// Nothing here saves a file of this size: there is no service worker, and no picker of files.
    NoTarget = "no-target", "there is no target for this size";
    /// The person was asked where to save it, and chose no place.
    Dismissed = "dismissed", "no target was chosen";
    /// The list was not read in this session: what was sent is not named in the catalog yet.
    Unread = "unread", "the list was not read";
    /// The vault is read-only: what was sent is not named in the catalog.
    ReadOnly = "read-only", "the vault is read-only";
    /// This device's storage failed: locks, records or the spool.
    Storage = "storage", "this device's storage failed";
    /// No randomness, no cipher engine, no Worker.
    Engine = "engine", "this browser cannot do it";
    /// The clock is off by more than store or endpoint accept.
    ClockWrong = "clock-wrong", "the clock is wrong";
    /// The store lists more than a vault can hold, or than this device could keep.
    ListTooLong = "list-too-long", "the store lists too much";
    /// The store answered something that cannot be.
    InvalidResponse = "nonsense", "the store's answer makes no sense";
}

impl From<ObjectError> for TransferError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Truncated => Self::Truncated,
            ObjectError::Format | ObjectError::Extended | ObjectError::Invalid => Self::Changed,
            ObjectError::TooLarge => Self::TooLarge,
            ObjectError::Name => Self::Name,
            ObjectError::Content => Self::Source,
            ObjectError::Engine => Self::Engine,
        }
    }
}

impl From<NoEntropy> for TransferError {
    fn from(_: NoEntropy) -> Self {
        Self::Engine
    }
}

impl From<EngineFailed> for TransferError {
    fn from(_: EngineFailed) -> Self {
        Self::Engine
    }
}

impl From<Unreadable> for TransferError {
    fn from(_: Unreadable) -> Self {
        Self::Source
    }
}

impl From<StoreFailed> for TransferError {
    fn from(_: StoreFailed) -> Self {
        Self::Storage
    }
}

impl From<BadName> for TransferError {
    fn from(_: BadName) -> Self {
        Self::Name
    }
}

impl From<Unwritable> for TransferError {
    fn from(error: Unwritable) -> Self {
        match error {
            Unwritable::Full => Self::TargetFull,
            Unwritable::Denied => Self::TargetDenied,
            Unwritable::Exists => Self::TargetExists,
            Unwritable::Failed => Self::Target,
        }
    }
}
