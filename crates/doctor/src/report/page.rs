//! The report as a page: one file, no scripts, in Frond's style.

use std::fmt::Write;

use super::{Remedy, Report, Told, name};
use crate::remedy::Kind;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Frond: the bucket's health</title>
<style>
:root { color-scheme: light dark; --paper: #fbfaf6; --raised: #fff; --sunken: #f1efe8;
  --ink: #1c211d; --muted: #5a635c; --line: #d9d6cb; --fern: #1f6b45; --amber: #8a5a00;
  --red: #a8281e; --focus: #1457c9; }
@media (prefers-color-scheme: dark) { :root { --paper: #121512; --raised: #1a1e1a;
  --sunken: #0d0f0d; --ink: #e9ece6; --muted: #a3ada4; --line: #323932; --fern: #6fcf97;
  --amber: #f0b849; --red: #ff8d80; --focus: #8ab4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 44rem; padding: 32px 16px 48px; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 20px; margin: 32px 0 12px; }
h3 { font-size: 16px; margin: 0 0 4px; }
p { margin: 0 0 8px; max-width: 70ch; }
article { background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
  padding: 16px; margin: 0 0 12px; }
.quiet { color: var(--muted); font-size: 14px; }
.note { color: var(--muted); } .warning { color: var(--amber); } .error { color: var(--red); }
.well { color: var(--fern); }
.badge { font-size: 14px; font-weight: 600; }
summary { cursor: pointer; min-height: 32px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
pre { background: var(--sunken); border-radius: 8px; padding: 12px; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: 14px; }
ul { padding-left: 20px; margin: 0; }
</style>
</head>
<body>
<main>
"#;

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "<h1>{}</h1>", escape(report.verdict()));
    let (bucket, store) = (escape(&report.bucket), escape(&report.store));
    let _ = writeln!(page, "<p class=\"quiet\">The bucket {bucket} at {store}</p>");
    if !report.done.is_empty() {
        let done = report.done.iter().map(|line| format!("<li>{}</li>", escape(line)));
        let _ = writeln!(page, "<h2>What was set</h2>\n<ul>{}</ul>", done.collect::<String>());
    }
    if !report.findings.is_empty() {
        page.push_str("<h2>What was found</h2>\n");
    }
    for Told { finding, remedies } in &report.findings {
        let severity = name(finding.severity);
        let _ = writeln!(
            page,
            "<article>\n<p class=\"badge {severity}\">{severity}</p>\n<h3>{}</h3>\n\
             <p class=\"quiet\">{}</p>",
            escape(&finding.wrong),
            escape(finding.topic.why()),
        );
        for Remedy { store, commands } in remedies {
            let store = store.map_or("What to do", Kind::name);
            let open = if remedies.len() == 1 { " open" } else { "" };
            let commands = escape(commands);
            let _ = writeln!(
                page,
                "<details{open}><summary>{store}</summary>\n<pre>{commands}</pre></details>"
            );
        }
        page.push_str("</article>\n");
    }
    if !report.well.is_empty() {
        let well = report.well.iter().map(|topic| format!("<li>{}</li>", escape(topic.title())));
        let list = well.collect::<String>();
        let _ = writeln!(page, "<h2 class=\"well\">What is well</h2>\n<ul>{list}</ul>");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
