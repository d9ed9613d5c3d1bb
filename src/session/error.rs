//! Why the vault did not open, a change was not made, or the list has to wait.

use frond_wire::ProblemKind;

use crate::client::ApiError;
use crate::path::BadName;
use crate::port::{EngineFailed, NoEntropy, StoreFailed};
use crate::transfer::TransferError;

/// Why the vault did not open. Nothing was changed or lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// The username has an invalid form.
    #[error("bad username")]
    Username,
    /// The password holds control characters or lone surrogates, or is empty.
    #[error("bad password")]
    Password,
    /// The password is too short or guessable.
    #[error("weak password")]
    Weak,
    /// Wrong username or password; the endpoint cannot tell which.
    #[error("wrong username or password")]
    Wrong,
    /// This username with this password exists already.
    #[error("the login exists")]
    Exists,
    /// Registration is closed.
    #[error("registration is closed")]
    Closed,
    /// The invite code is wrong or used.
    #[error("the invite was refused")]
    Invite,
    /// The endpoint does not answer.
    #[error("the endpoint does not answer")]
    NoAnswer,
    /// The endpoint answers; the store behind it does not.
    #[error("the store does not answer")]
    StoreDown,
    /// Too many attempts; how many seconds to wait.
    #[error("too many requests")]
    TooMany(u64),
    /// The endpoint's response is invalid: another version, or a proxy's page.
    #[error("the endpoint's answer makes no sense")]
    InvalidResponse,
    /// This address had another deployment name before.
    #[error("the deployment changed")]
    DeploymentChanged,
    /// The endpoint reports another deployment than the one that the page was built for.
    #[error("another deployment than this page was built for")]
    OtherDeployment,
    /// This device's storage failed, so the deployment pinned for this address is unknown.
    #[error("this device's storage failed")]
    DeviceStorage,
    /// The login record does not belong to this login: it was changed in storage.
    #[error("the keyring is not ours")]
    Forged,
    /// This device's clock is off by more than the endpoint accepts.
    #[error("the clock is wrong")]
    ClockWrong,
    /// No randomness, or no cipher engine.
    #[error("this browser cannot seal")]
    Engine,
}

/// Why the account's logins were not changed, or not all of what was to change. Nothing was lost:
/// every login that is not named here works as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// What was typed is not the current password.
    #[error("wrong current password")]
    CurrentPassword,
    /// The new password is the current one.
    #[error("the password is unchanged")]
    SamePassword,
    /// These are not 24 words of the list, or their checksum is wrong.
    #[error("invalid recovery words")]
    Words,
    /// No account here has these recovery words.
    #[error("unknown recovery words")]
    UnknownWords,
    /// What the storage has of the new login does not open, so it replaces nothing.
    #[error("the new login does not open")]
    Unproved,
    /// The new login works, and so may the one that it was to replace.
    #[error("the old login may still work")]
    OldStays,
    /// The last login of an account cannot be removed.
    #[error("the last login")]
    Last,
    /// The vault was locked meanwhile, or this login was removed.
    #[error("the vault is locked")]
    Locked,
    /// As at signing in.
    #[error(transparent)]
    Unlock(#[from] UnlockError),
}

/// Why a change was not made. Nothing was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The vault is read-only, see [`View::doubts`](super::View::doubts).
    #[error("the vault is read-only")]
    ReadOnly,
    /// The list was not read in this session: storage or endpoint do not answer. See
    /// [`View::unread`](super::View::unread).
    #[error("the list was not read")]
    Unread,
    /// No such file (any more).
    #[error("no such file")]
    Gone,
    /// No such folder (any more).
    #[error("no such folder")]
    NoFolder,
    /// There is another folder of that path.
    #[error("the folder exists")]
    Exists,
    /// A folder was to be moved into itself.
    #[error("a folder cannot be in itself")]
    Inside,
    /// The new path contains an invalid name.
    #[error("{0}")]
    Name(BadName),
    /// This browser's storage or randomness failed.
    #[error("this browser's storage failed")]
    Device,
    /// The requests to the bucket have to wait, and why. A permanent deletion is already recorded
    /// on this device and is retried automatically.
    #[error("it has to wait")]
    Waits(TransferError),
}

/// Why an event was not appended. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppendError {
    /// The history is doubtful, or the session is locked.
    ReadOnly,
    /// The list was not read in this session.
    Unread,
    /// Its paths together exceed the maximum size of an event.
    TooLong,
    /// This device's storage or randomness failed.
    Device,
}

impl From<StoreFailed> for AppendError {
    fn from(_: StoreFailed) -> Self {
        Self::Device
    }
}

impl From<AppendError> for ChangeError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::ReadOnly => Self::ReadOnly,
            AppendError::Unread => Self::Unread,
            AppendError::TooLong => Self::Name(BadName::PathTooLong),
            AppendError::Device => Self::Device,
        }
    }
}

impl From<AppendError> for TransferError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::ReadOnly => Self::ReadOnly,
            AppendError::Unread => Self::Unread,
            AppendError::TooLong => Self::Name,
            AppendError::Device => Self::Storage,
        }
    }
}

impl From<ApiError> for UnlockError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::NoAnswer => Self::NoAnswer,
            ApiError::StoreDown => Self::StoreDown,
            ApiError::TooMany(seconds) => Self::TooMany(seconds),
            ApiError::ClockWrong => Self::ClockWrong,
            ApiError::InvalidResponse | ApiError::SessionEnded => Self::InvalidResponse,
            ApiError::Engine => Self::Engine,
            ApiError::Problem(kind) => kind.into(),
        }
    }
}

impl From<ProblemKind> for UnlockError {
    fn from(kind: ProblemKind) -> Self {
        use ProblemKind as Kind;
        match kind {
            Kind::UnknownLogin => Self::Wrong,
            Kind::LoginExists => Self::Exists,
            Kind::Closed => Self::Closed,
            Kind::Invite => Self::Invite,
            Kind::Clock => Self::ClockWrong,
            Kind::Store => Self::StoreDown,
            Kind::Timeout | Kind::Internal => Self::NoAnswer,
            Kind::TooMany => Self::TooMany(1),
            // The endpoint that this program belongs to has no reason to say so.
            Kind::Token
            | Kind::NotListed
            | Kind::Forbidden
            | Kind::Origin
            | Kind::Host
            | Kind::Malformed
            | Kind::MediaType
            | Kind::TooLarge
            | Kind::Quota
            | Kind::Proof
            | Kind::AccountExists
            | Kind::LastLogin
            | Kind::SessionEnded
            | Kind::NotFound
            | Kind::Method => Self::InvalidResponse,
        }
    }
}

impl From<ApiError> for LoginError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Problem(ProblemKind::LastLogin) => Self::Last,
            ApiError::Problem(ProblemKind::NotListed) => Self::Locked,
            error => Self::Unlock(error.into()),
        }
    }
}

impl From<NoEntropy> for LoginError {
    fn from(error: NoEntropy) -> Self {
        Self::Unlock(error.into())
    }
}

impl From<NoEntropy> for UnlockError {
    fn from(_: NoEntropy) -> Self {
        Self::Engine
    }
}

impl From<EngineFailed> for UnlockError {
    fn from(_: EngineFailed) -> Self {
        Self::Engine
    }
}

impl From<NoEntropy> for ApiError {
    fn from(_: NoEntropy) -> Self {
        Self::Engine
    }
}

impl From<StoreFailed> for ChangeError {
    fn from(_: StoreFailed) -> Self {
        Self::Device
    }
}

impl From<TransferError> for ChangeError {
    fn from(error: TransferError) -> Self {
        Self::Waits(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{AppendError, ChangeError, StoreFailed, TransferError};
    use crate::path::BadName;

    #[test]
    fn why_an_event_was_not_appended_is_said_of_transfer_and_change() {
        for (why, transfer, change) in [
            (AppendError::ReadOnly, TransferError::ReadOnly, ChangeError::ReadOnly),
            (AppendError::Unread, TransferError::Unread, ChangeError::Unread),
            (AppendError::TooLong, TransferError::Name, ChangeError::Name(BadName::PathTooLong)),
            (AppendError::Device, TransferError::Storage, ChangeError::Device),
        ] {
            assert_eq!(TransferError::from(why), transfer);
            assert_eq!(ChangeError::from(why), change);
        }
    }

    #[test]
    fn why_the_bucket_has_to_wait_is_what_the_change_waits_for() {
        for error in TransferError::ALL {
            assert_eq!(ChangeError::from(*error), ChangeError::Waits(*error));
        }
    }

    #[test]
    fn storage_that_fails_says_so_of_list_transfer_and_change() {
        assert_eq!(TransferError::from(StoreFailed), TransferError::Storage);
        assert_eq!(TransferError::from(AppendError::from(StoreFailed)), TransferError::Storage);
        assert_eq!(ChangeError::from(StoreFailed), ChangeError::Device);
        assert_eq!(ChangeError::from(AppendError::from(StoreFailed)), ChangeError::Device);
    }
}
