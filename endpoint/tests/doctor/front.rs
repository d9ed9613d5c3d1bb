//! A store as an owner may have it: two keys, settings, CORS, in front of the embedded one, and broken as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use frond_endpoint::config::Config;
use frond_endpoint::embedded::{self, Options, Running};
use jiff::Timestamp;
use jiff::fmt::strtime;
use rusty_s3::signing::sign;
use rusty_s3::{Bucket, UrlStyle};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const PAGE: &str = "http://localhost:8080";
pub const BUCKET: &str = "frond";
pub const PREFIX: &str = "vault/";
const REGION: &str = "local";
/// The endpoint's key and the owner's: name and secret.
pub const TAB: (&str, &str) = ("TABKEY", "the secret of the tab");
pub const OWNER: (&str, &str) = ("OWNERKEY", "the secret of the owner");
const INNER: (&str, &str) = ("INNERKEY", "the secret of the inner store");

/// What the store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    NoDate,
    PutRefused,
    AnySignature,
    GetDamaged,
    MissingIsForbidden,
    NoRanges,
    HeadWithoutEtag,
    ListEmpty,
    ListFromTheStart,
    ListOnePage,
    ListFlat,
    DeleteKeeps,
    NoUploads,
    PartsWithoutEtag,
    NoPartList,
    ErrorUnder200,
    AbortKeeps,
    NoUploadList,
    PutIgnoresCondition,
    PutRefusesCondition,
    CompleteIgnoresCondition,
    CompleteRefusesCondition,
    ChecksumsIgnored,
    PublicReads,
    PublicLists,
    PublicWrites,
    TwoBuckets,
    TabIsOwner,
    TabIsEverywhere,
}

pub struct Front {
    address: String,
    state: Arc<Inner>,
    server: JoinHandle<()>,
    _embedded: Running,
    _folder: tempfile::TempDir,
}

struct Inner {
    fault: Fault,
    bucket: Bucket,
    http: reqwest::Client,
    settings: Mutex<BTreeMap<String, String>>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Front {
    /// A store whose bucket is set up as docs/STORES.md says, but for this fault.
    pub async fn open(fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded::serve(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: folder.path().to_owned(),
            region: REGION.to_owned(),
            bucket: BUCKET.to_owned(),
            access_key: INNER.0.to_owned(),
            secret_key: INNER.1.to_owned(),
            allowed_origins: Vec::new(),
        })
        .await
        .unwrap();
        let inner = format!("http://{}", embedded.addr()).parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let settings = [("cors", CORS), ("lifecycle", LIFECYCLE), ("versioning", VERSIONING)];
        let state = Arc::new(Inner {
            fault,
            bucket: Bucket::new(inner, UrlStyle::Path, BUCKET, REGION).unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            settings: Mutex::new(settings.map(|(name, xml)| (name.to_owned(), xml.to_owned())).into()),
        });
        let app = Router::new().fallback(serve).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, state, server, _embedded: embedded, _folder: folder }
    }

    pub fn toml(&self) -> String {
        format!(
            "deployment = \"files.test\"\npublic_origins = [\"{PAGE}\"]\n[store]\nendpoint = \"http://{}\"\n\
             region = \"{REGION}\"\nbucket = \"{BUCKET}\"\npath_style = true\n[accounts]\nregistration = \"closed\"\n",
            self.address
        )
    }

    pub fn config(&self) -> Config {
        let env = |name: &str| match name {
            "FROND_ACCESS_KEY" => Some(TAB.0.to_owned()),
            "FROND_SECRET_KEY" => Some(TAB.1.to_owned()),
            _ => None,
        };
        Config::parse(&self.toml(), env).unwrap()
    }

    /// What a setting of the bucket is, or that there is none.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.state.settings.lock().unwrap().get(name).cloned()
    }

    pub fn set(&self, name: &str, xml: Option<&str>) {
        let mut settings = self.state.settings.lock().unwrap();
        match xml {
            Some(xml) => settings.insert(name.to_owned(), xml.to_owned()),
            None => settings.remove(name),
        };
    }

    pub async fn put(&self, key: &str, body: &'static str) {
        let url = self.state.inner_url(Method::PUT, Some(key), &[], &[]);
        self.state.http.put(url).body(body).send().await.unwrap().error_for_status().unwrap();
    }

    pub async fn keys(&self) -> Vec<String> {
        let url = self.state.inner_url(Method::GET, None, &[("list-type".into(), "2".into())], &[]);
        let xml = self.state.http.get(url).send().await.unwrap().text().await.unwrap();
        xml.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap().to_owned()).collect()
    }

    pub async fn uploads(&self) -> usize {
        let url = self.state.inner_url(Method::GET, None, &[("uploads".into(), String::new())], &[]);
        self.state.http.get(url).send().await.unwrap().text().await.unwrap().matches("<UploadId>").count()
    }
}

const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>http://localhost:8080</AllowedOrigin>\
    <ExposeHeader>ETag</ExposeHeader><ExposeHeader>Content-Range</ExposeHeader><ExposeHeader>Date</ExposeHeader>\
    </CORSRule></CORSConfiguration>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><Status>Enabled</Status><AbortIncompleteMultipartUpload>\
    <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";
const VERSIONING: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const SETTINGS: [&str; 6] = ["cors", "lifecycle", "versioning", "policy", "acl", "publicAccessBlock"];

type Pairs = Vec<(String, String)>;

impl Inner {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn inner_url(
        &self,
        method: Method,
        key: Option<&str>,
        query: &[(String, String)],
        headers: &[(String, String)],
    ) -> reqwest::Url {
        let url = key.map_or_else(|| self.bucket.base_url().clone(), |key| self.bucket.object_url(key));
        signed(Timestamp::now(), &method, url, INNER, 300, query, headers)
    }
}

fn signed(
    at: Timestamp,
    method: &Method,
    url: reqwest::Url,
    (key, secret): (&str, &str),
    seconds: u64,
    query: &[(String, String)],
    headers: &[(String, String)],
) -> reqwest::Url {
    let method = match method.as_str() {
        "GET" => rusty_s3::Method::Get,
        "HEAD" => rusty_s3::Method::Head,
        "PUT" => rusty_s3::Method::Put,
        "POST" => rusty_s3::Method::Post,
        _ => rusty_s3::Method::Delete,
    };
    let sorted = |pairs: &[(String, String)]| {
        let mut pairs = pairs.to_vec();
        pairs.sort_unstable();
        pairs
    };
    let (query, headers) = (sorted(query), sorted(headers));
    sign(
        &at,
        method,
        url,
        key,
        secret,
        None,
        REGION,
        seconds,
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Tab,
    Owner,
    Nobody,
}

fn refuse(status: u16, code: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), format!("<Error><Code>{code}</Code></Error>")).into_response()
}

async fn serve(State(store): State<Arc<Inner>>, request: Request) -> Response {
    let origin = request.headers().get("origin").cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        answer(&store, request).await
    };
    let headers = response.headers_mut();
    if store.has(Fault::NoDate) {
        // hyper adds one where there is none.
        headers.insert("date", HeaderValue::from_static(""));
    }
    let rules = store.settings.lock().unwrap().get("cors").cloned().unwrap_or_default();
    if let Some(origin) = origin.filter(|origin| allows(&rules, origin.to_str().unwrap())) {
        let names: Vec<&str> = texts(&rules, "ExposeHeader");
        headers.insert("access-control-allow-origin", origin);
        headers
            .insert("access-control-allow-methods", HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"));
        headers.insert(
            "access-control-allow-headers",
            HeaderValue::from_static("content-type, if-none-match, range"),
        );
        headers.insert("access-control-expose-headers", HeaderValue::from_str(&names.join(", ")).unwrap());
    }
    response
}

fn allows(rules: &str, origin: &str) -> bool {
    texts(rules, "AllowedOrigin").iter().any(|allowed| [origin, "*"].contains(allowed))
}

fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(open.as_str()).skip(1).filter_map(|rest| Some(rest.split_once(close.as_str())?.0)).collect()
}

/// A request, taken apart and its signature judged.
struct Asked {
    method: Method,
    /// Without the bucket; none for the bucket itself.
    key: Option<String>,
    /// Without the signature.
    query: Pairs,
    headers: HeaderMap,
    body: Bytes,
    who: Who,
}

impl Asked {
    fn asks(&self, name: &str) -> bool {
        self.query.iter().any(|(asked, _)| asked == name)
    }

    fn is_upload(&self) -> bool {
        self.asks("uploadId")
    }
}

async fn answer(store: &Inner, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let host = parts.headers["host"].to_str().unwrap().to_owned();
    let url: reqwest::Url = format!("http://{host}{}", parts.uri).parse().unwrap();
    let bare = {
        let mut url = url.clone();
        url.set_query(None);
        url
    };
    let (signature, query): (Pairs, Pairs) =
        url.query_pairs().into_owned().partition(|(name, _)| name.starts_with("X-Amz-"));
    let who = match judge(store, &parts.method, bare, &signature, &query, &parts.headers) {
        Ok(who) => who,
        Err(code) => return refuse(403, code),
    };
    let path = percent_decoded(parts.uri.path());
    if path == "/" {
        return buckets(store, who);
    }
    let Some(rest) = path.strip_prefix(&format!("/{BUCKET}")) else { return refuse(404, "NoSuchBucket") };
    let key = rest.strip_prefix('/').filter(|key| !key.is_empty()).map(str::to_owned);
    let body = to_bytes(body, 16 << 20).await.unwrap();
    let asked = Asked { method: parts.method, key, query, headers: parts.headers, body, who };
    if let Some(name) = SETTINGS.into_iter().find(|name| asked.key.is_none() && asked.asks(name)) {
        return setting(store, name, &asked);
    }
    if let Some(refusal) = before(store, &asked) {
        return refusal;
    }
    let reply = forward(store, &asked).await;
    after(store, &asked, reply)
}

fn percent_decoded(path: &str) -> String {
    let url: reqwest::Url = format!("http://x/?p={}", path.replace('+', "%2B")).parse().unwrap();
    url.query_pairs().next().unwrap().1.into_owned()
}

/// AWS Signature Version 4, made again with the secret of the key that is named.
fn judge(
    store: &Inner,
    method: &Method,
    url: reqwest::Url,
    signature: &[(String, String)],
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Who, &'static str> {
    let field =
        |name: &str| signature.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let Some(credential) = field("X-Amz-Credential") else { return Ok(Who::Nobody) };
    let (who, key) = match credential.split('/').next().unwrap() {
        "TABKEY" => (Who::Tab, TAB),
        "OWNERKEY" => (Who::Owner, OWNER),
        _ => return Err("InvalidAccessKeyId"),
    };
    if store.has(Fault::AnySignature) {
        return Ok(who);
    }
    if !credential.contains(&format!("/{REGION}/s3/")) {
        return Err("AuthorizationHeaderMalformed");
    }
    let at = strtime::parse("%Y%m%dT%H%M%SZ", field("X-Amz-Date").unwrap()).unwrap().to_datetime().unwrap();
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let names = field("X-Amz-SignedHeaders").unwrap().split(';').filter(|name| *name != "host");
    let values = names.map(|name| {
        let value = headers.get(name).ok_or("SignatureDoesNotMatch")?;
        Ok((name.to_owned(), value.to_str().unwrap().to_owned()))
    });
    let values = values.collect::<Result<Pairs, &'static str>>()?;
    let seconds = field("X-Amz-Expires").unwrap().parse().unwrap();
    let again = signed(at, method, url, key, seconds, query, &values);
    let ours = again.query_pairs().find(|(name, _)| name == "X-Amz-Signature").unwrap().1.into_owned();
    if field("X-Amz-Signature") == Some(ours.as_str()) { Ok(who) } else { Err("SignatureDoesNotMatch") }
}

fn buckets(store: &Inner, who: Who) -> Response {
    let names = match who {
        Who::Nobody => return refuse(403, "AccessDenied"),
        Who::Tab if store.has(Fault::TwoBuckets) => {
            "<Bucket><Name>frond</Name></Bucket><Bucket><Name>other</Name></Bucket>"
        }
        Who::Tab => return refuse(403, "AccessDenied"),
        Who::Owner => "<Bucket><Name>frond</Name></Bucket>",
    };
    format!("<ListAllMyBucketsResult>{names}</ListAllMyBucketsResult>").into_response()
}

fn setting(store: &Inner, name: &str, asked: &Asked) -> Response {
    if asked.who != Who::Owner && !(asked.who == Who::Tab && store.has(Fault::TabIsOwner)) {
        return refuse(403, "AccessDenied");
    }
    let mut settings = store.settings.lock().unwrap();
    if asked.method == Method::PUT {
        settings.insert(name.to_owned(), String::from_utf8(asked.body.to_vec()).unwrap());
        return StatusCode::OK.into_response();
    }
    settings
        .get(name)
        .cloned()
        .map_or_else(|| refuse(404, "NoSuchConfiguration"), IntoResponse::into_response)
}

/// What is refused, or done by nobody.
fn before(store: &Inner, asked: &Asked) -> Option<Response> {
    let (method, key) = (asked.method.as_str(), asked.key.as_deref());
    let conditional = asked.headers.contains_key("if-none-match");
    if asked.who == Who::Nobody {
        let open = match (method, key) {
            ("GET", Some(_)) => Fault::PublicReads,
            ("GET", None) => Fault::PublicLists,
            _ => Fault::PublicWrites,
        };
        return (!store.has(open)).then(|| refuse(403, "AccessDenied"));
    }
    let outside = key.is_some_and(|key| !key.starts_with(PREFIX) && key.starts_with("frond-"));
    if asked.who == Who::Tab && outside && !store.has(Fault::TabIsEverywhere) {
        return Some(refuse(403, "AccessDenied"));
    }
    match (store.fault, method) {
        (Fault::PutRefused, "PUT") if !asked.is_upload() => Some(refuse(403, "AccessDenied")),
        (Fault::DeleteKeeps, "DELETE") if !asked.is_upload() => Some(StatusCode::NO_CONTENT.into_response()),
        (Fault::AbortKeeps, "DELETE") if asked.is_upload() => Some(StatusCode::NO_CONTENT.into_response()),
        (Fault::NoUploads, "POST") if asked.asks("uploads") => Some(refuse(501, "NotImplemented")),
        (Fault::NoPartList, "GET") if asked.is_upload() => Some(refuse(501, "NotImplemented")),
        (Fault::ErrorUnder200, "POST") if asked.is_upload() => Some(refuse(200, "InternalError")),
        (Fault::PutRefusesCondition, "PUT") if conditional => Some(refuse(501, "NotImplemented")),
        (Fault::CompleteRefusesCondition, "POST") if conditional => Some(refuse(501, "NotImplemented")),
        (Fault::NoUploadList, "GET") if key.is_none() && asked.asks("uploads") => {
            Some("<ListMultipartUploadsResult></ListMultipartUploadsResult>".into_response())
        }
        (Fault::ListEmpty, "GET") if key.is_none() && asked.asks("list-type") => {
            Some("<ListBucketResult></ListBucketResult>".into_response())
        }
        _ => None,
    }
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The same request to the inner store, less what the fault leaves out.
async fn forward(store: &Inner, asked: &Asked) -> Got {
    let kept = |name: &str| match name {
        "content-type" | "content-length" => true,
        "content-md5" | "x-amz-checksum-crc32" => !store.has(Fault::ChecksumsIgnored),
        "range" => !store.has(Fault::NoRanges),
        "if-none-match" => {
            let ignored =
                if asked.is_upload() { Fault::CompleteIgnoresCondition } else { Fault::PutIgnoresCondition };
            !store.has(ignored)
        }
        _ => false,
    };
    let headers = asked.headers.iter().filter(|(name, _)| kept(name.as_str()));
    let headers: Pairs =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let left_out = |name: &str| match store.fault {
        Fault::ListFromTheStart => name == "start-after",
        Fault::ListOnePage => name == "max-keys",
        Fault::ListFlat => name == "delimiter",
        _ => false,
    };
    let query: Pairs = asked.query.iter().filter(|(name, _)| !left_out(name)).cloned().collect();
    let url = store.inner_url(asked.method.clone(), asked.key.as_deref(), &query, &headers);
    let mut request = store.http.request(asked.method.clone(), url).timeout(Duration::from_secs(60));
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    let reply = request.body(asked.body.clone()).send().await.unwrap();
    let (status, headers) = (reply.status(), reply.headers().clone());
    Got { status, headers, body: reply.bytes().await.unwrap().to_vec() }
}

fn after(store: &Inner, asked: &Asked, got: Got) -> Response {
    let Got { mut status, headers, mut body } = got;
    let method = asked.method.as_str();
    let is_object = asked.key.is_some() && !asked.is_upload();
    if store.has(Fault::GetDamaged) && method == "GET" && is_object && status == StatusCode::OK {
        body[0] ^= 1;
    }
    if store.has(Fault::MissingIsForbidden) && method == "GET" && is_object && status == StatusCode::NOT_FOUND
    {
        status = StatusCode::FORBIDDEN;
    }
    let no_etag = (store.has(Fault::HeadWithoutEtag) && method == "HEAD")
        || (store.has(Fault::PartsWithoutEtag) && method == "PUT" && asked.is_upload());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in &headers {
        let hop = ["connection", "transfer-encoding", "date"].contains(&name.as_str());
        if !(hop || no_etag && name == "etag") {
            response.headers_mut().append(HeaderName::from(name), value.clone());
        }
    }
    response
}
