//! The embedded default, for a start without configuration: page and store on two loopback ports,
//! with one folder.

use std::fs;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use frond_config::{
    Accounts, Config, ConfigError, Limits, MAX_PRESIGN_SECONDS, Origin, Source, Target,
    is_deployment, page_folder,
};
use frond_store::private;
use frond_wire::{ChecksumAlgorithm, Registration};
use reqwest::Url;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use serde::{Deserialize, Serialize};

/// Bucket of the embedded store.
pub const BUCKET: &str = "frond";
/// Region in its signatures: the default of S3 clients.
pub const REGION: &str = "us-east-1";

/// Everything that the folder may hold. A folder with anything else is not ours: its mode is kept.
const KEPT: [&str; 5] =
    ["deployment", "deployment.new", "store", "store-credentials.json", "store-credentials.new"];

/// Location of the embedded default: `FROND_LISTEN`, `FROND_STORE_LISTEN`, `FROND_DATA`.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Loopback address of page and endpoint; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Loopback address of the store.
    pub store_listen: SocketAddr,
    /// Folder of all persistent data.
    pub data: PathBuf,
    /// Folder of the built page.
    pub page: PathBuf,
}

/// Random values generated at the first start and kept in the folder.
pub struct Kept {
    /// The deployment's name.
    pub deployment: String,
    /// Access key of the store.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { deployment, access_key: _, secret_key: _ } = self;
        f.debug_struct("Kept").field("deployment", deployment).finish_non_exhaustive()
    }
}

/// `store-credentials.json`: gives any S3 client access.
#[derive(Serialize, Deserialize)]
struct CredentialsFile {
    access_key: String,
    secret_key: String,
    bucket: String,
    region: String,
    endpoint: String,
}

impl Embedded {
    /// Reads the settings through `env`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] if an address is invalid or not loopback: registration is open, so
    /// other machines must not reach it.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Ok(Self {
            listen: loopback("FROND_LISTEN", env("FROND_LISTEN"), 8080)?,
            store_listen: loopback("FROND_STORE_LISTEN", env("FROND_STORE_LISTEN"), 8081)?,
            data: env("FROND_DATA").map_or_else(|| PathBuf::from("data"), PathBuf::from),
            page: page_folder(&env),
        })
    }

    /// Origins of the page when it listens on `listen`: `localhost` and the address.
    #[must_use]
    pub fn origins(listen: SocketAddr) -> Vec<String> {
        vec![
            Url::parse(&format!("http://localhost:{}", listen.port())),
            Url::parse(&format!("http://{listen}")),
        ]
        .into_iter()
        .flatten()
        .map(|url| url.origin().ascii_serialization())
        .collect()
    }

    /// Loads the persistent values; generates them at the first start.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the folder cannot be used or holds something else.
    pub fn kept(&self) -> Result<Kept, ConfigError> {
        let at_data = |error| ConfigError::File(self.data.clone(), error);
        private::create_folder(&self.data).map_err(at_data)?;
        private::close_own(&self.data, &KEPT).map_err(at_data)?;
        let name = self.data.join("deployment");
        let deployment = match read(&name)? {
            Some(text) => text.trim().to_owned(),
            None => {
                let made =
                    format!("frond-{}", BASE32_NOPAD.encode(&random::<10>()?).to_ascii_lowercase());
                write(&name, made.as_bytes())?;
                made
            }
        };
        if !is_deployment(&deployment) {
            return Err(ConfigError::value(
                "the file `deployment`",
                "must match [a-z0-9][a-z0-9.-]{0,62}",
            ));
        }
        let (access_key, secret_key) = match read(&self.credentials_file())? {
            Some(text) => {
                let file: CredentialsFile = serde_json::from_str(&text)
                    .map_err(|_| ConfigError::value("store-credentials.json", "does not parse"))?;
                (file.access_key, file.secret_key)
            }
            None => {
                let (access_key, secret_key) = (
                    BASE32_NOPAD.encode(&random::<12>()?),
                    BASE64URL_NOPAD.encode(&random::<30>()?),
                );
                let kept = Kept { deployment: deployment.clone(), access_key, secret_key };
                self.write_credentials(&kept, self.store_listen)?;
                (kept.access_key, kept.secret_key)
            }
        };
        Ok(Kept { deployment, access_key, secret_key })
    }

    /// The configuration, once both listeners have their ports. Writes the store's address next to
    /// its keys.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the folder cannot be written.
    pub fn config(
        &self,
        kept: &Kept,
        listen: SocketAddr,
        store: SocketAddr,
    ) -> Result<Config, ConfigError> {
        self.write_credentials(kept, store)?;
        let bad = || ConfigError::value("FROND_STORE_LISTEN", "must be host:port");
        let url = Url::parse(&format!("http://{store}")).map_err(|_| bad())?;
        let target = Target {
            bucket: Bucket::new(url, UrlStyle::Path, BUCKET, REGION).map_err(|_| bad())?,
            credentials: Credentials::new(kept.access_key.as_str(), kept.secret_key.as_str()),
            source: Source::Made,
            prefix: String::new(),
            conditional: true,
            checksum: ChecksumAlgorithm::Crc32c,
        };
        Ok(Config {
            deployment: kept.deployment.clone(),
            origins: Self::origins(listen)
                .iter()
                .map(|text| Origin::parse(text))
                .collect::<Result<_, _>>()?,
            listen,
            store: target,
            accounts: Accounts {
                registration: Registration::Open,
                invites: [].into(),
                logins: [].into(),
            },
            limits: Limits::default(),
            presign_seconds: MAX_PRESIGN_SECONDS,
            page: self.page.clone(),
        })
    }

    fn credentials_file(&self) -> PathBuf {
        self.data.join("store-credentials.json")
    }

    fn write_credentials(&self, kept: &Kept, store: SocketAddr) -> Result<(), ConfigError> {
        let file = CredentialsFile {
            access_key: kept.access_key.clone(),
            secret_key: kept.secret_key.clone(),
            bucket: BUCKET.to_owned(),
            region: REGION.to_owned(),
            endpoint: format!("http://{store}"),
        };
        let path = self.credentials_file();
        let text = serde_json::to_vec_pretty(&file)
            .map_err(|error| ConfigError::File(path.clone(), error.into()))?;
        write(&path, &text)
    }
}

/// Parses `host:port`; loopback only.
fn loopback(
    name: &'static str,
    text: Option<String>,
    port: u16,
) -> Result<SocketAddr, ConfigError> {
    let Some(text) = text else {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    };
    let text = text.replace("localhost:", "127.0.0.1:");
    let address: SocketAddr =
        text.parse().map_err(|_| ConfigError::value(name, "must be an address and a port"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(ConfigError::value(
        name,
        "must be a loopback address: without a configuration anybody who reaches it can make an \
         account; write a frond.toml (see docs/STORES.md) and start with --config",
    ))
}

fn random<const N: usize>() -> Result<[u8; N], ConfigError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| ConfigError::value("the system", "gives no randomness"))?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::File(path.to_owned(), error)),
    }
}

/// Writes atomically and durably, readable by the owner only.
fn write(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    let new = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        let mut file = private::options().write(true).create(true).truncate(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        // Sync the directory entry too: keys derive from the deployment's name.
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    written().map_err(|error| ConfigError::File(path.to_owned(), error))
}
