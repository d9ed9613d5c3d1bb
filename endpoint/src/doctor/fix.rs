//! Applies, with the owner's key, what can be applied by S3 itself.

use data_encoding::BASE64;
use rusty_s3::Method;
use s3s::crypto::{Checksum, Md5};

use super::finding::{Finding, Severity, Topic};
use super::probe::{Probe, Reply, Silence, Who};
use super::remedy::Kind;
use super::report::Report;
use crate::config::Config;

/// Mends what the report found and S3 can mend; tells what was done, one line each. Look again afterwards.
pub async fn fix(config: &Config, probe: &Probe, report: &Report) -> Vec<String> {
    let mut done = Vec::new();
    // A note is of what the store cannot do, or could not be seen.
    let wrong = |finding: &Finding| finding.severity > Severity::Note;
    let found = |topics: &[Topic]| {
        report.findings().into_iter().any(|finding| topics.contains(&finding.topic) && wrong(finding))
    };
    if found(&[Topic::Cors, Topic::CorsExpose, Topic::CorsStrangers]) {
        let before = get(probe, "cors").await;
        done.push(said("CORS rules", &put(probe, "cors", cors(config)).await));
        done.extend(before.map(|rules| format!("The CORS rules before were: {rules}")));
    }
    if found(&[Topic::Lifecycle]) {
        let rule = lifecycle(config);
        // Beside rules that the owner made.
        let rules = match get(probe, "lifecycle").await {
            Some(rules) if rules.contains("</LifecycleConfiguration>") => {
                rules.replace("</LifecycleConfiguration>", &format!("{rule}</LifecycleConfiguration>"))
            }
            _ => format!("<LifecycleConfiguration>{rule}</LifecycleConfiguration>"),
        };
        done.push(said("Lifecycle rule for unfinished uploads", &put(probe, "lifecycle", rules).await));
    }
    if found(&[Topic::Versioning]) {
        let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        done.push(said("Versions", &put(probe, "versioning", enabled.to_owned()).await));
    }
    // Elsewhere it is not there, or does other things: Ceph 16 then refuses the owner's own uploads.
    if found(&[Topic::Public]) && probe.kind() == Some(Kind::Aws) {
        let flags = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
            .map(|flag| format!("<{flag}>true</{flag}>"))
            .concat();
        let block = format!("<PublicAccessBlockConfiguration>{flags}</PublicAccessBlockConfiguration>");
        done.push(said("Public access block", &put(probe, "publicAccessBlock", block).await));
    }
    done
}

fn cors(config: &Config) -> String {
    let list = |name: &str, values: &[&str]| {
        values.iter().map(|value| format!("<{name}>{value}</{name}>")).collect::<String>()
    };
    let origins: Vec<&str> = config.origins.iter().map(|origin| origin.as_str()).collect();
    format!(
        "<CORSConfiguration><CORSRule>{}{}{}{}<MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule></CORSConfiguration>",
        list("AllowedOrigin", &origins),
        list("AllowedMethod", &["GET", "HEAD", "PUT", "POST", "DELETE"]),
        list("AllowedHeader", &["content-type", "if-none-match", "range"]),
        list(
            "ExposeHeader",
            &["ETag", "Content-Length", "Content-Range", "Accept-Ranges", "Date", "x-amz-request-id"]
        ),
    )
}

fn lifecycle(config: &Config) -> String {
    format!(
        "<Rule><ID>unfinished-uploads</ID><Filter><Prefix>{}</Prefix></Filter><Status>Enabled</Status>\
         <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
         </AbortIncompleteMultipartUpload></Rule>",
        config.store.prefix
    )
}

async fn get(probe: &Probe, name: &'static str) -> Option<String> {
    let reply = probe.bucket(Method::Get).query(name, "").by(Who::Owner).send().await.ok()?;
    reply.is_success().then(|| reply.text())
}

async fn put(probe: &Probe, name: &'static str, body: String) -> Result<Reply, Silence> {
    let md5 = BASE64.encode(&Md5::checksum(body.as_bytes()));
    let call = probe.bucket(Method::Put).query(name, "").header("content-md5", md5);
    call.header("content-type", "application/xml").body(body).by(Who::Owner).send().await
}

fn said(what: &str, reply: &Result<Reply, Silence>) -> String {
    match reply {
        Ok(reply) if reply.is_success() => format!("{what}: set."),
        Ok(reply) => format!("{what}: not set, the store answered {}.", reply.said()),
        Err(Silence) => format!("{what}: not set, the store did not answer."),
    }
}
