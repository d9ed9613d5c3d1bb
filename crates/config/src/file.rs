//! `frond.toml` as written, and the checks that turn it into a [`Config`]. Unknown keys are errors.

use std::net::SocketAddr;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};

use frond_wire::{ChecksumAlgorithm, InviteHash, LoginId, Registration};
use reqwest::Url;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use serde::Deserialize;
use toml::de::DeTable;

use super::{
    Accounts, Config, ConfigError, Limits, MAX_PRESIGN_SECONDS, Origin, Source, Target,
    is_deployment, page_folder,
};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    deployment: String,
    public_origins: Vec<String>,
    #[serde(default = "defaults::listen")]
    listen: SocketAddr,
    #[serde(default = "defaults::presign_seconds")]
    presign_seconds: u64,
    store: Store,
    accounts: AccountsTable,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    endpoint: String,
    region: String,
    bucket: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    path_style: bool,
    #[serde(default = "defaults::conditional")]
    conditional: bool,
    #[serde(default)]
    checksum: ChecksumAlgorithm,
    credentials_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsTable {
    registration: Registration,
    #[serde(default)]
    invites: Vec<String>,
    #[serde(default)]
    logins: Vec<String>,
}

impl Default for Limits {
    /// 5 TiB per object (S3's own limit), no quota, 50 requests a second.
    fn default() -> Self {
        let fifty = NonZeroU32::MIN.saturating_add(49);
        Self {
            max_object_bytes: 5 << 40,
            quota_bytes: None,
            quota_objects: None,
            requests_per_second: fifty,
            forwarded: false,
            proxies: NonZeroU8::MIN,
        }
    }
}

/// A credentials file, in the format of the embedded store's own.
#[derive(Deserialize)]
struct CredentialsFile {
    access_key: String,
    secret_key: String,
    session_token: Option<String>,
}

mod defaults {
    use std::net::{Ipv4Addr, SocketAddr};

    pub(super) const fn listen() -> SocketAddr {
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)
    }

    pub(super) const fn presign_seconds() -> u64 {
        super::MAX_PRESIGN_SECONDS
    }

    pub(super) const fn conditional() -> bool {
        true
    }
}

impl File {
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            // The line itself stays out: it may hold a misplaced secret.
            ConfigError::Syntax { line, message: error.message().to_owned() }
        })
    }

    pub(super) fn check(self, env: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let Self { deployment, public_origins, listen, presign_seconds, store, accounts, limits } =
            self;
        if !is_deployment(&deployment) {
            return Err(ConfigError::value("deployment", "must match [a-z0-9][a-z0-9.-]{0,62}"));
        }
        let origins =
            public_origins.iter().map(|text| Origin::parse(text)).collect::<Result<Vec<_>, _>>()?;
        if origins.is_empty() {
            return Err(ConfigError::value("public_origins", "must name at least one origin"));
        }
        if !(1..=MAX_PRESIGN_SECONDS).contains(&presign_seconds) {
            return Err(ConfigError::value("presign_seconds", "must be 1 to 900"));
        }
        if limits.max_object_bytes == 0 || limits.max_object_bytes > 1 << 46 {
            return Err(ConfigError::value("limits.max_object_bytes", "must be 1 to 2^46"));
        }
        let store = store.check(&env)?;
        // Threat T27: write access to the bucket must not allow replacing the page.
        if origins.iter().any(|origin| origin.as_str() == store.origin()) {
            return Err(ConfigError::value("public_origins", "must not be the store's own origin"));
        }
        Ok(Config {
            deployment,
            origins,
            listen,
            store,
            accounts: accounts.check()?,
            limits,
            presign_seconds,
            page: page_folder(&env),
        })
    }
}

/// The line, from 1, of a byte offset in the text.
fn line_at(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count().saturating_add(1)
}

/// Adds the line of the offending value to the error.
pub(super) fn located(error: ConfigError, text: &str) -> ConfigError {
    let ConfigError::Value { line: None, name, reason } = error else { return error };
    ConfigError::Value { line: line_of(text, name), name, reason }
}

/// The line of a value, by its dotted name.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let (table, key) =
        name.rsplit_once('.').map_or((None, name), |(table, key)| (Some(table), key));
    let table = match table {
        Some(table) => file.get_ref().get(table)?.get_ref().as_table()?,
        None => file.get_ref(),
    };
    Some(line_at(text, table.get(key)?.span().start))
}

impl Store {
    fn check(self, env: impl Fn(&str) -> Option<String>) -> Result<Target, ConfigError> {
        let Self {
            endpoint,
            region,
            bucket,
            prefix,
            path_style,
            conditional,
            checksum,
            credentials_file,
        } = self;
        let url =
            Url::parse(&endpoint).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        let endpoint =
            url.ok_or(ConfigError::value("store.endpoint", "must be an http or https URL"))?;
        if !is_prefix(&prefix) {
            return Err(ConfigError::value(
                "store.prefix",
                "must be empty, or plain segments that each end with /",
            ));
        }
        let style = if path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = Bucket::new(endpoint, style, bucket, region).map_err(|_| {
            ConfigError::value("store.bucket", "cannot be reached at this endpoint; try path_style")
        })?;
        let (credentials, source) = match credentials_file {
            Some(path) => (from_file(&path)?, Source::File(path)),
            None => from_environment(env).ok_or(ConfigError::Credentials)?,
        };
        Ok(Target { bucket, credentials, source, prefix, conditional, checksum })
    }
}

fn from_file(path: &Path) -> Result<Credentials, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.to_owned(), error))?;
    let file: CredentialsFile = serde_json::from_str(&text).map_err(|_| {
        ConfigError::value("store.credentials_file", r#"must hold {"access_key":…,"secret_key":…}"#)
    })?;
    Ok(match file.session_token {
        Some(token) => Credentials::new_with_token(file.access_key, file.secret_key, token),
        None => Credentials::new(file.access_key, file.secret_key),
    })
}

/// `FROND_ACCESS_KEY` and `FROND_SECRET_KEY`, or the AWS names.
fn from_environment(env: impl Fn(&str) -> Option<String>) -> Option<(Credentials, Source)> {
    let pair = |key: &str, secret: &str| Some((env(key)?, env(secret)?));
    if let Some((key, secret)) = pair("FROND_ACCESS_KEY", "FROND_SECRET_KEY") {
        let source = Source::Environment("FROND_ACCESS_KEY and FROND_SECRET_KEY");
        return Some((Credentials::new(key, secret), source));
    }
    let (key, secret) = pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")?;
    let credentials = match env("AWS_SESSION_TOKEN") {
        Some(token) => Credentials::new_with_token(key, secret, token),
        None => Credentials::new(key, secret),
    };
    Some((credentials, Source::Environment("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")))
}

fn is_prefix(prefix: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let segment =
        |text: &str| !text.is_empty() && !text.starts_with('.') && text.bytes().all(plain);
    prefix.is_empty()
        || (prefix.len() <= 256
            && prefix.strip_suffix('/').is_some_and(|p| p.split('/').all(segment)))
}

impl AccountsTable {
    fn check(self) -> Result<Accounts, ConfigError> {
        let Self { registration, invites, logins } = self;
        let invites = invites.iter().map(|text| {
            let hash = InviteHash::parse(text);
            hash.map_err(|_| {
                ConfigError::value(
                    "accounts.invites",
                    "must be SHA-256 hashes: 64 hex digits, lower case",
                )
            })
        });
        let logins = logins.iter().map(|text| {
            let login = LoginId::parse(text);
            login.map_err(|_| {
                ConfigError::value("accounts.logins", "must be login ids: 26 characters of base32")
            })
        });
        Ok(Accounts {
            registration,
            invites: invites.collect::<Result<_, _>>()?,
            logins: logins.collect::<Result<_, _>>()?,
        })
    }
}
