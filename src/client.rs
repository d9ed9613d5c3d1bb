//! The endpoint's client: signs requests and parses responses. Its only state is this device's
//! clock offset.

mod gather;
mod requests;
mod session;
mod share;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use frond_wire::{
    AddedLogin, ChangedShare, ListedLogin, ListedLogins, ListedShare, ListedShares, LoginRecord,
    NewLogin, NewSession, NewShare, PresignResponse, Presigned, Problem, ProblemKind, PublicConfig,
    QuotaUse,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::account::{Deployment, Login, LoginId, ShareId, added_login, authorise};
use crate::bytes::Bytes;
use crate::date;
use crate::port::{Clock, Http, HttpError, Request, Response, is_success};
use crate::transfer::{OperationText, TransferError};
pub use requests::SentRequest;
use requests::SentRequests;
pub(crate) use session::SessionClient;
pub(crate) use share::ShareClient;

/// Maximum length of a response without presigned URLs, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// Maximum length of a list of logins, in bytes: a thousand of them.
const MAX_LOGINS: usize = 256 * 1024;
/// Maximum length of a list of shares, in bytes: as many as an account has, each with a long note.
const MAX_SHARES: usize = 16 * 1024 * 1024;
/// Status of a deletion of which more remains.
const MORE: u16 = 202;
/// Maximum length of a response with presigned URLs, in bytes: [`BATCH`] of them.
const MAX_URLS: usize = 4 * 1024 * 1024;
/// Operations signed per request: half of the endpoint's maximum, well below its body limit.
const BATCH: usize = 500;
/// Number of waits after "too many requests" before the transfer gets the error.
const MAX_WAITS: u32 = 3;
/// Maximum length of such a wait, in seconds.
const MAX_WAIT: u64 = 30;
/// Maximum correction of this device's clock, in seconds: a day. It bounds how far a briefly
/// hostile endpoint can shift the validity of requests signed meanwhile.
const MAX_AHEAD: i64 = 86_400;

/// Errors of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the endpoint does not answer")]
    NoAnswer,
    /// The endpoint responds; the store behind it does not.
    #[error("the store does not answer")]
    StoreDown,
    #[error("too many requests")]
    TooMany(u64),
    #[error("the clock is wrong")]
    ClockWrong,
    /// The session has ended, or never existed.
    #[error("the session has ended")]
    SessionEnded,
    /// The endpoint refused for this reason.
    #[error("the endpoint refused")]
    Problem(ProblemKind),
    /// This device has no randomness.
    #[error("no randomness")]
    Engine,
    #[error("the endpoint's answer makes no sense")]
    InvalidResponse,
}

/// The public configuration, relative to the page's own URL.
pub(crate) async fn config(http: &dyn Http, base_url: &str) -> Result<PublicConfig, ApiError> {
    let request = Request {
        method: "GET".to_owned(),
        url: format!("{base_url}config.json"),
        headers: Vec::new(),
        body: Rc::default(),
        max_response: MAX_ANSWER,
    };
    let config: PublicConfig = answer(&http.send(request, &|_| {}).await?)?;
    let endpoint = config.endpoint.is_empty() || is_origin(&config.endpoint, base_url);
    if endpoint && is_origin(&config.store, base_url) {
        Ok(config)
    } else {
        Err(ApiError::InvalidResponse)
    }
}

/// Whether a text is an origin in the canonical form that browsers produce
/// ([RFC 6454](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)): `https`, or `http` if the page
/// itself was loaded that way; a lower-case host, optionally a port; no credentials, path, query or
/// fragment.
fn is_origin(text: &str, base_url: &str) -> bool {
    let authority = match text.split_once("://") {
        Some(("https", authority)) => authority,
        Some(("http", authority)) if base_url.starts_with("http://") => authority,
        _ => return false,
    };
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let plain = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b':' | b'.');
            (
                address.contains(':') && address.bytes().all(plain),
                rest.strip_prefix(':').unwrap_or(if rest.is_empty() { "0" } else { rest }),
            )
        }
        None => {
            let (name, port) = authority.split_once(':').unwrap_or((authority, "0"));
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
            (!name.is_empty() && name.bytes().all(plain), port)
        }
    };
    host && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

/// `scheme://authority` of a URL.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    url.get(..scheme.len() + 3 + authority.len())
}

/// Repeats a request that the endpoint answers with "too many requests", [`MAX_WAITS`] times.
async fn retry_too_many<T>(
    clock: &dyn Clock,
    request: impl AsyncFn() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let mut waited = 0;
    loop {
        match request().await {
            Err(ApiError::TooMany(seconds)) if waited < MAX_WAITS => {
                waited += 1;
                wait_out(clock, seconds).await;
            }
            answer => return answer,
        }
    }
}

/// Waits as long as the endpoint asked for, at least a second and at most [`MAX_WAIT`].
pub(crate) async fn wait_out(clock: &dyn Clock, seconds: u64) {
    clock.sleep(seconds.clamp(1, MAX_WAIT) * 1000).await;
}

/// The endpoint, for one login of an account at a time.
pub(crate) struct Endpoint {
    http: Rc<dyn Http>,
    clock: Rc<dyn Clock>,
    origin: String,
    /// The only origin that presigned URLs may have.
    store: String,
    deployment: Deployment,
    /// Signs the requests.
    login: RefCell<Rc<Login>>,
    /// The endpoint refused this login because it has no record any more.
    removed: Cell<bool>,
    /// Seconds that the endpoint's clock is ahead of ours.
    ahead: Cell<i64>,
    gather: gather::Gather,
    requests: SentRequests,
}

impl Endpoint {
    pub(crate) fn new(
        http: Rc<dyn Http>,
        clock: Rc<dyn Clock>,
        origin: String,
        store: String,
        deployment: Deployment,
        login: Login,
    ) -> Self {
        Self {
            http,
            clock,
            origin,
            store,
            deployment,
            login: RefCell::new(Rc::new(login)),
            removed: Cell::new(false),
            ahead: Cell::new(0),
            gather: gather::Gather::default(),
            requests: SentRequests::default(),
        }
    }

    pub(crate) fn login(&self) -> Rc<Login> {
        Rc::clone(&self.login.borrow())
    }

    /// Signs all further requests with another login of the same account.
    pub(crate) fn sign_as(&self, login: Login) {
        *self.login.borrow_mut() = Rc::new(login);
        self.removed.set(false);
    }

    /// Whether the login was removed, as far as the endpoint said so.
    pub(crate) fn is_removed(&self) -> bool {
        self.removed.get()
    }

    /// The same endpoint, for another login.
    pub(crate) fn of(&self, login: Login) -> Self {
        let (http, clock) = (Rc::clone(&self.http), Rc::clone(&self.clock));
        let (origin, store) = (self.origin.clone(), self.store.clone());
        let other = Self::new(http, clock, origin, store, self.deployment.clone(), login);
        other.ahead.set(self.ahead.get());
        other
    }

    /// The last requests to the endpoint, and those that it signed, oldest first.
    pub(crate) fn requests(&self) -> Vec<SentRequest> {
        self.requests.all()
    }

    /// Seconds since the Unix epoch by the endpoint's clock, accurate to a minute, because it has
    /// just accepted a request with that time.
    pub(crate) fn now(&self) -> u64 {
        (self.clock.now_ms() / 1000).saturating_add_signed(self.ahead.get())
    }

    /// `POST /v1/accounts`
    pub(crate) async fn create_account(&self, new: &NewLogin) -> Result<(), ApiError> {
        done(&self.send("POST", "/v1/accounts", json(new)?, MAX_ANSWER).await?)
    }

    /// `GET /v1/login`
    pub(crate) async fn login_record(&self) -> Result<LoginRecord, ApiError> {
        answer(&self.send("GET", "/v1/login", Vec::new(), MAX_ANSWER).await?)
    }

    /// Whether the endpoint says that this login has no record.
    pub(crate) async fn has_no_record(&self) -> bool {
        let answer = self.login_record().await;
        matches!(answer, Err(ApiError::Problem(kind)) if kind == ProblemKind::UnknownLogin)
    }

    /// `POST /v1/logins`: adds the login `new`, with this record.
    pub(crate) async fn add_login(&self, new: &Login, record: LoginRecord) -> Result<(), ApiError> {
        let body: AddedLogin = added_login(new, &self.deployment, self.login().id(), record);
        done(&self.send("POST", "/v1/logins", json(&body)?, MAX_ANSWER).await?)
    }

    /// `GET /v1/logins`
    pub(crate) async fn logins(&self) -> Result<Vec<ListedLogin>, ApiError> {
        let response = self.send("GET", "/v1/logins", Vec::new(), MAX_LOGINS).await?;
        answer(&response).map(|ListedLogins { logins }| logins)
    }

    /// `DELETE /v1/logins/<login_id>`
    pub(crate) async fn remove_login(&self, login: &LoginId) -> Result<(), ApiError> {
        let path = format!("/v1/logins/{login}");
        done(&self.send("DELETE", &path, Vec::new(), MAX_ANSWER).await?)
    }

    /// `POST /v1/shares`
    pub(crate) async fn make_share(&self, new: &NewShare) -> Result<(), ApiError> {
        done(&self.send("POST", "/v1/shares", json(new)?, MAX_ANSWER).await?)
    }

    /// `POST /v1/shares/<share_id>`
    pub(crate) async fn change_share(
        &self,
        share: &ShareId,
        changed: &ChangedShare,
    ) -> Result<(), ApiError> {
        let path = format!("/v1/shares/{share}");
        done(&self.send("POST", &path, json(changed)?, MAX_ANSWER).await?)
    }

    /// `GET /v1/shares`
    pub(crate) async fn shares(&self) -> Result<Vec<ListedShare>, ApiError> {
        let response = self.send("GET", "/v1/shares", Vec::new(), MAX_SHARES).await?;
        answer(&response).map(|ListedShares { shares }| shares)
    }

    /// `DELETE /v1/shares/<share_id>`
    pub(crate) async fn revoke_share(&self, share: &ShareId) -> Result<(), ApiError> {
        let path = format!("/v1/shares/{share}");
        done(&self.send("DELETE", &path, Vec::new(), MAX_ANSWER).await?)
    }

    /// `DELETE /v1/account`: deletes up to [`frond_wire::ACCOUNT_BATCH`] objects, the login last;
    /// true once nothing is left.
    pub(crate) async fn remove_account(&self) -> Result<bool, ApiError> {
        let response = self.send("DELETE", "/v1/account", Vec::new(), MAX_ANSWER).await?;
        done(&response)?;
        Ok(response.status != MORE)
    }

    /// `GET /v1/quota`
    pub(crate) async fn quota(&self) -> Result<QuotaUse, ApiError> {
        answer(&self.send("GET", "/v1/quota", Vec::new(), MAX_ANSWER).await?)
    }

    /// `scheme://authority`
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// `POST /v1/sessions`
    pub(crate) async fn begin_session(&self, new: &NewSession) -> Result<(), ApiError> {
        done(&self.send("POST", "/v1/sessions", json(new)?, MAX_ANSWER).await?)
    }

    /// `POST /v1/presign`
    async fn presign_batch(
        &self,
        operations: &[OperationText],
    ) -> Result<Vec<Presigned>, ApiError> {
        let texts: Vec<_> = operations.iter().map(OperationText::as_str).collect();
        let body = format!(r#"{{"operations":[{}]}}"#, texts.join(",")).into_bytes();
        let PresignResponse { expires: _, urls } =
            answer(&self.send("POST", "/v1/presign", body, MAX_URLS).await?)?;
        let is_stores = |signed: &Presigned| is_stores(&self.store, &signed.url);
        let sound = urls.len() == operations.len() && urls.iter().all(is_stores);
        if !sound {
            return Err(ApiError::InvalidResponse);
        }
        let now = self.clock.now_ms();
        for (operation, signed) in operations.iter().zip(&urls) {
            self.requests.signed(now, operation, signed);
        }
        Ok(urls)
    }

    /// Presigns all operations in batches; waits after "too many requests".
    async fn presign_all(&self, operations: &[OperationText]) -> Result<Vec<Presigned>, ApiError> {
        let mut urls = Vec::with_capacity(operations.len());
        for batch in operations.chunks(BATCH) {
            let request = async || self.presign_batch(batch).await;
            urls.extend(retry_too_many(&*self.clock, request).await?);
        }
        Ok(urls)
    }

    /// Signs and sends; corrects a wrong clock once, by the endpoint's `Date`. A request that was
    /// refused because its login gave way to another one meanwhile is signed with that one.
    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Vec<u8>,
        max_response: usize,
    ) -> Result<Response, ApiError> {
        let sent = Rc::new(Bytes::from(body.as_slice()));
        let url = format!("{}{path}", self.origin);
        let mut corrected = false;
        loop {
            let login = self.login();
            let jwt = authorise(&login, &self.deployment, method, &url, &body, self.now());
            let mut headers = vec![("authorization".to_owned(), format!("Bearer {jwt}"))];
            if !body.is_empty() {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            let request = Request {
                method: method.to_owned(),
                url: url.clone(),
                headers,
                body: Rc::clone(&sent),
                max_response,
            };
            self.requests.sent(self.clock.now_ms(), method, path, body.len());
            let response = self.http.send(request, &|_| {}).await?;
            match problem(&response) {
                ApiError::ClockWrong => {}
                ApiError::Problem(ProblemKind::NotListed) => {
                    if Rc::ptr_eq(&login, &self.login()) {
                        self.removed.set(true);
                        return Ok(response);
                    }
                    continue;
                }
                _ => return Ok(response),
            }
            let theirs = response.header("date").and_then(date::unix_seconds);
            // Compare with the time of the response: the device may have slept while the request
            // was in flight.
            let now = self.clock.now_ms() / 1000;
            let ahead = theirs.and_then(|theirs| theirs.checked_signed_diff(now));
            match ahead.filter(|ahead| ahead.abs() <= MAX_AHEAD) {
                Some(ahead) if !corrected => {
                    self.ahead.set(ahead);
                    corrected = true;
                }
                _ => return Err(ApiError::ClockWrong),
            }
        }
    }
}

/// Whether a URL has the origin `store`, in canonical form.
fn is_stores(store: &str, url: &str) -> bool {
    let path = url.strip_prefix(store).is_some_and(|path| path.starts_with('/'));
    path && url.bytes().all(|b| b.is_ascii_graphic())
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NoAnswer | HttpError::Stalled => Self::NoAnswer,
            HttpError::TooLarge => Self::InvalidResponse,
        }
    }
}

impl From<ApiError> for TransferError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::NoAnswer | ApiError::TooMany(_) => Self::EndpointDown,
            ApiError::StoreDown => Self::StoreDown,
            ApiError::ClockWrong => Self::ClockWrong,
            ApiError::Engine => Self::Engine,
            ApiError::InvalidResponse => Self::InvalidResponse,
            ApiError::SessionEnded => Self::Refused,
            ApiError::Problem(kind) => kind.into(),
        }
    }
}

impl From<ProblemKind> for TransferError {
    fn from(kind: ProblemKind) -> Self {
        use ProblemKind as Kind;
        match kind {
            Kind::Token
            | Kind::UnknownLogin
            | Kind::NotListed
            | Kind::Forbidden
            | Kind::SessionEnded => Self::Refused,
            Kind::TooLarge => Self::TooLarge,
            Kind::Quota => Self::Quota,
            Kind::ShareEnded => Self::Unshared,
            Kind::Clock => Self::ClockWrong,
            Kind::Store => Self::StoreDown,
            Kind::TooMany | Kind::Timeout | Kind::Internal => Self::EndpointDown,
            // The endpoint that this program belongs to has no reason to say so.
            Kind::Origin
            | Kind::Host
            | Kind::Malformed
            | Kind::MediaType
            | Kind::Closed
            | Kind::Invite
            | Kind::Proof
            | Kind::LoginExists
            | Kind::AccountExists
            | Kind::LastLogin
            | Kind::ShareExists
            | Kind::TooManyShares
            | Kind::NotFound
            | Kind::Method => Self::InvalidResponse,
        }
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|_| ApiError::InvalidResponse)
}

fn answer<T: DeserializeOwned>(response: &Response) -> Result<T, ApiError> {
    match response.status {
        200..=299 => serde_json::from_slice(&response.body).map_err(|_| ApiError::InvalidResponse),
        _ => Err(problem(response)),
    }
}

/// Whether a request without an answer of its own succeeded.
fn done(response: &Response) -> Result<(), ApiError> {
    if is_success(response.status) { Ok(()) } else { Err(problem(response)) }
}

/// The error for an unsuccessful response.
fn problem(response: &Response) -> ApiError {
    let named = serde_json::from_slice::<Problem>(&response.body).ok();
    match (response.status, named.and_then(|problem| ProblemKind::of(&problem.kind))) {
        (_, Some(ProblemKind::Clock)) => ApiError::ClockWrong,
        (_, Some(ProblemKind::Store)) => ApiError::StoreDown,
        (_, Some(ProblemKind::SessionEnded)) => ApiError::SessionEnded,
        (429, _) => {
            let seconds =
                response.header("retry-after").and_then(|value| value.trim().parse().ok());
            ApiError::TooMany(seconds.unwrap_or(1))
        }
        // A load balancer without a live endpoint behind it.
        (408 | 500 | 502..=504 | 520..=527, _) => ApiError::NoAnswer,
        (_, Some(kind)) => ApiError::Problem(kind),
        (_, None) => ApiError::InvalidResponse,
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiError, ProblemKind, is_origin, origin, problem};
    use crate::port::Response;
    use crate::transfer::TransferError;

    /// How a transfer, or a change, ends that the endpoint refuses.
    #[test]
    fn refusals() {
        let refused = [
            ProblemKind::Token,
            ProblemKind::UnknownLogin,
            ProblemKind::NotListed,
            ProblemKind::Forbidden,
            ProblemKind::SessionEnded,
        ];
        for kind in ProblemKind::ALL {
            let expected = match kind {
                ProblemKind::Quota => TransferError::Quota,
                ProblemKind::TooLarge => TransferError::TooLarge,
                ProblemKind::ShareEnded => TransferError::Unshared,
                ProblemKind::Clock => TransferError::ClockWrong,
                ProblemKind::Store => TransferError::StoreDown,
                ProblemKind::TooMany | ProblemKind::Timeout | ProblemKind::Internal => {
                    TransferError::EndpointDown
                }
                kind if refused.contains(kind) => TransferError::Refused,
                _ => TransferError::InvalidResponse,
            };
            assert_eq!(TransferError::from(ApiError::Problem(*kind)), expected, "{kind:?}");
        }
        for (error, expected) in [
            (ApiError::NoAnswer, TransferError::EndpointDown),
            (ApiError::TooMany(1), TransferError::EndpointDown),
            (ApiError::StoreDown, TransferError::StoreDown),
            (ApiError::ClockWrong, TransferError::ClockWrong),
            (ApiError::SessionEnded, TransferError::Refused),
            (ApiError::Engine, TransferError::Engine),
            (ApiError::InvalidResponse, TransferError::InvalidResponse),
        ] {
            assert_eq!(TransferError::from(error), expected);
        }
    }

    #[test]
    fn origins() {
        assert_eq!(origin("http://localhost:8080/"), Some("http://localhost:8080"));
        assert_eq!(origin("https://a.example/app/?q#f"), Some("https://a.example"));
        assert_eq!(origin("https://a.example"), Some("https://a.example"));
        assert_eq!(origin("nothing"), None);
    }

    #[test]
    fn what_may_be_called() {
        let (plain, tls) = ("http://localhost:8080/", "https://frond.example/app/");
        for origin in [
            "https://s3.example",
            "https://b.s3.example:8443",
            "https://10.0.0.7",
            "https://[fd00::7]:9000",
        ] {
            assert!(is_origin(origin, plain) && is_origin(origin, tls), "{origin}");
        }
        for origin in ["http://127.0.0.1:8081", "http://[::1]", "http://my_nas.lan:3900"] {
            assert!(is_origin(origin, plain) && !is_origin(origin, tls), "{origin}");
        }
        for bad in [
            "",
            "https:",
            "https://",
            "https://:443",
            "https://a:",
            "https://a:b",
            "https://a:1:2",
            "https://a:65536",
            "https://a:+1",
            "https://a/",
            "https://a?b",
            "https://a#b",
            "https://a@b",
            "https://A",
            "https://a b",
            "https://a\\b",
            "https://[::1",
            "https://[::1]a",
            "https://[a]",
            "https://::1",
            "ftp://a",
            "a",
            "//a",
        ] {
            assert!(!is_origin(bad, plain), "{bad}");
        }
    }

    #[test]
    fn problems() {
        let of = |status, body: &str, headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            problem(&Response { status, headers, body: body.as_bytes().to_vec() })
        };
        let named = |kind: &str, status: u16| {
            format!(r#"{{"type":"{kind}","title":"t","status":{status}}}"#)
        };
        assert_eq!(of(401, &named("/problems/clock", 401), &[]), ApiError::ClockWrong);
        assert_eq!(
            of(404, &named("/problems/unknown-login", 404), &[]),
            ApiError::Problem(ProblemKind::UnknownLogin)
        );
        assert_eq!(
            of(400, &named("/problems/of-a-later-version", 400), &[]),
            ApiError::InvalidResponse
        );
        assert_eq!(of(503, &named("/problems/store", 503), &[]), ApiError::StoreDown);
        assert_eq!(of(429, "", &[("retry-after", "7")]), ApiError::TooMany(7));
        assert_eq!(of(503, "<html>", &[]), ApiError::NoAnswer);
        assert_eq!(of(404, "<html>", &[]), ApiError::InvalidResponse);
    }
}
