//! Both ways with pyca/cryptography, messages of 0 bytes to 8 MiB.
//!
//! The interpreter is `FROND_PYTHON`, else `python3`; without `cryptography`
//! (tests/requirements.txt) this fails.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use data_encoding::BASE64;
use frond::fernet;
use frond::secret::FernetKey;
use frond_testing::objects;

/// One Python process for the whole test.
struct Pyca {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

fn python() -> Command {
    Command::new(std::env::var("FROND_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

impl Pyca {
    fn start() -> Self {
        let mut child = python()
            .args(["-c", include_str!("pyca.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, answers }
    }

    fn ask(&mut self, what: &str, key: &FernetKey, text: &str) -> String {
        let sent = writeln!(self.requests, "{what} {} {text}", *key.to_text());
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(
            sent.is_ok() && answer.ends_with('\n'),
            "no answer: is `cryptography` of tests/requirements.txt there?"
        );
        answer.trim_end().to_owned()
    }

    fn encrypt(&mut self, key: &FernetKey, message: &[u8]) -> String {
        self.ask("encrypt", key, &BASE64.encode(message))
    }

    fn decrypt(&mut self, key: &FernetKey, token: &str) -> Vec<u8> {
        BASE64.decode(self.ask("decrypt", key, token).as_bytes()).unwrap()
    }
}

impl Drop for Pyca {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn both_ways_with_pyca() {
    let mut pyca = Pyca::start();
    // The edges of a block, then lengths that nobody chose.
    let lengths = [0, 1, 15, 16, 17, 31, 32, 33, 4095, 4096, 1 << 20, 8 << 20];
    let random = (0..12_u64).map(|i| {
        u64::from_be_bytes(*objects::content(900 + i, 8).first_chunk().unwrap()) % 300_000
    });
    let mut tried = 0;
    for (i, length) in (0_u64..).zip(lengths.into_iter().chain(random)) {
        let key = FernetKey::copied(objects::content(500 + i, 32).as_slice().try_into().unwrap());
        let message = objects::content(1_000_000 * i, length);
        let ours = fernet::encrypt(&key, 1_763_886_000 + i, objects::iv(i), &message);
        assert!(pyca.decrypt(&key, &ours) == message, "{length} bytes, ours to pyca");
        let theirs = pyca.encrypt(&key, &message);
        let opened = fernet::decrypt(&key, &theirs).unwrap();
        assert!(opened.plaintext == message, "{length} bytes, pyca's to us");
        // The same time and IV give the same bytes.
        let raw = fernet::from_text(&theirs).unwrap();
        let iv = fernet::Token::parse(&raw).unwrap().frame.iv;
        assert!(
            fernet::encrypt(&key, opened.time, iv, &message) == theirs,
            "{length} bytes, byte for byte"
        );
        tried += 1;
    }
    assert_eq!(tried, 24);
}

/// The vectors of what is refused are as committed, byte for byte.
#[test]
fn the_generator_writes_the_same_vectors() {
    let made = python().arg("tests/vectors/make_refused.py").output().expect("Python starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(made.stdout == include_bytes!("vectors/frond_v1_refused.json"), "another file");
}
