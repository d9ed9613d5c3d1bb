//! Checks for excess privileges of the endpoint's key: read-only.

use rusty_s3::Method;

use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe};
use frond_config::Config;

pub(crate) async fn look(
    config: &Config,
    probe: &Probe,
    findings: &mut Findings,
) -> Result<(), NoResponse> {
    others(probe, findings).await?;
    settings(probe, findings).await?;
    if !config.store.prefix.is_empty() {
        prefix(probe, findings).await?;
    }
    Ok(())
}

/// ListBuckets: a key for one bucket sees none, or only that one.
async fn others(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let listed = probe.service(Method::Get).send().await?;
    let names = if listed.text().contains("<ListAllMyBucketsResult") {
        listed.all("Name")
    } else {
        Vec::new()
    };
    let others = names.iter().filter(|name| *name != probe.target.bucket.name()).count();
    findings.expect(
        Topic::OtherBuckets,
        others == 0,
        Severity::Warning,
        format!("The key sees {others} other bucket{}.", if others == 1 { "" } else { "s" }),
    );
    Ok(())
}

/// A key that may read the bucket's policy or CORS rules has more rights than needed; most likely
/// it is the owner's.
async fn settings(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let mut seen = Vec::new();
    // Not `acl`: Garage shows it to every reader.
    for name in ["policy", "cors", "lifecycle"] {
        let reply = probe.bucket(Method::Get).query(name, "").send().await?;
        // 404: there is none, but the key may read it.
        if reply.is_success() || reply.status == 404 {
            seen.push(name);
        }
    }
    findings.expect(
        Topic::Settings,
        seen.is_empty(),
        Severity::Warning,
        format!(
            "The key may see the bucket's {}: it is the owner's, or has too many rights.",
            seen.join(", ")
        ),
    );
    Ok(())
}

async fn prefix(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let key = format!("frond-{}", probe.key("outside").replace('/', "-"));
    let put = probe.put(&key, "outside the prefix").await?;
    findings.expect(
        Topic::Prefix,
        !put.is_success(),
        Severity::Warning,
        format!("The key may write outside of `{}`.", probe.target.prefix),
    );
    if put.is_success() {
        probe.object(Method::Delete, &key).send().await?;
    }
    Ok(())
}
