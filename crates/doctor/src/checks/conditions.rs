//! Checks If-None-Match on PUT and on CompleteMultipartUpload (honoured, ignored or refused)
//! against the configuration.

use rusty_s3::Method;

use super::multipart::Upload;
use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe};
use frond_config::Config;

pub(crate) async fn look(
    config: &Config,
    probe: &Probe,
    findings: &mut Findings,
) -> Result<(), NoResponse> {
    let asked = config.store.conditional;
    put(asked, probe, findings).await?;
    if asked {
        complete(probe, findings).await?;
    }
    Ok(())
}

async fn put(asked: bool, probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let key = probe.key("once");
    let create = |body: &'static str| {
        probe.object(Method::Put, &key).body(body).header("if-none-match", "*")
    };
    let first = create("first").send().await?;
    let second = create("second").send().await?;
    findings.look(Topic::ConditionalPut);
    let add = |findings: &mut Findings, severity, wrong: String| {
        findings.add(Topic::ConditionalPut, severity, wrong);
    };
    match (first.is_success(), second.status) {
        (true, 412) if asked => {}
        (true, 412) => add(
            findings,
            Severity::Warning,
            "The store honours If-None-Match, but the configuration says `conditional = false`."
                .to_owned(),
        ),
        (true, 200..=299) if asked => add(
            findings,
            Severity::Warning,
            "The store ignores If-None-Match, but the configuration says `conditional = true`."
                .to_owned(),
        ),
        (true, 200..=299) => {
            add(findings, Severity::Note, "The store ignores If-None-Match.".to_owned())
        }
        _ if asked => add(
            findings,
            Severity::Error,
            format!("A PUT with If-None-Match is refused ({}): no file goes up.", first.said()),
        ),
        _ => add(findings, Severity::Note, "The store does not know If-None-Match.".to_owned()),
    }
    Ok(())
}

async fn complete(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let Some(upload) = Upload::begin(probe, "once-in-parts").await? else { return Ok(()) };
    let parts = [upload.part(1, b"of the upload".to_vec()).await?];
    if parts.iter().any(|part| part.etag.is_empty()) {
        // Already reported by the check of uploads without a condition.
        upload.abort().await?;
        return Ok(());
    }
    let key = upload.key.clone();
    probe.put(&key, "was faster").await?;
    let late = upload.complete(&parts).header("if-none-match", "*").send().await?;
    findings.look(Topic::ConditionalComplete);
    match late.status {
        // Garage discards an upload when its key is written: nothing is replaced either.
        404 | 409 | 412 => {
            upload.abort().await?;
        }
        200..=299 if !late.first("Code").is_empty() => {
            upload.abort().await?;
        }
        200..=299 => findings.add(
            Topic::ConditionalComplete,
            Severity::Note,
            "The store ignores If-None-Match at the end of an upload in parts.",
        ),
        _ => {
            upload.abort().await?;
            findings.add(
                Topic::ConditionalComplete,
                Severity::Error,
                format!(
                    "The end of an upload with If-None-Match is refused ({}): no large file \
                     goes up.",
                    late.said()
                ),
            );
        }
    }
    Ok(())
}
