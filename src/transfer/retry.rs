//! What a reply of the store means, and how long to wait before asking again. Pure.

use super::TransferError;

/// Tries of one request before its transfer is told. With the pauses below that is about ten
/// seconds of patience; the session then waits longer, without limit.
pub(super) const TRIES: u32 = 6;
/// Times that a signature is refused before the refusal is believed: it may only have expired.
pub(super) const SIGNATURES: u32 = 2;
/// Times that a body may arrive damaged ("BadDigest") before something between is to blame.
pub(super) const DAMAGES: u32 = 3;
/// Base of the pauses, in milliseconds.
const BASE: u64 = 250;
/// Longest pause, in milliseconds.
const CAP: u64 = 8_000;

/// What a reply means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Success,
    /// It passes: the same request again after a pause, this error when patience ends.
    Again(TransferError),
    /// The body was damaged on its way: the same bytes again.
    SendAgain,
    /// The signature is not taken (any more): sign once more, then this error.
    SignAgain(TransferError),
    /// 412: something lies there already. It may be one's own, of a reply that was lost.
    Exists,
    /// Nothing lies there.
    NotFound,
    /// The multipart upload is gone, completed by a request whose reply was lost, or aborted.
    /// Nothing else says so: not a 404 without this code.
    NoSuchUpload,
    /// A part of the multipart upload is not there, or is another one than was said.
    InvalidPart,
    /// 416: the object ends before the range begins.
    OutOfRange,
    /// Nothing that trying again would change.
    Stop(TransferError),
}

/// Judges a reply by its status and the `Code` of its error body, where there is one.
///
/// [S3 error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
/// Unknown codes are judged by their status alone, so that stores with codes of their own are
/// understood.
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
        // The signature's time is the endpoint's, so only a new one can help.
        (_, "RequestTimeTooSkewed") => Verdict::SignAgain(ClockWrong),
        // Garage calls a URL whose time is over an InvalidRequest.
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

/// Whether the store asks for less at one time.
#[must_use]
pub(super) fn is_overrun(status: u16, code: Option<&str>) -> bool {
    matches!(status, 429 | 503) || code == Some("SlowDown")
}

/// Full jitter: a pause of 0 to `min(8 s, 250 ms · 2^tried)`, in milliseconds; `random` is any
/// random number.
///
/// Spread all over the span, so that tabs which failed together do not come back together
/// ([Exponential Backoff And
/// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)).
#[must_use]
pub fn pause(tried: u32, random: u64) -> u64 {
    spread(BASE, CAP, tried, random)
}

/// As [`pause`], with another base and cap.
pub(super) fn spread(base: u64, cap: u64, tried: u32, random: u64) -> u64 {
    let span = base.saturating_mul(1_u64.checked_shl(tried.min(16)).unwrap_or(u64::MAX)).min(cap);
    random % span.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::TransferError::{ClockWrong, InvalidResponse, StoreDown, StoreRefused, TooLarge};
    use super::{Verdict, judge, pause};

    /// THREATS.md, "S3 replies", row by row.
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
        assert_eq!(pause(0, 250), 250);
        assert_eq!(pause(0, 251), 0);
        assert_eq!(pause(3, 2_000), 2_000);
        assert_eq!(pause(30, 8_000), 8_000);
        assert_eq!(pause(u32::MAX, 8_001), 0);
    }
}
