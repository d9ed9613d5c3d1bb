//! The page's messages, and replacements where those refer to the page.

use frond::session::{ChangeError, Direction, Doubt, UnlockError};
use frond::text::message;
use frond::transfer::TransferError;

pub(super) use frond::text::words::{count, moment, size, visible};

/// Why the keys on this machine cannot be opened now.
pub(super) const NO_SHARE: &str = "The server does not answer, and without it what this machine keeps does not open. Nothing is lost. Try again when it is back.";

/// Why the vault did not open.
pub(super) fn unlock(error: &UnlockError) -> String {
    match error {
        UnlockError::NoAnswer => {
            "The server did not answer. Your files are safe. Check the address and your connection, then try again."
        }
        UnlockError::StoreDown => {
            "The storage behind the server did not answer. Your files are safe. Try again in a while."
        }
        UnlockError::InvalidResponse => {
            "This address gave an answer that is not Frond's. Nothing was sent to it. Check it: it is where the page is."
        }
        UnlockError::Weak => {
            "This password is too easy to guess. Use four or more words that do not belong together."
        }
        UnlockError::DeviceStorage => trouble(TransferError::Storage),
        UnlockError::Engine => "This machine gives no safe random numbers, so nothing was done.",
        other => return message::unlock(other),
    }
    .to_owned()
}

/// Why a transfer stopped.
pub(super) fn failed(error: TransferError, direction: Direction) -> &'static str {
    match error {
        TransferError::Engine => {
            "This machine could not do the work safely, so it stopped. Nothing is lost. Try again."
        }
        TransferError::Target => "It could not be written here. The one in storage is safe.",
        TransferError::TargetFull => "There is no room for it here. The one in storage is safe.",
        TransferError::TargetDenied => {
            "There is no right to write it here. The one in storage is safe."
        }
        TransferError::TargetExists => {
            "Such a file is here already, and was left as it is. The one in storage is safe. --force replaces it."
        }
        TransferError::Full => "There is no room on this machine to keep it until it is sent.",
        TransferError::Storage => {
            "What this machine keeps could not be read or written, so it stopped. Nothing is lost. Make room, or look at \
             who owns the state folder (`frond status`)."
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
pub(super) fn trouble(trouble: TransferError) -> &'static str {
    match trouble {
        TransferError::EndpointDown => {
            "The server does not answer. Nothing is lost. Try again when it is back."
        }
        TransferError::StoreDown => {
            "The storage does not answer. Nothing is lost. Try again when it is back."
        }
        // CORS does not apply to the command line.
        TransferError::NotAdmitted => message::trouble(trouble),
        TransferError::Refused => REFUSED,
        TransferError::ListTooLong => {
            "The storage lists more than a vault can hold, so reading it was stopped. Nothing is lost. Tell whoever runs it."
        }
        TransferError::InvalidResponse => {
            "The server answers in a way that makes no sense here. Nothing is lost. Tell whoever runs it."
        }
        TransferError::Storage | TransferError::Full => {
            "What this machine keeps could not be read or written, so nothing was changed. Your files are safe. Make \
             room, or look at who owns the state folder (`frond status`)."
        }
        TransferError::Engine => {
            "This machine gives no safe random numbers, so nothing was changed."
        }
        TransferError::ClockWrong
        | TransferError::StoreRefused
        | TransferError::ReadOnly
        | TransferError::Unread
        | TransferError::Damaged
        | TransferError::TooLarge
        | TransferError::Source
        | TransferError::SourceChanged
        | TransferError::UploadGone
        | TransferError::Name
        | TransferError::Missing
        | TransferError::Truncated
        | TransferError::Changed
        | TransferError::Target
        | TransferError::TargetFull
        | TransferError::TargetDenied
        | TransferError::TargetExists
        | TransferError::NoTarget
        | TransferError::Dismissed => message::trouble(trouble),
    }
}

const REFUSED: &str = "The server no longer lets this account in. Your files are as they were. Sign in again with `frond login`.";

/// Why a change was not made.
pub(super) fn change(error: ChangeError) -> &'static str {
    match error {
        ChangeError::Device => {
            "This machine could not store the change, so nothing was changed. Make room, then try again."
        }
        ChangeError::Unread => {
            "Nothing was changed, because the list could not be read from storage. Your files are as they were. Try again \
             when it answers."
        }
        ChangeError::Waits(
            why @ (TransferError::Storage
            | TransferError::Engine
            | TransferError::Refused
            | TransferError::InvalidResponse),
        ) => trouble(why),
        other => message::change(other),
    }
}

/// Why the vault is read-only.
pub(super) fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Newer => "A newer version of Frond made a change that this one does not know.",
        Doubt::Fork => {
            "Two different changes claim the same place in the history, as when a copy or a backup of a browser's profile or \
             of a state folder was used. If you did that, both are yours, and `frond merge` brings them together."
        }
        other => message::doubt(other),
    }
}
