//! The style of every sentence: complete, calm, without jargon.

use super::*;

const UNLOCK: [UnlockError; 17] = [
    UnlockError::Username,
    UnlockError::Password,
    UnlockError::Weak,
    UnlockError::Wrong,
    UnlockError::Exists,
    UnlockError::Closed,
    UnlockError::Invite,
    UnlockError::NoAnswer,
    UnlockError::StoreDown,
    UnlockError::TooMany(30),
    UnlockError::InvalidResponse,
    UnlockError::DeploymentChanged,
    UnlockError::OtherDeployment,
    UnlockError::DeviceStorage,
    UnlockError::Forged,
    UnlockError::ClockWrong,
    UnlockError::Engine,
];

fn sentences() -> Vec<String> {
    let mut all: Vec<String> = UNLOCK.iter().map(unlock).collect();
    all.extend(
        [Over::Idle, Over::OtherTab, Over::Ended, Over::Removed, Over::Deleted]
            .map(|why| over(why, 15)),
    );
    let logins = [
        LoginError::CurrentPassword,
        LoginError::SamePassword,
        LoginError::Words,
        LoginError::UnknownWords,
        LoginError::UnknownPasskey,
        LoginError::Passkey(PasskeyFault::NoPrf),
        LoginError::Passkey(PasskeyFault::Dismissed),
        LoginError::Passkey(PasskeyFault::Failed),
        LoginError::Unproved,
        LoginError::OldStays,
        LoginError::HalfDeleted,
        LoginError::Last,
        LoginError::Locked,
    ];
    all.extend(logins.iter().map(login));
    let shares = [
        ShareError::Link,
        ShareError::Ended,
        ShareError::Password,
        ShareError::Changed,
        ShareError::Gone,
        ShareError::TooMany,
        ShareError::Full,
        ShareError::Quota,
        ShareError::Locked,
    ];
    all.extend(shares.iter().map(share));
    all.extend([NO_SHARE, REVOKED].map(str::to_owned));
    for error in TransferError::ALL.iter().copied() {
        for direction in [Direction::Up, Direction::Down] {
            all.push(waiting(error, direction).to_owned());
            all.push(failed(error, direction).to_owned());
        }
    }
    let changes = [
        ChangeError::ReadOnly,
        ChangeError::Unread,
        ChangeError::Gone,
        ChangeError::Device,
        ChangeError::Waits(TransferError::StoreDown),
        ChangeError::Waits(TransferError::EndpointDown),
        ChangeError::Waits(TransferError::Refused),
    ];
    let names = [
        BadName::Empty,
        BadName::Dots,
        BadName::Invisible,
        BadName::TooLong,
        BadName::Slash,
        BadName::PathTooLong,
    ];
    all.extend(names.map(|why| change(ChangeError::Name(why)).to_owned()));
    all.extend(changes.map(|error| change(error).to_owned()));
    all.extend(TransferError::ALL.iter().map(|error| list_error(*error).to_owned()));
    let doubts = [
        Doubt::Hole,
        Doubt::MissingParent,
        Doubt::Rollback,
        Doubt::Fork,
        Doubt::BadEvent,
        Doubt::Newer,
    ];
    all.extend(doubts.map(|error| doubt(error).to_owned()));
    all.extend(
        [FileFault::TwoSeals, FileFault::Missing, FileFault::Changed]
            .map(|error| fault(error).to_owned()),
    );
    all.extend([READ_ONLY, UNJUDGED, NO_TOKEN, BAD_TOKEN, BAD_KEY, NO_ENTROPY].map(str::to_owned));
    all
}

#[test]
fn every_error_is_a_whole_calm_sentence() {
    for sentence in sentences() {
        assert!(sentence.starts_with(char::is_uppercase), "{sentence}");
        assert!(sentence.ends_with('.'), "{sentence}");
        assert!(!sentence.contains('!'), "{sentence}");
        assert!(!sentence.contains("  "), "{sentence}");
    }
}

#[test]
fn no_sentence_speaks_jargon() {
    for sentence in sentences() {
        // Except the name of the command that the storage's operator has to type.
        let lower = sentence.to_lowercase().replace("frond-endpoint doctor", "");
        for word in ["oops", "error", "endpoint", "bucket", "hmac", "http", "invalid", "payload"] {
            assert!(!lower.contains(word), "“{word}” in: {sentence}");
        }
    }
}

#[test]
fn the_first_words_are_what_tests_and_people_look_for() {
    assert!(unlock(&UnlockError::Wrong).starts_with("Wrong username or password"));
    assert_eq!(
        waiting(TransferError::StoreDown, Direction::Up),
        "The storage did not answer. Your file is safe on this device and will upload \
         automatically."
    );
}

#[test]
fn a_wait_is_told_in_its_own_unit() {
    assert!(unlock(&UnlockError::TooMany(0)).contains("Wait a second "));
    assert!(unlock(&UnlockError::TooMany(30)).contains("Wait 30 seconds "));
    assert!(unlock(&UnlockError::TooMany(121)).contains("Wait 3 minutes "));
}

#[test]
fn a_refused_password_is_told_why() {
    for (guesses_log10, characters, begins) in [
        (3.0, 20, "Too easy"),
        (11.9, 12, "Too easy"),
        (30.0, 11, "Too easy"),
        (12.1, 12, "Strong"),
        (30.0, 12, "Very"),
    ] {
        let said = strength(Strength::new(guesses_log10, characters));
        assert!(said.starts_with(begins), "{guesses_log10}, {characters}: {said}");
    }
}
