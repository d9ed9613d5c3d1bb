//! Checks whole objects: put, get, ranges, head, list, delete.

use rusty_s3::Method;

use crate::finding::{Findings, Severity, Topic};
use crate::probe::{NoResponse, Probe};

const BODY: &str = "What the tab stores must come back byte for byte.";

pub(crate) async fn look(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    let key = probe.key("b-object");
    let put = probe.put(&key, BODY).await?;
    let well = put.is_success();
    findings.expect(
        Topic::Put,
        well,
        Severity::Error,
        format!("A presigned PUT is answered {}.", put.said()),
    );
    if !well {
        return Ok(());
    }
    reads(probe, &key, findings).await?;
    signatures(probe, &key, findings).await?;
    lists(probe, findings).await?;
    let gone = probe.object(Method::Delete, &key).send().await?;
    let after = probe.object(Method::Get, &key).send().await?;
    findings.expect(
        Topic::Delete,
        gone.is_success() && after.status != 200,
        Severity::Error,
        format!("DELETE is answered {}, and GET after it {}.", gone.said(), after.said()),
    );
    findings.expect(
        Topic::Missing,
        after.status == 404 || after.status == 200,
        Severity::Error,
        format!("A missing object is answered {} instead of 404.", after.said()),
    );
    Ok(())
}

async fn reads(probe: &Probe, key: &str, findings: &mut Findings) -> Result<(), NoResponse> {
    let got = probe.object(Method::Get, key).send().await?;
    findings.expect(
        Topic::Get,
        got.status == 200 && got.body == BODY.as_bytes(),
        Severity::Error,
        format!(
            "A presigned GET is answered {}, and what comes is not what was stored.",
            got.said()
        ),
    );
    let head = probe.object(Method::Head, key).send().await?;
    let length = BODY.len().to_string();
    findings.expect(
        Topic::Head,
        head.status == 200
            && head.header("content-length") == length
            && !head.header("etag").is_empty(),
        Severity::Error,
        format!("HEAD is answered {} without the object's length or ETag.", head.said()),
    );
    let piece = probe.object(Method::Get, key).plain("range", "bytes=5-7").send().await?;
    let expected = format!("bytes 5-7/{length}");
    findings.expect(
        Topic::Range,
        piece.status == 206 && piece.body == b"the" && piece.header("content-range") == expected,
        Severity::Error,
        format!(
            "A range of three bytes is answered {} with {} bytes.",
            piece.said(),
            piece.body.len()
        ),
    );
    Ok(())
}

async fn signatures(probe: &Probe, key: &str, findings: &mut Findings) -> Result<(), NoResponse> {
    let forged = probe.object(Method::Get, key).send_forged().await?;
    findings.expect(
        Topic::Signature,
        !forged.is_success(),
        Severity::Error,
        "A URL with a wrong signature is taken.",
    );
    Ok(())
}

async fn lists(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    for name in ["a-object", "c-folder/d"] {
        probe.put(&probe.key(name), BODY).await?;
    }
    let keys = |names: &[&str]| names.iter().map(|name| probe.key(name)).collect::<Vec<_>>();
    let all = probe.list(&probe.key("")).send().await?;
    let sorted = all.all("Key") == keys(&["a-object", "b-object", "c-folder/d"]);
    let after =
        probe.list(&probe.key("")).query("start-after", probe.key("a-object")).send().await?;
    let rest = after.all("Key") == keys(&["b-object", "c-folder/d"]);
    let page = probe.list(&probe.key("")).query("max-keys", 1).send().await?;
    let token = page.first("NextContinuationToken");
    let next = probe.list(&probe.key("")).query("continuation-token", &token).send().await?;
    let pages = page.all("Key") == keys(&["a-object"])
        && next.all("Key") == keys(&["b-object", "c-folder/d"]);
    let rolled = probe.list(&probe.key("")).query("delimiter", "/").send().await?;
    let folders = rolled.text().contains(&format!("<Prefix>{}</Prefix>", probe.key("c-folder/")));
    for (well, what) in [
        (sorted, "all keys in order"),
        (rest, "the keys after a given one"),
        (pages, "page by page"),
        (folders, "folders as common prefixes"),
    ] {
        let said = all.said();
        let wrong = format!("The store does not list {what} (a list is answered {said}).");
        findings.expect(Topic::List, well, Severity::Error, wrong);
    }
    Ok(())
}
