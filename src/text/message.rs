//! Every error as one or two sentences: what happened, what it means for the files, what to do.
//!
//! Each match names every variant, so that a new error does not compile without a sentence.

use crate::path::BadName;
use crate::port::PasskeyFault;
use crate::session::{
    ChangeError, Direction, Doubt, FileFault, LoginError, Over, ShareError, Strength, UnlockError,
};
use crate::text::words;
use crate::transfer::TransferError;

/// Why the vault did not open or could not be created.
#[must_use]
pub fn unlock(error: &UnlockError) -> String {
    match error {
        UnlockError::Wrong => "Wrong username or password. Check both and try again.",
        UnlockError::Username => {
            "This username can't be used. Use up to 64 letters, digits or . _ @ + - and start with \
             a letter or digit."
        }
        UnlockError::Password => {
            "This password can't be used. Choose one without tabs, line breaks or other hidden \
             characters."
        }
        UnlockError::Weak => {
            "This password is too easy to guess. Use four or more unrelated words, or a suggested \
             passphrase."
        }
        UnlockError::Exists => {
            "An account with this username and password already exists. Sign in instead."
        }
        UnlockError::Closed => {
            "This server doesn't accept new accounts. Ask whoever runs it to add you."
        }
        UnlockError::Invite => {
            "This invite code is wrong or has already been used. Check it, or ask for a new one."
        }
        UnlockError::NoAnswer => {
            "The server did not answer. Your files are safe. Check your connection and try again."
        }
        UnlockError::StoreDown => {
            "The storage behind the server did not answer. Your files are safe. Try again in a few \
             minutes."
        }
        UnlockError::TooMany(seconds) => {
            return format!(
                "Too many attempts. Nothing is lost. Wait {} and try again.",
                wait(*seconds)
            );
        }
        UnlockError::InvalidResponse => {
            "The server sent an answer that Frond doesn't understand, perhaps because this network \
             asks you to sign in to it first. Nothing is lost. Try again later."
        }
        UnlockError::DeploymentChanged => {
            "This address now leads to a different vault than before, so nothing was sent to it. \
             Your files are where they were. Ask whoever runs this server."
        }
        UnlockError::OtherDeployment => {
            "This page belongs to a different vault than the server's, so nothing was sent to it. \
             Your files are where they were. Ask whoever runs this server."
        }
        UnlockError::DeviceStorage => {
            "This browser couldn't read what it has stored for this address, so nothing was sent. \
             Your files are safe. Close other tabs of this page or restart the browser, then try \
             again."
        }
        UnlockError::Forged => {
            "This account's key was changed in storage, so it was not used. Nothing on this device \
             is lost. Ask whoever runs this server to restore it."
        }
        UnlockError::ClockWrong => {
            "This device's clock is wrong, so the server refused. Nothing is lost. Set the date \
             and time, then try again."
        }
        UnlockError::Engine => {
            "This browser can't encrypt safely, so nothing was done. Try another browser."
        }
    }
    .to_owned()
}

/// Why the account's logins were not changed, or not all of what was to change.
#[must_use]
pub fn login(error: &LoginError) -> String {
    match error {
        LoginError::CurrentPassword => {
            "This is not your current password. Nothing was changed. Check it and try again."
        }
        LoginError::SamePassword => {
            "This is your current password already. Nothing was changed. Choose another one."
        }
        LoginError::Words => {
            "These are not 24 recovery words, or one of them is wrong. Nothing was changed. \
             Compare each word and their order with what you wrote down."
        }
        LoginError::UnknownWords => {
            "No account here has these recovery words. Nothing was changed. Check whether newer \
             words replaced them."
        }
        LoginError::UnknownPasskey => {
            "No account here has this passkey. Nothing was changed. It may have been removed from \
             the account under “Logins”. Sign in with your password, then add a passkey again."
        }
        LoginError::Passkey(PasskeyFault::NoPrf) => {
            "This passkey can't make encryption keys, so it was not added or used. Nothing was \
             changed. Delete it in the settings of your device, and try another device, browser or \
             password manager."
        }
        LoginError::Passkey(PasskeyFault::Dismissed) => {
            "Your device gave no passkey. Nothing was changed. Try again, or use your password."
        }
        LoginError::Passkey(PasskeyFault::Failed) => {
            "This browser couldn't use passkeys. Nothing was changed. Try again, or use your \
             password."
        }
        LoginError::Unproved => {
            "What the storage has saved does not open, so it was not used. Nothing is lost, and \
             you can sign in as before. Try again with another password."
        }
        LoginError::OldStays => {
            "The new one works, but the server did not confirm that the old one was removed, so \
             both may work. Your files are safe. Sign in with the new one and remove the older one \
             under “Logins” in Settings."
        }
        LoginError::HalfDeleted => {
            "The server did not confirm that all of the account was deleted, so a part of it may \
             be left. Try again. If you leave, sign in with the same password and delete the \
             account once more."
        }
        LoginError::Last => {
            "This is the only way into your account, so it was not removed. Add another one first."
        }
        LoginError::Locked => {
            "The vault was locked before this was done. Your files are safe. Sign in and check \
             whether it is still needed."
        }
        LoginError::Unlock(error) => return unlock(error),
    }
    .to_owned()
}

/// Why a link was not made, changed or opened.
#[must_use]
pub fn share(error: &ShareError) -> String {
    match error {
        ShareError::Link => {
            "This is not a whole link. Nothing was opened. Copy all of it, from its first \
             character to its last, and try again."
        }
        ShareError::Ended => {
            "This link has ended: it expired or was revoked. Ask whoever sent it for a new one."
        }
        ShareError::Password => {
            "This is not the link password. Nothing is used up by trying. Check it and try again."
        }
        ShareError::Changed => {
            "What is stored for this link is not what was shared, so it was not opened. Ask \
             whoever sent it for a new one."
        }
        ShareError::Gone => {
            "There is nothing to share under this name any more, or no such link. Your files are \
             as they were. Look at the list again."
        }
        ShareError::TooMany => {
            "These are too many files for one link, which holds at most 10,000. Nothing was \
             shared. Share fewer, or several folders one by one."
        }
        ShareError::Full => {
            "You have as many links as an account can have. Nothing was shared. Revoke one that is \
             not needed, then try again."
        }
        ShareError::Quota => {
            "Your storage is full, so nothing was shared. Your files are safe. Free some space, \
             then try again."
        }
        ShareError::Locked => {
            "The vault was locked before this was done. Your files are safe. Sign in and look \
             whether it is still needed."
        }
        ShareError::Unlock(error) => return unlock(error),
    }
    .to_owned()
}

/// What revoking a link does not undo.
pub const REVOKED: &str = "The link opens nothing any more. What somebody opened before may have \
     been saved, and a download that has begun may go on for up to 15 minutes.";

/// Why the vault was locked.
#[must_use]
pub fn over(over: Over, idle_minutes: u32) -> String {
    match over {
        Over::Idle => {
            let minutes = usize::try_from(idle_minutes).unwrap_or(usize::MAX);
            format!("Locked after {} of inactivity.", words::count(minutes, "minute"))
        }
        Over::OtherTab => {
            "Locked because another tab locked the vault, signed in again, changed the password or \
             deleted the account."
                .to_owned()
        }
        Over::Ended => "Locked because the server ended the session.".to_owned(),
        Over::Removed => {
            "Signed out because the password was changed on another device, this login was \
             removed, or the account was deleted. Sign in with the current password."
                .to_owned()
        }
        Over::Deleted => {
            "The account was deleted. Nothing of it is left on this device.".to_owned()
        }
    }
}

/// Why a form that asks for the current password is not sent.
pub const NO_CURRENT_PASSWORD: &str = "Enter your current password.";

/// Why the password is asked for although the vault was not locked.
pub const NO_SHARE: &str = "The server does not answer, and your session can't continue without \
     it. Sign in with your password to open what is stored on this device.";

/// Why a transfer waits. It resumes automatically.
#[must_use]
pub fn waiting(error: TransferError, direction: Direction) -> &'static str {
    match (error, direction) {
        (TransferError::StoreDown, Direction::Up) => {
            "The storage did not answer. Your file is safe on this device and will upload \
             automatically."
        }
        (TransferError::StoreDown, Direction::Down) => {
            "The storage did not answer. Nothing is lost, and the download will continue \
             automatically."
        }
        (TransferError::NotAdmitted, Direction::Up) => {
            "The storage answers but does not let this page use it. Your file is safe on this \
             device and will upload automatically once that is fixed. “frond-endpoint doctor” \
             shows whoever runs the storage how to fix it."
        }
        (TransferError::EndpointDown, Direction::Up) => {
            "The server did not answer. Your file is safe on this device and will upload \
             automatically."
        }
        (TransferError::EndpointDown, Direction::Down) => {
            "The server did not answer. Nothing is lost, and the download will continue \
             automatically."
        }
        (TransferError::Unread, Direction::Up) => {
            "The list has not been read from storage yet. Your file is safe on this device and \
             will be added automatically."
        }
        (other, direction) => failed(other, direction),
    }
}

/// Why a transfer stopped.
#[must_use]
pub fn failed(error: TransferError, direction: Direction) -> &'static str {
    match (error, direction) {
        (TransferError::EndpointDown, Direction::Up) => {
            "The server did not answer. The original file is untouched. Try again."
        }
        (TransferError::StoreDown, Direction::Up) => {
            "The storage did not answer. The original file is untouched. Try again."
        }
        (TransferError::EndpointDown, Direction::Down) => {
            "The server did not answer. Nothing is lost. Try again."
        }
        (TransferError::StoreDown, Direction::Down) => {
            "The storage did not answer. Nothing is lost. Try again."
        }
        (TransferError::NotAdmitted, _) => {
            "The storage answers but does not let this page use it. Nothing is lost. \
             “frond-endpoint doctor” shows whoever runs the storage how to fix it. Then try \
             again."
        }
        (TransferError::Refused, _) => {
            "The server no longer accepts this account. Nothing is lost. Ask whoever runs it, then \
             sign in again."
        }
        (TransferError::Unshared, _) => {
            "The link has ended or was changed, so it does not open this file any more. What you \
             downloaded stays. Ask whoever sent the link for a new one."
        }
        (TransferError::StoreRefused | TransferError::UploadGone, Direction::Up) => {
            "The storage refused the file, so it was not added. The original is untouched. Try \
             again later."
        }
        (TransferError::StoreRefused | TransferError::UploadGone, Direction::Down) => {
            "The storage refused to send the file. Nothing is lost. Try again later."
        }
        (TransferError::TooLarge, _) => {
            "This file is larger than the server allows, so it was not added. The original is \
             untouched."
        }
        (TransferError::Quota, _) => {
            "Your storage on this server is full, so this file was not added. The original is \
             untouched. Delete files forever, then try again."
        }
        (TransferError::Source, _) => {
            "The file changed or disappeared while it was being read, so it was not added. Add it \
             again."
        }
        (TransferError::SourceChanged, _) => {
            "This is not the file that the upload began with, so it was not added. Add it again."
        }
        (TransferError::Full, _) => {
            "This device doesn't have enough space to keep the file until it is uploaded. Leave \
             this tab open until then."
        }
        (TransferError::Name, _) => {
            "The file was not added because its name, or the name of a folder it is in, is too \
             long or has no visible characters. Rename it and add it again."
        }
        (TransferError::Missing, _) => {
            "This file is no longer in storage, so it could not be downloaded. Your other files \
             are fine. Ask whoever runs the storage to restore it."
        }
        (TransferError::Truncated, _) => {
            "This file was cut short in storage after you saved it, so it was not opened. Your \
             other files are fine."
        }
        (TransferError::Changed, _) => {
            "This file was changed in storage after you saved it, so it was not opened. Your other \
             files are fine."
        }
        (TransferError::Damaged, _) => {
            "The file was damaged on its way to the storage, so it was not added. The original is \
             untouched. Try again, or use another network."
        }
        (TransferError::Target, _) => {
            "The file could not be written to this device. The copy in storage is safe. Free some \
             space, then try again."
        }
        (TransferError::TargetFull, _) => {
            "This device doesn't have enough space for the file. The copy in storage is safe. Free \
             some space, then try again."
        }
        (TransferError::TargetDenied, _) => {
            "You don't have permission to save the file there. The copy in storage is safe. Choose \
             another place and try again."
        }
        (TransferError::TargetExists, _) => {
            "A file with this name already exists there and was left as it is. The copy in storage \
             is safe. Choose another place."
        }
        (TransferError::NoTarget, _) => {
            "This browser cannot save a file of this size yet. Nothing is lost. Reload the page \
             and try again. If this is a private window, use a regular one."
        }
        (TransferError::Dismissed, _) => {
            "No place was chosen for this file, so it was not downloaded. Nothing is lost. Try \
             again."
        }
        (TransferError::Unread, _) => {
            "The list could not be read from storage, so the file was not added. Nothing is lost. \
             Try again when the storage answers."
        }
        (TransferError::ReadOnly, _) => {
            "The vault is read-only, so the file was not added. The original is untouched. Try \
             again when the vault can be changed again."
        }
        (TransferError::Storage, _) => {
            "This browser's storage failed, so the transfer stopped. Nothing is lost. Free some \
             space on this device or reload the page, then try again."
        }
        (TransferError::Engine, _) => {
            "This browser couldn't encrypt or decrypt safely, so the transfer stopped. Nothing is \
             lost. Reload the page or try another browser."
        }
        (TransferError::ClockWrong, _) => {
            "This device's clock is wrong, so the storage refused. Nothing is lost. Set the date \
             and time, then try again."
        }
        (TransferError::ListTooLong, _) => {
            "The storage lists more than a vault can hold, so Frond stopped reading it. Nothing is \
             lost. Tell whoever runs it."
        }
        (TransferError::InvalidResponse, _) => {
            "The storage sent an answer that Frond doesn't understand. Nothing is lost. Try again \
             later."
        }
    }
}

/// A running transfer that does not move.
pub const STILL: &str =
    "No progress at the moment. Nothing is lost, and this will continue automatically.";
/// An upload whose file this browser cannot reopen by itself.
pub const UNFINISHED: &str = "This upload was interrupted, and the browser may not read the file \
     by itself. Add the same file again to continue where it stopped.";
/// An upload of another tab.
pub const ELSEWHERE: &str = "Another tab of this browser is uploading this file.";

/// The switch of the search in contents could not be stored.
pub const SEARCH_NOT_KEPT: &str = "This browser couldn't store this setting, so it only counts \
     until you lock the vault or reload. Free some space on this device, then try again.";
/// Which files are to be indexed could not be stored.
pub const INDEXING_NOT_KEPT: &str = "This browser couldn't store which files are left to index. \
     Indexing goes on until you lock the vault or reload; then build the index again.";

/// Why a change was not made.
#[must_use]
pub fn change(error: ChangeError) -> &'static str {
    match error {
        ChangeError::ReadOnly => {
            "Nothing was changed because the vault is read-only. Your files are as they were."
        }
        ChangeError::Unread => {
            "Nothing was changed because the list hasn't been read from storage since you opened \
             the vault. Wait until the storage answers, or work offline."
        }
        ChangeError::Gone => {
            "This file is no longer in the list. Someone may have moved or deleted it."
        }
        ChangeError::NoFolder => {
            "This folder is no longer in the list. Someone may have moved or deleted it."
        }
        ChangeError::Exists => {
            "There is already a folder of this name. Nothing was changed. Choose another name."
        }
        ChangeError::Inside => "A folder can't be moved into itself. Nothing was changed.",
        ChangeError::Name(why) => bad_name(why),
        ChangeError::Device => {
            "This browser couldn't store the change, so nothing was changed. Free some space on \
             this device, then try again."
        }
        ChangeError::Waits(TransferError::StoreDown) => {
            "The storage did not answer. The files are gone from the list and will be deleted from \
             storage when it is back."
        }
        ChangeError::Waits(TransferError::EndpointDown) => {
            "The server did not answer. The files are gone from the list and will be deleted from \
             storage when it is back."
        }
        ChangeError::Waits(why) => list_error(why),
    }
}

/// Why a text is not a valid name. Nothing was changed.
#[must_use]
pub fn bad_name(why: BadName) -> &'static str {
    match why {
        BadName::Empty => "A name can't be empty. Nothing was changed.",
        BadName::Dots => "A name can't be just . or .. Nothing was changed.",
        BadName::Invisible => {
            "This name has no visible characters. Nothing was changed. Use at least one letter or \
             digit."
        }
        BadName::TooLong => "This name is too long. Nothing was changed. Choose a shorter one.",
        BadName::Slash => "A name can't contain /. Nothing was changed.",
        BadName::PathTooLong => {
            "The names of this file and its folders are too long together. Nothing was changed."
        }
    }
}

/// Why the list, or changes to it, have to wait.
#[must_use]
pub fn list_error(error: TransferError) -> &'static str {
    match error {
        TransferError::EndpointDown => {
            "The server does not answer. Nothing is lost. Frond will continue automatically when \
             it is back."
        }
        TransferError::StoreDown => {
            "The storage does not answer. Nothing is lost. Frond will continue automatically when \
             it is back."
        }
        TransferError::NotAdmitted => {
            "The storage answers but does not let this page use it. Nothing is lost. Frond will \
             continue automatically once that is fixed. “frond-endpoint doctor” shows whoever runs \
             the storage how to fix it."
        }
        TransferError::Refused => {
            "The server no longer accepts this account. Your files are as they were. Ask whoever \
             runs it, then sign in again."
        }
        TransferError::ListTooLong => {
            "The storage lists more than a vault can hold, so Frond stopped reading it. Nothing is \
             lost. Tell whoever runs it."
        }
        TransferError::Unread => {
            "The list has not been read from storage since you opened the vault. Nothing is lost. \
             Frond will continue automatically."
        }
        TransferError::Damaged => {
            "Your changes were damaged on their way to the storage, so they were not saved there. \
             Nothing is lost. They are kept on this device. Try another network."
        }
        TransferError::TooLarge => {
            "The storage refuses a change because it is too large. Nothing is lost. The change is \
             kept on this device. Tell whoever runs the storage."
        }
        TransferError::Quota => {
            "Your storage on this server is full. Nothing is lost. Changes are kept on this \
             device. Delete files forever, then try again."
        }
        // Requests for the list or the outbox never end so: these errors concern a file.
        TransferError::Source
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
        | TransferError::Dismissed => failed(error, Direction::Down),
        TransferError::StoreRefused => {
            "The storage refuses requests that the server allows. Nothing is lost. Tell whoever \
             runs it."
        }
        TransferError::Engine => {
            "This browser couldn't encrypt or decrypt safely, so nothing was changed. Nothing is \
             lost. Reload the page or try another browser."
        }
        TransferError::ReadOnly => {
            "The vault is read-only, so your latest changes are not in storage yet. Nothing is \
             lost. They are kept on this device."
        }
        TransferError::InvalidResponse => {
            "The server sent an answer that Frond doesn't understand. Nothing is lost. Reload the \
             page. If that doesn't help, tell whoever runs it."
        }
        TransferError::ClockWrong => {
            "This device's clock is wrong, so the server refuses. Nothing is lost. Set the date \
             and time."
        }
        TransferError::Storage | TransferError::Full => {
            "This browser's storage failed, so nothing can be changed until it works again. Your \
             files are safe. Free some space on this device or reload the page."
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
        Doubt::BadEvent => "A change in storage can't be decrypted, or was tampered with.",
    }
}

/// The consequence of any [`Doubt`].
pub const READ_ONLY: &str = "Nothing can be changed here until this is resolved. You can still \
     download what is listed, and every file is checked when it is opened. Compare the fingerprint \
     below with another of your devices, and ask whoever runs the storage.";

/// The cause of a fork, and what to do about it.
pub const MERGE: &str = "This happens when a copy or backup of a browser profile was used, or when \
     a device lost power. Nothing is lost: the list shows the changes of both histories. If you \
     know why there are two, merge them, and the vault can be changed again.";

/// The consequence of a list that could not be read in this session.
pub const UNREAD: &str = "This is the list as this device last saw it. Other devices may have \
     changed it since, so it can't be changed until it has been read again. Files that you add \
     will upload automatically. If you work offline, you can change the list now, and your changes \
     are combined with the others when the storage is back.";

/// What is wrong with a file.
#[must_use]
pub fn fault(fault: FileFault) -> &'static str {
    match fault {
        FileFault::TwoSeals => {
            "Two devices saved this file differently, and storage holds only one of the two. Check \
             that it is the one you want. Your other files are fine."
        }
        FileFault::Missing => "This file is no longer in storage. Your other files are fine.",
        FileFault::Changed => {
            "This file was changed in storage after you saved it, so it is not opened. Your other \
             files are fine."
        }
    }
}

/// A [`FileFault`] in one word.
#[must_use]
pub fn fault_word(fault: FileFault) -> &'static str {
    match fault {
        FileFault::TwoSeals => "In doubt",
        FileFault::Missing => "Missing",
        FileFault::Changed => "Changed in storage",
    }
}

/// The strength meter's verdict on a password.
#[must_use]
pub fn strength(strength: Strength) -> &'static str {
    match (strength.accepted, strength.share()) {
        (true, 0.65..) => "Very strong.",
        (true, _) => "Strong enough.",
        (false, _) => {
            "Too easy to guess. Use four or more unrelated words, or a suggested passphrase."
        }
    }
}

/// A new password was not typed the same twice.
pub const DIFFER: &str = "The passwords don't match. Enter the same one twice.";
/// The password was changed.
pub const PASSWORD_CHANGED: &str = "Changed the password. Your files are as they were. Other \
     devices are signed out within a minute.";
/// There are no recovery words.
pub const LACKS_WORDS: &str =
    "If you lose your password, only recovery words can bring your files back.";
/// The strength meter could not be loaded: then only a suggested passphrase is known to be strong.
pub const UNJUDGED: &str = "Frond couldn't check how strong this password is because the strength \
     meter didn't load. Use a suggested passphrase, or try again when you are online.";
/// The Fernet tool's input is not a token, whatever the key.
pub const NO_TOKEN: &str = "This is not a Fernet token. A token begins with gAAAAA, followed only \
     by letters, digits, - and _.";
/// The Fernet tool rejects a token: for its key, its age or its content; it never says which.
pub const BAD_TOKEN: &str = "This token does not open with this key. Either the key is wrong, \
     the token was changed, or it is older than you allow.";
/// The Fernet tool rejects a key.
pub const BAD_KEY: &str = "This is not a Fernet key. A key has 44 characters and ends in =, like \
     those that “Generate key” makes.";
/// No randomness.
pub const NO_ENTROPY: &str =
    "This browser can't provide secure random numbers, so nothing was done. Try another browser.";

fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests;
