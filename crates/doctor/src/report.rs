//! The report: as text, as JSON, as a page.

mod page;

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::finding::{Finding, Findings, Severity, Topic};
use super::remedy::{Kind, remedy};
use frond_config::Config;

/// The report of an examination.
#[derive(Debug)]
pub struct Report {
    store: String,
    bucket: String,
    findings: Vec<Told>,
    well: Vec<Topic>,
    /// What `--fix` did.
    done: Vec<String>,
}

/// A finding with its remedies.
#[derive(Clone, Debug)]
struct Told {
    finding: Finding,
    remedies: Vec<Remedy>,
}

#[derive(Clone, Debug, Serialize)]
struct Remedy {
    /// `None`: the same for all stores.
    store: Option<Kind>,
    commands: String,
}

impl Report {
    pub(super) fn new(config: &Config, kind: Option<Kind>, findings: Findings) -> Self {
        let Findings { mut found, looked } = findings;
        found.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.topic));
        let well =
            looked.into_iter().filter(|topic| found.iter().all(|finding| finding.topic != *topic));
        let well = well.collect();
        let findings = found
            .into_iter()
            .map(|finding| Told { remedies: remedies(&finding, kind, config), finding });
        Self {
            store: config.store.origin(),
            bucket: config.store.bucket.name().to_owned(),
            findings: findings.collect(),
            well,
            done: Vec::new(),
        }
    }

    /// Adds what was fixed before the examination.
    #[must_use]
    pub fn after(mut self, done: Vec<String>) -> Self {
        self.done = done;
        self
    }

    /// All findings, the worst first.
    #[must_use]
    pub fn findings(&self) -> Vec<&Finding> {
        self.findings.iter().map(|told| &told.finding).collect()
    }

    /// Topics without findings.
    #[must_use]
    pub fn well(&self) -> &[Topic] {
        &self.well
    }

    /// The highest severity found.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|told| told.finding.severity).max()
    }

    /// 0 for no findings or only notes; 1 for warnings; 2 for errors.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.worst() {
            None | Some(Severity::Note) => 0,
            Some(Severity::Warning) => 1,
            Some(Severity::Error) => 2,
        }
    }

    /// A one-line summary.
    fn verdict(&self) -> &'static str {
        match self.worst() {
            None | Some(Severity::Note) => "Frond works with this bucket.",
            Some(Severity::Warning) => "Frond works with this bucket, but something is at risk.",
            Some(Severity::Error) => {
                "Frond does not work with this bucket, or its data is open to others."
            }
        }
    }

    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{} at {}: {}\n", self.bucket, self.store, self.verdict());
        for line in &self.done {
            let _ = writeln!(text, "\nfixed    {line}");
        }
        for Told { finding, remedies } in &self.findings {
            let _ = write!(
                text,
                "\n{:<8} {}\n         {}\n",
                name(finding.severity),
                finding.wrong,
                finding.topic.why(),
            );
            for Remedy { store, commands } in remedies {
                let store = store.map_or("Everywhere", Kind::name);
                let _ = writeln!(text, "         {store}:");
                for line in commands.lines() {
                    let _ = writeln!(text, "           {line}");
                }
            }
        }
        let _ = writeln!(text);
        for topic in &self.well {
            let _ = writeln!(text, "ok       {}", topic.title());
        }
        text
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let findings = self.findings.iter().map(|Told { finding, remedies }| {
            json!({
                "topic": finding.topic, "severity": finding.severity, "wrong": finding.wrong,
                "why": finding.topic.why(), "remedies": remedies,
            })
        });
        json!({
            "store": self.store, "bucket": self.bucket, "verdict": self.verdict(),
            "well": self.well, "fixed": self.done, "findings": findings.collect::<Vec<_>>(),
        })
    }

    /// A self-contained page for the owner: one file, no scripts.
    #[must_use]
    pub fn html(&self) -> String {
        page::page(self)
    }
}

const fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Remedies for this store; for all known ones if the store is unknown.
fn remedies(finding: &Finding, kind: Option<Kind>, config: &Config) -> Vec<Remedy> {
    let everywhere = match finding.topic {
        Topic::Origins => {
            "Serve page and endpoint on a host name of their own, and name it in public_origins."
        }
        Topic::Tls => "Put a proxy that ends TLS before the endpoint, and https before both names.",
        Topic::Clock => "timedatectl set-ntp true   # on the endpoint's machine",
        Topic::Deployment => {
            "Set `deployment` in frond.toml to the name in the bucket, or take another bucket or \
             prefix."
        }
        Topic::Reach | Topic::Credentials => {
            "See [store] in frond.toml: endpoint, region, bucket, path_style, and the credentials."
        }
        _ => "",
    };
    if !everywhere.is_empty() {
        return vec![Remedy { store: None, commands: everywhere.to_owned() }];
    }
    let stores = Kind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == *one));
    let told = stores.filter_map(|one| {
        Some(Remedy { store: Some(one), commands: remedy(finding.topic, one, config)? })
    });
    told.collect()
}
