//! `frond-endpoint check`: explains a configuration in plain sentences, with its risks.

use std::collections::BTreeSet;
use std::fmt;

use frond_wire::{ChecksumAlgorithm, Registration};

use crate::auth::CACHE_SECONDS;
use crate::limits::{BURST_SECONDS, BYTES, OPERATIONS, PEOPLE};
use frond_config::{Accounts, Config, Limits, Source};

/// The explanation of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What it means.
    pub meaning: Vec<String>,
    /// Its risks.
    pub warnings: Vec<String>,
}

impl Report {
    /// Explains a valid configuration. Reads the page's folder and the credentials file; makes no
    /// network request.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let mut report = Self::default();
        report.place(config);
        report.store(config);
        report.accounts(&config.accounts);
        report.limits(&config.limits, config.presign_seconds, config.accounts.registration);
        report.page(config);
        report
    }

    fn says(&mut self, sentence: String) {
        self.meaning.push(sentence);
    }

    fn warns(&mut self, sentence: impl Into<String>) {
        self.warnings.push(sentence.into());
    }

    fn place(&mut self, config: &Config) {
        let Config { deployment, origins, listen, limits, .. } = config;
        self.says(format!(
            "The deployment is {deployment}. Passwords become keys with this name: it cannot \
             change."
        ));
        let names: Vec<&str> = origins.iter().map(frond_config::Origin::as_str).collect();
        if let Some((own, others)) = names.split_first() {
            self.says(format!("The endpoint is reached at {own}."));
            if !others.is_empty() {
                self.says(format!("Pages of {} may use it too.", others.join(", ")));
            }
        }
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            self.warns("public_origins names an origin twice.");
        }
        let address = match (limits.forwarded, limits.proxies.get()) {
            (false, _) => "the connection".to_owned(),
            (true, 1) => {
                "the last entry of X-Forwarded-For, which the proxy in front writes".to_owned()
            }
            (true, n) => {
                format!(
                    "entry {n} from the end of X-Forwarded-For, as {n} proxies in front write it"
                )
            }
        };
        self.says(format!("It listens on {listen} and takes a caller's address from {address}."));
        let secure = names.iter().any(|name| name.starts_with("https:"));
        let local = listen.ip().is_loopback();
        for origin in origins.iter().filter(|origin| !origin.is_trustworthy()) {
            self.warns(format!("{origin} is not https: browsers give its page no cryptography."));
        }
        if limits.forwarded && !local {
            self.warns(format!(
                "forwarded = true, but {listen} can be reached past the proxy: whoever does writes \
                 any address."
            ));
        }
        if limits.forwarded && !secure {
            self.warns(
                "forwarded = true, but no origin is https, as if no proxy stood in front: then \
                 anybody writes any address, and no limit counts.",
            );
        }
        if !limits.forwarded && limits.proxies.get() > 1 {
            self.warns("proxies counts for nothing without forwarded = true.");
        }
        if !limits.forwarded && local && secure {
            self.warns(
                "Behind a proxy all callers have the proxy's address, and share one rate: set \
                 forwarded = true.",
            );
        }
    }

    fn store(&mut self, config: &Config) {
        let store = &config.store;
        let under = if store.prefix.is_empty() {
            String::new()
        } else {
            format!(" under {}", store.prefix)
        };
        self.says(format!(
            "Files lie in the bucket {} at {}{under}, region {}.",
            store.bucket.name(),
            store.bucket.base_url(),
            store.bucket.region()
        ));
        self.says(format!("The key for it comes from {}.", store.source));
        self.says(if store.conditional {
            "Uploads ask the store not to overwrite anything (If-None-Match).".to_owned()
        } else {
            "Uploads do not ask the store whether something is there: names are random, so nothing \
             should be."
                .to_owned()
        });
        self.says(format!(
            "The store verifies every upload by {}.",
            match store.checksum {
                ChecksumAlgorithm::Crc32c => "its CRC-32C (x-amz-checksum-crc32c)",
                ChecksumAlgorithm::Sha256 => "its SHA-256 (x-amz-checksum-sha256)",
                ChecksumAlgorithm::Md5 => "its MD5 (Content-MD5)",
            }
        ));
        if store.bucket.base_url().scheme() == "http" && !store.is_loopback() {
            self.warns(
                "The store is not https: who sees the network can use its URLs while they live.",
            );
        }
        #[cfg(unix)]
        if let Source::File(path) = &store.source {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
            if mode & 0o077 != 0 {
                self.warns(format!("Others may read {}: chmod 600.", path.display()));
            }
        }
    }

    fn accounts(&mut self, accounts: &Accounts) {
        let Accounts { registration, invites, logins } = accounts;
        let listed = match logins.len() {
            0 => String::new(),
            1 => ", and 1 listed login".to_owned(),
            n => format!(", and {n} listed logins"),
        };
        self.says(match registration {
            Registration::Closed if logins.is_empty() => "Nobody can make an account.".to_owned(),
            Registration::Closed => {
                format!("Nobody can make an account but {}.", count(logins.len(), "listed login"))
            }
            Registration::Invite => {
                format!("{} can make an account each{listed}.", count(invites.len(), "invite code"))
            }
            Registration::Open => "Everybody who reaches it can make an account.".to_owned(),
        });
        match registration {
            Registration::Open => self.warns("Registration is open: anybody can fill the bucket."),
            Registration::Invite if invites.is_empty() && logins.is_empty() => {
                self.warns("There is no invite code: make one with `frond-endpoint invite new`.");
            }
            Registration::Closed if !invites.is_empty() => {
                self.warns("Registration is closed: the invite codes count for nothing.");
            }
            _ => {}
        }
    }

    fn limits(&mut self, limits: &Limits, seconds: u64, registration: Registration) {
        let Limits {
            max_object_bytes, quota_bytes, quota_objects, requests_per_second: rate, ..
        } = limits;
        self.says(format!("A file may be stored in up to {}.", Bytes(*max_object_bytes)));
        self.says(match (quota_bytes, quota_objects) {
            (None, None) => "An account may store as much as it likes.".to_owned(),
            (Some(bytes), None) => format!("An account may store {}.", Bytes(*bytes)),
            (None, Some(objects)) => format!("An account may store {objects} objects."),
            (Some(bytes), Some(objects)) => {
                format!("An account may store {} in at most {objects} objects.", Bytes(*bytes))
            }
        });
        self.says(format!(
            "A login may ask {rate} times a second, an address {} times; in a burst \
             {BURST_SECONDS} times that. Each {OPERATIONS} URLs and each {} count as one more.",
            rate.get().saturating_mul(PEOPLE),
            Bytes(BYTES)
        ));
        self.says(format!(
            "A removed login is refused everywhere after {CACHE_SECONDS} seconds; what it had \
             signed before lives up to {seconds} seconds."
        ));
        if quota_bytes.is_none() && registration != Registration::Closed {
            self.warns("There is no quota_bytes: one account can fill the bucket.");
        }
        if quota_bytes.is_some_and(|quota| quota < *max_object_bytes) {
            self.warns("quota_bytes is below max_object_bytes: no file can be as large as that.");
        }
    }

    fn page(&mut self, config: &Config) {
        if config.page.join("index.html").is_file() {
            self.says(format!("It serves the page from {}.", config.page.display()));
        } else {
            self.warns(format!(
                "There is no page in {}: only the API is served.",
                config.page.display()
            ));
        }
    }
}

/// The sentences, one a line, warnings last.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.meaning.iter().try_for_each(|sentence| writeln!(f, "{sentence}"))?;
        self.warnings.iter().try_for_each(|sentence| writeln!(f, "warning: {sentence}"))
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

/// A number of bytes in human-readable form, rounded down to a tenth.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        for (bits, unit) in units {
            if self.0 >> bits > 0 {
                let tenths = ((self.0 & ((1 << bits) - 1)) * 10) >> bits;
                return match tenths {
                    0 => write!(f, "{} {unit}", self.0 >> bits),
                    _ => write!(f, "{}.{tenths} {unit}", self.0 >> bits),
                };
            }
        }
        write!(f, "{} bytes", self.0)
    }
}
