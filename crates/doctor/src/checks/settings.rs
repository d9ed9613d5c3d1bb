//! Checks the bucket's settings, as far as the key may read them, and public access.

use rusty_s3::Method;

use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe, Reply, Who};
use crate::remedy::Kind;

pub(crate) async fn look(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    lifecycle(probe, findings).await?;
    versioning(probe, findings).await?;
    public(probe, findings).await
}

/// GetBucketLifecycleConfiguration, GetBucketVersioning, …
async fn setting(probe: &Probe, name: &'static str) -> Result<Reply, NoResponse> {
    probe.bucket(Method::Get).query(name, "").by(probe.keeper()).send().await
}

/// A denied read: not a fault of the bucket, but its state is unknown.
fn unseen(topic: Topic, what: &str, findings: &mut Findings) {
    let wrong =
        format!("{what} could not be seen with this key; give the owner's to the doctor to look.");
    findings.add(topic, Severity::Note, wrong);
}

async fn lifecycle(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let rules = setting(probe, "lifecycle").await?;
    findings.look(Topic::Lifecycle);
    let aborts = rules.all("Rule").iter().any(|rule| {
        let everywhere = !rule.contains("<Prefix>") || rule.contains("<Prefix></Prefix>");
        let here =
            everywhere || rule.contains(&format!("<Prefix>{}</Prefix>", probe.target.prefix));
        here && rule.contains("<Status>Enabled</Status>")
            && rule.contains("<AbortIncompleteMultipartUpload>")
    });
    match rules.status {
        200..=299 if aborts => {}
        401 | 403 => unseen(Topic::Lifecycle, "The lifecycle rules", findings),
        // They have their own settings for this, and remove such parts by themselves after a day or
        // a week.
        _ if matches!(probe.kind(), Some(Kind::Minio | Kind::R2)) => {}
        501 => findings.add(
            Topic::Lifecycle,
            Severity::Note,
            "The store has no lifecycle rules; see whether it removes unfinished uploads by \
             itself.",
        ),
        _ => findings.add(
            Topic::Lifecycle,
            Severity::Warning,
            "No rule removes the parts of uploads that were never finished.",
        ),
    }
    Ok(())
}

async fn versioning(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let state = setting(probe, "versioning").await?;
    findings.look(Topic::Versioning);
    match (state.status, state.first("Status").as_str()) {
        (200..=299, "Enabled") => {}
        (401 | 403, _) => unseen(Topic::Versioning, "Whether old versions are kept", findings),
        (501, _) => {
            findings.add(Topic::Versioning, Severity::Note, "The store keeps no old versions.")
        }
        _ if matches!(probe.kind(), Some(Kind::Garage | Kind::R2)) => {
            findings.add(Topic::Versioning, Severity::Note, "The store keeps no old versions.");
        }
        (_, "Suspended") if probe.kind() == Some(Kind::Ceph) => findings.add(
            Topic::Versioning,
            Severity::Warning,
            "Versions are suspended: Ceph 16 then creates no key again that was deleted.",
        ),
        _ if probe.kind() == Some(Kind::Ceph) => findings.add(
            Topic::Versioning,
            Severity::Note,
            "Old versions are not kept. In a bucket with versions Ceph 16 ignores If-None-Match: \
             it is one or the other.",
        ),
        _ => findings.add(Topic::Versioning, Severity::Warning, "Old versions are not kept."),
    }
    Ok(())
}

async fn public(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let key = probe.key("public");
    probe.put(&key, "not for the public").await?;
    let nobody = |method| probe.object(method, &key).by(Who::Nobody);
    let read = nobody(Method::Get).send().await?.is_success();
    let list = probe.list("").by(Who::Nobody).send().await?.is_success();
    let written = nobody(Method::Put).body("by anybody").send().await?.is_success();
    for (open, what) in [(read, "read files"), (list, "list the bucket"), (written, "write files")]
    {
        findings.expect(Topic::Public, !open, Severity::Error, format!("Anybody may {what}."));
    }
    Ok(())
}
