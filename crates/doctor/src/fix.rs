//! Applies, with the owner's key, the fixes that S3 itself supports.

use data_encoding::BASE64;
use rusty_s3::Method;
use s3s::crypto::{Checksum, Md5};
use serde_json::Value;

use super::finding::{Finding, Severity, Topic};
use super::probe::{NoResponse, Probe, Reply, Who};
use super::remedy::{self, Kind};
use super::report::Report;
use frond_config::Config;

/// End tag of the owner's lifecycle rules.
const END: &str = "</LifecycleConfiguration>";

/// Fixes what the report found and S3 can fix; returns what was done, one line each. Examine again
/// afterwards.
pub async fn fix(config: &Config, probe: &Probe, report: &Report) -> Vec<String> {
    let mut done = Vec::new();
    // Notes are about features that the store lacks, or settings that could not be read.
    let wrong = |finding: &Finding| finding.severity > Severity::Note;
    let found = |topics: &[Topic]| {
        report
            .findings()
            .into_iter()
            .any(|finding| topics.contains(&finding.topic) && wrong(finding))
    };
    if found(&[Topic::Cors, Topic::CorsExpose, Topic::CorsStrangers]) {
        let cors = element("CORSConfiguration", &parsed(&remedy::cors(config)));
        let before = get(probe, "cors").await;
        done.push(said("CORS rules", &put(probe, "cors", cors).await));
        done.extend(before.map(|rules| format!("The CORS rules before were: {rules}")));
    }
    if found(&[Topic::Lifecycle]) {
        let rule = element("LifecycleConfiguration", &parsed(&remedy::lifecycle(&config.store)));
        // Added to the owner's existing rules.
        let rules = match get(probe, "lifecycle").await {
            Some(before) if before.contains(END) => {
                let rule = rule.strip_prefix("<LifecycleConfiguration>").unwrap_or(&rule);
                before.replace(END, rule)
            }
            _ => rule,
        };
        done.push(said(
            "Lifecycle rule for unfinished uploads",
            &put(probe, "lifecycle", rules).await,
        ));
    }
    if found(&[Topic::Versioning]) {
        let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        done.push(said("Versions", &put(probe, "versioning", enabled.to_owned()).await));
    }
    // Other stores lack this or behave differently: Ceph 16 then refuses the owner's own uploads.
    if found(&[Topic::Public]) && probe.kind() == Some(Kind::Aws) {
        let flags =
            ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
                .map(|flag| format!("<{flag}>true</{flag}>"))
                .concat();
        let block =
            format!("<PublicAccessBlockConfiguration>{flags}</PublicAccessBlockConfiguration>");
        done.push(said("Public access block", &put(probe, "publicAccessBlock", block).await));
    }
    done
}

/// Parses a template of docs/stores, with this bucket's names filled in.
fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// Converts the JSON of `aws s3api` to XML: one element per member of a list, named in the
/// singular.
fn element(name: &str, value: &Value) -> String {
    let content = match value {
        Value::Array(members) => {
            let name = name.strip_suffix('s').unwrap_or(name);
            return members.iter().map(|member| element(name, member)).collect();
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| element(name, value)).collect()
        }
        Value::String(text) => text.replace('&', "&amp;").replace('<', "&lt;"),
        other => other.to_string(),
    };
    format!("<{name}>{content}</{name}>")
}

async fn get(probe: &Probe, name: &'static str) -> Option<String> {
    let reply = probe.bucket(Method::Get).query(name, "").by(Who::Owner).send().await.ok()?;
    reply.is_success().then(|| reply.text())
}

async fn put(probe: &Probe, name: &'static str, body: String) -> Result<Reply, NoResponse> {
    let md5 = BASE64.encode(&Md5::checksum(body.as_bytes()));
    let call = probe.bucket(Method::Put).query(name, "").header("content-md5", md5);
    call.header("content-type", "application/xml").body(body).by(Who::Owner).send().await
}

fn said(what: &str, reply: &Result<Reply, NoResponse>) -> String {
    match reply {
        Ok(reply) if reply.is_success() => format!("{what}: set."),
        Ok(reply) => format!("{what}: not set, the store answered {}.", reply.said()),
        Err(NoResponse) => format!("{what}: not set, the store did not answer."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_xml_that_is_set_is_the_json_that_is_shown() {
        let cors =
            element("CORSConfiguration", &parsed(include_str!("../../../docs/stores/cors.json")));
        let list = |name: &str, values: &[&str]| {
            values.iter().map(|value| format!("<{name}>{value}</{name}>")).collect::<String>()
        };
        let rule = [
            list(
                "AllowedHeader",
                &[
                    "content-md5",
                    "content-type",
                    "if-none-match",
                    "range",
                    "x-amz-checksum-algorithm",
                    "x-amz-checksum-crc32c",
                    "x-amz-checksum-sha256",
                ],
            ),
            list("AllowedMethod", &["GET", "HEAD", "PUT", "POST", "DELETE"]),
            list("AllowedOrigin", &["https://files.example.org"]),
            list(
                "ExposeHeader",
                &[
                    "ETag",
                    "Content-Length",
                    "Content-Range",
                    "Accept-Ranges",
                    "Date",
                    "x-amz-request-id",
                ],
            ),
            list("MaxAgeSeconds", &["3600"]),
        ];
        assert_eq!(
            cors,
            format!(
                "<CORSConfiguration><CORSRule>{}</CORSRule></CORSConfiguration>",
                rule.concat()
            )
        );

        let shown = include_str!("../../../docs/stores/lifecycle.json");
        assert_eq!(
            element("LifecycleConfiguration", &parsed(shown)),
            "<LifecycleConfiguration><Rule>\
             <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
             </AbortIncompleteMultipartUpload><Filter><Prefix></Prefix></Filter>\
             <ID>unfinished-uploads</ID>\
             <Status>Enabled</Status></Rule></LifecycleConfiguration>"
        );
        assert_eq!(element("Prefix", &parsed("\"a<b&c\"")), "<Prefix>a&lt;b&amp;c</Prefix>");
    }
}
