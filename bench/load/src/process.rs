//! The programs: one that is only the store, and the endpoint that is measured.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::Failure;

/// Name of the deployment.
pub const DEPLOYMENT: &str = "load";

/// Both programs, until dropped.
pub struct Endpoint {
    /// Where it is reached.
    pub origin: String,
    address: SocketAddr,
    process: Child,
    _store: Child,
    _folder: TempDir,
}

impl Endpoint {
    /// Starts `FROND_ENDPOINT_BIN` twice: as the embedded default, and on its bucket.
    pub async fn start() -> Result<Self, Failure> {
        let program = std::env::var("FROND_ENDPOINT_BIN")?;
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("data"))?;
        std::fs::write(folder.path().join("data/deployment"), DEPLOYMENT)?;
        let (address, store_address) = (free().await?, free().await?);
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).env_clear().kill_on_drop(true).env("FROND_LOG", "error");
        let mut store = command
            .env("FROND_LISTEN", "127.0.0.1:0")
            .env("FROND_STORE_LISTEN", store_address.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(store.stdout.take().ok_or("no output")?).read_line(&mut line).await?;

        let origin = format!("http://{address}");
        let text = format!(
            "deployment = \"{DEPLOYMENT}\"\npublic_origins = [\"{origin}\"]\n\
             listen = \"{address}\"\n\
             [store]\nendpoint = \"http://{store_address}\"\nregion = \"us-east-1\"\n\
             bucket = \"frond\"\n\
             path_style = true\ncredentials_file = \"data/store-credentials.json\"\n\
             [accounts]\nregistration = \"open\"\n[limits]\nrequests_per_second = 1000000\n"
        );
        std::fs::write(folder.path().join("frond.toml"), text)?;
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).env_clear().kill_on_drop(true).env("FROND_LOG", "error");
        let process = command.args(["--config", "frond.toml"]).spawn()?;
        let endpoint = Self { origin, address, process, _store: store, _folder: folder };
        while endpoint.connection().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(endpoint)
    }

    /// A connection that has asked once and stays open.
    pub async fn connection(&self) -> Result<TcpStream, Failure> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream
            .write_all(
                format!("GET /config.json HTTP/1.1\r\nhost: {}\r\n\r\n", self.address).as_bytes(),
            )
            .await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        if answer.ends_with(b"200") { Ok(stream) } else { Err("not served".into()) }
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// Processor time that it has used, user and system; ticks are hundredths of a second (proc(5),
    /// Linux).
    pub fn processor(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()?))?;
        let fields = stat.rsplit_once(") ").ok_or("no name")?.1;
        let ticks =
            fields.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    fn id(&self) -> Result<u32, Failure> {
        Ok(self.process.id().ok_or("it has ended")?)
    }
}

/// A port that is free now.
async fn free() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

/// Load averages of the machine: figures of a busy one say less.
pub fn load() -> Result<String, Failure> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').take(3).collect::<Vec<_>>().join(" "))
}
