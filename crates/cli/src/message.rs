//! The page's messages, and replacements where those refer to the page.

use frond::session::{ChangeError, Direction, Doubt, LoginError, ShareError, UnlockError};
use frond::text::message;
use frond::transfer::TransferError;

pub(super) use frond::text::words::{count, moment, size, visible};

/// Why the keys on this machine cannot be opened now.
pub(super) const NO_SHARE: &str = "The server does not answer, and the keys on this machine do not \
    open without it. Nothing is lost. Try again when it is back.";

/// The session has ended, before or during a command.
pub(super) const ENDED: &str =
    "The session has ended. Nothing is lost. Sign in again with `frond login`.";

/// The user stopped a transfer.
pub(super) const INTERRUPTED: &str = "Interrupted. Nothing is lost: what was transferred is kept. \
    Run the same command again to continue.";

/// Why the vault did not open.
pub(super) fn unlock(error: &UnlockError) -> String {
    match error {
        UnlockError::NoAnswer => {
            "The server did not answer. Your files are safe. Check the address and your \
             connection, then try again."
        }
        UnlockError::StoreDown => {
            "The storage behind the server did not answer. Your files are safe. Try again in a few \
             minutes."
        }
        UnlockError::InvalidResponse => {
            "The answer from this address is not Frond's, so nothing was sent to it. Your files \
             are safe. Use the address of the page."
        }
        UnlockError::Weak => {
            "This password is too easy to guess. Use four or more unrelated words."
        }
        UnlockError::DeviceStorage => list_error(TransferError::Storage),
        UnlockError::Engine => NO_ENTROPY,
        other => return message::unlock(other),
    }
    .to_owned()
}

/// Why the account's logins were not changed.
pub(super) fn login(error: &LoginError) -> String {
    match error {
        LoginError::Locked => ENDED.to_owned(),
        other => message::login(other),
    }
}

/// Why a link was not made, changed or opened.
pub(super) fn share(error: &ShareError) -> String {
    match error {
        ShareError::Locked => ENDED.to_owned(),
        ShareError::Unlock(error) => unlock(error),
        other => message::share(other),
    }
}

/// No randomness.
pub(super) const NO_ENTROPY: &str = "This machine does not provide secure random numbers, so \
    nothing was done. Your files are safe. Try again after a restart.";

/// Why a transfer stopped.
pub(super) fn failed(error: TransferError, direction: Direction) -> &'static str {
    match error {
        TransferError::Engine => {
            "This machine could not encrypt or decrypt safely, so the transfer stopped. Nothing is \
             lost. Try again."
        }
        TransferError::Target => {
            "The file could not be written to this machine. The copy in storage is safe. Check the \
             disk, then try again."
        }
        TransferError::TargetFull => {
            "This machine does not have enough space for the file. The copy in storage is safe. \
             Free some space, then try again."
        }
        TransferError::TargetDenied => {
            "You do not have permission to write the file there. The copy in storage is safe. \
             Choose another path with --to."
        }
        TransferError::TargetExists => {
            "A file with this name already exists there and was left as it is. The copy in storage \
             is safe. Replace it with --force, or choose another path with --to."
        }
        TransferError::Full => {
            "This machine does not have enough space to keep the file until it is uploaded. The \
             original is untouched. Free some space, then try again."
        }
        TransferError::Storage => {
            "The state folder could not be read or written, so the transfer stopped. Nothing is \
             lost. Check free space and permissions of the folder, then try again."
        }
        TransferError::Refused => REFUSED,
        other => message::failed(other, direction),
    }
}

/// Why a transfer waits.
pub(super) fn waiting(error: TransferError) -> &'static str {
    match error {
        TransferError::StoreDown => "the storage does not answer; waiting",
        TransferError::EndpointDown => "the server does not answer; waiting",
        TransferError::Unread => "the list could not be read; waiting",
        _ => "waiting",
    }
}

/// Why the list could not be read, or a change not saved.
pub(super) fn list_error(error: TransferError) -> &'static str {
    match error {
        TransferError::EndpointDown => {
            "The server does not answer. Nothing is lost. Try again when it is back."
        }
        TransferError::StoreDown => {
            "The storage does not answer. Nothing is lost. Try again when it is back."
        }
        // CORS does not apply to the command line.
        TransferError::NotAdmitted => message::list_error(error),
        TransferError::Refused => REFUSED,
        TransferError::ListTooLong => {
            "The storage lists more than a vault can hold, so Frond stopped reading it. Nothing is \
             lost. Tell whoever runs it."
        }
        TransferError::InvalidResponse => {
            "The server sent an answer that Frond does not understand. Nothing is lost. Tell \
             whoever runs it."
        }
        TransferError::Storage | TransferError::Full => {
            "The state folder could not be read or written, so nothing was changed. Your files are \
             safe. Check free space and permissions of the folder, then try again."
        }
        TransferError::Engine => NO_ENTROPY,
        TransferError::ClockWrong
        | TransferError::StoreRefused
        | TransferError::ReadOnly
        | TransferError::Unread
        | TransferError::Damaged
        | TransferError::TooLarge
        | TransferError::Quota
        | TransferError::Source
        | TransferError::SourceChanged
        | TransferError::UploadGone
        | TransferError::Unshared
        | TransferError::Name
        | TransferError::Missing
        | TransferError::Truncated
        | TransferError::Changed
        | TransferError::Target
        | TransferError::TargetFull
        | TransferError::TargetDenied
        | TransferError::TargetExists
        | TransferError::NoTarget
        | TransferError::Dismissed => message::list_error(error),
    }
}

const REFUSED: &str = "The server no longer accepts this account. Your files are as they were. \
    Sign in again with `frond login`.";

/// Why a change was not made.
pub(super) fn change(error: ChangeError) -> &'static str {
    match error {
        ChangeError::Device => {
            "This machine could not store the change, so nothing was changed. Free some space, \
             then try again."
        }
        ChangeError::Unread => {
            "Nothing was changed because the list could not be read from storage. Your files are \
             as they were. Try again when the storage answers."
        }
        ChangeError::Waits(
            why @ (TransferError::Storage
            | TransferError::Engine
            | TransferError::Refused
            | TransferError::InvalidResponse),
        ) => list_error(why),
        other => message::change(other),
    }
}

/// Why the vault is read-only.
pub(super) fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Newer => {
            "A newer version of Frond made a change that this one does not know. Install the newer \
             version."
        }
        Doubt::Fork => {
            "Two different changes claim the same place in the history, for example because a copy \
             or backup of a browser profile or a state folder was used, or because a device lost \
             power. Nothing is lost. If you know why there are two, merge them with `frond merge`."
        }
        other => message::doubt(other),
    }
}
