//! Checks that the store answers, accepts the key, has the same time, and belongs to this
//! deployment.

use frond_wire::Key;
use rusty_s3::Method;

use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe, Reply};
use frond_config::Config;

/// Clock difference in seconds that is worth a finding. Stores refuse from 900 on.
const DRIFT: u64 = 60;

/// Returns false if the other checks would be pointless.
pub(crate) async fn look(
    config: &Config,
    probe: &Probe,
    findings: &mut Findings,
) -> Result<bool, NoResponse> {
    let listed = probe.list(&probe.key("")).query("max-keys", 1).send().await?;
    findings.look(Topic::Reach);
    clock(probe, &listed, findings);
    findings.look(Topic::Credentials);
    if !listed.is_success() {
        let wrong = match listed.first("Code").as_str() {
            "InvalidAccessKeyId" | "NotSignedUp" => {
                "The store does not know the access key.".to_owned()
            }
            "SignatureDoesNotMatch" => {
                "The secret key is not the access key's, or the region is wrong.".to_owned()
            }
            "NoSuchBucket" => format!("There is no bucket `{}`.", probe.target.bucket.name()),
            "AuthorizationHeaderMalformed" => {
                format!("The store is not in region `{}`.", probe.target.bucket.region())
            }
            "RequestTimeTooSkewed" => {
                "The store refuses the key because the clocks differ.".to_owned()
            }
            _ => format!("Listing the bucket is answered {}.", listed.said()),
        };
        findings.add(Topic::Credentials, Severity::Error, wrong);
        return Ok(false);
    }
    let key = format!("{}{}", probe.target.prefix, Key::deployment().as_str());
    let name = probe.object(Method::Get, &key).send().await?;
    findings.expect(
        Topic::Deployment,
        name.status != 200 || name.body == config.deployment.as_bytes(),
        Severity::Error,
        format!("The bucket belongs to the deployment `{}`.", name.text()),
    );
    Ok(true)
}

fn clock(probe: &Probe, reply: &Reply, findings: &mut Findings) {
    let Ok(theirs) = jiff::fmt::rfc2822::parse(reply.header("date")) else {
        findings.add(
            Topic::Clock,
            Severity::Warning,
            "The store does not tell its time (the header Date).",
        );
        return;
    };
    let theirs = u64::try_from(theirs.timestamp().as_second()).unwrap_or(0);
    let drift = probe.now().abs_diff(theirs);
    let severity = if drift >= 900 { Severity::Error } else { Severity::Warning };
    findings.expect(
        Topic::Clock,
        drift < DRIFT,
        severity,
        format!("The clocks of endpoint and store differ by {drift} seconds."),
    );
}
