//! What needs no account: tokens, completions, the manual, the help.

use std::process::{Command, Stdio};

use super::*;

fn nobody() -> Person {
    Person { home: tempfile::tempdir().unwrap(), address: String::new() }
}

/// Fernet by pyca/cryptography: `expression` sees `f`, and `i` from standard input.
fn python(key: &str, expression: &str, input: &[u8]) -> Vec<u8> {
    let program = format!(
        "import sys; from cryptography.fernet import Fernet; f = Fernet(sys.argv[1]); \
         i = sys.stdin.buffer.read(); sys.stdout.buffer.write({expression})"
    );
    let mut command =
        Command::new(std::env::var("FROND_PYTHON").unwrap_or_else(|_| "python3".to_owned()));
    command
        .args(["-c", &program, key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    nobody().ended(command, input).done().out
}

#[test]
fn tokens_both_ways_with_python() {
    let person = nobody();
    let key = person.run(["token", "key"]).done().text().to_owned();
    person.file("key", key.as_bytes());
    for length in [0, 1, 16, 1_000_000] {
        let message = content(9, length);
        let token = person.fed(["token", "encrypt", "--key-file", "key"], &message).done().out;
        assert!(python(key.trim(), "f.decrypt(i.strip())", &token) == message, "{length}");
        let token = python(key.trim(), "f.encrypt(i)", &message);
        assert!(
            person.fed(["token", "decrypt", "--key-file", "key"], &token).done().out == message,
            "{length}"
        );
        person.fed(["token", "decrypt", "--key-file", "key", "--ttl", "3600"], &token).done();
    }
    let old = python(key.trim(), "f.encrypt_at_time(i, 1_000_000_000)", b"old");
    assert_eq!(person.fed(["token", "decrypt", "--key-file", "key"], &old).done().out, b"old");
    let refused =
        person.fed(["token", "decrypt", "--key-file", "key", "--ttl", "60"], &old).with(6);
    assert!(refused.out.is_empty() && refused.err.contains("does not open"), "{}", refused.err);
    // As mail programs wrap it, and as people paste it.
    let token = python(key.trim(), "f.encrypt(i)", &content(3, 500));
    let lines: Vec<_> = token.chunks(76).map(|line| [b"  ", line, b"\r\n"].concat()).collect();
    let pasted = [&b"\n\t"[..], &lines.concat(), b" \n"].concat();
    let opened = person.fed(["token", "decrypt", "--key-file", "key"], &pasted).done();
    assert!(opened.out == content(3, 500));
    for none in [&b""[..], b"hello", b"gAAAAA==", &token[..token.len() - 1], &[0xff; 100]] {
        let refused = person.fed(["token", "decrypt", "--key-file", "key"], none).with(6);
        assert!(refused.err.contains("This is not a Fernet token"), "{}", refused.err);
    }
    let other = person.run(["token", "key"]).done().text().to_owned();
    assert_ne!(key, other);
    person.file("key", other.as_bytes());
    let refused = person.fed(["token", "decrypt", "--key-file", "key"], &old).with(6);
    assert!(refused.err.contains("does not open with this key"), "{}", refused.err);
    person.fed(["token", "decrypt"], &old).with(2);
}

#[test]
fn a_key_from_the_environment_is_not_told() {
    let person = nobody();
    let key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    let mut command = person.command(["token", "encrypt"]);
    command.env("FROND_FERNET_KEY", key);
    let token = person.ended(command, b"hello").done().out;
    assert_eq!(python(key, "f.decrypt(i.strip())", &token), b"hello");
    for wrong in ["cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4", "marker"] {
        let mut command = person.command(["token", "decrypt"]);
        command.env("FROND_FERNET_KEY", wrong);
        let refused = person.ended(command, &token).with(2);
        assert!(!refused.err.contains(wrong), "{}", refused.err);
    }
}

#[test]
fn completions_and_manual() {
    let person = nobody();
    for (shell, mark) in
        [("bash", "complete -F"), ("zsh", "#compdef frond"), ("fish", "complete -c frond")]
    {
        let script = person.run(["completions", shell]).done();
        assert!(script.text().contains(mark) && script.text().contains("verify"), "{shell}");
    }
    assert!(person.run(["man"]).done().text().contains(".TH frond 1"));
    person.run(["man", "pages"]).done();
    assert!(person.path("pages/frond-put.1").exists());
}

#[test]
fn wrong_arguments() {
    let person = nobody();
    for arguments in [
        &["nonsense"][..],
        &[],
        &["put"],
        &["get"],
        &["rm"],
        &["login"],
        &["token", "decrypt", "--ttl", "x"],
    ] {
        person.run(arguments).with(2);
    }
    assert!(person.run(["--help"]).done().text().contains("Exit codes"));
    person.run(["--version"]).done();
}
