//! What a page and its Worker say to each other about one transfer, as records of `codec`.
//!
//! Both are one build, so a message that does not parse is refused as a whole. What only the
//! browser can pass on goes beside a message: the file to read, the file to write, the port of a
//! stream, a Blob.

use frond_wire::Presigned;
use zeroize::Zeroizing;

use super::{Job, OperationText, Outcome, Progress, TransferError};
use crate::codec::{Reader, Writer};

#[cfg(test)]
mod tests;

/// From the page.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum ToWorker {
    /// Begin. Beside it goes the file to read, or the one to write where the person picked it.
    Begin(Job),
    /// Do not begin another part or range (`true`), or go on without waiting any longer (`false`).
    Hold(bool),
    /// Nobody waits for this transfer any more.
    Cancel,
    /// The answer to [`ToPage::Sign`].
    Signed {
        /// Number that [`ToPage::Sign`] gave.
        request: u32,
        /// Presigned requests in the order of the operations.
        answer: Result<Vec<Presigned>, TransferError>,
    },
}

/// From the Worker.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum ToPage {
    /// The Worker takes transfers from now on; of no transfer.
    Ready,
    /// How far the transfer is.
    Progress(Progress),
    /// Only the page can ask the endpoint.
    Sign {
        /// Number of this request, given by the Worker.
        request: u32,
        /// What to sign.
        operations: Vec<OperationText>,
    },
    /// The first bytes of a large file are verified: the browser should begin to save it. Beside it
    /// goes the port of the stream's reader.
    Open,
    /// The transfer is still under way.
    Alive,
    /// The end. Beside it goes the content of a small file, which is still to be saved.
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

fn of_kind(kind: u8) -> Writer {
    Writer::new(VERSION).byte(kind)
}

impl ToWorker {
    /// [`ToWorker::Begin`] as bytes, for a page that keeps the job: it may have to begin it again
    /// in another Worker.
    #[must_use]
    pub fn begin(job: &Job) -> Zeroizing<Vec<u8>> {
        job.write(of_kind(BEGIN)).finish()
    }

    /// The message as bytes, which hold secrets.
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

    /// What [`ToWorker::to_message`] wrote.
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
    /// The message as bytes.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Ready => of_kind(READY),
            Self::Progress(Progress::Done(bytes)) => of_kind(DONE).number(*bytes),
            Self::Progress(Progress::Waiting(error)) => of_kind(WAITING).text(error.code()),
            Self::Progress(Progress::Kept) => of_kind(KEPT),
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

    /// What [`ToPage::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let message = match from.byte()? {
            READY => Self::Ready,
            DONE => Self::Progress(Progress::Done(from.number()?)),
            WAITING => Self::Progress(Progress::Waiting(read_error(&mut from)?)),
            KEPT => Self::Progress(Progress::Kept),
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
    // A map's own order, each name once.
    headers.is_sorted_by(|(before, _), (after, _)| before < after).then(|| Presigned {
        method,
        url,
        headers: headers.into_iter().collect(),
    })
}
