//! Topics, and what was found on them.

use std::collections::BTreeSet;

use serde::Serialize;

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Frond works; something is at risk.
    Warning,
    /// Frond does not work, or data is open to others.
    Error,
}

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident: $title:literal, $why:literal;)*) => {
        /// A topic that the doctor checks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Topic {
            $(#[doc = $title] $name,)*
        }

        impl Topic {
            /// All topics, in report order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A short title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Why it matters.
            #[must_use]
            pub const fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }
        }
    };
}

topics! {
    Origins: "Page and bucket on different origins",
        "Whoever may write into the bucket could otherwise replace the page, and with it steal \
         passwords.";
    Tls: "Encrypted connections",
        "Browsers give a page on plain http no cryptography, and a page on https may not call a \
         store on plain http.";
    Reach: "The store answers",
        "Without the bucket there is nothing to sign for.";
    Credentials: "The access key is taken",
        "The endpoint signs every request with this key.";
    Clock: "The clocks agree",
        "Signatures carry the endpoint's time; a store refuses those that are 15 minutes off.";
    Deployment: "The bucket belongs to this deployment",
        "The deployment's name is part of how passwords become keys: under another name nobody can \
         sign in.";
    Put: "Upload by presigned URL",
        "Small files, and everything that the list of files is made of, go up this way.";
    Signature: "Signatures are checked",
        "A store that takes what is not signed so lets anybody write and read.";
    Get: "Download by presigned URL",
        "What was stored must come back byte for byte.";
    Missing: "A missing object is 404",
        "Signing in asks for a record that may not be there. Without the right to list, stores \
         answer 403 and nobody gets in.";
    Range: "Ranges",
        "Large files come in pieces, and go on where they broke off.";
    Head: "HEAD tells length and ETag",
        "An upload counts only once the store has said what it holds.";
    List: "Lists",
        "The list of files is read by listing; keys must come sorted, in pages, after a given key.";
    Delete: "Deletion",
        "What a person deletes forever must be gone.";
    Multipart: "Uploads in parts",
        "Files above 8 MB go up in parts, and go on from the parts that are there.";
    UploadList: "Unfinished uploads are listed by prefix",
        "Another device finds an unfinished upload that way; without it, only the device that \
         began it goes on.";
    ConditionalPut: "Objects are created, never replaced",
        "If-None-Match keeps a stolen login from overwriting files, and two people from taking one \
         invitation.";
    ConditionalComplete: "Uploads in parts do not replace either",
        "Two devices that finish one upload at the same time: the first makes the object, the \
         second must not replace it.";
    Checksums: "Damaged uploads are refused",
        "Each file goes up with a checksum. A store that verifies it takes nothing that was \
         damaged on its way; otherwise that shows at the next download.";
    Cors: "The page may call the bucket",
        "Browsers ask the bucket whether this page may; without its consent no file goes up or \
         down.";
    CorsExpose: "The page may read the answers' headers",
        "Without ETag an upload in parts cannot be completed; the others tell where a piece \
         belongs and what time it is.";
    CorsStrangers: "Other pages may not",
        "A leaked URL should not be of use to another page.";
    Lifecycle: "Unfinished uploads are removed",
        "Their parts cost money and show in no list.";
    Versioning: "Old versions are kept",
        "They undo what a stolen login, or a mistake, deletes.";
    Public: "The public is shut out",
        "All is encrypted, but strangers should not even count the files, and must not change \
         them.";
    OtherBuckets: "The key is for this bucket only",
        "Whoever gets hold of the endpoint gets hold of all that its key opens.";
    Settings: "The key cannot change the bucket's settings",
        "With it a thief of the key could open the bucket to the public or switch versions off.";
    Prefix: "The key is for Frond's prefix only",
        "What else lies in the bucket is none of the endpoint's business.";
}

/// A problem, or a note.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its topic.
    pub topic: Topic,
    /// Its severity.
    pub severity: Severity,
    /// What is wrong, in one or two sentences.
    pub wrong: String,
}

/// Findings so far, and the topics checked.
#[derive(Debug, Default)]
pub struct Findings {
    pub(super) found: Vec<Finding>,
    pub(super) looked: BTreeSet<Topic>,
}

impl Findings {
    /// Marks a topic as checked; without findings it is fine.
    pub(super) fn look(&mut self, topic: Topic) {
        self.looked.insert(topic);
    }

    pub(super) fn add(&mut self, topic: Topic, severity: Severity, wrong: impl Into<String>) {
        self.look(topic);
        self.found.push(Finding { topic, severity, wrong: wrong.into() });
    }

    /// Checks a topic that is either fine or has this problem.
    pub(super) fn expect(
        &mut self,
        topic: Topic,
        well: bool,
        severity: Severity,
        wrong: impl Into<String>,
    ) {
        self.look(topic);
        if !well {
            self.add(topic, severity, wrong);
        }
    }
}
