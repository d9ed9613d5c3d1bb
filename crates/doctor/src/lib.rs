//! The doctor: tests a bucket the way the tab will use it, and reports what is wrong, why it
//! matters and how to fix it.
//!
//! ```text
//! examine = place (origins, TLS) · reach (credentials, clock, deployment)
//!         · objects · multipart · checksums · conditions · cors    as the tab, by presigned URLs
//!         · settings (lifecycle, versions, the public)    as the owner, if its key is given
//!         · privilege    what the endpoint's key can do and should not
//! ```
//! All its objects are below `doctor/` and removed at the end. With [`Owner`]'s key it can also
//! [`fix()`] the bucket's settings; the endpoint's own key cannot, unless it has too many rights.

mod checks;
mod finding;
mod fix;
mod probe;
mod remedy;
mod report;

use rusty_s3::Credentials;

pub use finding::{Finding, Severity, Topic};
pub use fix::fix;
pub use probe::Probe;
pub use remedy::Kind;
pub use report::Report;

use checks::{checksums, conditions, cors, multipart, objects, place, privilege, reach, settings};
use finding::Findings;
use frond_config::Config;
use probe::NoResponse;

/// The key of the bucket's owner, which may change its settings.
pub struct Owner(pub Credentials);

impl Owner {
    /// From `FROND_OWNER_ACCESS_KEY` and `FROND_OWNER_SECRET_KEY`.
    #[must_use]
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let (key, secret) = (env("FROND_OWNER_ACCESS_KEY")?, env("FROND_OWNER_SECRET_KEY")?);
        Some(Self(Credentials::new(key, secret)))
    }
}

/// Runs all checks. A store that stops answering on the way is a finding too.
pub async fn examine(config: &Config, probe: &Probe) -> Report {
    let mut findings = Findings::default();
    place::look(config, probe, &mut findings);
    if let Err(NoResponse) = ask(config, probe, &mut findings).await {
        findings.add(Topic::Reach, Severity::Error, "The store did not answer.");
    }
    Report::new(config, probe.kind(), findings)
}

async fn ask(config: &Config, probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    if !reach::look(config, probe, findings).await? {
        return Ok(());
    }
    objects::look(probe, findings).await?;
    multipart::look(probe, findings).await?;
    checksums::look(probe, findings).await?;
    conditions::look(config, probe, findings).await?;
    cors::look(config, probe, findings).await?;
    settings::look(probe, findings).await?;
    privilege::look(config, probe, findings).await?;
    probe.clean().await
}
