//! Why a transfer waits or stopped.

use crate::object::ObjectError;
use crate::path::BadName;
use crate::port::{EngineFailed, NoEntropy, StoreFailed, Unreadable, Unwritable};

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why a transfer waits or stopped. No data is lost.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum TransferError {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl TransferError {
            /// All variants.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Stable name, for `postMessage`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The error with that name.
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
    /// The endpoint does not respond.
    EndpointDown = "endpoint-down", "the endpoint does not answer";
    /// The store does not respond, or asks to slow down.
    StoreDown = "store-down", "the store does not answer";
    /// The store responds but does not let this page read its responses (CORS).
    NotAdmitted = "not-admitted", "the store does not admit this page";
    /// The endpoint refuses this login.
    Refused = "refused", "the endpoint refused";
    /// The link has ended, or does not name this file any more.
    Unshared = "unshared", "the link does not open it";
    /// The store refuses what the endpoint signed.
    StoreRefused = "store-refused", "the store refused";
    /// The file is larger than this deployment takes.
    TooLarge = "too-large", "the file is too large";
    /// The account has no room left for it in the bucket.
    Quota = "quota", "the account's storage is full";
    /// The source cannot be read, or changed while it was being read.
    Source = "source", "the source cannot be read";
    /// The upload cannot be resumed from what the bucket has of it: the source differs from before,
    /// or that cannot be determined. It must begin anew, under a new object id.
    SourceChanged = "source-changed", "the source is not what it was";
    /// The store no longer has the multipart upload, nor an object made from it.
    UploadGone = "upload-gone", "the upload is gone";
    /// This device has no room to store it.
    Full = "full", "no room on this device";
    /// A name in the path is invalid, or the path is too long for the header.
    Name = "name", "the name cannot be used";
    /// The bucket has no such object.
    Missing = "missing", "the object is missing";
    /// The stored object is shorter than what was saved.
    Truncated = "truncated", "the object was cut";
    /// The stored object differs from what was saved.
    Changed = "changed", "the object was changed";
    /// Bodies arrive damaged: the store refused the same body several times.
    Damaged = "damaged", "what arrives is not what was sent";
    /// The target is gone, or cannot be written for a reason not listed here.
    Target = "target", "the target cannot be written";
    /// The target's disk is full.
    TargetFull = "target-full", "no room for the target";
    /// Writing the target is not permitted.
    TargetDenied = "target-denied", "no right to write the target";
    /// A file with the target's name already exists.
    TargetExists = "target-exists", "the target is there already";
    /// The browser cannot save a file of this size: there is no service worker and no file picker.
    NoTarget = "no-target", "there is no target for this size";
    /// The user was asked where to save the file and cancelled.
    Dismissed = "dismissed", "no target was chosen";
    /// The list was not read in this session: what was sent is not yet in the catalog.
    Unread = "unread", "the list was not read";
    /// The vault is read-only: what was sent is not in the catalog.
    ReadOnly = "read-only", "the vault is read-only";
    /// This device's storage failed: locks, records or the spool.
    Storage = "storage", "this device's storage failed";
    /// No randomness, no cipher engine or no Worker.
    Engine = "engine", "this browser cannot do it";
    /// The clock differs by more than the store or endpoint accepts.
    ClockWrong = "clock-wrong", "the clock is wrong";
    /// The store lists more than a vault can hold, or more than this device could keep.
    ListTooLong = "list-too-long", "the store lists too much";
    /// The store's response is invalid.
    InvalidResponse = "invalid-response", "the store's answer makes no sense";
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
