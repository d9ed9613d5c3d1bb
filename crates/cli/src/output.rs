//! Where output goes: results on standard output, reports and errors on standard error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::json;

use super::arguments::How;
use super::failure::Failure;

/// Standard output and error, according to the arguments.
pub(super) struct Output(How);

impl Output {
    pub(super) fn new(how: How) -> Self {
        Self(how)
    }

    /// Whether output is JSON.
    pub(super) fn json(&self) -> bool {
        self.0.json
    }

    /// Whether progress is shown: only to a person, at a terminal.
    pub(super) fn shows(&self) -> bool {
        !self.0.json && !self.0.quiet && io::stderr().is_terminal()
    }

    /// A line of the result, for people.
    pub(super) fn line(&self, line: &str) {
        if !self.0.json {
            put(&mut io::stdout().lock(), line);
        }
    }

    /// The complete result, for scripts.
    pub(super) fn result(&self, result: &impl Serialize) {
        if self.0.json
            && let Ok(text) = serde_json::to_string(result)
        {
            put(&mut io::stdout().lock(), &text);
        }
    }

    /// What was done; omitted if quiet.
    pub(super) fn report(&self, line: &str) {
        if !self.0.json && !self.0.quiet {
            put(&mut io::stderr().lock(), line);
        }
    }

    /// A warning that is shown even if quiet.
    pub(super) fn warning(&self, line: &str) {
        if self.0.json {
            put(&mut io::stderr().lock(), &json!({ "warning": line }).to_string());
        } else {
            put(&mut io::stderr().lock(), &format!("frond: {line}"));
        }
    }

    /// The error of a failed command.
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

/// Ignores errors: the reader may have closed the stream.
fn put(stream: &mut impl Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}
