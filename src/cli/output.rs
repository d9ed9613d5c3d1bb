//! What is said, and where: results on standard output, reports and errors on standard error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::json;

use super::arguments::How;
use super::failure::Failure;

/// Standard output and error, as the arguments want them.
pub(super) struct Output(How);

impl Output {
    pub(super) fn new(how: How) -> Self {
        Self(how)
    }

    /// Whether a script reads.
    pub(super) fn json(&self) -> bool {
        self.0.json
    }

    /// Whether progress is shown: to a person, at a terminal.
    pub(super) fn shows(&self) -> bool {
        !self.0.json && !self.0.quiet && io::stderr().is_terminal()
    }

    /// A line of the result, for people.
    pub(super) fn line(&self, line: &str) {
        if !self.0.json {
            put(&mut io::stdout().lock(), line);
        }
    }

    /// All of the result, for scripts.
    pub(super) fn result(&self, result: &impl Serialize) {
        if self.0.json
            && let Ok(text) = serde_json::to_string(result)
        {
            put(&mut io::stdout().lock(), &text);
        }
    }

    /// What was done, for a person who wants to know.
    pub(super) fn report(&self, line: &str) {
        if !self.0.json && !self.0.quiet {
            put(&mut io::stderr().lock(), line);
        }
    }

    /// What a person should know, and did not ask for.
    pub(super) fn warning(&self, line: &str) {
        if self.0.json {
            put(&mut io::stderr().lock(), &json!({ "warning": line }).to_string());
        } else {
            put(&mut io::stderr().lock(), &format!("frond: {line}"));
        }
    }

    /// Why it failed.
    pub(super) fn failure(&self, failure: &Failure) {
        let Failure { kind, message } = failure;
        if self.0.json {
            let error = json!({ "error": kind.name(), "exit": failure.exit(), "message": message });
            put(&mut io::stderr().lock(), &error.to_string());
        } else {
            put(&mut io::stderr().lock(), &format!("frond: {message}"));
        }
    }
}

/// Whoever reads may have gone: then nobody is there to be told.
fn put(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}
