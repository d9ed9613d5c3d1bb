//! The server as a process of its own: this test's executable, run again.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use frond_store as embedded;

use frond_testing::store::{Target, options};

const DATA: &str = "FROND_KILL_DATA";
const READY: &str = "listening on ";

/// In the process that is killed: serves until then.
pub fn run() {
    let Ok(data) = env::var(DATA) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let running = embedded::serve(options(PathBuf::from(data))).await.unwrap();
        println!("{READY}{}", running.addr());
        std::future::pending::<()>().await;
    });
}

/// In the test: that process.
pub struct Server {
    child: Child,
}

impl Server {
    pub fn spawn(data: &Path) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["server_process", "--exact", "--nocapture"])
            .env(DATA, data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Waits until it listens.
    pub fn ready(&mut self) -> Target {
        let output = BufReader::new(self.child.stdout.take().unwrap());
        let address = output.lines().find_map(|line| {
            let line = line.unwrap();
            // The harness writes the name of the test before it, on the same line.
            line.split_once(READY).map(|(_, address)| address.to_owned())
        });
        Target::at(&format!("http://{}", address.expect("the server did not start")))
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A panic of the test does not leave a process behind; killed already, it is no error.
        self.end();
    }
}
