//! Messages between the page and its Workers, each about one transfer, encoded as records of
//! `codec`.
//!
//! Objects that only the browser can pass on are sent along with a message, as its attachment: the
//! file to read, the file to write, the port of a stream, a Blob.

use frond_wire::Presigned;
use zeroize::Zeroizing;

use super::{Job, OperationText, Outcome, Progress, TransferError};
use crate::codec::{Reader, Writer};
use crate::object::ObjectId;

#[cfg(test)]
mod tests;

/// From the page.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum ToWorker {
    /// Run this job. Attachment: the file to read, or the file to write if the person picked one.
    Begin(Job),
    /// Start no further part or range (`true`), or continue without waiting any longer (`false`).
    Hold(bool),
    /// Abort the transfer.
    Cancel,
    /// The answer to [`ToPage::Sign`].
    Signed {
        /// Number from [`ToPage::Sign`].
        request: u32,
        /// Presigned requests in the order of the operations.
        answer: Result<Vec<Presigned>, TransferError>,
    },
}

/// From the Worker.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum ToPage {
    /// The Worker accepts messages from now on. Not about any transfer.
    Ready,
    /// Progress of the transfer.
    Progress(Progress),
    /// Have the endpoint sign these; only the page can ask it.
    Sign {
        /// Number of this request, assigned by the Worker.
        request: u32,
        /// What to sign.
        operations: Vec<OperationText>,
    },
    /// The first bytes of a large file are verified: the browser should begin to save it.
    /// Attachment: the port for the stream's reader.
    Open,
    /// The transfer is still running.
    Alive,
    /// The transfer ended. Attachment: the content of a small file, which the page has to save.
    Ended(Result<Outcome, TransferError>),
}

const VERSION: u8 = 1;

const BEGIN: u8 = 0;
const HOLD: u8 = 1;
const CANCEL: u8 = 2;
const SIGNED: u8 = 3;

const READY: u8 = 0;
const DONE: u8 = 1;
const WAITING: u8 = 2;
const KEPT: u8 = 3;
const SIGN: u8 = 4;
const OPEN: u8 = 5;
const ALIVE: u8 = 6;
const ENDED: u8 = 7;
const FAULTY: u8 = 8;

fn of_kind(kind: u8) -> Writer {
    Writer::new(VERSION).byte(kind)
}

impl ToWorker {
    /// Encodes [`ToWorker::Begin`] of a job that the caller keeps, because it may have to start it
    /// again in another Worker.
    #[must_use]
    pub fn begin(job: &Job) -> Zeroizing<Vec<u8>> {
        job.write(of_kind(BEGIN)).finish()
    }

    /// Encodes the message. The bytes hold secrets.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Begin(job) => return Self::begin(job),
            Self::Hold(held) => of_kind(HOLD).flag(*held),
            Self::Cancel => of_kind(CANCEL),
            Self::Signed { request, answer } => {
                let to = of_kind(SIGNED).number((*request).into());
                write_result(to, answer, |to, signed| to.list(signed.iter(), write_presigned))
            }
        }
        .finish()
    }

    /// Decodes what [`ToWorker::to_message`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let message = match from.byte()? {
            BEGIN => Self::Begin(Job::read(&mut from)?),
            HOLD => Self::Hold(from.flag()?),
            CANCEL => Self::Cancel,
            SIGNED => Self::Signed {
                request: u32::try_from(from.number()?).ok()?,
                answer: read_result(&mut from, |from| from.list(read_presigned))?,
            },
            _ => return None,
        };
        from.end()?;
        Some(message)
    }
}

impl ToPage {
    /// Encodes the message.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Ready => of_kind(READY),
            Self::Progress(Progress::Done(bytes)) => of_kind(DONE).number(*bytes),
            Self::Progress(Progress::Waiting(error)) => of_kind(WAITING).text(error.code()),
            Self::Progress(Progress::Kept) => of_kind(KEPT),
            Self::Progress(Progress::Faulty(object)) => of_kind(FAULTY).array(object.as_bytes()),
            Self::Sign { request, operations } => of_kind(SIGN)
                .number((*request).into())
                .list(operations.iter(), |to, operation| to.text(operation.as_str())),
            Self::Open => of_kind(OPEN),
            Self::Alive => of_kind(ALIVE),
            Self::Ended(ended) => {
                write_result(of_kind(ENDED), ended, |to, outcome| outcome.write(to))
            }
        }
        .finish()
    }

    /// Decodes what [`ToPage::to_message`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let message = match from.byte()? {
            READY => Self::Ready,
            DONE => Self::Progress(Progress::Done(from.number()?)),
            WAITING => Self::Progress(Progress::Waiting(read_error(&mut from)?)),
            KEPT => Self::Progress(Progress::Kept),
            FAULTY => Self::Progress(Progress::Faulty(ObjectId::from_bytes(*from.array()?).ok()?)),
            SIGN => Self::Sign {
                request: u32::try_from(from.number()?).ok()?,
                operations: from
                    .list(|from| from.text().map(str::to_owned).map(OperationText::from_json))?,
            },
            OPEN => Self::Open,
            ALIVE => Self::Alive,
            ENDED => Self::Ended(read_result(&mut from, Outcome::read)?),
            _ => return None,
        };
        from.end()?;
        Some(message)
    }
}

fn write_result<T>(
    to: Writer,
    result: &Result<T, TransferError>,
    write: impl FnOnce(Writer, &T) -> Writer,
) -> Writer {
    match result {
        Ok(value) => write(to.flag(true), value),
        Err(error) => to.flag(false).text(error.code()),
    }
}

fn read_result<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Option<Result<T, TransferError>> {
    if from.flag()? { read(from).map(Ok) } else { read_error(from).map(Err) }
}

fn read_error(from: &mut Reader<'_>) -> Option<TransferError> {
    TransferError::from_code(from.text()?)
}

fn write_presigned(to: Writer, signed: &Presigned) -> Writer {
    to.text(&signed.method)
        .text(&signed.url)
        .list(signed.headers.iter(), |to, (name, value)| to.text(name).text(value))
}

fn read_presigned(from: &mut Reader<'_>) -> Option<Presigned> {
    let (method, url) = (from.text()?.to_owned(), from.text()?.to_owned());
    let headers: Vec<(String, String)> =
        from.list(|from| Some((from.text()?.to_owned(), from.text()?.to_owned())))?;
    // Sorted and unique, as the map writes them, so that a message has one encoding.
    headers.is_sorted_by(|(before, _), (after, _)| before < after).then(|| Presigned {
        method,
        url,
        headers: headers.into_iter().collect(),
    })
}
