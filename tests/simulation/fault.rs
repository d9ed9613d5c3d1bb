//! What can go wrong with one request, and what then comes back.

use frond::port::{Request, Response};
use frond_wire::{Listing, Name, Operation};

use crate::bucket::{answer, error, with};
use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It is carried out; the answer never arrives.
    AnswerLost,
    /// Nobody hears of it any more, and then it arrives after all, minutes later.
    Late,
    /// Nothing moves.
    Stalled,
    /// The answer takes half a minute.
    Slow,
    Error500,
    DoneBut500,
    SlowDown,
    RequestTimeout,
    Expired,
    /// As CORS shows it: without a word.
    Forbidden,
    Skewed,
    Conflict,
    BadDigest,
    /// One bit of the body is another when it arrives.
    Damaged,
    /// Complete: status 200, and an error in the body; not done, done.
    ErrorIn200,
    DoneErrorIn200,
    /// Complete: done, and the answer cut or empty.
    Cut200,
    Empty200,
    /// A range that was not asked for.
    WrongRange,
    Short,
    Long,
    /// The whole object and 200.
    Whole,
    /// One bit of the answer, not of what is stored.
    Flip,
    /// A captive portal: 200 and a page.
    Portal,
    /// A list that runs behind.
    Stale,
    /// As that, by the most that a store's lists may. Only planned, by stories.
    StaleByMost,
    /// The store says that an upload is gone, which is there. Only planned: nothing that a good
    /// store does.
    FalseGone,
    /// The endpoint: too many requests.
    TooMany,
}

pub const ALL: [Fault; 27] = [
    Fault::Lost,
    Fault::AnswerLost,
    Fault::Late,
    Fault::Stalled,
    Fault::Slow,
    Fault::Error500,
    Fault::DoneBut500,
    Fault::SlowDown,
    Fault::RequestTimeout,
    Fault::Expired,
    Fault::Forbidden,
    Fault::Skewed,
    Fault::Conflict,
    Fault::BadDigest,
    Fault::Damaged,
    Fault::ErrorIn200,
    Fault::DoneErrorIn200,
    Fault::Cut200,
    Fault::Empty200,
    Fault::WrongRange,
    Fault::Short,
    Fault::Long,
    Fault::Whole,
    Fault::Flip,
    Fault::Portal,
    Fault::Stale,
    Fault::TooMany,
];

impl Fault {
    /// Whether it can happen to this request; without an operation it is one to the endpoint.
    pub fn suits(self, operation: Option<&Operation>, request: &Request) -> bool {
        use Operation::{CompleteUpload, Get, Head, List, Put, UploadPart};
        let Some(operation) = operation else {
            return matches!(
                self,
                Self::Lost
                    | Self::AnswerLost
                    | Self::Stalled
                    | Self::Slow
                    | Self::Error500
                    | Self::DoneBut500
                    | Self::TooMany
            );
        };
        let ranged = request.headers.iter().any(|(name, _)| name == "range");
        match self {
            Self::BadDigest | Self::RequestTimeout => !request.body.is_empty(),
            Self::Damaged => {
                matches!(operation, Put { name: Name::Object(_), .. } | UploadPart { .. })
            }
            Self::ErrorIn200 | Self::DoneErrorIn200 | Self::Cut200 | Self::Empty200 => {
                matches!(operation, CompleteUpload { .. })
            }
            Self::WrongRange | Self::Short | Self::Long | Self::Whole => ranged,
            Self::Flip => {
                matches!(operation, Get(Name::Object(_) | Name::Event(_) | Name::Journal(..)))
            }
            Self::Portal => !matches!(operation, Head(_)),
            Self::Stale | Self::StaleByMost => {
                matches!(
                    operation,
                    List(
                        Listing::Devices { .. }
                            | Listing::Events { .. }
                            | Listing::Journals { .. }
                            | Listing::Journal { .. }
                    )
                )
            }
            Self::TooMany => false,
            _ => true,
        }
    }

    /// The answer in place of carrying it out.
    pub fn refusal(self, random: &Random) -> Option<Response> {
        Some(match self {
            Self::Error500 => error(*random.pick(&[500, 502, 504]).unwrap(), "InternalError"),
            Self::SlowDown if random.chance(500) => {
                with(error(503, "SlowDown"), "retry-after", "3".to_owned())
            }
            Self::SlowDown => error(503, "SlowDown"),
            Self::RequestTimeout => error(400, "RequestTimeout"),
            Self::Expired => error(403, "AccessDenied"),
            Self::Forbidden => answer(403, Vec::new()),
            Self::Skewed => error(403, "RequestTimeTooSkewed"),
            Self::FalseGone => error(404, "NoSuchUpload"),
            Self::Conflict => error(409, "OperationAborted"),
            Self::BadDigest => error(400, "BadDigest"),
            Self::ErrorIn200 => {
                answer(200, b"  \n<Error><Code>InternalError</Code></Error>".to_vec())
            }
            Self::Portal => answer(200, b"<html>Welcome to the hotel</html>".to_vec()),
            Self::TooMany => with(answer(429, Vec::new()), "retry-after", "2".to_owned()),
            _ => return None,
        })
    }

    /// What becomes of the answer after it was carried out.
    pub fn spoil(self, mut response: Response, random: &Random) -> Response {
        match self {
            Self::DoneBut500 => error(500, "InternalError"),
            Self::DoneErrorIn200 if response.status == 200 => {
                answer(200, b"<Error><Code>InternalError</Code></Error>".to_vec())
            }
            Self::Cut200 if response.status == 200 => {
                answer(200, b"<CompleteMultipartUploadRes".to_vec())
            }
            Self::Empty200 if response.status == 200 => answer(200, Vec::new()),
            Self::Short => {
                response.body.pop();
                response
            }
            Self::Long => {
                response.body.push(0);
                response
            }
            Self::Flip if !response.body.is_empty() && response.status < 300 => {
                let at = random.below(u64::try_from(response.body.len()).unwrap());
                response.body[usize::try_from(at).unwrap()] ^= 1 << random.below(8);
                response
            }
            _ => response,
        }
    }
}
