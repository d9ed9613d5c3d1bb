//! The endpoint's static configuration, parsed once into checked types, for the signer and the
//! doctor. Secrets are absent from `Debug`.

mod file;

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use frond_wire::{ChecksumAlgorithm, InviteHash, LoginId, Registration};
use reqwest::Url;
use rusty_s3::{Bucket, Credentials};
use serde::Deserialize;

/// Returns Unix seconds; injected, so that tests can set the time.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Longest lifetime of a presigned URL, in seconds.
pub const MAX_PRESIGN_SECONDS: u64 = 900;

/// The endpoint's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The deployment's name, fixed for the life of the bucket.
    pub deployment: String,
    /// Origins of page and endpoint. The first is the endpoint's own.
    pub origins: Vec<Origin>,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The bucket.
    pub store: Target,
    /// Who may create an account.
    pub accounts: Accounts,
    /// Limits per account.
    pub limits: Limits,
    /// Lifetime of a presigned URL, in seconds, 1 to [`MAX_PRESIGN_SECONDS`].
    pub presign_seconds: u64,
    /// Folder of the built page.
    pub page: PathBuf,
}

/// Who may create an account.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The registration mode.
    pub registration: Registration,
    /// Hashes of the invite codes; each code is valid for one account.
    pub invites: BTreeSet<InviteHash>,
    /// Logins that may create an account in any mode.
    pub logins: BTreeSet<LoginId>,
}

/// Limits per account: the table `[limits]` of `frond.toml`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest stored object, in bytes.
    pub max_object_bytes: u64,
    /// Most bytes that an account may store.
    pub quota_bytes: Option<u64>,
    /// Most S3 objects that an account may have: files, events, pages of journals.
    pub quota_objects: Option<u64>,
    /// Requests per second per login; five times as many in a burst, four times as many per
    /// address. Large requests count as several.
    pub requests_per_second: NonZeroU32,
    /// Whether the client's address is taken from `X-Forwarded-For`: only behind proxies that set
    /// it.
    pub forwarded: bool,
    /// How many proxies each append an address to it: the client's is that many from the end.
    pub proxies: NonZeroU8,
}

/// A web origin (RFC 6454): scheme, host, port, as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
}

impl Origin {
    /// Accepts exactly what browsers send in `Origin`, such as `https://files.example.org`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] for anything that is not exactly an origin.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let bad = || {
            ConfigError::value(
                "public_origins",
                "is not an origin such as https://files.example.org",
            )
        };
        let url = Url::parse(text).map_err(|_| bad())?;
        if !["http", "https"].contains(&url.scheme()) || url.origin().ascii_serialization() != text
        {
            return Err(bad());
        }
        let authority =
            text.split_once("://").map(|(_, authority)| authority.to_owned()).ok_or_else(bad)?;
        Ok(Self { text: text.to_owned(), authority })
    }

    /// Scheme, host, port if not the scheme's default; no trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether browsers treat the origin as secure: https, or loopback.
    #[must_use]
    pub fn is_trustworthy(&self) -> bool {
        self.text.starts_with("https:") || Url::parse(&self.text).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether a `Host` header names it.
    #[must_use]
    pub fn is_host(&self, host: &str) -> bool {
        let port = if self.text.starts_with("https:") { ":443" } else { ":80" };
        let host = host.strip_suffix(port).unwrap_or(host);
        self.authority.eq_ignore_ascii_case(host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The bucket, how to reach it, and its credentials.
#[derive(Clone)]
pub struct Target {
    /// Name, region, base URL.
    pub bucket: Bucket,
    /// Access key and secret.
    pub credentials: Credentials,
    /// Source of the credentials.
    pub source: Source,
    /// Prefix of every key: empty, or ends with `/`.
    pub prefix: String,
    /// Whether the store supports `If-None-Match: *` on PUT.
    pub conditional: bool,
    /// The body checksum that the store verifies.
    pub checksum: ChecksumAlgorithm,
}

impl Target {
    /// Origin that presigned URLs point to.
    #[must_use]
    pub fn origin(&self) -> String {
        self.bucket.base_url().origin().ascii_serialization()
    }

    /// Whether the store is on a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.bucket.base_url())
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Source of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `[store] credentials_file`.
    File(PathBuf),
    /// Two or three environment variables.
    Environment(&'static str),
    /// Generated at the first start of the embedded default.
    Made,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(names) => write!(f, "the environment: {names}"),
            Self::Made => f.write_str("the first start"),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, credentials: _, source, prefix, conditional, checksum } = self;
        f.debug_struct("Target")
            .field("base_url", &bucket.base_url().as_str())
            .field("region", &bucket.region())
            .field("source", source)
            .field("prefix", prefix)
            .field("conditional", conditional)
            .field("checksum", checksum)
            .finish_non_exhaustive()
    }
}

/// Why a configuration was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Not TOML, an unknown key, a missing key, or a wrong type.
    #[error("line {line}: {message}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// An invalid value.
    #[error("{}{name} {reason}", at(*line))]
    Value {
        /// Line, from 1, if known.
        line: Option<usize>,
        /// The key.
        name: &'static str,
        /// What it should be.
        reason: &'static str,
    },
    /// No credentials for the bucket.
    #[error(
        "no credentials: set FROND_ACCESS_KEY and FROND_SECRET_KEY, or [store] credentials_file"
    )]
    Credentials,
}

impl ConfigError {
    /// An invalid value at an unknown line.
    #[must_use]
    pub const fn value(name: &'static str, reason: &'static str) -> Self {
        Self::Value { line: None, name, reason }
    }
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

impl Config {
    /// Reads `frond.toml`. Environment variables are read through `env`, so that tests can supply
    /// their own.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], with a sentence for the operator.
    pub fn load(path: &Path, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File(path.to_owned(), error))?;
        Self::parse(&text, env)
    }

    /// As [`Config::load`], from text.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], with a sentence for the operator.
    pub fn parse(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        file::File::parse(text)?.check(env).map_err(|error| file::located(error, text))
    }
}

/// `FROND_DIST`, else `dist` in the working directory, else `dist` next to the program.
#[must_use]
pub fn page_folder(env: impl Fn(&str) -> Option<String>) -> PathBuf {
    if let Some(folder) = env("FROND_DIST") {
        return PathBuf::from(folder);
    }
    let here = PathBuf::from("dist");
    let beside =
        std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("dist")));
    match beside {
        Some(beside) if !here.is_dir() && beside.is_dir() => beside,
        _ => here,
    }
}

/// Whether this is a valid deployment name: `[a-z0-9][a-z0-9.-]{0,62}`.
#[must_use]
pub fn is_deployment(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|b| plain(b) || b == b'.' || b == b'-')
}
