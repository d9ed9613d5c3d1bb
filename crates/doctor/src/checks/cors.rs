//! Checks what a browser lets the page do: preflights, and response headers.
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>

use frond_wire::ChecksumAlgorithm;
use rusty_s3::Method;

use super::checksums::{header, in_parts};
use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe, Reply};
use frond_config::Config;

/// Methods of the tab's requests, with the headers that need a preflight.
fn asked(checksum: ChecksumAlgorithm) -> [(Method, String); 5] {
    let begin = if in_parts(checksum).is_some() { ",x-amz-checksum-algorithm" } else { "" };
    [
        (Method::Get, "range".to_owned()),
        (Method::Head, String::new()),
        (Method::Put, format!("content-type,if-none-match,{}", header(checksum))),
        (Method::Post, format!("if-none-match{begin}")),
        (Method::Delete, String::new()),
    ]
}

/// The origin of an unrelated page.
const STRANGER: &str = "https://stranger.invalid";

pub(crate) async fn look(
    config: &Config,
    probe: &Probe,
    findings: &mut Findings,
) -> Result<(), NoResponse> {
    let key = probe.key("cors");
    probe.put(&key, "for the page").await?;
    findings.look(Topic::Cors);
    for origin in config.origins.iter().map(|origin| origin.as_str()) {
        let mut refused = Vec::new();
        for (method, headers) in asked(config.store.checksum) {
            let reply = probe.object(method, &key).preflight(origin, &headers).await?;
            if !(reply.is_success() && allows(&reply, origin, method, &headers)) {
                refused.push(method.to_str());
            }
        }
        let got = probe.object(Method::Get, &key).plain("origin", origin).send().await?;
        if !readable(&got, origin) {
            refused.push("to read answers");
        }
        if !refused.is_empty() {
            let wrong = format!("The page at {origin} may not: {}.", refused.join(", "));
            findings.add(Topic::Cors, Severity::Error, wrong);
            continue;
        }
        exposed(&got, findings);
    }
    let stranger = probe.object(Method::Get, &key).plain("origin", STRANGER).send().await?;
    findings.expect(
        Topic::CorsStrangers,
        !readable(&stranger, STRANGER),
        Severity::Warning,
        "Every page of the web may call the bucket.",
    );
    Ok(())
}

fn readable(reply: &Reply, origin: &str) -> bool {
    [origin, "*"].contains(&reply.header("access-control-allow-origin"))
}

/// Whether a header list contains this name, or `*`.
fn names(list: &str, name: &str) -> bool {
    list.split(',').map(str::trim).any(|one| one == "*" || one.eq_ignore_ascii_case(name))
}

fn allows(reply: &Reply, origin: &str, method: Method, headers: &str) -> bool {
    let methods = reply.header("access-control-allow-methods");
    let allowed = reply.header("access-control-allow-headers");
    let simple = matches!(method, Method::Get | Method::Head | Method::Post);
    readable(reply, origin)
        && (simple || names(methods, method.to_str()))
        && headers.split(',').filter(|name| !name.is_empty()).all(|name| names(allowed, name))
}

fn exposed(reply: &Reply, findings: &mut Findings) {
    let list = reply.header("access-control-expose-headers");
    findings.expect(
        Topic::CorsExpose,
        names(list, "ETag"),
        Severity::Error,
        "The page may not read the header ETag.",
    );
    for name in ["Content-Range", "Date"] {
        let wrong = format!("The page may not read the header {name}.");
        findings.expect(Topic::CorsExpose, names(list, name), Severity::Warning, wrong);
    }
}
