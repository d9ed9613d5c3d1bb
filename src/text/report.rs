//! The report of a verification, as a text file.

use crate::session::{Direction, Verified};
use crate::text::{message, words};

/// What the report is about.
pub struct About<'a> {
    /// The username.
    pub username: &'a str,
    /// The list fingerprint.
    pub fingerprint: &'a str,
    /// When the verification ended, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Minutes that local time is ahead of UTC.
    pub offset: i32,
}

/// The report: what was read, and one line for each faulty file; `path` gives a file's path.
#[must_use]
pub fn verification(
    about: &About<'_>,
    verified: &Verified,
    path: impl Fn(&crate::object::ObjectId) -> String,
) -> String {
    let ended = if verified.done { "complete" } else { "stopped before the end" };
    let mut lines = vec![
        "Frond: verification of all files".to_owned(),
        format!("Account:          {}", about.username),
        format!("Ended:            {}", words::moment(about.at, about.offset)),
        format!("List fingerprint: {}", about.fingerprint),
        format!("Verification:     {ended}"),
        format!(
            "Read:             {} of {}, {}",
            verified.files,
            words::count(verified.of_files, "file"),
            words::part(verified.bytes, verified.of_bytes),
        ),
        format!("Faulty:           {}", words::count(verified.faulty.len(), "file")),
    ];
    for (id, error) in &verified.faulty {
        lines.push(String::new());
        lines.push(format!("{} ({id})", words::visible(&path(id))));
        lines.push(format!("    {}", message::failed(*error, Direction::Down)));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::ObjectId;
    use crate::transfer::TransferError;

    #[test]
    fn it_names_what_was_read_and_what_is_faulty() {
        let about = About { username: "ada", fingerprint: "abcd efgh", at: 0, offset: 60 };
        let id = ObjectId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let mut verified = Verified {
            files: 2,
            of_files: 2,
            bytes: 1_200_000,
            of_bytes: 1_200_000,
            done: true,
            ..Verified::default()
        };
        let text = verification(&about, &verified, |_| String::new());
        assert!(text.contains("Ended:            1 January 1970, 1:00\n"), "{text}");
        assert!(text.contains("Verification:     complete\n"), "{text}");
        assert!(text.ends_with("Faulty:           0 files\n"), "{text}");
        verified.faulty.push((id, TransferError::Missing));
        verified.done = false;
        let text = verification(&about, &verified, |_| "a\u{1}.txt".to_owned());
        assert!(text.contains("stopped before the end"), "{text}");
        assert!(text.contains(&format!("\na‹U+0001›.txt ({id})\n    This file is no")), "{text}");
    }
}
