//! One request to the store: signed, sent and retried until there is a definite response.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use frond_wire::{Checksum, ChecksumAlgorithm, Operation, Presigned};

use super::retry::{Backoff, DAMAGES, SIGNATURES, TRIES, Verdict, is_overrun, judge};
use super::xml::error_code;
use super::{ConcurrencyLimit, OperationText, Signer, TransferError};
use crate::bytes::Bytes;
use crate::checksum::checksum;
use crate::port::{Clock, Entropy, Http, HttpError, MAX_REFUSAL, NoEntropy, Request, Response};

/// Upper bound on a `Retry-After` that is honored, in milliseconds.
const MAX_RETRY_AFTER: u64 = 30_000;

/// A request to the store.
pub struct Call {
    /// The operation that the endpoint signs.
    pub operation: Operation,
    /// Body.
    pub body: Rc<Bytes>,
    /// Range header; not signed.
    pub range: Option<Range<u64>>,
    /// Maximum length of the body of a successful response, in bytes.
    pub max_response: usize,
}

impl Call {
    /// A request without body or range, with a response of at most `max_response` bytes.
    #[must_use]
    pub fn new(operation: Operation, max_response: usize) -> Self {
        Self { operation, body: Rc::default(), range: None, max_response }
    }

    /// A request with a body, whose response body is empty.
    #[must_use]
    pub fn with_body(operation: Operation, body: impl Into<Bytes>) -> Self {
        Self { body: Rc::new(body.into()), ..Self::new(operation, 0) }
    }
}

/// A definite response that is not in itself a failure.
#[derive(Debug)]
pub enum Answer {
    /// Success.
    Success(Response),
    /// The name is already taken.
    Exists,
    /// Nothing is stored under that name.
    NotFound,
    /// The multipart upload no longer exists.
    NoSuchUpload,
    /// A part is missing, or differs from the one named.
    InvalidPart,
    /// The object ends before the range begins.
    OutOfRange,
}

/// A signature that is reused as long as it is accepted: one serves all ranges of an object.
#[derive(Default)]
pub struct Signed(RefCell<Option<Presigned>>);

impl From<Presigned> for Signed {
    fn from(signed: Presigned) -> Self {
        Self(RefCell::new(Some(signed)))
    }
}

/// The store, accessed by signed requests.
#[derive(Clone, Copy)]
pub struct Bucket<'a> {
    /// HTTP.
    pub http: &'a dyn Http,
    /// Clock, for pauses.
    pub clock: &'a dyn Clock,
    /// Randomness, for jitter.
    pub entropy: &'a dyn Entropy,
    /// Signs operations.
    pub signer: &'a dyn Signer,
    /// Notified when the store asks for fewer requests.
    pub limit: Option<&'a ConcurrencyLimit>,
    /// The checksum that the store verifies for a body.
    pub checksum: ChecksumAlgorithm,
}

impl Bucket<'_> {
    /// The checksum of a body, for the operation that stores it.
    #[must_use]
    pub fn checksum(&self, body: &Bytes) -> Option<Checksum> {
        Some(checksum(self.checksum, body))
    }

    /// Signs several operations with one request to the endpoint; retries transient failures.
    pub async fn sign(&self, operations: Vec<Operation>) -> Result<Vec<Signed>, TransferError> {
        let operations: Vec<_> = operations.iter().map(OperationText::from).collect();
        let mut tried = 0;
        loop {
            let error = match self.signer.presign(operations.clone()).await {
                Ok(urls) if urls.len() == operations.len() => {
                    return Ok(urls.into_iter().map(Signed::from).collect());
                }
                Ok(_) => return Err(TransferError::InvalidResponse),
                Err(error) => error,
            };
            tried += 1;
            if !error.is_passing() || self.gives_up(tried) {
                return Err(error);
            }
            let pause = Backoff::REQUEST.jittered(tried, random(self.entropy)?);
            self.clock.sleep(pause).await;
        }
    }

    /// Signs, sends, and retries transient failures.
    pub async fn call(&self, call: &Call) -> Result<Answer, TransferError> {
        self.call_signed(call, &Signed::default(), &|_| {}).await
    }

    /// Like [`Bucket::call`], starting with the signature in `signed`, if any, and keeping it
    /// there; `sent` is called with the number of body bytes sent so far.
    pub async fn call_signed(
        &self,
        call: &Call,
        signed: &Signed,
        sent: &dyn Fn(u64),
    ) -> Result<Answer, TransferError> {
        Ok(self.exchange(call, None, signed, sent).await?.0)
    }

    /// Like [`Bucket::call_signed`]; returns the content of a success separately, in pieces of
    /// `piece` bytes. `received` is called with the number of body bytes received so far.
    pub(super) async fn receive(
        &self,
        call: &Call,
        piece: usize,
        signed: &Signed,
        received: &dyn Fn(u64),
    ) -> Result<(Answer, Bytes), TransferError> {
        self.exchange(call, Some(piece), signed, received).await
    }

    async fn exchange(
        &self,
        call: &Call,
        piece: Option<usize>,
        signed: &Signed,
        moved: &dyn Fn(u64),
    ) -> Result<(Answer, Bytes), TransferError> {
        let (mut tried, mut refused, mut damaged) = (0, 0, 0);
        loop {
            let (error, wait) = match self.attempt(call, piece, signed, moved).await? {
                Attempt::Answer(answer, content) => return Ok((answer, content)),
                Attempt::Passing(error, wait) => (error, wait),
                Attempt::Damaged => {
                    damaged += 1;
                    if damaged >= DAMAGES {
                        return Err(TransferError::Damaged);
                    }
                    (TransferError::StoreDown, 0)
                }
                Attempt::Unsigned(error) => {
                    refused += 1;
                    signed.0.borrow_mut().take();
                    if refused >= SIGNATURES {
                        return Err(error);
                    }
                    continue;
                }
            };
            tried += 1;
            if self.gives_up(tried) {
                return Err(self.explained(error, signed).await);
            }
            // A refusal hidden by CORS looks like no response, so from the second failure on, also
            // request a new signature.
            if tried > 1 {
                signed.0.borrow_mut().take();
            }
            let pause = Backoff::REQUEST.jittered(tried, random(self.entropy)?);
            self.clock.sleep(pause.max(wait)).await;
        }
    }

    /// Distinguishes no response from one that CORS hides, which look alike without a separate
    /// probe.
    async fn explained(&self, error: TransferError, signed: &Signed) -> TransferError {
        let url = signed.0.borrow().as_ref().map(|signed| signed.url.clone());
        let place = url.as_deref().and_then(|url| url.split('?').next());
        match place {
            Some(place)
                if error == TransferError::StoreDown && self.http.is_hidden(place).await =>
            {
                TransferError::NotAdmitted
            }
            _ => error,
        }
    }

    /// Whether to give up and return the error to the transfer, which retries for longer.
    fn gives_up(&self, tried: u32) -> bool {
        tried >= TRIES || self.http.is_offline()
    }

    async fn attempt(
        &self,
        call: &Call,
        piece: Option<usize>,
        signed: &Signed,
        moved: &dyn Fn(u64),
    ) -> Result<Attempt, TransferError> {
        let known = signed.0.borrow().clone();
        let presigned = match known {
            Some(presigned) => presigned,
            None => match self.signer.presign(vec![OperationText::from(&call.operation)]).await {
                Ok(urls) => {
                    let presigned =
                        urls.into_iter().next().ok_or(TransferError::InvalidResponse)?;
                    signed.0.borrow_mut().replace(presigned.clone());
                    presigned
                }
                Err(error) if error.is_passing() => return Ok(Attempt::Passing(error, 0)),
                Err(error) => return Err(error),
            },
        };
        let request = call.request(presigned)?;
        let answered = match piece {
            None => {
                self.http.send(request, moved).await.map(|response| (response, Bytes::default()))
            }
            Some(piece) => self.http.receive(request, piece, moved).await,
        };
        let (response, content) = match answered {
            Ok(answered) => answered,
            Err(HttpError::NoAnswer | HttpError::Stalled) => {
                return Ok(Attempt::Passing(TransferError::StoreDown, 0));
            }
            Err(HttpError::TooLarge) => {
                return Ok(Attempt::Passing(TransferError::InvalidResponse, 0));
            }
        };
        let code = if response.status < 300 { None } else { error_code(&response.body) };
        if let Some(limit) = self.limit
            && is_overrun(response.status, code.as_deref())
        {
            limit.slow();
        }
        let answer = match judge(response.status, code.as_deref()) {
            Verdict::Success => {
                match call.objection(&response, response.body.len().saturating_add(content.len())) {
                    Some(error) => return Ok(Attempt::Passing(error, 0)),
                    None => Answer::Success(response),
                }
            }
            Verdict::Again(error) => return Ok(Attempt::Passing(error, retry_after(&response))),
            Verdict::SendAgain => return Ok(Attempt::Damaged),
            Verdict::SignAgain(error) => return Ok(Attempt::Unsigned(error)),
            Verdict::Exists => Answer::Exists,
            Verdict::NotFound => Answer::NotFound,
            Verdict::NoSuchUpload => Answer::NoSuchUpload,
            Verdict::InvalidPart => Answer::InvalidPart,
            Verdict::OutOfRange => Answer::OutOfRange,
            Verdict::Stop(error) => return Err(error),
        };
        Ok(Attempt::Answer(answer, content))
    }
}

enum Attempt {
    Answer(Answer, Bytes),
    /// Retry after at least this many milliseconds; the error is returned if retries run out.
    Passing(TransferError, u64),
    Damaged,
    Unsigned(TransferError),
}

impl Call {
    /// Returns [`TransferError::InvalidResponse`] if the signed request is not the one asked for.
    /// The endpoint's client has already checked the URL.
    fn request(&self, presigned: Presigned) -> Result<Request, TransferError> {
        let Presigned { method, url, headers } = presigned;
        let expected = |name: &String| is_expected(&method, &name.to_ascii_lowercase());
        if method != self.operation.method() || !headers.keys().all(expected) {
            return Err(TransferError::InvalidResponse);
        }
        // These are signed as well, but the HTTP client sets them itself.
        let own = |name: &str| {
            ["content-length", "host"].iter().any(|own| name.eq_ignore_ascii_case(own))
        };
        let mut headers: Vec<_> = headers.into_iter().filter(|(name, _)| !own(name)).collect();
        if let Some(Range { start, end }) = &self.range {
            headers.push(("range".to_owned(), format!("bytes={start}-{}", end.saturating_sub(1))));
        }
        Ok(Request {
            method,
            url,
            headers,
            body: Rc::clone(&self.body),
            // A range has an exact length. For other responses a larger limit does no harm.
            max_response: if self.range.is_some() {
                self.max_response
            } else {
                self.max_response.max(MAX_REFUSAL)
            },
        })
    }

    /// Why a "success" is not one: a range was requested, and an intermediary returned something
    /// else.
    fn objection(&self, response: &Response, length: usize) -> Option<TransferError> {
        let Some(range) = &self.range else { return None };
        if response.status != 206 {
            return Some(TransferError::InvalidResponse);
        }
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        match content_range(response) {
            // The object is truncated in the bucket: the caller detects that by the total, and
            // retrying is useless.
            Some((start, _, total)) if start == range.start && total < range.end => None,
            Some((start, end, _)) if start != range.start || end != range.end => {
                Some(TransferError::InvalidResponse)
            }
            _ if length < range.end.saturating_sub(range.start) => Some(TransferError::Truncated),
            _ if length > range.end.saturating_sub(range.start) => {
                Some(TransferError::InvalidResponse)
            }
            _ => None,
        }
    }
}

/// Whether a signature may require this header (lower case): for writes, those that describe the
/// body or prevent overwriting; otherwise only `host`.
fn is_expected(method: &str, name: &str) -> bool {
    let writes = ["PUT", "POST"].contains(&method);
    let described =
        ["content-length", "content-md5", "content-type", "if-none-match"].contains(&name);
    name == "host" || (writes && (described || name.starts_with("x-amz-checksum-")))
}

/// `Content-Range: bytes first-last/total` as start, end and total, if CORS exposes it.
pub(super) fn content_range(response: &Response) -> Option<(u64, u64, u64)> {
    let (span, total) =
        response.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()?.checked_add(1)?, total.parse().ok()?))
}

/// `Retry-After` in milliseconds, capped; 0 if absent.
fn retry_after(response: &Response) -> u64 {
    let seconds: Option<u64> =
        response.header("retry-after").and_then(|value| value.trim().parse().ok());
    seconds.map_or(0, |seconds| seconds.saturating_mul(1000).min(MAX_RETRY_AFTER))
}

pub(crate) fn random(entropy: &dyn Entropy) -> Result<u64, NoEntropy> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}
