//! Sends the doctor's S3 requests by presigned URL, with the endpoint's key, the owner's, or
//! unsigned.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, Url};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::signing::sign;
use rusty_s3::{Credentials, Method};

use super::Owner;
use super::remedy::Kind;
use frond_config::Clock;
use frond_config::Target;

/// Lifetime of the doctor's URLs, in seconds.
const SECONDS: u64 = 300;
/// Timeout per request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Longest response read, in bytes: a part with room to spare.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// No response, or one over the limit.
#[derive(Debug)]
pub(super) struct NoResponse;

/// Whose key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Endpoint,
    Owner,
    Nobody,
}

/// A bucket to be examined.
pub struct Probe {
    pub(super) target: Target,
    owner: Option<Credentials>,
    client: Client,
    clock: Clock,
    folder: String,
    kind: Option<Kind>,
}

impl Probe {
    /// Makes no request yet. If `kind` is `None`, it is derived from the store's address if
    /// possible.
    ///
    /// # Errors
    ///
    /// If the TLS backend cannot start or the system provides no randomness.
    pub fn new(
        target: Target,
        owner: Option<Owner>,
        kind: Option<Kind>,
        clock: Clock,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let mut client =
            Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
        if target.is_loopback() {
            client = client.no_proxy();
        }
        let folder = format!("{}doctor/{:016x}/", target.prefix, getrandom::u64()?);
        let kind = kind.or_else(|| Kind::of(&target));
        let owner = owner.map(|Owner(credentials)| credentials);
        Ok(Self { target, owner, client: client.build()?, clock, folder, kind })
    }

    /// Which store it is, if known.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The local time in Unix seconds.
    pub(super) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Whether the owner's key was given.
    pub(super) fn has_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// Whose key reads the bucket's settings: the owner's, else the endpoint's.
    pub(super) fn keeper(&self) -> Who {
        if self.has_owner() { Who::Owner } else { Who::Endpoint }
    }

    /// A key in the doctor's own folder.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }

    pub(super) fn object(&self, method: Method, key: &str) -> Call<'_> {
        Call { key: Some(key.to_owned()), ..self.bucket(method) }
    }

    pub(super) fn bucket(&self, method: Method) -> Call<'_> {
        Call {
            probe: self,
            method,
            url: None,
            key: None,
            query: Vec::new(),
            signed: Vec::new(),
            unsigned: Vec::new(),
            body: Bytes::new(),
            who: Who::Endpoint,
        }
    }

    /// A request to the store itself, without a bucket.
    pub(super) fn service(&self, method: Method) -> Call<'_> {
        let mut url = self.target.bucket.base_url().clone();
        // With the bucket in the host name, only that host can be asked.
        url.set_path("/");
        Call { url: Some(url), ..self.bucket(method) }
    }

    /// ListObjectsV2 of this prefix.
    pub(super) fn list(&self, prefix: &str) -> Call<'_> {
        self.bucket(Method::Get).query("list-type", "2").query("prefix", prefix)
    }

    /// Stores a small object, as the tab does.
    pub(super) async fn put(&self, key: &str, body: &'static str) -> Result<Reply, NoResponse> {
        self.object(Method::Put, key)
            .body(body)
            .header("content-type", "application/octet-stream")
            .send()
            .await
    }

    /// Removes the doctor's objects. Uploads are aborted by the checks that create them.
    pub(super) async fn clean(&self) -> Result<(), NoResponse> {
        let listed = self.list(&self.folder).send().await?;
        for found in ListObjectsV2::parse_response(&listed.text())
            .map(|list| list.contents)
            .unwrap_or_default()
        {
            self.object(Method::Delete, &found.key).send().await?;
        }
        Ok(())
    }
}

/// One request, before it is signed.
#[derive(Clone)]
pub(super) struct Call<'a> {
    probe: &'a Probe,
    method: Method,
    url: Option<Url>,
    key: Option<String>,
    query: Vec<(&'static str, String)>,
    signed: Vec<(&'static str, String)>,
    unsigned: Vec<(&'static str, String)>,
    body: Bytes,
    who: Who,
}

impl Call<'_> {
    pub(super) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Adds a signed header.
    pub(super) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.signed.push((name, value.to_string()));
        self
    }

    /// Adds an unsigned header.
    pub(super) fn plain(mut self, name: &'static str, value: impl ToString) -> Self {
        self.unsigned.push((name, value.to_string()));
        self
    }

    /// Sets the body, and signs its length.
    pub(super) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        let length = self.body.len();
        self.header("content-length", length)
    }

    pub(super) fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    /// The presigned URL; unsigned for an anonymous request.
    fn url(&self) -> Url {
        let Target { bucket, credentials, .. } = &self.probe.target;
        let url = match (&self.url, &self.key) {
            (Some(url), _) => url.clone(),
            (None, Some(key)) => bucket.object_url(key).clone(),
            (None, None) => bucket.base_url().clone(),
        };
        let mut query: Vec<_> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        query.sort_unstable();
        let credentials = match self.who {
            Who::Endpoint => credentials,
            Who::Owner => self.probe.owner.as_ref().unwrap_or(credentials),
            Who::Nobody => {
                let mut url = url;
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(query);
                }
                return url;
            }
        };
        let mut signed: Vec<_> =
            self.signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        signed.sort_unstable();
        let now =
            i64::try_from(self.probe.now()).ok().and_then(|now| Timestamp::from_second(now).ok());
        sign(
            &now.unwrap_or(Timestamp::UNIX_EPOCH),
            self.method,
            url,
            credentials.key(),
            credentials.secret(),
            credentials.token(),
            bucket.region(),
            SECONDS,
            query.into_iter(),
            signed.into_iter(),
        )
    }

    pub(super) async fn send(&self) -> Result<Reply, NoResponse> {
        self.send_to(self.url()).await
    }

    /// As [`Call::send`], with the last digit of the signature changed.
    pub(super) async fn send_forged(&self) -> Result<Reply, NoResponse> {
        let mut url = self.url().to_string();
        let last = url.pop().unwrap_or('0');
        url.push(if last == '0' { '1' } else { '0' });
        self.send_to(url.parse().map_err(|_| NoResponse)?).await
    }

    async fn send_to(&self, url: Url) -> Result<Reply, NoResponse> {
        let method = self.method.to_str().parse().map_err(|_| NoResponse)?;
        let mut request = self.probe.client.request(method, url).body(self.body.clone());
        for (name, value) in self.signed.iter().chain(&self.unsigned) {
            request = request.header(*name, value);
        }
        Reply::of(request).await
    }

    /// A browser's preflight for this request.
    pub(super) async fn preflight(&self, origin: &str, headers: &str) -> Result<Reply, NoResponse> {
        let mut request = self.probe.client.request(reqwest::Method::OPTIONS, self.url());
        request = request.header("origin", origin);
        request = request.header("access-control-request-method", self.method.to_str());
        if !headers.is_empty() {
            request = request.header("access-control-request-headers", headers);
        }
        Reply::of(request).await
    }
}

/// A response, read completely.
pub(super) struct Reply {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    async fn of(request: reqwest::RequestBuilder) -> Result<Self, NoResponse> {
        let mut answer = request.send().await.map_err(|_| NoResponse)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|_| NoResponse)? {
            if body.len().saturating_add(piece.len()) > MAX_ANSWER {
                return Err(NoResponse);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Self { status, headers, body })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of all elements of that name. Sufficient for the store's small responses.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let text = self.text();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let pieces = text.split(open.as_str()).skip(1);
        pieces.filter_map(|piece| Some(piece.split_once(close.as_str())?.0.to_owned())).collect()
    }

    pub(super) fn first(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// Status and, if present, the S3 error code: `403 AccessDenied`.
    pub(super) fn said(&self) -> String {
        let code = self.first("Code");
        if code.is_empty() { self.status.to_string() } else { format!("{} {code}", self.status) }
    }
}
