//! One presigned request, good or bad on purpose, and its answer.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{StatusCode, Url};
use rusty_s3::{Method, signing};

use super::Target;

/// A request to be presigned and sent.
#[derive(Clone)]
pub struct Call<'a> {
    target: &'a Target,
    method: Method,
    /// Without a key it is a call on the bucket.
    key: Option<String>,
    query: Vec<(String, String)>,
    signed: Vec<(String, String)>,
    unsigned: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    signature: Signature,
}

#[derive(Clone)]
struct Signature {
    at: Timestamp,
    seconds: u64,
    access_key: String,
    secret_key: String,
    region: String,
}

impl Target {
    fn call(&self, method: Method, key: Option<&str>) -> Call<'_> {
        Call {
            target: self,
            method,
            key: key.map(str::to_owned),
            query: Vec::new(),
            signed: Vec::new(),
            unsigned: Vec::new(),
            body: None,
            signature: Signature {
                at: Timestamp::now(),
                seconds: 300,
                access_key: self.credentials.key().to_owned(),
                secret_key: self.credentials.secret().to_owned(),
                region: self.bucket.region().to_owned(),
            },
        }
    }

    /// PUT of an object.
    pub fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> Call<'_> {
        self.call(Method::Put, Some(key)).body(body)
    }

    /// GET of an object.
    pub fn get(&self, key: &str) -> Call<'_> {
        self.call(Method::Get, Some(key))
    }

    /// HEAD of an object.
    pub fn head(&self, key: &str) -> Call<'_> {
        self.call(Method::Head, Some(key))
    }

    /// DELETE of an object.
    pub fn delete(&self, key: &str) -> Call<'_> {
        self.call(Method::Delete, Some(key))
    }

    /// POST to an object.
    pub fn post(&self, key: &str) -> Call<'_> {
        self.call(Method::Post, Some(key))
    }

    /// GET of the bucket.
    pub fn get_bucket(&self) -> Call<'_> {
        self.call(Method::Get, None)
    }

    /// POST to the bucket.
    pub fn post_bucket(&self) -> Call<'_> {
        self.call(Method::Post, None)
    }

    /// HEAD of the bucket.
    pub fn head_bucket(&self) -> Call<'_> {
        self.call(Method::Head, None)
    }

    /// ListObjectsV2 of keys that begin so.
    pub fn list(&self, prefix: &str) -> Call<'_> {
        self.get_bucket().query("list-type", "2").query("prefix", prefix)
    }
}

impl Call<'_> {
    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With this parameter, which the signature covers.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a header that the signature covers.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.signed.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a header that the signature does not cover.
    pub fn unsigned(mut self, name: &str, value: &str) -> Self {
        self.unsigned.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signed at this time, for so many seconds.
    pub fn signed_at(mut self, at: Timestamp, seconds: u64) -> Self {
        self.signature.at = at;
        self.signature.seconds = seconds;
        self
    }

    /// Signed with this access key.
    pub fn signed_by(mut self, access_key: &str, secret_key: &str) -> Self {
        self.signature.access_key = access_key.to_owned();
        self.signature.secret_key = secret_key.to_owned();
        self
    }

    /// Signed for this region.
    pub fn signed_for(mut self, region: &str) -> Self {
        self.signature.region = region.to_owned();
        self
    }

    /// Signed as another method than it is sent with.
    pub fn sent_as(self, method: reqwest::Method) -> reqwest::RequestBuilder {
        self.target.http.request(method, self.url())
    }

    /// The presigned URL.
    pub fn url(&self) -> Url {
        let bucket = &self.target.bucket;
        let url = match &self.key {
            Some(key) => bucket.object_url(key),
            None => bucket.base_url().clone(),
        };
        fn pairs(list: &[(String, String)]) -> Vec<(&str, &str)> {
            let mut pairs: Vec<_> =
                list.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            pairs.sort_unstable();
            pairs
        }
        let (query, headers) = (pairs(&self.query), pairs(&self.signed));
        signing::sign(
            &self.signature.at,
            self.method,
            url,
            &self.signature.access_key,
            &self.signature.secret_key,
            None,
            &self.signature.region,
            self.signature.seconds,
            query.into_iter(),
            headers.into_iter(),
        )
    }

    /// As it goes out.
    pub fn request(&self) -> reqwest::RequestBuilder {
        let method = self.method.to_str().parse().unwrap();
        let mut request =
            self.target.http.request(method, self.url()).timeout(Duration::from_secs(120));
        for (name, value) in self.signed.iter().chain(&self.unsigned) {
            request = request.header(name, value);
        }
        match &self.body {
            // For no bytes, reqwest leaves the header out.
            Some(body) if body.is_empty() => request.header("content-length", 0),
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }

    /// Sends it.
    pub async fn send(&self) -> Reply {
        Reply::of(self.request()).await
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The answer to a request.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Self { status, headers, body: answer.bytes().await.unwrap().into() }
    }

    /// Its body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// A header, empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The ETag without its quotes.
    pub fn etag(&self) -> &str {
        let etag = self.header("etag");
        etag.strip_prefix('"')
            .and_then(|etag| etag.strip_suffix('"'))
            .unwrap_or_else(|| panic!("{self:?}"))
    }

    /// The texts of all elements of that name, unescaped.
    pub fn all(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        let texts = text.split(open.as_str()).skip(1);
        let texts = texts.filter_map(|piece| Some(piece.split_once(close.as_str())?.0));
        texts
            .map(|text| text.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"))
            .collect()
    }

    /// The text of the first element of that name.
    pub fn first(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// Panics unless this is the success it should be.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// Panics unless the signature, or what it covers, is refused: 403, at Garage 400 for some
    /// reasons.
    #[track_caller]
    pub fn unsigned(self) -> Self {
        let codes = [
            "SignatureDoesNotMatch",
            "AccessDenied",
            "InvalidRequest",
            "InvalidAccessKeyId",
            "NotSignedUp",
            "ExpiredToken",
        ];
        assert!([400, 403].contains(&self.status.as_u16()), "{} {}", self.status, self.text());
        assert!(codes.contains(&self.first("Code").as_str()), "{}", self.text());
        self
    }

    /// Panics unless it is refused like this; `codes` are the names that stores give it.
    #[track_caller]
    pub fn refused(self, status: u16, codes: &[&str]) -> Self {
        let code = self.first("Code");
        assert_eq!(self.status.as_u16(), status, "{code} {}", String::from_utf8_lossy(&self.body));
        assert!(codes.contains(&code.as_str()), "{code} is not one of {codes:?}");
        self
    }
}
