//! Somebody at a terminal: a machine of their own, and the program.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::rc::Rc;
use std::time::Duration;

use frond::port::Source;
use frond::secret::Password;
use frond::session::TransferState;
use tempfile::TempDir;

use super::{Deployment, Future};
use frond_testing::tab::{MemorySource, Tab};

pub const NAME: &str = "ada";
pub const PASSWORD: &str = "cake-gauge-patch-three-candy-ghost-peace";

/// The deployment runs on threads of its own, so that a story may wait for a process.
pub fn story(story: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(tokio::task::LocalSet::new().run_until(story));
}

/// A machine: what the program keeps, and a folder to work in.
pub struct Person {
    pub home: TempDir,
    pub address: String,
}

/// How a run of the program ended.
pub struct Ended {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ended {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|_| panic!("no JSON: {}{}", self.text(), self.err))
    }

    #[track_caller]
    pub fn done(self) -> Self {
        self.with(0)
    }

    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        let Self { code: real, out, err } = &self;
        assert_eq!(*real, code, "{}{err}", String::from_utf8_lossy(out));
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        Self {
            code: status.code().unwrap_or(-1),
            out: stdout,
            err: String::from_utf8(stderr).unwrap(),
        }
    }
}

impl Person {
    /// Somebody whose account exists, on a machine that was never here.
    pub async fn new(deployment: &Deployment) -> Self {
        let tab = Tab::new(&deployment.base_url());
        tab.locked.create(NAME, &Password::new(PASSWORD.to_owned()), None).await.unwrap();
        Self::again(deployment)
    }

    /// The same person on another machine.
    pub fn again(deployment: &Deployment) -> Self {
        Self { home: tempfile::tempdir().unwrap(), address: deployment.base_url() }
    }

    /// As [`Person::new`], signed in.
    pub async fn signed_in(deployment: &Deployment) -> Self {
        let person = Self::new(deployment).await;
        person.sign_in();
        person
    }

    pub fn sign_in(&self) {
        self.fed(["login", &self.address, "--user", NAME, "--password-stdin"], PASSWORD.as_bytes())
            .done();
    }

    /// A path in the folder to work in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("work").join(name)
    }

    /// A file in the folder to work in.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        std::fs::create_dir_all(self.path("")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_frond"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FROND_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.path(""))
            .env("FROND_STATE", self.state())
            .env("NO_PROXY", "localhost")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ended {
        self.fed(arguments, b"")
    }

    /// Runs it with this on its standard input.
    pub fn fed(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
    ) -> Ended {
        self.ended(self.command(arguments), input)
    }

    /// As [`Person::fed`], of a command that was prepared.
    pub fn ended(&self, mut command: Command, input: &[u8]) -> Ended {
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // It may end without having read all.
        let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let ended = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        ended.into()
    }
}

/// Bytes that are not all alike, and not like those of another seed.
pub fn content(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

/// All files below a folder.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Adds files from a tab of another device, which indexes nothing.
pub async fn added_by(tab: &Tab, files: &[(&str, &str)]) {
    let session = tab.locked.sign_in(NAME, &Password::new(PASSWORD.to_owned())).await.unwrap();
    let working = session.clone();
    let work = tokio::task::spawn_local(async move { working.work().await });
    let source = |(path, text): &(&str, &str)| -> Rc<dyn Source> {
        Rc::new(MemorySource { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() })
    };
    session.transfers().add(files.iter().map(source).collect()).unwrap();
    while session.view().transfers.iter().any(|row| row.state != TransferState::Done) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    work.abort();
}
