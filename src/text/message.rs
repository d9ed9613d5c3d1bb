//! Every error as one sentence or two: what happened, what it means for the files, what to do.
//!
//! Each match names every variant: a new error does not compile until somebody has found its words.

use crate::path::BadName;
use crate::session::{
    ChangeError, Direction, Doubt, FileFault, Over, Strength, Trouble, UnlockError,
};
use crate::text::words;
use crate::transfer::TransferError;

/// Why the vault did not open, or was not made.
#[must_use]
pub fn unlock(error: &UnlockError) -> String {
    match error {
        UnlockError::Wrong => "Wrong username or password. Check both and try again.",
        UnlockError::Username => {
            "This username cannot be used. Take up to 64 letters, digits or . _ @ + - and begin with a letter or digit."
        }
        UnlockError::Password => "This password cannot be used. Take one without tabs, line breaks or other hidden characters.",
        UnlockError::Weak => {
            "This password is too easy to guess. Use four or more words that do not belong together, or a suggested passphrase."
        },
        UnlockError::Exists => "This username is already in use with this password. Sign in instead.",
        UnlockError::Closed => "New accounts are closed here. Ask whoever runs this server to add you.",
        UnlockError::Invite => "This invite code is wrong or was used already. Check it, or ask for a new one.",
        UnlockError::NoAnswer => {
            "The server did not answer. Your files are safe. Check your connection and try again; what you typed is still here."
        }
        UnlockError::StoreDown => {
            "The storage behind the server did not answer. Your files are safe. Try again in a while; what you typed is still here."
        }
        UnlockError::TooMany(seconds) => {
            return format!("Too many tries. Nothing is lost. Wait {} and try again.", wait(*seconds));
        }
        UnlockError::InvalidResponse => {
            "The server gave an answer that makes no sense, perhaps because the network wants you to sign in to it first. \
             Nothing is lost. Try again later."
        }
        UnlockError::DeploymentChanged => {
            "This address now leads to another vault than before, so nothing was sent to it. Your files are where they \
             were. Ask whoever runs this server."
        }
        UnlockError::OtherDeployment => {
            "This page was made for another vault than the server has, so nothing was sent to it. Your files are where they \
             were. Ask whoever runs this server."
        }
        UnlockError::DeviceStorage => {
            "This browser could not read what it keeps of this address, so nothing was sent to it. Your files are safe. Close \
             other tabs of this page or restart the browser, then try again."
        }
        UnlockError::Forged => {
            "The key of this account was changed in storage, so it was not used. Nothing on this device is lost. \
             Ask whoever runs this server to bring the stored login back."
        }
        UnlockError::ClockWrong => {
            "The clock of this device is wrong, so the server refused. Nothing is lost. Set date and time, then try again."
        }
        UnlockError::Engine => {
            "This browser could not lock or open anything safely, so nothing was done. Try another browser."
        }
    }
    .to_owned()
}

/// Why the vault was locked.
#[must_use]
pub fn over(over: Over, idle_minutes: u32) -> String {
    match over {
        Over::Idle => {
            let minutes = usize::try_from(idle_minutes).unwrap_or(usize::MAX);
            format!("Locked after {} of inactivity.", words::count(minutes, "minute"))
        }
        Over::OtherTab => {
            "Locked, because another tab locked the vault or signed in anew.".to_owned()
        }
        Over::Ended => "Locked, because the server ended the session.".to_owned(),
    }
}

/// Why the password is asked for although nobody locked the vault.
pub const NO_SHARE: &str = "The server does not answer, and without it this browser cannot open your session by itself. Sign \
    in with your password: it opens what this device has.";

/// Why a transfer waits. It goes on by itself.
#[must_use]
pub fn waiting(error: TransferError, direction: Direction) -> &'static str {
    match (error, direction) {
        (TransferError::StoreDown, Direction::Up) => {
            "The storage did not answer. Your file is safe on this device and will go up by itself."
        }
        (TransferError::StoreDown, Direction::Down) => {
            "The storage did not answer. Nothing is lost, and the download goes on by itself."
        }
        (TransferError::NotAdmitted, Direction::Up) => {
            "The storage answers, but does not let this page use it. Your file is safe on this device and will go up by \
             itself once that is changed. Whoever runs the storage sees with “frond-endpoint doctor” how."
        }
        (TransferError::EndpointDown, Direction::Up) => {
            "The server did not answer. Your file is safe on this device and will go up by itself."
        }
        (TransferError::EndpointDown, Direction::Down) => {
            "The server did not answer. Nothing is lost, and the download goes on by itself."
        }
        (other, direction) => failed(other, direction),
    }
}

/// Why a transfer stopped.
#[must_use]
pub fn failed(error: TransferError, direction: Direction) -> &'static str {
    match (error, direction) {
        (TransferError::EndpointDown, Direction::Up) => {
            "The server did not answer. Your file is still where you took it from. Try again."
        }
        (TransferError::StoreDown, Direction::Up) => {
            "The storage did not answer. Your file is still where you took it from. Try again."
        }
        (TransferError::EndpointDown, Direction::Down) => {
            "The server did not answer. Nothing is lost. Try again."
        }
        (TransferError::StoreDown, Direction::Down) => {
            "The storage did not answer. Nothing is lost. Try again."
        }
        (TransferError::NotAdmitted, _) => {
            "The storage answers, but does not let this page use it. Nothing is lost. Whoever runs the storage sees with \
             “frond-endpoint doctor” how to change that. Then try again."
        }
        (TransferError::Refused, _) => {
            "The server no longer lets this account in. Nothing is lost. Ask whoever runs it, then sign in again."
        }
        (TransferError::StoreRefused | TransferError::UploadGone, Direction::Up) => {
            "The storage refused the file, so it was not added. It is still where you took it from. Try again later."
        }
        (TransferError::StoreRefused | TransferError::UploadGone, Direction::Down) => {
            "The storage refused to hand the file out. Nothing is lost. Try again later."
        }
        (TransferError::TooLarge, _) => {
            "This file is larger than the server takes, so it was not added. It is still where you took it from."
        }
        (TransferError::Source, _) => {
            "The file changed or went away while it was read, so it was not added. Add it again."
        }
        (TransferError::SourceChanged, _) => {
            "The file is not the one that this upload began with, so it was not added. Add it again."
        }
        (TransferError::Full, _) => {
            "There is no room on this device to keep the file until it is sent. Leave this tab open until it is."
        }
        (TransferError::Name, _) => {
            "The name of this file, or of a folder above it, cannot be used: it is too long, or nothing of it can be \
             seen. So it was not added. Rename it and add it again."
        }
        (TransferError::Missing, _) => {
            "This file is no longer in storage, so it could not be downloaded. Other files are fine. \
             Ask whoever runs the storage to bring it back."
        }
        (TransferError::Truncated, _) => {
            "This file was cut short in storage after you saved it, so it was not opened. Other files are fine."
        }
        (TransferError::Changed, _) => {
            "This file was changed in storage after you saved it, so it was not opened. Other files are fine."
        }
        (TransferError::Damaged, _) => {
            "Something on the way to the storage damages what is sent, so the file was not added. It is still where you \
             took it from. Try again, or over another network."
        }
        (TransferError::Target, _) => {
            "The file could not be written to this device. The one in storage is safe. Make room, then try again."
        }
        (TransferError::TargetFull, _) => {
            "There is no room on this device for the file. The one in storage is safe. Make room, then try again."
        }
        (TransferError::TargetDenied, _) => {
            "The file may not be written there. The one in storage is safe. Choose another place and try again."
        }
        (TransferError::TargetExists, _) => {
            "A file of this name is there already, and was left as it is. The one in storage is safe. Choose another place."
        }
        (TransferError::NoTarget, _) => {
            "This browser cannot save a file of this size yet. Nothing is lost. Reload the page and try again; \
             in a private window, use an ordinary one."
        }
        (TransferError::Dismissed, _) => {
            "No place was chosen for this file, so it was not downloaded. Nothing is lost. Try again."
        }
        (TransferError::ReadOnly, _) => {
            "The list in storage is in doubt, so the file was not added. It is still where you took it from. Try again \
             when the list is settled."
        }
        (TransferError::Storage, _) => {
            "This browser's storage failed, so it stopped. Nothing is lost. Make room on this device or reload the page, then try again."
        }
        (TransferError::Engine, _) => {
            "This browser could not do the work safely, so it stopped. Nothing is lost. Reload the page or try another browser."
        }
        (TransferError::ClockWrong, _) => {
            "The clock of this device is wrong, so the storage refused. Nothing is lost. Set date and time, then try again."
        }
        (TransferError::ListTooLong, _) => {
            "The storage lists more than a vault can hold, so reading it was stopped. Nothing is lost. Tell whoever runs it."
        }
        (TransferError::InvalidResponse, _) => {
            "The storage gave an answer that makes no sense. Nothing is lost. Try again later."
        }
    }
}

/// A transfer that runs, and does not move.
pub const STILL: &str =
    "This stands still at the moment. Nothing is lost, and it goes on by itself.";
/// An upload whose file this browser cannot read again by itself.
pub const UNFINISHED: &str = "This upload was interrupted, and the browser may not read the file by itself. Add the same file again, and it goes on where it was.";
/// An upload of another tab.
pub const ELSEWHERE: &str = "Another tab of this browser sends this file.";

/// Why a change was not made.
#[must_use]
pub fn change(error: ChangeError) -> &'static str {
    match error {
        ChangeError::ReadOnly => {
            "Nothing was changed, because the list in storage is in doubt. Your files are as they were."
        }
        ChangeError::Unread => {
            "Nothing was changed, because the list could not be read from storage since you opened the vault. Wait until it \
             answers, or choose to work offline."
        }
        ChangeError::Gone => {
            "This file is not in the list any more. Somebody else may have moved or deleted it."
        }
        ChangeError::Name(why) => bad_name(why),
        ChangeError::Device => {
            "This browser could not store the change, so nothing was changed. Make room on this device, then try again."
        }
        ChangeError::Waits(Trouble::StoreDown) => {
            "The storage did not answer. The files have left the list; they leave the storage by themselves when it is back."
        }
        ChangeError::Waits(Trouble::EndpointDown) => {
            "The server did not answer. The files have left the list; they leave the storage by themselves when it is back."
        }
        ChangeError::Waits(why) => trouble(why),
    }
}

/// Why a text is no name. Nothing was changed.
#[must_use]
pub fn bad_name(why: BadName) -> &'static str {
    match why {
        BadName::Empty => "A name cannot be empty. Nothing was changed.",
        BadName::Dots => "A name cannot be . or .. alone. Nothing was changed.",
        BadName::Invisible => {
            "Nothing of this name could be seen. Take one with a letter or digit in it. Nothing was changed."
        }
        BadName::TooLong => "This name is too long. Nothing was changed. Take a shorter one.",
        BadName::Slash => "A name cannot have / in it. Nothing was changed.",
        BadName::PathTooLong => {
            "The names of this file and the folders above it are too long together. Nothing was changed."
        }
    }
}

/// Why the list, or changes to it, wait.
#[must_use]
pub fn trouble(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::EndpointDown => {
            "The server does not answer. Nothing is lost; this goes on by itself when it is back."
        }
        Trouble::StoreDown => {
            "The storage does not answer. Nothing is lost; this goes on by itself when it is back."
        }
        Trouble::NotAdmitted => {
            "The storage answers, but does not let this page use it. Nothing is lost; this goes on by itself once that is \
             changed. Whoever runs the storage sees with “frond-endpoint doctor” how."
        }
        Trouble::Refused => {
            "The server no longer lets this account in. Your files are as they were. Ask whoever runs it, then sign in again."
        }
        Trouble::ListTooLong => {
            "The storage lists more than a vault can hold, so reading it was stopped. Nothing is lost. Tell whoever runs it."
        }
        Trouble::StoreRefused => {
            "The storage refuses what the server allows. Nothing is lost. Tell whoever runs it."
        }
        Trouble::Engine => {
            "This browser could not do the work safely, so nothing is changed. Nothing is lost. Reload the page or try another browser."
        }
        Trouble::ReadOnly => {
            "The list in storage is in doubt, so what waits is not saved yet. Nothing is lost; it is kept on this device."
        }
        Trouble::InvalidResponse => {
            "The server answers in a way that makes no sense here. Nothing is lost. Reload the page; if it stays, tell whoever runs it."
        }
        Trouble::ClockWrong => {
            "The clock of this device is wrong, so the server refuses. Nothing is lost. Set date and time."
        }
        Trouble::DeviceStorage => {
            "This browser's storage failed, so nothing can be changed until it works. Your files are safe. Make room on \
             this device or reload the page."
        }
    }
}

/// Why the vault is read-only.
#[must_use]
pub fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Hole => "A change between two others is missing from storage.",
        Doubt::MissingParent => "A change that others build on is missing from storage.",
        Doubt::Rollback => "Changes that this device has seen before are gone from storage.",
        Doubt::Fork => "Two different changes claim the same place in the history.",
        Doubt::Newer => {
            "A newer version of Frond made a change that this one does not know. Reload the page."
        }
        Doubt::BadEvent => "A change in storage does not open, or is not what it says it is.",
    }
}

/// What follows from any [`Doubt`].
pub const READ_ONLY: &str = "Until this is settled, nothing can be changed here. What is listed can still be downloaded, and every file is \
     checked when it is opened. Compare the code below with another of your devices, and ask whoever runs the storage.";

/// How a fork comes about, and what to do about it.
pub const MERGE: &str = "This happens when a copy or a backup of a browser's profile was used, or a machine lost power. Nothing is lost: the \
     list shows what both histories say. If you know of such a copy, merge them, and the vault can be changed again.";

/// What follows from a list that could not be read in this session.
pub const UNREAD: &str = "You see the list as this device last saw it. Until it was read again nothing in it is changed, because what others \
     changed, or took away, is not known here. Files that you add wait, and go up by themselves. You can change the list all \
     the same: your changes then join the others when the storage is back.";

/// What is wrong with a file.
#[must_use]
pub fn fault(fault: FileFault) -> &'static str {
    match fault {
        FileFault::TwoSeals => {
            "Two devices recorded this file differently. What is in storage opens if it is one of the two; the other is \
             gone, so look whether it is the one you mean. Other files are fine."
        }
        FileFault::Missing => "This file is no longer in storage. Other files are fine.",
        FileFault::Changed => {
            "This file was changed in storage after you saved it, so it is not opened. Other files are fine."
        }
    }
}

/// A [`FileFault`] in a word.
#[must_use]
pub fn fault_word(fault: FileFault) -> &'static str {
    match fault {
        FileFault::TwoSeals => "In doubt",
        FileFault::Missing => "Missing",
        FileFault::Changed => "Changed in storage",
    }
}

/// What the strength meter thinks of a password.
#[must_use]
pub fn strength(strength: Strength) -> &'static str {
    match (strength.accepted, strength.share()) {
        (true, 0.65..) => "Very strong.",
        (true, _) => "Strong enough.",
        (false, _) => {
            "Too easy to guess. Use four or more words that do not belong together, or a suggested passphrase."
        }
    }
}

/// The strength meter could not be loaded: only a suggested passphrase is known to be strong then.
pub const UNJUDGED: &str = "This password could not be judged, because the strength meter did not load. Take a suggested passphrase, or try \
     again when you are online.";
/// The Fernet tool got something that is no token, whatever the key.
pub const NO_TOKEN: &str = "This is not a Fernet token. A token begins with gAAAAA, and goes on with letters, digits, - and _ only.";
/// The Fernet tool refuses a token: for its key, its age or itself, and never says which.
pub const BAD_TOKEN: &str = "This token does not open with this key. The key is another one, the token was changed, or it is older than you \
     allow.";
/// The Fernet tool refuses a key.
pub const BAD_KEY: &str =
    "This is not a Fernet key. A key is 44 characters that end in =, as “Generate key” makes them.";
/// No randomness.
pub const NO_ENTROPY: &str =
    "This browser gives no safe random numbers, so nothing was made. Try another browser.";

fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests;
