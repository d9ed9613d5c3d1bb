//! When to retry: the meaning of the store's response ([`judge`]), the reaction to an error
//! ([`TransferError::retry`]), and the length of pauses ([`Backoff`]). Pure.
//!
//! Retries are decided only here. Three nested loops carry them out, each more patient than the one
//! inside it: `bucket` makes one request up to [`TRIES`] times; a transfer's request scheduler
//! repeats that for as long as the transfer runs; the session's queue runs the transfer again.

use super::TransferError;

/// Attempts per request before the error reaches its transfer. With the pauses of
/// [`Backoff::REQUEST`] that takes about ten seconds; after that the transfer waits longer, without
/// limit.
pub(super) const TRIES: u32 = 6;
/// Refusals of a signature before it is taken as final: the signature may only have expired.
pub(super) const SIGNATURES: u32 = 2;
/// Times a body may arrive damaged ("BadDigest") before an intermediary is to blame.
pub(super) const DAMAGES: u32 = 3;

/// Longest pause that a transfer ever makes, in milliseconds.
pub const MAX_PAUSE_MS: u64 = 300_000;

/// Exponential backoff: pauses double with each failure, up to a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first_ms: u64,
    longest_ms: u64,
}

impl Backoff {
    /// Between two attempts of one request: 250 ms to 8 s.
    pub const REQUEST: Self = Self { first_ms: 250, longest_ms: 8_000 };
    /// After a request failed six times, and between two runs of a transfer: 1 s to 30 s.
    pub const OUTAGE: Self = Self { first_ms: 1_000, longest_ms: 30_000 };
    /// For errors that require a configuration change, retried less often: 1 s to 5 min.
    pub const CONFIGURATION: Self = Self { first_ms: 1_000, longest_ms: MAX_PAUSE_MS };
    /// For work in the background that nobody waits for: 30 s to 10 min.
    pub const BACKGROUND: Self = Self { first_ms: 30_000, longest_ms: 600_000 };
    /// For an event that is listed and does not open: 1 min to 10 min.
    pub const UNOPENED: Self = Self { first_ms: 60_000, longest_ms: 600_000 };

    /// The pause after `failed` earlier failures, in milliseconds.
    #[must_use]
    pub fn pause(self, failed: u32) -> u64 {
        let doubled = 1_u64.checked_shl(failed.min(16)).unwrap_or(u64::MAX);
        self.first_ms.saturating_mul(doubled).min(self.longest_ms)
    }

    /// Full jitter: a pause of 0 to [`Backoff::pause`], in milliseconds; `random` is any random
    /// number.
    ///
    /// Uniform over the whole interval, so that tabs that failed together do not retry together
    /// ([Exponential Backoff And
    /// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)).
    #[must_use]
    pub fn jittered(self, failed: u32, random: u64) -> u64 {
        random % self.pause(failed).saturating_add(1)
    }

    /// The longest pause, in milliseconds.
    #[must_use]
    pub fn longest_ms(self) -> u64 {
        self.longest_ms
    }
}

/// The reaction to an error after all attempts of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Transient. The request is retried with these pauses for as long as its transfer runs, and
    /// immediately when the browser reports that the network is back. If the transfer ended with
    /// this error, it runs again after the same pauses.
    Wait(Backoff),
    /// The transfer ends, and runs again after these pauses.
    Later(Backoff),
    /// Retry immediately, up to this many times per run; then as [`Retry::Ask`].
    AtOnce(u32),
    /// The upload waits until the user provides its source.
    BringSource,
    /// The upload begins anew under another object id, if its source is available; otherwise as
    /// [`Retry::BringSource`].
    BeginAnew,
    /// The transfer stops. Retrying does not help by itself; the user may request it.
    Ask,
    /// The user no longer wants it: it is removed from the list.
    Drop,
}

impl Retry {
    /// The pauses for work that is always retried, such as reading the list.
    #[must_use]
    pub fn backoff(self) -> Backoff {
        match self {
            Self::Wait(backoff) | Self::Later(backoff) => backoff,
            Self::AtOnce(_) | Self::BringSource | Self::BeginAnew | Self::Ask | Self::Drop => {
                Backoff::OUTAGE
            }
        }
    }
}

impl TransferError {
    /// The reaction to this error: the only table of these.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::EndpointDown | Self::StoreDown | Self::Unread => Retry::Wait(Backoff::OUTAGE),
            Self::NotAdmitted => Retry::Wait(Backoff::CONFIGURATION),
            // Space is freed once the network is back and something has been sent.
            Self::Full => Retry::Later(Backoff::OUTAGE),
            // Another multipart upload replaces it; the limit is for a store that keeps losing
            // them.
            Self::UploadGone => Retry::AtOnce(8),
            Self::Source => Retry::BringSource,
            Self::SourceChanged => Retry::BeginAnew,
            Self::Dismissed => Retry::Drop,
            Self::Refused
            | Self::Unshared
            | Self::StoreRefused
            | Self::TooLarge
            | Self::Quota
            | Self::Name
            | Self::Missing
            | Self::Truncated
            | Self::Changed
            | Self::Damaged
            | Self::Target
            | Self::TargetFull
            | Self::TargetDenied
            | Self::TargetExists
            | Self::NoTarget
            | Self::ReadOnly
            | Self::Storage
            | Self::Engine
            | Self::ClockWrong
            | Self::ListTooLong
            | Self::InvalidResponse => Retry::Ask,
        }
    }

    /// Whether the error is transient ([`Retry::Wait`]).
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self.retry(), Retry::Wait(_))
    }
}

/// The meaning of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Success.
    Success,
    /// Transient: retry the same request after a pause; this error if retries run out.
    Again(TransferError),
    /// The body was damaged in transit: send the same bytes again.
    SendAgain,
    /// The signature is not accepted (any more): sign again; this error if that fails too.
    SignAgain(TransferError),
    /// 412: the name is already taken, perhaps by an earlier request of ours whose response was
    /// lost.
    Exists,
    /// Nothing is stored under that name.
    NotFound,
    /// The multipart upload is gone: completed by a request whose response was lost, or aborted.
    /// Only this code says so, not a 404 without it.
    NoSuchUpload,
    /// A part of the multipart upload is missing, or differs from the one named.
    InvalidPart,
    /// 416: the object ends before the range begins.
    OutOfRange,
    /// A failure that retrying would not change.
    Stop(TransferError),
}

/// Classifies a response by its status and the `Code` of its error body, if any.
///
/// [S3 error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
/// Unknown codes are classified by status alone, which covers stores with codes of their own.
#[must_use]
pub fn judge(status: u16, code: Option<&str>) -> Verdict {
    use TransferError::{ClockWrong, InvalidResponse, StoreDown, StoreRefused, TooLarge};
    match (status, code.unwrap_or_default()) {
        (200..=299, _) => Verdict::Success,
        (
            _,
            "SlowDown" | "InternalError" | "ServiceUnavailable" | "OperationAborted"
            | "RequestTimeout",
        )
        | (_, "ConditionalRequestConflict") => Verdict::Again(StoreDown),
        (_, "BadDigest" | "InvalidDigest" | "IncompleteBody" | "XAmzContentSHA256Mismatch") => {
            Verdict::SendAgain
        }
        // The endpoint sets the signature's time, so only a new signature can help.
        (_, "RequestTimeTooSkewed") => Verdict::SignAgain(ClockWrong),
        // Garage reports an expired URL as InvalidRequest.
        (403, _) | (_, "ExpiredToken") | (400, "InvalidRequest") => {
            Verdict::SignAgain(StoreRefused)
        }
        (_, "NoSuchUpload") => Verdict::NoSuchUpload,
        (_, "InvalidPart") => Verdict::InvalidPart,
        (_, "NoSuchBucket") => Verdict::Stop(StoreRefused),
        (404, _) => Verdict::NotFound,
        (412, _) => Verdict::Exists,
        (416, _) => Verdict::OutOfRange,
        (413, _) | (_, "EntityTooLarge") => Verdict::Stop(TooLarge),
        (408 | 429 | 500 | 502..=504 | 520..=527, _) => Verdict::Again(StoreDown),
        (409 | 501 | 507, _) | (400, "InvalidPartOrder") => Verdict::Stop(StoreRefused),
        (300..=399, _) => Verdict::Stop(InvalidResponse),
        (400..=499, _) => Verdict::Stop(StoreRefused),
        _ => Verdict::Stop(InvalidResponse),
    }
}

/// Whether the store asks for fewer concurrent requests.
#[must_use]
pub(super) fn is_overrun(status: u16, code: Option<&str>) -> bool {
    matches!(status, 429 | 503) || code == Some("SlowDown")
}

#[cfg(test)]
mod tests {
    use super::TransferError::{ClockWrong, InvalidResponse, StoreDown, StoreRefused, TooLarge};
    use super::{Backoff, MAX_PAUSE_MS, Retry, TransferError, Verdict, judge};

    /// Each status and error code of S3.
    #[test]
    fn replies() {
        for (status, code, verdict) in [
            (200, None, Verdict::Success),
            (206, None, Verdict::Success),
            (204, None, Verdict::Success),
            (500, Some("InternalError"), Verdict::Again(StoreDown)),
            (500, None, Verdict::Again(StoreDown)),
            (502, None, Verdict::Again(StoreDown)),
            (503, Some("SlowDown"), Verdict::Again(StoreDown)),
            (504, None, Verdict::Again(StoreDown)),
            (408, None, Verdict::Again(StoreDown)),
            (429, None, Verdict::Again(StoreDown)),
            (400, Some("RequestTimeout"), Verdict::Again(StoreDown)),
            (409, Some("OperationAborted"), Verdict::Again(StoreDown)),
            (409, Some("ConditionalRequestConflict"), Verdict::Again(StoreDown)),
            (403, Some("AccessDenied"), Verdict::SignAgain(StoreRefused)),
            (403, Some("SignatureDoesNotMatch"), Verdict::SignAgain(StoreRefused)),
            (403, None, Verdict::SignAgain(StoreRefused)),
            (400, Some("ExpiredToken"), Verdict::SignAgain(StoreRefused)),
            (400, Some("InvalidRequest"), Verdict::SignAgain(StoreRefused)),
            (403, Some("RequestTimeTooSkewed"), Verdict::SignAgain(ClockWrong)),
            (400, Some("BadDigest"), Verdict::SendAgain),
            (404, Some("NoSuchUpload"), Verdict::NoSuchUpload),
            (404, Some("NoSuchKey"), Verdict::NotFound),
            (404, None, Verdict::NotFound),
            (404, Some("NoSuchBucket"), Verdict::Stop(StoreRefused)),
            (412, Some("PreconditionFailed"), Verdict::Exists),
            (416, Some("InvalidRange"), Verdict::OutOfRange),
            (400, Some("EntityTooLarge"), Verdict::Stop(TooLarge)),
            (413, None, Verdict::Stop(TooLarge)),
            (400, Some("InvalidPartOrder"), Verdict::Stop(StoreRefused)),
            (400, Some("InvalidPart"), Verdict::InvalidPart),
            (501, Some("NotImplemented"), Verdict::Stop(StoreRefused)),
            (301, None, Verdict::Stop(InvalidResponse)),
            (307, None, Verdict::Stop(InvalidResponse)),
            (0, None, Verdict::Stop(InvalidResponse)),
        ] {
            assert_eq!(judge(status, code), verdict, "{status} {code:?}");
        }
    }

    #[test]
    fn pauses_grow_to_a_cap_and_spread_from_zero() {
        let request = Backoff::REQUEST;
        assert_eq!(request.jittered(0, 250), 250);
        assert_eq!(request.jittered(0, 251), 0);
        assert_eq!(request.jittered(3, 2_000), 2_000);
        assert_eq!(request.jittered(30, 8_000), 8_000);
        assert_eq!(request.jittered(u32::MAX, 8_001), 0);
        let pauses = |backoff: Backoff| [0, 1, 4, 5, 20, u32::MAX].map(|n| backoff.pause(n));
        assert_eq!(pauses(Backoff::OUTAGE), [1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(
            pauses(Backoff::CONFIGURATION),
            [1_000, 2_000, 16_000, 32_000, 300_000, 300_000]
        );
    }

    #[test]
    fn what_is_done_about_each_error() {
        use TransferError as Error;
        let outage = Retry::Wait(Backoff::OUTAGE);
        let rows = [
            (Error::EndpointDown, outage),
            (Error::StoreDown, outage),
            (Error::Unread, outage),
            (Error::NotAdmitted, Retry::Wait(Backoff::CONFIGURATION)),
            (Error::Full, Retry::Later(Backoff::OUTAGE)),
            (Error::UploadGone, Retry::AtOnce(8)),
            (Error::Source, Retry::BringSource),
            (Error::SourceChanged, Retry::BeginAnew),
            (Error::Dismissed, Retry::Drop),
            (Error::Refused, Retry::Ask),
            (Error::Unshared, Retry::Ask),
            (Error::StoreRefused, Retry::Ask),
            (Error::TooLarge, Retry::Ask),
            (Error::Quota, Retry::Ask),
            (Error::Name, Retry::Ask),
            (Error::Missing, Retry::Ask),
            (Error::Truncated, Retry::Ask),
            (Error::Changed, Retry::Ask),
            (Error::Damaged, Retry::Ask),
            (Error::Target, Retry::Ask),
            (Error::TargetFull, Retry::Ask),
            (Error::TargetDenied, Retry::Ask),
            (Error::TargetExists, Retry::Ask),
            (Error::NoTarget, Retry::Ask),
            (Error::ReadOnly, Retry::Ask),
            (Error::Storage, Retry::Ask),
            (Error::Engine, Retry::Ask),
            (Error::ClockWrong, Retry::Ask),
            (Error::ListTooLong, Retry::Ask),
            (Error::InvalidResponse, Retry::Ask),
        ];
        for (error, retry) in rows {
            assert_eq!(error.retry(), retry, "{error:?}");
            assert_eq!(error.is_passing(), matches!(retry, Retry::Wait(_)), "{error:?}");
            assert!(retry.backoff().longest_ms() <= MAX_PAUSE_MS, "{error:?}");
        }
        let missing = Error::ALL.iter().find(|error| rows.iter().all(|(row, _)| row != *error));
        assert_eq!(missing, None, "each error has a row");
    }
}
