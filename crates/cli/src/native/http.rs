//! HTTP by reqwest. Redirects are not followed, bodies are not decoded, and a response is read only
//! up to its limit.

mod body;

use std::time::Duration;

use async_trait::async_trait;
use frond::port::{Http, HttpError, Request, Response};
use tokio::time::timeout;

use self::body::Counted;

/// A request fails after this long without progress.
const STALL: Duration = Duration::from_secs(30);
/// Interval of progress reports.
const TICK: Duration = Duration::from_millis(100);

/// A client that keeps and shares its connections.
pub struct NativeHttp {
    client: reqwest::Client,
}

impl NativeHttp {
    /// A client with the usual proxies from the environment.
    pub fn new() -> Result<Self, HttpError> {
        Self::with(reqwest::Client::builder())
    }

    /// A client with the builder's other settings.
    pub fn with(builder: reqwest::ClientBuilder) -> Result<Self, HttpError> {
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(STALL)
            .user_agent(concat!("frond/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { client: client.map_err(|_| HttpError::NoAnswer)? })
    }

    fn request(&self, request: &Request, body: Counted) -> Result<reqwest::Request, HttpError> {
        let method = request.method.parse().map_err(|_| HttpError::NoAnswer)?;
        let mut builder = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            if !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host") {
                builder = builder.header(name, value);
            }
        }
        if !request.body.is_empty() {
            builder = builder.body(reqwest::Body::wrap(body));
        }
        builder.build().map_err(|_| HttpError::NoAnswer)
    }
}

#[async_trait(?Send)]
impl Http for NativeHttp {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let (body, feed, count) = Counted::new((*request.body).clone());
        let answer = self.client.execute(self.request(&request, body)?);
        // A response may arrive before the whole body was sent, and ends the request.
        let fed = async {
            feed.feed().await;
            std::future::pending().await
        };
        let mut answer = std::pin::pin!(async {
            tokio::select! { answer = answer => answer, never = fed => never }
        });
        let (mut seen, mut still) = (0, Duration::ZERO);
        let answer = loop {
            match timeout(TICK, &mut answer).await {
                Ok(answer) => break answer.map_err(|_| HttpError::NoAnswer)?,
                Err(_) if count.get() != seen => {
                    (seen, still) = (count.get(), Duration::ZERO);
                    sent(seen);
                }
                Err(_) if still >= STALL => return Err(HttpError::Stalled),
                Err(_) => still = still.saturating_add(TICK),
            }
        };
        sent(u64::try_from(request.body.len()).unwrap_or(u64::MAX));
        read(&request, answer).await
    }
}

async fn read(request: &Request, mut answer: reqwest::Response) -> Result<Response, HttpError> {
    let headers = answer.headers().iter();
    let headers = headers
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let status = answer.status().as_u16();
    let most = request.most(status);
    let said = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(said.min(most));
    loop {
        let piece = timeout(STALL, answer.chunk()).await.map_err(|_| HttpError::Stalled)?;
        let Some(piece) = piece.map_err(|_| HttpError::NoAnswer)? else { break };
        if body.len().saturating_add(piece.len()) > most {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response { status, headers, body })
}
