//! Checks of the configuration alone.

use crate::finding::{Findings, Severity, Topic};
use crate::probe::Probe;
use frond_config::Config;

pub(crate) fn look(config: &Config, probe: &Probe, findings: &mut Findings) {
    let store = probe.target.origin();
    for origin in config.origins.iter().map(|origin| origin.as_str()) {
        findings.expect(
            Topic::Origins,
            origin != store,
            Severity::Error,
            format!("The page at {origin} has the bucket's own origin."),
        );
        let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
        let is_local = |url: &str| {
            local.iter().any(|name| url == *name || url.starts_with(&format!("{name}:")))
        };
        findings.expect(
            Topic::Tls,
            origin.starts_with("https:") || is_local(origin),
            Severity::Error,
            format!("The page at {origin} is not on https."),
        );
        findings.expect(
            Topic::Tls,
            origin.starts_with("http:") || store.starts_with("https:") || is_local(&store),
            Severity::Error,
            format!(
                "The page at {origin} is on https, the store at {store} is not: browsers will \
                 not let it call."
            ),
        );
    }
}
