//! Checks multipart uploads from begin to end.

use rusty_s3::Method;

use super::checksums::{header, in_parts, value};
use crate::finding::{Findings, Severity, Topic};
use crate::probe::{Call, NoResponse, Probe};

/// Minimum size of a part that is not the last, in bytes.
const PART: usize = 5 * 1024 * 1024;

/// A stored part.
pub(super) struct Stored {
    /// With quotes; empty if missing.
    pub(super) etag: String,
    checksum: String,
}

/// A test upload.
pub(super) struct Upload<'a> {
    probe: &'a Probe,
    pub(super) key: String,
    id: String,
}

impl<'a> Upload<'a> {
    /// `None` if the store does not begin one.
    pub(super) async fn begin(probe: &'a Probe, name: &str) -> Result<Option<Self>, NoResponse> {
        let key = probe.key(name);
        let mut begin = probe.object(Method::Post, &key).query("uploads", "");
        if let Some((name, _)) = in_parts(probe.target.checksum) {
            begin = begin.header("x-amz-checksum-algorithm", name);
        }
        let begun = begin.send().await?;
        let id = begun.first("UploadId");
        Ok((begun.is_success() && !id.is_empty()).then_some(Self { probe, key, id }))
    }

    fn call(&self, method: Method) -> Call<'a> {
        self.probe.object(method, &self.key).query("uploadId", &self.id)
    }

    /// UploadPart, still without a body.
    pub(super) fn put(&self, number: u32) -> Call<'a> {
        self.call(Method::Put).query("partNumber", number)
    }

    /// Uploads a part with its checksum; returns its ETag and checksum.
    pub(super) async fn part(&self, number: u32, body: Vec<u8>) -> Result<Stored, NoResponse> {
        let algorithm = self.probe.target.checksum;
        let checksum = value(algorithm, &body);
        let put = self.put(number).body(body).header(header(algorithm), &checksum).send().await?;
        let etag = if put.is_success() { put.header("etag").to_owned() } else { String::new() };
        Ok(Stored { etag, checksum })
    }

    pub(super) fn complete(&self, parts: &[Stored]) -> Call<'a> {
        let parts = parts.iter().enumerate().map(|(index, Stored { etag, checksum })| {
            let number = index.saturating_add(1);
            let checksum = match in_parts(self.probe.target.checksum) {
                Some((_, element)) => format!("<{element}>{checksum}</{element}>"),
                None => String::new(),
            };
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>")
        });
        let body = format!(
            "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
            parts.collect::<String>()
        );
        let call = self.call(Method::Post);
        call.body(body)
    }

    pub(super) async fn abort(&self) -> Result<u16, NoResponse> {
        Ok(self.call(Method::Delete).send().await?.status)
    }
}

pub(crate) async fn look(probe: &Probe, findings: &mut Findings) -> Result<(), NoResponse> {
    findings.look(Topic::Multipart);
    let Some(upload) = Upload::begin(probe, "in-parts").await? else {
        findings.add(
            Topic::Multipart,
            Severity::Error,
            "The store does not begin an upload in parts.",
        );
        return Ok(());
    };
    let wrong = through(probe, &upload, findings).await?;
    if let Some(wrong) = wrong {
        upload.abort().await?;
        findings.add(Topic::Multipart, Severity::Error, wrong);
        return Ok(());
    }
    let Some(given_up) = Upload::begin(probe, "given-up").await? else { return Ok(()) };
    given_up.part(1, b"part".to_vec()).await?;
    let aborted = given_up.abort().await?;
    let left = given_up.call(Method::Get).send().await?;
    findings.expect(
        Topic::Multipart,
        aborted < 300 && !left.is_success(),
        Severity::Error,
        format!("An upload that is given up stays: the abort is answered {aborted}."),
    );
    Ok(())
}

/// Makes an object of two parts; returns the first problem.
async fn through(
    probe: &Probe,
    upload: &Upload<'_>,
    findings: &mut Findings,
) -> Result<Option<String>, NoResponse> {
    let parts = [upload.part(1, vec![1; PART]).await?, upload.part(2, b"last".to_vec()).await?];
    if parts.iter().any(|part| part.etag.is_empty()) {
        return Ok(Some("A part is refused, or its answer has no ETag.".to_owned()));
    }
    let listed = upload.call(Method::Get).query("max-parts", 1000).send().await?;
    if listed.all("PartNumber") != ["1", "2"]
        || listed.all("Size") != [PART.to_string(), "4".to_owned()]
    {
        return Ok(Some(format!("The parts that are there are not listed ({}).", listed.said())));
    }
    let uploads = probe
        .bucket(Method::Get)
        .query("uploads", "")
        .query("prefix", probe.key("in"))
        .send()
        .await?;
    findings.expect(
        Topic::UploadList,
        uploads.all("Key").contains(&upload.key),
        Severity::Warning,
        format!("An unfinished upload is not among those listed ({}).", uploads.said()),
    );
    let done = upload.complete(&parts).send().await?;
    // Some stores answer 200 before they know the result.
    if !done.is_success() || !done.first("Code").is_empty() {
        return Ok(Some(format!("The end of an upload is answered {}.", done.said())));
    }
    let got = probe.object(Method::Get, &upload.key).send().await?;
    let whole = got.body == [vec![1; PART], b"last".to_vec()].concat();
    Ok((!whole).then(|| "The object that was made of two parts is not these parts.".to_owned()))
}
