//! Why a command failed: a sentence, and an exit code that scripts can tell apart.

use frond::session::{ChangeError, LoginError, ShareError, UnlockError};
use frond::transfer::TransferError;

use super::message;

/// Kinds of failure: exit code, and name in JSON. Of several, the last in this order is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Not done, or only partly.
    Other,
    /// Wrong arguments, as reported by clap.
    Usage,
    /// Not signed in, or access refused.
    Refused,
    /// No such file.
    NotFound,
    /// The server or the storage does not respond.
    NoAnswer,
    /// A file is missing from the storage, or was modified there.
    Damaged,
    /// Stopped by ^C.
    Stopped,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotFound => 4,
            Self::NoAnswer => 5,
            Self::Damaged => 6,
            Self::Stopped => 130,
        }
    }

    /// Stable name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Other => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::NotFound => "not-found",
            Self::NoAnswer => "no-answer",
            Self::Damaged => "damaged",
            Self::Stopped => "stopped",
        }
    }
}

/// Why a command failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    /// What happened, what it means, what to do. Names in it are already escaped for display.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn other(message: impl Into<String>) -> Self {
        Self::new(Kind::Other, message)
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(super) fn exit(&self) -> u8 {
        self.kind.code()
    }
}

impl From<UnlockError> for Failure {
    fn from(error: UnlockError) -> Self {
        let kind = match error {
            UnlockError::NoAnswer | UnlockError::StoreDown | UnlockError::TooMany(_) => {
                Kind::NoAnswer
            }
            UnlockError::Wrong
            | UnlockError::Username
            | UnlockError::Password
            | UnlockError::Forged => Kind::Refused,
            UnlockError::DeploymentChanged | UnlockError::OtherDeployment => Kind::Refused,
            UnlockError::Weak | UnlockError::Exists | UnlockError::Closed | UnlockError::Invite => {
                Kind::Other
            }
            UnlockError::InvalidResponse
            | UnlockError::ClockWrong
            | UnlockError::Engine
            | UnlockError::DeviceStorage => Kind::Other,
        };
        Self::new(kind, message::unlock(&error))
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        let kind = match &error {
            LoginError::Unlock(error) => return error.clone().into(),
            LoginError::CurrentPassword
            | LoginError::Words
            | LoginError::UnknownWords
            | LoginError::UnknownPasskey
            | LoginError::Passkey(_)
            | LoginError::Unproved
            | LoginError::Locked => Kind::Refused,
            LoginError::SamePassword
            | LoginError::OldStays
            | LoginError::HalfDeleted
            | LoginError::Last => Kind::Other,
        };
        Self::new(kind, message::login(&error))
    }
}

impl From<ShareError> for Failure {
    fn from(error: ShareError) -> Self {
        let kind = match &error {
            ShareError::Unlock(error) => return error.clone().into(),
            ShareError::Link => Kind::Usage,
            ShareError::Ended | ShareError::Password | ShareError::Locked => Kind::Refused,
            ShareError::Changed => Kind::Damaged,
            ShareError::Gone => Kind::NotFound,
            ShareError::TooMany | ShareError::Full | ShareError::Quota => Kind::Other,
        };
        Self::new(kind, message::share(&error))
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        Self::new(kind(error), message::list_error(error))
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        let kind = match error {
            ChangeError::Gone | ChangeError::NoFolder => Kind::NotFound,
            ChangeError::Unread => Kind::NoAnswer,
            ChangeError::Waits(error) => kind(error),
            ChangeError::ReadOnly
            | ChangeError::Exists
            | ChangeError::Inside
            | ChangeError::Name(_)
            | ChangeError::Device => Kind::Other,
        };
        Self::new(kind, message::change(error))
    }
}

/// The failure kind of a transfer's error.
pub(super) fn kind(error: TransferError) -> Kind {
    match error {
        TransferError::EndpointDown
        | TransferError::StoreDown
        | TransferError::NotAdmitted
        | TransferError::Unread => Kind::NoAnswer,
        TransferError::Refused | TransferError::Unshared => Kind::Refused,
        TransferError::Missing | TransferError::Truncated | TransferError::Changed => Kind::Damaged,
        TransferError::StoreRefused
        | TransferError::TooLarge
        | TransferError::Quota
        | TransferError::Source
        | TransferError::SourceChanged
        | TransferError::UploadGone
        | TransferError::Full
        | TransferError::Name
        | TransferError::Target
        | TransferError::TargetFull
        | TransferError::TargetDenied
        | TransferError::TargetExists
        | TransferError::NoTarget
        | TransferError::Dismissed
        | TransferError::ReadOnly
        | TransferError::Storage
        | TransferError::Engine
        | TransferError::ClockWrong
        | TransferError::Damaged
        | TransferError::ListTooLong
        | TransferError::InvalidResponse => Kind::Other,
    }
}
