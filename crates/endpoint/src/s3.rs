//! The bucket: signs requests for tabs, and reads and writes the endpoint's own small records.

mod uploads;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use frond_wire::{ChecksumAlgorithm, Key, MAX_SHARE};
use jiff::Timestamp;
use reqwest::{Client, Response, StatusCode, Url};
use rusty_s3::Method;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::signing::sign;

use frond_config::Clock;
use frond_config::Target;

pub use uploads::Unfinished;

/// Longest record read, in bytes: a share's.
const MAX_RECORD: usize = MAX_SHARE;
/// Longest listing read, in bytes: 1 000 keys with room to spare.
const MAX_LISTING: usize = 4 * 1024 * 1024;
/// Lifetime of a URL that the endpoint signs for itself, in seconds.
const OWN_SECONDS: u64 = 60;
/// Attempts per request, and the timeout of each.
const TRIES: u32 = 3;
const TRY_TIMEOUT: Duration = Duration::from_secs(6);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Attempt n + 1 starts after at most this · 2ⁿ (full jitter).
const PAUSE_MILLIS: u64 = 100;

/// Why the bucket could not be used. Contains neither key nor URL: both may end up in a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No response, after all attempts.
    #[error("the store does not answer")]
    Unreachable,
    /// An unexpected status: wrong credentials, no such bucket, or an error that outlasted all
    /// attempts.
    #[error("the store answered {0}")]
    Status(u16),
    /// A response that is too long or does not parse.
    #[error("the store's answer makes no sense")]
    InvalidResponse,
}

/// One S3 request, before it is signed.
#[derive(Clone, Debug)]
pub struct Request {
    /// HTTP method.
    pub method: Method,
    /// Object; `None` for the bucket itself.
    pub key: Option<Key>,
    /// Only keys with this prefix.
    pub prefix: Option<Key>,
    /// Only keys that sort after this.
    pub start_after: Option<Key>,
    /// Other query parameters, by name.
    pub query: BTreeMap<&'static str, String>,
    /// Headers that are signed and must be sent; lower-case names.
    pub headers: BTreeMap<&'static str, String>,
}

impl Request {
    /// A request about one object.
    #[must_use]
    pub fn object(method: Method, key: Key) -> Self {
        Self { key: Some(key), ..Self::bucket(method) }
    }

    /// ListObjectsV2 of at most `max` keys.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    #[must_use]
    pub fn list(prefix: Key, max: usize) -> Self {
        Self { prefix: Some(prefix), ..Self::bucket(Method::Get) }
            .query("list-type", "2")
            .query("encoding-type", "url")
            .query("max-keys", max)
    }

    /// A request about the bucket itself.
    #[must_use]
    pub fn bucket(method: Method) -> Self {
        Self {
            method,
            key: None,
            prefix: None,
            start_after: None,
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.insert(name, value.to_string());
        self
    }

    /// Adds a signed header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.insert(name, value.to_string());
        self
    }
}

/// One page of a listing.
#[derive(Debug)]
pub struct Page {
    /// Keys without the configured prefix, as spelled by the store, and the sizes of their objects.
    pub objects: Vec<(String, u64)>,
    /// Start of the next page, if there is one.
    pub next: Option<String>,
}

/// The bucket with its credentials.
pub struct Store {
    target: Target,
    client: Client,
    clock: Clock,
}

impl Store {
    /// Makes no connection yet.
    ///
    /// # Errors
    ///
    /// If the TLS backend cannot start.
    pub fn new(target: Target, clock: Clock) -> Result<Self, reqwest::Error> {
        let mut client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TRY_TIMEOUT)
            .tcp_nodelay(true);
        if target.is_loopback() {
            client = client.no_proxy();
        }
        Ok(Self { target, client: client.build()?, clock })
    }

    /// AWS Signature Version 4 in the query, valid for `seconds` from now.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    #[must_use]
    pub fn sign(&self, request: &Request, seconds: u64) -> Url {
        let Target { bucket, credentials, prefix, .. } = &self.target;
        let full = |key: &Key| format!("{prefix}{}", key.as_str());
        let mut query = request.query.clone();
        query.extend(request.prefix.as_ref().map(|key| ("prefix", full(key))));
        query.extend(request.start_after.as_ref().map(|key| ("start-after", full(key))));
        let url = match &request.key {
            Some(key) => bucket.object_url(&full(key)),
            None => bucket.base_url().clone(),
        };
        let now =
            i64::try_from((self.clock)()).ok().and_then(|now| Timestamp::from_second(now).ok());
        sign(
            &now.unwrap_or(Timestamp::UNIX_EPOCH),
            request.method,
            url,
            credentials.key(),
            credentials.secret(),
            credentials.token(),
            bucket.region(),
            seconds,
            query.iter().map(|(name, value)| (*name, value.as_str())),
            request.headers.iter().map(|(name, value)| (*name, value.as_str())),
        )
    }

    /// Whether uploads send `If-None-Match: *`.
    #[must_use]
    pub const fn conditional(&self) -> bool {
        self.target.conditional
    }

    /// The checksum that the store verifies.
    #[must_use]
    pub const fn checksum(&self) -> ChecksumAlgorithm {
        self.target.checksum
    }

    /// A small record; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let response = self.send(&Request::object(Method::Get, key.clone()), Bytes::new()).await?;
        match response.status() {
            StatusCode::OK => Ok(Some(read(response, MAX_RECORD).await?)),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(StoreError::Status(status.as_u16())),
        }
    }

    /// Stores a small record if there is none. `None`: it is stored, now or by an earlier attempt
    /// with the same bytes. `Some`: another record was there, and still is.
    ///
    /// With `conditional = false` a record written concurrently may be overwritten.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the record may be stored nevertheless, and a repeat is safe.
    pub async fn put_new(&self, key: &Key, body: Bytes) -> Result<Option<Vec<u8>>, StoreError> {
        let mut request = Request::object(Method::Put, key.clone())
            .header("content-length", body.len())
            .header("content-type", "application/json");
        if self.target.conditional {
            request = request.header("if-none-match", "*");
        } else if let Some(found) = self.get(key).await? {
            return Ok((found != body).then_some(found));
        }
        let status = self.send(&request, body.clone()).await?.status();
        if status.is_success() {
            return Ok(None);
        }
        if status != StatusCode::PRECONDITION_FAILED {
            return Err(StoreError::Status(status.as_u16()));
        }
        // After a lost response our own record looks like another's until it is read.
        match self.get(key).await? {
            Some(found) => Ok((found != body).then_some(found)),
            None => Err(StoreError::InvalidResponse),
        }
    }

    /// Stores a small record, replacing an older one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the record may be stored nevertheless, and a repeat is safe.
    pub async fn put(&self, key: &Key, body: Bytes) -> Result<(), StoreError> {
        let request = Request::object(Method::Put, key.clone())
            .header("content-length", body.len())
            .header("content-type", "application/json");
        let status = self.send(&request, body).await?.status();
        if status.is_success() { Ok(()) } else { Err(StoreError::Status(status.as_u16())) }
    }

    /// Deletes an object; succeeds if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let status =
            self.send(&Request::object(Method::Delete, key.clone()), Bytes::new()).await?.status();
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(StoreError::Status(status.as_u16()))
    }

    /// At most `max` keys with this `prefix`, from the end of an earlier page.
    ///
    /// # Errors
    ///
    /// [`StoreError`], also if the store lists keys outside the request.
    pub async fn list(
        &self,
        prefix: &Key,
        max: usize,
        from: Option<String>,
    ) -> Result<Page, StoreError> {
        let mut request = Request::list(prefix.clone(), max);
        request.query.extend(from.map(|token| ("continuation-token", token)));
        let response = self.send(&request, Bytes::new()).await?;
        if response.status() != StatusCode::OK {
            return Err(StoreError::Status(response.status().as_u16()));
        }
        let text = String::from_utf8(read(response, MAX_LISTING).await?)
            .map_err(|_| StoreError::InvalidResponse)?;
        let listing =
            ListObjectsV2::parse_response(&text).map_err(|_| StoreError::InvalidResponse)?;
        let objects = listing.contents.into_iter().map(|found| {
            let key = found
                .key
                .strip_prefix(&self.target.prefix)
                .filter(|key| key.starts_with(prefix.as_str()));
            Ok((key.ok_or(StoreError::InvalidResponse)?.to_owned(), found.size.unwrap_or(0)))
        });
        Ok(Page {
            objects: objects.collect::<Result<_, _>>()?,
            next: listing.next_continuation_token,
        })
    }

    /// Sends a request, and retries transient errors. Each attempt is signed again.
    async fn send(&self, request: &Request, body: Bytes) -> Result<Response, StoreError> {
        let mut failure = StoreError::Unreachable;
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(pause(attempt)).await;
            }
            let url = self.sign(request, OWN_SECONDS);
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Head => reqwest::Method::HEAD,
                Method::Post => reqwest::Method::POST,
                Method::Put => reqwest::Method::PUT,
                Method::Delete => reqwest::Method::DELETE,
            };
            let mut outgoing = self.client.request(method, url).body(body.clone());
            for (name, value) in &request.headers {
                outgoing = outgoing.header(*name, value);
            }
            match outgoing.send().await {
                Ok(response) if is_passing(response.status()) => {
                    failure = StoreError::Status(response.status().as_u16());
                }
                Ok(response) => return Ok(response),
                Err(_) => failure = StoreError::Unreachable,
            }
        }
        Err(failure)
    }
}

/// Transient errors. AWS answers 409 when two conditional writes collide.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS]
            .contains(&status)
}

/// Full jitter: uniform up to the bound, so that many instances do not retry in step.
fn pause(attempt: u32) -> Duration {
    let bound = PAUSE_MILLIS.saturating_mul(1 << attempt.min(6));
    Duration::from_millis(getrandom::u64().map_or(bound, |random| random % bound.max(1)))
}

async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, StoreError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| StoreError::Unreachable)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(StoreError::InvalidResponse);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
